"""What limits a learner: data, width, penalty, variance or noise, by the logarithmic derivatives of its error.

The gain of a resource is how fast the error falls as that resource is improved: -d log E / d log n for samples,
-d log E / d log p for a width, d log E / d log lambda for a penalty that is too large, the negative for one that is too
small (the error is then variance that a larger penalty would remove). On the flanks of a power law these are the
exponents of the scaling law. Noise of the labels of standard deviation sigma enters the error as sigma^2 times a
number, so that d log E / d log sigma / 2 is the share of the error that it causes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..derived import LimitValue
from ..errors import MissingValue, UnsupportedModel

__all__ = ["Bottleneck", "bottleneck"]

NOTHING = "nothing"

_FREE = 0.5
"""The penalty, which costs nothing, comes first where its gain is more than this part of the largest."""


@dataclass(frozen=True)
class Bottleneck:
    """What limits a learner; made by :func:`bottleneck`.

    Attributes
    ----------
    regime : str or ndarray of str
        ``"data"``, ``"width"``, ``"penalty"`` (too large), ``"variance"`` (the penalty is too small), ``"noise"``, or
        ``"nothing"`` where no gain is above the tolerance: the error is at a floor.
    gains : dict of str to float or ndarray
        By the names above. The gain of ``"noise"`` is its share of the error.
    error : float or ndarray
        The number itself.
    """

    regime: Any
    gains: dict[str, Any]
    error: Any

    def __str__(self) -> str:
        if np.ndim(self.regime):
            names, counts = np.unique(self.regime, return_counts=True)
            return ", ".join(f"{name}: {count} points" for name, count in zip(names, counts, strict=True))
        gains = ", ".join(f"{name} {gain:.4f}" for name, gain in self.gains.items())
        return f"limited by {self.regime} (gains: {gains})"


def bottleneck(
    error: LimitValue,
    *,
    data: str | None = "n",
    width: str | None = "p",
    penalty: str | None = "lambda",
    noise: str | None = "sigma",
    tolerance: float = 0.02,
    **values: Any,
) -> Bottleneck:
    """Name what limits a learner, at a point or over a grid.

    Parameters
    ----------
    error : LimitValue
        ``fp.limit(fp.test_error(...))``.
    data, width, penalty, noise : str or None
        The names of the size of the training set, of a width, of a penalty and of the standard deviation of the noise
        of the labels. A name on which the error does not depend is left out.
    tolerance : float
        Gains below this are none.
    **values : number, array or law
        All sizes and parameters; arrays broadcast against each other.

    Returns
    -------
    Bottleneck
        Where noise causes more than half of the error, the regime is ``"noise"``. Else it is that of the largest gain;
        but since a better penalty costs nothing, a gain of the penalty that is more than half of the largest is named.

    Raises
    ------
    UnsupportedModel
        If the error depends on none of the names, or is not positive; see also ``error.gradient``.
    MissingValue
        If a value is missing.
    SolveError
        If a point cannot be solved, or the penalty is 0: give a small positive one.

    Notes
    -----
    One implicit differentiation, ``error.gradient``. Errors limited by data or width are the resolution-limited, and
    those limited by noise or variance the variance-limited regimes of Y. Bahri, E. Dyer, J. Kaplan, J. Lee and
    U. Sharma, "Explaining neural scaling laws" (arXiv 2102.06701); these words are for a floor that has been
    subtracted, while here the error is taken as it is given: leave the noise of the label of the test point out of it.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> lam, sigma = fp.parameters("lambda sigma", positive=True)
    >>> X, beta, eps, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
    >>> w = fp.ridge(X, X.T @ beta / fp.sqrt(d) + sigma * eps, penalty=lam)
    >>> risk = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))
    >>> fp.bottleneck(risk, n=[0.3, 0.99, 9, 9], d=1, lambda_=[1e-4, 1e-4, 1e-4, 2], sigma=0.3).regime.tolist()
    ['data', 'noise', 'noise', 'penalty']
    """
    asked = {"data": data, "width": width, "penalty": penalty, "noise": noise}
    known = {name.rstrip("_"): name for name in error.needs}
    used = {what: known[name.rstrip("_")] for what, name in asked.items() if name and name.rstrip("_") in known}
    if not used:
        raise UnsupportedModel(
            f"bottleneck: the error depends on {', '.join(error.needs)}, on none of "
            f"{', '.join(name for name in asked.values() if name)}. Remedy: name its sizes and parameters, for example "
            'bottleneck(error, data="m", ...)'
        )
    places = {what: _value(values, name) for what, name in used.items()}
    number = np.asarray(error.curve(progress=False, **values), dtype=float)
    if not (np.isfinite(number) & (number > 0)).all():
        raise UnsupportedModel("bottleneck: the error is not positive and finite everywhere, and has no logarithm")
    slopes = error.gradient(list(used.values()), **values)
    rates = {what: np.asarray(slopes[name]) * places[what] / number for what, name in used.items()}
    gains: dict[str, Any] = {what: -rates[what] for what in ("data", "width") if what in rates}
    if "penalty" in rates:
        gains |= {"penalty": rates["penalty"], "variance": -rates["penalty"]}
    ordered = list(gains)
    heights = np.array([np.broadcast_to(g, number.shape) for g in gains.values()]).reshape(len(ordered), *number.shape)
    names = np.array([*ordered, "noise", NOTHING])
    if ordered:
        first = [1 if name in ("data", "width") else 1 / _FREE for name in ordered]
        largest = (heights.T * first).T.argmax(axis=0)
        chosen = np.where(heights.max(axis=0) > tolerance, largest, len(names) - 1)
    else:
        chosen = np.full(number.shape, len(names) - 1)
    if "noise" in rates:
        gains["noise"] = rates["noise"] / 2
        chosen = np.where(gains["noise"] > 0.5, len(names) - 2, chosen)
    regime = names[chosen]
    if number.shape:
        return Bottleneck(regime, gains, number)
    return Bottleneck(str(regime), {name: float(gain) for name, gain in gains.items()}, float(number))


def _value(values: dict[str, Any], name: str) -> np.ndarray:
    """Return the values of a size or parameter, whose name Python may have forced to end with ``_``."""
    for spelled in (name, name.rstrip("_"), f"{name.rstrip('_')}_"):
        if spelled in values:
            return np.asarray(values[spelled], dtype=float)
    raise MissingValue(f"no value for {name}; write bottleneck(..., {name}=...)")
