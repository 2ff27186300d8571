"""Numbers of an analytic function of one variable, at real points to full accuracy and at complex points fast.

Formulas such as ``(1 - exp(-t*x))/x`` have removable singularities and lose digits next to them; at real points, of
which there are few, they are evaluated with many digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy

from ..errors import SolveError

__all__ = ["complex_function", "real_values"]

_DIGITS = 60
_OFF = mpmath.mpf("1e-25")
"""Distance from a removable singularity at which the function is evaluated; it costs half of the digits."""


def complex_function(formula: sympy.Expr, variable: sympy.Symbol) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function of complex arrays that a formula without other symbols describes.

    Examples
    --------
    >>> import numpy as np, sympy
    >>> from freeprob.language.analytic import complex_function
    >>> x = sympy.Symbol("x")
    >>> complex_function(sympy.exp(-x), x)(np.array([0.0, 1j * np.pi])).real.round(12)
    array([ 1., -1.])
    """
    plain = sympy.lambdify(variable, formula, ["scipy", "numpy"])

    def evaluate(z: np.ndarray) -> np.ndarray:
        z = np.asarray(z, dtype=complex)
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(plain(z), dtype=complex), z.shape)

    return evaluate


def real_values(formula: sympy.Expr, variable: sympy.Symbol, points: np.ndarray) -> np.ndarray:
    """Return the values of a formula without other symbols at real points, also at removable singularities.

    Raises
    ------
    SolveError
        If a value is not a finite real number: the function is singular or has a branch cut there.

    Examples
    --------
    >>> import numpy as np, sympy
    >>> from freeprob.language.analytic import real_values
    >>> x = sympy.Symbol("x")
    >>> real_values((1 - sympy.exp(-2 * x)) / x, x, np.array([0.0, 1e-17, 1.0])).round(12)
    array([2.        , 2.        , 0.86466472])
    """
    plain = sympy.lambdify(variable, formula, "mpmath")
    values = np.empty(len(points))
    with mpmath.workdps(_DIGITS):
        for k, point in enumerate(points):
            value = _value(plain, mpmath.mpf(float(point)))
            if value is None or abs(mpmath.im(value)) > 1e-12 * abs(value):
                raise SolveError(f"the function {formula} is not real and finite at {variable} = {point:.6g}")
            values[k] = float(mpmath.re(value))
    return values


def _value(function: Callable, point: mpmath.mpf) -> Any:
    """Return a finite value at a point or, where there is none, right next to it; None where there is none either."""
    for place in (point, point + _OFF):
        try:
            value = mpmath.mpmathify(function(place))
        except (ZeroDivisionError, ValueError, OverflowError):  # how mpmath says that a function is singular
            continue
        if mpmath.isfinite(value):
            return value
    return None
