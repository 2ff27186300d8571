"""Algebraic equation: a second route to the answer, by elimination of all unknowns."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import sympy

from ...algebra.symbols import M
from ...equations.elimination import polynomial_of
from ...errors import NotAlgebraic
from ..check_report import CheckLine
from ..generic_point import NoGenericPoint, generic_point
from ..registry import register, without_contours
from ..subject import Subject

__all__ = ["algebraic"]

_DIGITS = 40
_LARGEST = 14


@register("algebraic", order=60, applies=without_contours)
def algebraic(subject: Subject) -> CheckLine:
    """Evaluate the polynomial P(m, z) at the solution, which was found without it."""
    unknowns = len(subject.derivation.system.unknowns)
    if not subject.is_spectrum and unknowns > _LARGEST:
        detail = f"the elimination of {unknowns} unknowns is not tried"
        return CheckLine("algebraic", "skipped", detail)
    seconds = 3.0 if subject.options.quick else 10.0
    try:
        polynomial = polynomial_of(
            subject.derivation.system, lambda seed: generic_point(subject.derivation, seed), seconds=seconds
        )
    except (NotAlgebraic, NoGenericPoint) as reason:  # there is no polynomial to compare with
        return CheckLine("algebraic", "skipped", str(reason))
    places = _places(subject)
    worst = max(_relative(polynomial, subject, *place) for place in places)
    degree = sympy.Poly(polynomial, M).degree()
    where = f" at {len(places)} points" if subject.is_spectrum else ""
    detail = f"the polynomial of degree {degree} in m vanishes at the solution{where} to {worst:.1e} of its terms"
    if not subject.is_spectrum:
        detail = detail.replace(" in m", "")
    data = {"degree": degree, "size": worst}
    return CheckLine("algebraic", "passed" if worst <= 1e-20 else "failed", detail, data)


def _places(subject: Subject) -> list[tuple[Any, Any]]:
    """Return (z, answer) at a few points, to 40 digits."""
    if not subject.is_spectrum:
        return [(None, subject.bound.precise(_DIGITS))]
    precise = subject.bound.precise(_DIGITS)
    anchor = subject.bound.anchor
    z = anchor.mean + anchor.width * np.array([-1.7 + 0.3j, 0.1 + 0.01j, 0.9 + 1.3j])
    return [(complex(p), precise.stieltjes(complex(p))) for p in z]


def _relative(polynomial: sympy.Expr, subject: Subject, z: Any, answer: Any) -> float:
    """Return the value of the polynomial divided by the sum of the sizes of its terms."""
    binding = subject.bound.binding
    with mpmath.workdps(_DIGITS):
        values: dict[sympy.Symbol, Any] = {
            s: mpmath.mpf(v.evalf(_DIGITS)) for s, v in binding.values.items()
        } | binding.coefficients(_DIGITS)
        values[M] = answer
        if z is not None:
            values[subject.derivation.system.spectral] = mpmath.mpmathify(z)
        symbols = sorted(polynomial.free_symbols, key=str)
        terms = [
            sympy.lambdify(symbols, term, "mpmath", dummify=True)(*(values[s] for s in symbols))
            for term in sympy.Add.make_args(polynomial)
        ]
        return float(abs(mpmath.fsum(terms)) / mpmath.fsum(abs(t) for t in terms))
