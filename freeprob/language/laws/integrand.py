"""What is integrated over a law: functions with finite real values, and integrals that converge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import sympy

from ...errors import SolveError, UnsupportedModel

__all__ = ["converged", "real_function"]


def real_function(function: sympy.Expr, t: sympy.Symbol, law: object) -> Callable[[Any], mpmath.mpf]:
    """Return a function of an mpmath number or of a point; it refuses values that are not finite and real."""
    evaluate = sympy.lambdify([t], function, "mpmath")

    def place(x: Any) -> str:
        return mpmath.nstr(x, 8) if isinstance(x, mpmath.mpf) else str(tuple(float(c) for c in x))

    def real(x: Any) -> mpmath.mpf:
        try:
            value = mpmath.mpmathify(evaluate(x))
        except (ZeroDivisionError, ValueError):
            value = mpmath.nan
        if not mpmath.isfinite(value):
            raise UnsupportedModel(f"{function} is not finite at {t} = {place(x)}, which {law} charges")
        if abs(mpmath.im(value)) > mpmath.eps * 1e5 * (1 + abs(value)):
            raise UnsupportedModel(
                f"{function} is not real at {t} = {place(x)}, which {law} charges; use a law on [0, oo)"
            )
        return mpmath.re(value)

    return real


def converged(value: mpmath.mpf, error: mpmath.mpf, digits: int, law: object) -> mpmath.mpf:
    """Return the value, or raise SolveError when its error estimate exceeds this many digits."""
    if not error <= mpmath.mpf(10) ** (1 - digits) * max(1, abs(value)):
        raise SolveError(
            f"an integral over {law} reached an error of {mpmath.nstr(error, 3)} only; ask for fewer than {digits} "
            "digits, or use a function that is smooth inside the support"
        )
    return value
