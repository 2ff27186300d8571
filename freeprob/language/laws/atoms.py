"""Finite sums of point masses with given locations and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np
import sympy

from ...algebra.rationals import exact_atoms
from ...errors import UnsupportedModel
from .atomic import AtomicLaw
from .base import Law
from .scalars import precise, require_positive, scalar, text

__all__ = ["Atoms"]


class Atoms(AtomicLaw):
    """Finite sum of point masses, ``atoms({location: weight})``.

    Locations and weights may be exact rationals (also as text such as ``"2/5"``), floats or SymPy expressions.
    Numeric weights are positive and sum to 1 (floats to 1e-12). A weight that is exactly 0 is dropped and equal
    locations are merged, so that symbols may be bound to boundary values.

    Parameters
    ----------
    masses : mapping or sequence of pairs
        From location to weight.

    Raises
    ------
    UnsupportedModel
        If a weight is negative, the weights do not sum to 1, or a scalar is not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> law = laws.atoms({1: "2/5", 3: "3/5"})
    >>> law, law.moment(2)
    (atoms({1: 2/5, 3: 3/5}), 29/5)
    """

    __slots__ = ()
    name = "atoms"

    def __init__(self, masses: Mapping[Any, Any] | tuple[tuple[Any, Any], ...]) -> None:
        pairs = masses.items() if isinstance(masses, Mapping) else masses
        merged: dict[sympy.Expr, sympy.Expr] = {}
        for location, weight in pairs:
            x, w = scalar(location, "a location of atoms"), scalar(weight, f"the weight of the atom at {location}")
            same = next((y for y in merged if y == x or (x.is_number and y.is_number and (x - y).is_zero)), x)
            merged[same] = merged.get(same, sympy.Integer(0)) + w
        merged = {x: w for x, w in merged.items() if not w.is_zero}
        if not merged:
            raise UnsupportedModel("atoms need at least one location with a positive weight, e.g. atoms({1: 1})")
        for x, w in merged.items():
            require_positive(w, f"the weight {w} of the atom at {x} is negative; give positive weights of sum 1")
        _require_unit_sum(sum(merged.values()))
        super().__init__(tuple(sorted(merged.items(), key=_order)))

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Exact and float point masses, of both signs, and a single one."""
        return cls({1: "2/5", 3: "3/5"}), cls({-1.5: 0.25, 0: 0.25, 2.25: 0.5}), cls({sympy.sqrt(2): 1})

    def __str__(self) -> str:
        return f"atoms({{{', '.join(f'{text(x)}: {text(w)}' for x, w in self.arguments[0])}}})"

    def latex(self) -> str:
        r"""Return a sum of Dirac masses, for example ``\frac{2}{5} \delta_{1} + \frac{3}{5} \delta_{3}``."""
        terms = []
        for x, w in self.arguments[0]:
            factor = "" if w == 1 else sympy.latex(w) if not w.is_Add else rf"\left({sympy.latex(w)}\right)"
            terms.append(rf"{factor} \delta_{{{sympy.latex(x)}}}".strip())
        return " + ".join(terms)

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        return dict(self.arguments[0])

    def _moment(self, k: int) -> sympy.Expr:
        return sympy.Add(*(w * x**k for x, w in self.arguments[0]))

    def r_transform(self, g: sympy.Expr) -> sympy.Expr | None:
        """Return the location of a single atom; more than one has no rational R-transform."""
        return self.arguments[0][0][0] if len(self.arguments[0]) == 1 else None

    def _float_atoms(self) -> tuple[np.ndarray, np.ndarray]:
        points, weights = (np.array([float(v) for v in column]) for column in zip(*self.arguments[0], strict=True))
        return points, weights / weights.sum()

    def _precise_atoms(self) -> tuple[list[mpmath.mpf], list[mpmath.mpf]]:
        exact = exact_atoms(dict(self.arguments[0]))  # as polynomials read them
        points, weights = ([precise(v) for v in column] for column in zip(*exact, strict=True))
        return points, weights

    def _rule(self, count: int, digits: int):
        return self._float_atoms() if digits <= 15 else self._precise_atoms()

    def _quantiles(self, k: int) -> np.ndarray:
        points, weights = self._float_atoms()
        copies = np.floor(weights * k)
        remainder = np.round(weights * k - copies, 9)
        order = np.argsort(-remainder, kind="stable")
        copies[order[: k - int(copies.sum())]] += 1
        return np.repeat(points, copies.astype(int))


def _order(pair: tuple[sympy.Expr, sympy.Expr]) -> tuple:
    location = pair[0]
    return (0, float(location)) if location.is_number else (1, str(location), location.sort_key())


def _require_unit_sum(total: sympy.Expr) -> None:
    if not total.is_number:
        return
    if total.has(sympy.Float):
        wrong = abs(total - 1) > 1e-12
    else:
        wrong = total != 1 and sympy.expand(total) != 1 and abs((total - 1).evalf(30)) > 1e-25
    if wrong:
        raise UnsupportedModel(f"the weights of the atoms sum to {total}, not to 1; divide them by their sum")
