"""Exact polynomials over the rationals: from SymPy to python-flint and back.

A `PolynomialRing` fixes a list of generators and walks SymPy trees into `RationalFunction` values, which are pairs of
`flint.fmpq_mpoly`. Nothing here calls `sympy.together`, `Poly` or `cancel`: the direct walk is 100 to
2000 times faster. Its siblings are `rational_function` (the values), `roots` and `resultant_process`; no other package
handles flint polynomials.

What becomes a generator:

=======================================  =======================================  ========================
in the tree                              generator                                relation
=======================================  =======================================  ========================
symbol ``x``                             ``x``                                    none
``x**(1/2)`` and ``x`` together          ``sqrt(x)``; ``x`` is its square         none
``exp(-t)``, ``exp(-2*t)``, ``b**a``     ``exp(t)``, ``b**a``                     none
``f(x)``, ``pi``                         itself                                   none
``sqrt(6)``                              ``sqrt(2)``, ``sqrt(3)``                 ``g**2 - 2``, ``g**2 - 3``
``I``                                    ``I``                                    ``g**2 + 1``
``sqrt(1 + x)``                          itself                                   ``g**2 - (1 + x)``
=======================================  =======================================  ========================

Trap: ``fmpz_mpoly.factor`` of python-flint 0.9 raises `OverflowError` beyond 64 bits; only ``fmpq_mpoly`` is used.

References
----------
.. [1] The FLINT team, *FLINT: Fast Library for Number Theory*, 2024, https://flintlib.org.
.. [2] M. Monagan and R. Pearce, *Sparse polynomial division using a heap*, J. Symb. Comp. 46 (2011) 807-822.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Sequence

import flint
import mpmath
import sympy

from .rational_function import RationalFunction
from .straight_line import DecimalArithmetic, StraightLine

__all__ = ["PolynomialRing", "RationalFunction"]


def _split_exponent(exponent: sympy.Expr) -> tuple[sympy.Rational, list[tuple[sympy.Rational, sympy.Expr]]]:
    """Write an exponent as a rational number plus rational multiples of symbolic terms."""
    number, terms = sympy.S.Zero, []
    for term in sympy.Add.make_args(exponent):
        coefficient, rest = term.as_coeff_Mul(rational=True)
        if rest is sympy.S.One:
            number += coefficient
        else:
            terms.append((coefficient, rest))
    return number, terms


def _is_plain(base: sympy.Expr) -> bool:
    return isinstance(base, sympy.Symbol | sympy.NumberSymbol)


class _Collector:
    """Finds the generators of some expressions: for each base of a power the common denominator of its exponents."""

    def __init__(self, keep: Sequence[sympy.Symbol]):
        self.keep = set(keep)
        self.denominators: dict[sympy.Expr, int] = {}  # generator base -> Q; the generator is base**(1/Q)
        self.composite: dict[sympy.Expr, int] = {}  # bases that need a relation
        self.seen: set[sympy.Expr] = set()

    def visit(self, expr: sympy.Expr) -> None:
        if expr in self.seen:
            return
        self.seen.add(expr)
        if expr.is_Rational:
            return
        if expr.is_Float:
            raise ValueError(
                f"the floating-point number {expr} has no place in exact algebra; write sympy.Rational or nsimplify it"
            )
        if expr.is_Add or expr.is_Mul:
            for argument in expr.args:
                self.visit(argument)
            return
        if expr is sympy.I:
            self.composite[expr] = 1
            return
        base, exponent = expr.as_base_exp()
        if base == expr or (exponent is sympy.S.One):
            self._join(self.denominators, expr, 1)
            return
        number, terms = _split_exponent(exponent)
        for coefficient, rest in terms:
            self._join(self.denominators, sympy.Pow(base, rest), coefficient.q)
        if number.is_Integer:
            if number != 0:
                self.visit(base)
        elif base.is_Rational:
            for prime in _radicand_primes(base):
                self._join(self.composite, prime, number.q)
        elif _is_plain(base) and base not in self.keep:
            self._join(self.denominators, base, number.q)
        else:
            self._join(self.composite, base, number.q)
            self.visit(base)

    @staticmethod
    def _join(table: dict, key: sympy.Expr, q: int) -> None:
        table[key] = math.lcm(table.get(key, 1), int(q))


def _radicand_primes(number: sympy.Rational) -> list[sympy.Integer]:
    primes = sorted({*sympy.factorint(abs(number.p)), *sympy.factorint(number.q)})
    return ([sympy.Integer(-1)] if number < 0 else []) + [sympy.Integer(p) for p in primes]


def _name_key(expr: sympy.Expr) -> tuple[str, str]:
    return (str(expr), sympy.srepr(expr))


class PolynomialRing:
    """Polynomials with rational coefficients in a fixed list of generators.

    Make one with `PolynomialRing.of`, which finds the generators of some expressions.

    Attributes
    ----------
    generators : tuple of SymPy expressions
        Each is an atom or a root, exponential or function that is treated as one.
    relations : tuple of (int, flint.fmpq_mpoly)
        Index of a generator and the polynomial that it satisfies, such as ``g**2 - 2`` for ``sqrt(2)``.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.polynomials import PolynomialRing
    >>> d, x = sympy.Symbol("d", positive=True), sympy.Symbol("x")
    >>> expr = 1 / (x + sympy.sqrt(d)) + 1 / (x - sympy.sqrt(d))
    >>> ring = PolynomialRing.of([expr], first=[x])
    >>> value = ring.rational(expr)
    >>> ring.expression(value.numerator), ring.expression(value.denominator)
    (2*x, -d + x**2)
    """

    def __init__(self, denominators: dict[sympy.Expr, int], composite: dict[sympy.Expr, int], first: Sequence = ()):
        keys = [*first, *sorted(set(denominators) - set(first), key=_name_key)]
        roots = sorted(composite, key=_name_key)
        self._root = {key: denominators.get(key, 1) for key in keys}
        self._composite = {key: composite[key] for key in roots}
        self.generators: tuple[sympy.Expr, ...] = tuple(
            [sympy.Pow(key, sympy.Rational(1, self._root[key])) for key in keys]
            + [key if key is sympy.I else sympy.Pow(key, sympy.Rational(1, composite[key])) for key in roots]
        )
        self._index = {key: i for i, key in enumerate(keys)}
        self._composite_index = {key: len(keys) + i for i, key in enumerate(roots)}
        self.context = flint.fmpq_mpoly_ctx.get([f"g{i}" for i in range(len(self.generators))], flint.Ordering.lex)
        self.gens = self.context.gens()
        self._one = self.context.constant(1)
        self._memo: dict[sympy.Expr, RationalFunction] = {}
        self.relations = tuple((i, self._relation(key, i)) for key, i in self._composite_index.items())

    @classmethod
    def of(cls, expressions: Iterable[sympy.Expr], first: Sequence[sympy.Symbol] = ()) -> PolynomialRing:
        """Return the ring of some expressions; ``first`` are symbols that lead the order and never become roots."""
        collector = _Collector(first)
        for expr in expressions:
            collector.visit(sympy.sympify(expr))
        return cls(collector.denominators, collector.composite, tuple(first))

    def _relation(self, key: sympy.Expr, index: int):
        generator = self.gens[index]
        if key is sympy.I:
            return generator**2 + 1
        base = self.rational(key)
        return base.denominator * generator ** self._composite[key] - base.numerator

    def index(self, symbol: sympy.Expr) -> int:
        """Return the number of the generator that stands for a symbol (or for its root)."""
        return self._index[symbol]

    def constant(self, number) -> RationalFunction:
        """Return a rational number as an element of the field of fractions."""
        number = sympy.Rational(number)
        return RationalFunction(
            self.context.constant(flint.fmpq(int(number.p), int(number.q))), self._one, reduced=True
        )

    def rational(self, expr: sympy.Expr) -> RationalFunction:
        """Return an expression as a quotient of coprime polynomials."""
        found = self._memo.get(expr)
        if found is None:
            found = self._memo[expr] = self._walk(expr)
        return found

    def _power_of(self, index: int, exponent: int) -> RationalFunction:
        return RationalFunction(self.gens[index], self._one, reduced=True) ** int(exponent)

    def _walk(self, expr: sympy.Expr) -> RationalFunction:
        if expr.is_Rational:
            return self.constant(expr)
        if expr.is_Add:
            return _balanced_sum([self.rational(argument) for argument in expr.args])
        if expr.is_Mul:
            numerator, denominator = self._one, self._one
            for argument in expr.args:
                factor = self.rational(argument)
                numerator, denominator = numerator * factor.numerator, denominator * factor.denominator
            return RationalFunction(numerator, denominator)
        if expr is sympy.I:
            return self._power_of(self._composite_index[expr], 1)
        base, exponent = expr.as_base_exp()
        if base == expr or (exponent is sympy.S.One):
            return self._power_of(self._index[expr], self._root[expr])
        number, terms = _split_exponent(exponent)
        value = self._numeric_power(base, number)
        for coefficient, rest in terms:
            key = sympy.Pow(base, rest)
            value = value * self._power_of(self._index[key], coefficient * self._root[key])
        return value

    def _numeric_power(self, base: sympy.Expr, number: sympy.Rational) -> RationalFunction:
        if number.is_Integer:
            return self.rational(base) ** int(number) if number != 0 else self.constant(1)
        if base.is_Rational:
            value = self.constant(1)
            for prime in _radicand_primes(base):
                multiplicity = 1 if prime == -1 else sympy.multiplicity(prime, base)
                exponent = multiplicity * number * self._composite[prime]
                value = value * self._power_of(self._composite_index[prime], exponent)
            return value
        if base in self._index and base not in self._composite:
            return self._power_of(self._index[base], number * self._root[base])
        return self._power_of(self._composite_index[base], number * self._composite[base])

    def polynomial(self, expr: sympy.Expr):
        """Return a polynomial expression as `flint.fmpq_mpoly`; `ValueError` when it has a denominator."""
        value = self.rational(sympy.sympify(expr))
        if not value.denominator.is_one():
            raise ValueError(f"{expr} is not a polynomial")
        return value.numerator

    def expression(self, polynomial) -> sympy.Expr:
        """Return a polynomial (or `RationalFunction`) of this ring as a SymPy expression."""
        if isinstance(polynomial, RationalFunction):
            return self.expression(polynomial.numerator) / self.expression(polynomial.denominator)
        terms = []
        for exponents, coefficient in polynomial.terms():
            powers = [g ** int(k) for g, k in zip(self.generators, exponents, strict=True) if k]
            terms.append(sympy.Mul(sympy.Rational(int(coefficient.p), int(coefficient.q)), *powers))
        return sympy.Add(*terms)

    def primitive(self, polynomial):
        """Return the multiple with coprime integer coefficients whose leading coefficient is positive."""
        coefficients = polynomial.coeffs()
        if not coefficients:
            return polynomial
        scale = flint.fmpq(math.lcm(*(int(c.q) for c in coefficients)))
        scale /= math.gcd(*(int((c * scale).p) for c in coefficients))
        return polynomial * (-scale if coefficients[0] < 0 else scale)

    def factors(self, polynomial) -> list:
        """Return the distinct non-constant irreducible factors over the rationals."""
        return [factor for factor, _ in polynomial.factor()[1]]

    def values(self, point: dict[sympy.Symbol, object], digits: int = 60) -> list[flint.acb]:
        """Return each generator at a point as a ball (exact midpoints; the balls account for later rounding only)."""
        with mpmath.workdps(digits):
            numbers = [mpmath.mpmathify(value) for value in point.values()]
            return [_ball(v) for v in StraightLine(self.generators, list(point)).run(numbers, DecimalArithmetic())]

    def value(self, polynomial, values: Sequence[flint.acb]) -> tuple[flint.acb, flint.arb]:
        """Return P and the sum of its absolute monomials at generator values, in the working precision of flint."""
        powers: dict[tuple[int, int], flint.acb] = {}
        total, magnitude = flint.acb(0), flint.arb(0)
        for exponents, coefficient in polynomial.terms():
            term = flint.acb(coefficient)
            for i, k in enumerate(exponents):
                if k:
                    key = (i, int(k))
                    if key not in powers:
                        powers[key] = values[i] ** int(k)
                    term *= powers[key]
            total += term
            magnitude += abs(term)
        return total, magnitude

    def relative_size(self, polynomial, values: Sequence[flint.acb], digits: int = 60) -> float:
        """Return ``|P| / sum |monomials|`` at generator values: below 1e-30 means that P vanishes there."""
        with _precision(digits):
            total, magnitude = self.value(polynomial, values)
            return float((abs(total) / magnitude).mid()) if magnitude.mid() > 0 else 0.0

    def polish(self, polynomials: Sequence, variables: Sequence[int], values: list[flint.acb], digits: int = 60):
        """Return generator values improved by Newton's method: the common zero of as many polynomials as variables.

        The values are returned as they are when there is no such zero within a relative distance of 1e-8, so that a
        point which is no solution does not become one.
        """
        if len(polynomials) != len(variables):
            return values
        jacobian = [[p.derivative(v) for v in variables] for p in polynomials]
        point = list(values)
        with _precision(digits + 10):
            for _ in range(5):
                residual = flint.acb_mat([[self.value(p, point)[0].mid()] for p in polynomials])
                matrix = flint.acb_mat([[self.value(q, point)[0].mid() for q in row] for row in jacobian])
                try:
                    step = matrix.solve(residual)
                except ZeroDivisionError:
                    return values
                for i, v in enumerate(variables):
                    point[v] = (point[v] - step[i, 0]).mid()
                    if not abs(point[v] - values[v]).mid() <= 1e-8 * (1 + abs(values[v]).mid()):
                        return values
        return point


@contextlib.contextmanager
def _precision(digits: int) -> Iterator[None]:
    old, flint.ctx.dps = flint.ctx.dps, digits
    try:
        yield
    finally:
        flint.ctx.dps = old


def _balanced_sum(terms: list[RationalFunction]) -> RationalFunction:
    while len(terms) > 1:
        pairs = [terms[i] + terms[i + 1] for i in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[len(terms) - len(terms) % 2 :]
    return terms[0]


def _ball(number) -> flint.acb:
    def part(value):
        sign, mantissa, exponent, _ = value._mpf_
        return flint.arb((-int(mantissa) if sign else int(mantissa), int(exponent)))

    number = mpmath.mpc(number)
    return flint.acb(part(number.real), part(number.imag))
