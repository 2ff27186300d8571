"""The abstract joint law of several matrices that commute."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import mpmath
import numpy as np
import sympy

from ...algebra.coordinate import Coordinate, coordinates_in
from ...errors import SolveError
from .base import Law
from .integrand import real_function
from .measure import Measure

__all__ = ["JointLaw"]

_LARGEST_RULE = 400_000


class JointLaw(Measure):
    """A probability measure on R^d: the limiting joint law of the eigenvalues of d matrices that commute.

    A function of the matrices is a formula in :class:`~freeprob.algebra.coordinate.Coordinate` of one variable. The
    points of a quadrature rule come as one array for each coordinate.

    A new joint law is one file in this folder with one subclass that sets ``name`` and defines ``marginals``,
    ``extremes``, ``draw``, ``_rule`` and ``examples``.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def marginals(self) -> tuple[Law, ...]:
        """The law of each coordinate."""

    @property
    @abstractmethod
    def extremes(self) -> Iterable[sympy.Tuple]:
        """Points among which a function that is monotone in each coordinate takes its smallest and largest value."""

    @abstractmethod
    def draw(self, k: int, rng: np.random.Generator) -> np.ndarray:
        """Return k points with little fluctuation, in random order: an array of shape (d, k)."""

    def monomial_mean(self, monomial: sympy.Expr) -> sympy.Expr | None:
        """Return the mean of a product of powers of coordinates as an exact number, None where it is not known."""
        return None

    @property
    def dimension(self) -> int:
        """The number of matrices."""
        return len(self.marginals)

    def positive_variables(self, t: sympy.Symbol) -> dict[sympy.Expr, sympy.Symbol]:
        """Return the coordinates that are known not to be negative, with a positive symbol for each."""
        return {
            Coordinate(t, k): sympy.Symbol(f"t_positive_{k}", positive=True)
            for k, law in enumerate(self.marginals, start=1)
            if not law.free_symbols and law.support[0] >= 0
        }

    def require_bounded(self) -> None:
        """Raise UnsupportedModel when the support is not bounded; a law with symbols passes."""
        for law in self.marginals:
            law.require_bounded()

    def _expectation(self, function: sympy.Expr, t: sympy.Symbol, digits: int) -> mpmath.mpf:
        """Return the integral term by term where the terms separate, else as a sum over the points of a rule.

        Products of functions of one coordinate are integrated factor by factor where the coordinates are independent;
        the number of points is doubled until the sum stays.
        """
        terms = [self._separated(term, t, digits) for term in sympy.Add.make_args(sympy.expand(function))]
        return mpmath.fsum(terms) if all(term is not None for term in terms) else self._sum(function, t, digits)

    def _separated(self, term: sympy.Expr, t: sympy.Symbol, digits: int) -> mpmath.mpf | None:
        """Return the mean of a function of at most one coordinate; None for any other."""
        inner = coordinates_in(term)
        if not inner:
            return mpmath.mpmathify(term.evalf(digits + 10))
        if len(inner) > 1:
            return None
        variable = sympy.Dummy("t", real=True)
        return self.marginals[inner[0].index - 1].expectation(term.xreplace({inner[0]: variable}), variable, digits)

    def _sum(self, function: sympy.Expr, t: sympy.Symbol, digits: int) -> mpmath.mpf:
        evaluate = real_function(function, t, self)
        count, previous, size = 20, None, 0
        while True:
            while size and not self.rule_is_exact(count) and self.rule_size(count) <= size:
                count *= 2
            columns, weights = self.nodes(count, max(16, digits))
            points = zip(*columns, strict=True)
            value = mpmath.fsum(w * evaluate(point) for w, point in zip(weights, points, strict=True))
            tolerance = mpmath.mpf(10) ** (1 - digits) * max(1, abs(value))
            if self.rule_is_exact(count) or (previous is not None and abs(value - previous) <= tolerance):
                return value
            count, previous, size = 2 * count, value, len(weights)
            if 4 * size > _LARGEST_RULE:
                raise SolveError(
                    f"the integral of {function} over {self} does not settle with {size} points; use laws with atoms, "
                    "or ask for fewer digits"
                )
