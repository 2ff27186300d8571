"""SymPy expressions flattened once into a list of operations that any number type can run.

The list is made by one walk with a table of the sub-expressions already met, so a sub-expression that occurs twice is
computed once; unlike `sympy.cse` the order does not depend on the hash seed. What a number is decides an *arithmetic*:
`ExactArithmetic` (rational numbers and their square roots) or `DecimalArithmetic` (mpmath). Inputs may be anything with
``+ - * /``: numbers, truncated series, balls, rational functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import flint
import mpmath
import sympy

from .coordinate import Coordinate
from .quadratic_numbers import QuadraticField

__all__ = ["DecimalArithmetic", "ExactArithmetic", "Irrational", "StraightLine"]


class Irrational(ArithmeticError):
    """A constant or a function value is not a rational number."""


class ExactArithmetic:
    """Rational numbers (`flint.fmpq`) and their square roots (`QuadraticNumber`); all else raises `Irrational`."""

    def __init__(self) -> None:
        self.field = QuadraticField()

    def number(self, expr: sympy.Expr) -> Any:
        """Return a SymPy constant as a number."""
        if expr.is_Rational:
            return flint.fmpq(int(expr.p), int(expr.q))
        raise Irrational(f"{expr} is not a rational number")

    def power(self, base: Any, exponent: Any) -> Any:
        """Return a power with an exponent that is not an integer."""
        if not isinstance(base, flint.fmpq) or not isinstance(exponent, flint.fmpq) or base < 0:
            raise Irrational(f"({base})**({exponent}) is not a rational number")
        if exponent.q == 2:
            return self.field.sqrt(base) ** int(exponent.p)
        roots = []
        for part in (int(base.p), int(base.q)):
            root, exact = sympy.integer_nthroot(part, int(exponent.q))
            if not exact:
                raise Irrational(f"({base})**({exponent}) is not a rational number")
            roots.append(root)
        return flint.fmpq(*roots) ** int(exponent.p)

    def function(self, name: str, arguments: Sequence[Any]) -> Any:
        """Return the value of a named function."""
        raise Irrational(f"{name} of a rational number is not known to be rational")


class DecimalArithmetic:
    """`mpmath` numbers at the working precision of the caller (use inside `mpmath.workdps`)."""

    def number(self, expr: sympy.Expr) -> Any:
        """Return a SymPy constant as a number."""
        if expr.is_Rational:
            return mpmath.mpf(int(expr.p)) / int(expr.q)
        return mpmath.mpmathify(expr.evalf(mpmath.mp.dps + 5))

    def power(self, base: Any, exponent: Any) -> Any:
        """Return a power with an exponent that is not an integer (principal branch)."""
        if not isinstance(base, mpmath.mpf | mpmath.mpc):
            raise TypeError(f"no branch is known for ({type(base).__name__})**({exponent})")
        return mpmath.power(base, exponent)

    def function(self, name: str, arguments: Sequence[Any]) -> Any:
        """Return the value of a named function (mpmath's function of that name)."""
        return getattr(mpmath, {"Abs": "fabs"}.get(name, name))(*arguments)


class StraightLine:
    """Expressions in some input symbols as a straight-line program.

    Parameters
    ----------
    expressions : sequence of SymPy expressions
        May contain ``Average(f(t), t, H)`` nodes (`freeprob.derivation.average`), recognised by their three arguments.
    inputs : sequence of Symbol

    Examples
    --------
    >>> import sympy
    >>> from flint import fmpq
    >>> from freeprob.algebra.straight_line import ExactArithmetic, StraightLine
    >>> x, y = sympy.symbols("x y")
    >>> program = StraightLine([x / (1 + y), (1 + y) ** 2], [x, y])
    >>> program.run([fmpq(1), fmpq(2)], ExactArithmetic())
    [1/3, 9]
    """

    def __init__(self, expressions: Sequence[sympy.Expr], inputs: Sequence[sympy.Symbol]):
        self.inputs = tuple(inputs)
        self._operations: list[tuple[str, Any]] = []
        self._matrices: dict[tuple[sympy.Expr, ...], int] = {}
        self._slots: dict[sympy.Expr, int] = {symbol: i for i, symbol in enumerate(self.inputs)}
        self.outputs = tuple(self._walk(sympy.sympify(expr)) for expr in expressions)

    def _emit(self, kind: str, payload: Any) -> int:
        self._operations.append((kind, payload))
        return len(self.inputs) + len(self._operations) - 1

    def _walk(self, expr: sympy.Expr) -> int:
        slot = self._slots.get(expr)
        if slot is None:
            slot = self._slots[expr] = self._operation(expr)
        return slot

    def _operation(self, expr: sympy.Expr) -> int:
        if expr.is_Symbol:
            raise KeyError(expr)
        if expr.is_Number or not expr.args:
            return self._emit("number", expr)
        if expr.is_Add:
            return self._emit("add", [self._walk(argument) for argument in expr.args])
        if expr.is_Mul:
            return self._product(expr)
        base, exponent = expr.as_base_exp()
        if base != expr and exponent is not sympy.S.One:
            return self._power(base, exponent)
        if expr.func.__name__ == "Average":
            integrand, variable, law = expr.args
            inner_laws = {a.args[2] for a in integrand.atoms(type(expr))}
            free = integrand.free_symbols - inner_laws - {variable}
            known = sorted(free, key=lambda s: (s.name, sympy.srepr(s)))
            inner = StraightLine([integrand], [*known, variable])
            return self._emit("average", (inner, law, [self._walk(symbol) for symbol in known]))
        if expr.func.__name__ == "InverseEntry":
            return self._emit("inverse entry", (self._adjugate(expr.matrix), expr.row, expr.column))
        if isinstance(expr, Coordinate):
            return self._emit("coordinate", (self._walk(expr.args[0]), expr.index - 1))
        return self._emit("function", (expr.func.__name__, [self._walk(argument) for argument in expr.args]))

    def _adjugate(self, matrix: sympy.Basic) -> int:
        """Return the slot of the adjugate and the determinant of a matrix, the same for all its entries."""
        if matrix not in self._matrices:
            zero = self._walk(sympy.S.Zero)
            slots = {place: self._walk(entry) for place, entry in matrix.items()}
            rows = [[slots.get((i, j), zero) for j in range(matrix.size)] for i in range(matrix.size)]
            self._matrices[matrix] = self._emit("adjugate", rows)
        return self._matrices[matrix]

    def _product(self, expr: sympy.Expr) -> int:
        above, below = [], []
        for factor in expr.args:
            base, exponent = factor.as_base_exp()
            if exponent.is_Integer and exponent < 0:
                below.append(self._walk(sympy.Pow(base, -exponent)))
            else:
                above.append(self._walk(factor))
        numerator = self._emit("mul", above) if len(above) > 1 else (above or [self._walk(sympy.S.One)])[0]
        if not below:
            return numerator
        return self._emit("div", (numerator, self._emit("mul", below) if len(below) > 1 else below[0]))

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> int:
        if not exponent.is_Integer:
            return self._emit("power", (self._walk(base), self._walk(exponent)))
        k = int(exponent)
        if k > 0:
            return self._emit("integer power", (self._walk(base), k))
        return self._emit("div", (self._walk(sympy.S.One), self._walk(sympy.Pow(base, -exponent))))

    def run(self, values: Sequence[Any], arithmetic: Any, laws: Mapping[sympy.Symbol, Callable] | None = None) -> list:
        """Return the values of the expressions.

        Parameters
        ----------
        values : sequence
            One for each input symbol.
        arithmetic : ExactArithmetic or DecimalArithmetic
        laws : mapping of Symbol to callable, optional
            The average over each law: takes a function of the location.
        """
        slots = list(values)
        for kind, payload in self._operations:
            if kind == "add":
                result = slots[payload[0]]
                for i in payload[1:]:
                    result = result + slots[i]
            elif kind == "mul":
                result = slots[payload[0]]
                for i in payload[1:]:
                    result = result * slots[i]
            elif kind == "div":
                result = slots[payload[0]] / slots[payload[1]]
            elif kind == "integer power":
                result = slots[payload[0]] ** payload[1]
            elif kind == "number":
                result = arithmetic.number(payload)
            elif kind == "power":
                result = arithmetic.power(slots[payload[0]], slots[payload[1]])
            elif kind == "coordinate":
                result = slots[payload[0]][payload[1]]
            elif kind == "adjugate":
                result = _adjugate([[slots[i] for i in row] for row in payload], arithmetic)
            elif kind == "inverse entry":
                adjugate, determinant = slots[payload[0]]
                result = adjugate[payload[1]][payload[2]] / determinant
            elif kind == "function":
                result = arithmetic.function(payload[0], [slots[i] for i in payload[1]])
            else:
                inner, law, known = payload
                arguments = [slots[i] for i in known]
                result = (laws or {})[law](_section(inner, arguments, arithmetic, laws))
            slots.append(result)
        return [slots[i] for i in self.outputs]


def _section(program: StraightLine, arguments: list, arithmetic: Any, laws: Any) -> Callable[[Any], Any]:
    return lambda location: program.run([*arguments, location], arithmetic, laws)[0]


def _adjugate(a: list[list[Any]], arithmetic: Any) -> tuple[list[list[Any]], Any]:
    """Return the adjugate and the determinant, with divisions by integers alone (D. K. Faddeev, U. Le Verrier).

    With M_1 = 1 and c_k = -tr(A M_k) / k, M_(k+1) = A M_k + c_k, the inverse of A is -M_n / c_n. A pivot of an
    elimination may have no inverse among the numbers in use, as a polynomial in the variable of an average has none.
    """
    size = len(a)
    zero = a[0][0] * 0
    m = [[zero + int(i == j) for j in range(size)] for i in range(size)]
    for k in range(1, size + 1):
        product = [[_total([a[i][r] * m[r][j] for r in range(size)]) for j in range(size)] for i in range(size)]
        c = _total([product[i][i] for i in range(size)]) * arithmetic.number(sympy.Rational(-1, k))
        if k < size:
            m = [[x + c if i == j else x for j, x in enumerate(row)] for i, row in enumerate(product)]
    return [[-x for x in row] for row in m], c


def _total(terms: list[Any]) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
