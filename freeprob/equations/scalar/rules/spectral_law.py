"""f(S) -> R(g) = c + N/(1 + y N), y = g - y^2 N, N = E_H[(f(t) - c)/(1 - y (f(t) - c))]: a matrix with a spectral law.

This is ``G(w) = E[1/(w - f)] = g`` and ``r = w - 1/g`` (Voiculescu 1986; Mingo and Speicher 2017, section 2.4) with
``y = 1/(w - c)`` in place of w. With c in the support of f, y has no pole, neither at infinity nor in a gap of the
spectrum where g passes through 0 and r does not stay finite. Where the law has a rational R-transform, such as the
semicircle and Marchenko-Pastur laws, that is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from ....derivation.average import Average
from ....derivation.record import Citation, Formula, Refusal, Step
from ....language.expression import Expression
from ....language.laws import JointLaw, Law
from ....language.operations import FAMILY_VARIABLE, family_function
from ..node import Node, Unknowns
from ..part import Part, Reading

__all__ = ["SpectralLawNode", "spectral_law"]


@dataclass(frozen=True)
class SpectralLawNode(Node):
    """The image of a law under a function.

    Parameters
    ----------
    law : Law
    formula : SymPy expression
        The function, in :data:`FAMILY_VARIABLE`.
    key : object
        What names the law in equations.
    weight : SymPy expression
        Mass of the law; the rest of the mass is at 0.
    """

    law: Any
    formula: sympy.Expr = FAMILY_VARIABLE
    key: Any = None
    weight: sympy.Expr = sympy.S.One

    def _closed(self, g: sympy.Expr) -> sympy.Expr | None:
        """Return R in closed form when the law has one and the function is affine."""
        if isinstance(self.law, JointLaw):
            return None
        slope = self.formula.diff(FAMILY_VARIABLE)
        if slope.has(FAMILY_VARIABLE) or self.weight != 1:
            return None
        inner = self.law.r_transform(slope * g)
        return None if inner is None else self.formula.subs(FAMILY_VARIABLE, 0) + slope * inner

    def _average(self, integrand: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return the mean of a function that vanishes where f does."""
        symbol = unknowns.law(self.key if self.key is not None else self.law, self.law)
        return self.weight * Average(integrand, FAMILY_VARIABLE, symbol)

    def _center(self, unknowns: Unknowns) -> sympy.Expr:
        """Return a point of the support of f, 0 if it is one."""
        if self.weight != 1:
            return sympy.S.Zero
        if self.law.law_symbols or self.formula.has(AppliedUndef):
            mean = unknowns.new("c", f"mean of {self}")
            return unknowns.equate(mean, self._average(self.formula, unknowns))
        if self.law.is_atomic and self.law.has_many_atoms:
            return self.formula.subs(FAMILY_VARIABLE, _observed(self.law))
        if not self.law.is_atomic:
            return self.formula.subs(FAMILY_VARIABLE, _mean(self.law))
        places = [self.formula.subs(FAMILY_VARIABLE, x) for x in self.law.atoms]
        return sympy.S.Zero if sympy.S.Zero in places else places[len(places) // 2]

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return the closed form, or R by the unknown y."""
        closed = self._closed(g)
        return self._by_curve(lambda t: g, unknowns)[0] if closed is None else closed

    def along(
        self, argument: Callable[[sympy.Expr], sympy.Expr], unknowns: Unknowns
    ) -> tuple[sympy.Expr, sympy.Expr] | None:
        """Return r and t = g r; both follow from y without a pole."""
        if self._closed(sympy.S.One) is not None:
            return None
        return self._by_curve(argument, unknowns)

    def _by_curve(
        self, argument: Callable[[sympy.Expr], sympy.Expr], unknowns: Unknowns
    ) -> tuple[sympy.Expr, sympy.Expr]:
        c = self._center(unknowns)
        y = unknowns.new("y", f"1/(w - {c}), where w has the Cauchy transform of {self} at its own argument")
        if self.weight == 1:
            n = self._average((self.formula - c) / (1 - y * (self.formula - c)), unknowns)
        else:
            n = self._average(self.formula / (1 - y * self.formula), unknowns)
        t = y * (c * (1 + y * n) + n)
        unknowns.equate(y, argument(t) - y**2 * n)
        return c + n / (1 + y * n), t

    def stieltjes(self, w: sympy.Expr, s: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return E[1/(s f - w)], with the mass at 0."""
        return self._average(1 / (s * self.formula - w), unknowns) - (1 - self.weight) / w

    def level(self, w: sympy.Expr, s: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return E[s f/(w - s f)], to which the mass at 0 adds nothing."""
        return self._average(s * self.formula / (w - s * self.formula), unknowns)

    def at_level(self, t: sympy.Expr) -> sympy.Expr | None:
        """Return r with ``r = R(t/r)`` where that has one solution, as for Marchenko-Pastur laws: ``1 + c t``."""
        level, r = sympy.Dummy("t"), sympy.Dummy("r")
        closed = self._closed(level / r)
        if closed is None:
            return None
        numerator = sympy.fraction(sympy.together(r - closed))[0]
        curves = [factor for factor, _ in sympy.factor_list(numerator, r)[1] if factor != r]
        if len(curves) != 1 or sympy.degree(curves[0], r) != 1:
            return None
        slope, offset = sympy.Poly(curves[0], r).all_coeffs()
        return sympy.expand(sympy.cancel(-offset / slope)).xreplace({level: t})

    def moment_transform(self, h: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return E[f/(1 - h f)], which is explicit."""
        if self._closed(h) is not None:
            return super().moment_transform(h, unknowns)
        return self._average(self.formula / (1 - h * self.formula), unknowns)

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """The symbols of the law and of the function."""
        return super().free_symbols - {FAMILY_VARIABLE}

    def subs(self, mapping: Mapping[sympy.Symbol, Any]) -> SpectralLawNode:
        """Return the law with values for symbols, of the law and of the function."""
        scalars = {symbol: value for symbol, value in mapping.items() if not isinstance(value, Law)}
        formula, weight = self.formula.subs(scalars), self.weight.subs(scalars)
        return replace(self, law=self.law.subs(mapping), formula=formula, weight=weight)

    @property
    def is_nonnegative(self) -> bool | None:
        """Whether the function is, on the support."""
        if self.law.free_symbols:
            return None
        if self.formula == FAMILY_VARIABLE:
            return self.law.support[0] >= 0
        return self.formula.xreplace(self.law.positive_variables(FAMILY_VARIABLE)).is_nonnegative

    @property
    def is_infinitely_divisible(self) -> bool:
        """The laws with a closed form here are: semicircle, free Poisson, point mass."""
        return self._closed(sympy.Symbol("g")) is not None

    def described(self) -> str:
        """Return the law."""
        return str(self.law) if self.formula == FAMILY_VARIABLE else f"{self.formula}, t of law {self.law}"


def _observed(law: Any) -> sympy.Expr:
    """Return one of many atoms: the median, or a point of a joint law."""
    if isinstance(law, JointLaw):
        return sympy.Tuple(*(sympy.Float(column[0]) for column in law.nodes(1)[0]))
    return sympy.Float(law.quantiles(1)[0])


def _mean(law: Any) -> sympy.Expr:
    """Return the mean of a law, or the point of means of a joint law."""
    return sympy.Tuple(*(m.moment(1) for m in law.marginals)) if isinstance(law, JointLaw) else law.moment(1)


def spectral_law(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read a function of one matrix with a spectral law."""
    found = family_function(expression)
    if found is None:
        return Refusal("spectral_law", f"{reader.text(expression)} is not a function of one matrix with a spectral law")
    leaf, formula = found
    law = leaf.ensemble.law
    node = SpectralLawNode(law, formula, reader.law_of(leaf))
    step = Step(
        rule="spectral_law",
        statement="f(S), S of law H -> R(g) = w - 1/g where E[1/(w - f(t))] = g, t of law H",
        status="exact",
        before=(Formula(None, expression),),
        after=(Formula(None, None, f"the law of {reader.text(leaf)} is {law}"),),
        references=(Citation("Voiculescu1986", "Theorem 4.5"), Citation("MingoSpeicher2017", "section 2.4")),
    )
    return Part(expression, node, frozenset({leaf}), (step,))
