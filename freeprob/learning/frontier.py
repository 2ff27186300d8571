"""min E(p, n) at p n = budget: how to share a budget of compute between two resources.

The lower envelope of the error as a function of the budget is the frontier that scaling laws of compute describe. It is
found by a sweep: on the logarithm of the first resource, a coarse grid for all budgets at once, then finer ones around
the smallest value of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..derived import LimitValue
from ..errors import ShapeError, SolveError, UnsupportedModel
from .exponent import Exponent, scaling_exponent
from .function_of_limits import FunctionOfLimits

__all__ = ["ComputeFrontier", "compute_optimal"]

_SCAN, _ZOOM, _ROUNDS = 25, 9, 3


@dataclass(frozen=True)
class ComputeFrontier:
    """The smallest errors at given budgets; made by :func:`compute_optimal`.

    Attributes
    ----------
    names : (str, str)
        The two resources.
    budget, first, second, error : ndarray, shape (m,)
        Budgets, the best values of the resources, and the errors there.
    interior : ndarray of bool
        False where the error is smallest at an end of the bracket, so that it is not the optimum.
    """

    names: tuple[str, str]
    budget: np.ndarray
    first: np.ndarray
    second: np.ndarray
    error: np.ndarray
    interior: np.ndarray

    def exponent(self, of: str = "error", **options: Any) -> Exponent:
        """Return the exponent in the budget of ``"error"`` or of one of the resources.

        Parameters
        ----------
        of : str
        **options
            Of :func:`scaling_exponent`.

        Raises
        ------
        UnsupportedModel
            If the frontier is at an end of the bracket somewhere, or the name is unknown.
        """
        columns = {"error": self.error, self.names[0]: self.first, self.names[1]: self.second}
        if of not in columns:
            raise UnsupportedModel(f"a frontier has exponents of {', '.join(columns)}, not of {of!r}")
        if not self.interior.all():
            budget, end = self.budget[~self.interior][0], self.first[~self.interior][0]
            raise UnsupportedModel(
                f"at the budget {budget:.4g} the error is smallest at {self.names[0]} = {end:.4g}, an "
                "end of the bracket. Remedy: a wider bracket, or other budgets"
            )
        return scaling_exponent(self.budget, columns[of], **options)

    def __str__(self) -> str:
        rows = [f"{'budget':>12} {self.names[0]:>12} {self.names[1]:>12} {'error':>12}"]
        for *numbers, inside in zip(self.budget, self.first, self.second, self.error, self.interior, strict=True):
            rows.append(" ".join(f"{number:12.5g}" for number in numbers) + ("" if inside else "  end of the bracket"))
        return "\n".join(rows)


def compute_optimal(
    error: LimitValue | FunctionOfLimits,
    budget: Any,
    resources: tuple[str, str] = ("p", "n"),
    *,
    bracket: tuple[float, float],
    second: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    **values: Any,
) -> ComputeFrontier:
    """Return the smallest error at given budgets of compute, parameters times samples (or times steps).

    Parameters
    ----------
    error : LimitValue or FunctionOfLimits
        Anything with ``.curve``.
    budget : array, shape (m,)
        Positive.
    resources : (str, str)
        Two sizes or parameters by name: width and samples, or width and time of training.
    bracket : (float, float)
        Where the first resource is looked for, positive.
    second : callable, optional
        The second resource as a function of the first and the budget, arrays; by default ``budget / first``.
    **values : number or law
        The other sizes and parameters.

    Returns
    -------
    ComputeFrontier

    Raises
    ------
    ShapeError
        If the budgets are not one list.
    UnsupportedModel
        If a budget or an end of the bracket is not positive.
    SolveError
        If a point cannot be solved, or the error is infinite all over the bracket.

    Notes
    -----
    A scan of 25 widths, refined three times around the smallest value: the place is found to about 1e-4 of the
    bracket's logarithm, the error to the square of that. Of several minima it is the lowest that the scan sees.

    Examples
    --------
    Two random projections in a row, of p and q dimensions, share a budget equally:

    >>> import numpy as np
    >>> import freeprob as fp
    >>> n, d, p, q = fp.sizes("n d p q")
    >>> V, W = fp.gaussian(p, d), fp.gaussian(q, p)
    >>> X, beta, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
    >>> Phi = W @ V @ X / fp.sqrt(p) / fp.sqrt(d)
    >>> w = fp.ridge(Phi, X.T @ beta / fp.sqrt(d), penalty=0.1)
    >>> risk = fp.limit(fp.test_error(w, Phi.subs({X: x}), beta.T @ x / fp.sqrt(d)))
    >>> best = fp.compute_optimal(risk, [0.25, 1], ("p", "q"), bracket=(0.05, 20), n=4, d=1)
    >>> best.interior.tolist(), bool((np.abs(best.first * best.second / best.budget - 1) < 1e-12).all())
    ([True, True], True)
    """
    budgets = np.atleast_1d(np.asarray(budget, dtype=float))
    low, high = bracket
    if budgets.ndim != 1:
        raise ShapeError(f"compute_optimal needs a list of budgets, not an array of shape {budgets.shape}")
    if not (np.isfinite(budgets) & (budgets > 0)).all() or not 0 < low < high:
        raise UnsupportedModel("compute_optimal needs positive finite budgets, and a bracket with 0 < low < high")
    one, other = resources
    share = second or (lambda first, budget: budget / first)

    def heights(logs: np.ndarray) -> np.ndarray:
        first = np.exp(logs)
        return np.asarray(error.curve(**{**values, one: first, other: share(first, budgets[:, None])}), dtype=float)

    logs = np.broadcast_to(np.linspace(np.log(low), np.log(high), _SCAN), (len(budgets), _SCAN))
    step = (np.log(high) - np.log(low)) / (_SCAN - 1)
    place, value = _lowest(logs, heights(logs))
    if not np.isfinite(value).all():
        worst = budgets[~np.isfinite(value)][0]
        raise SolveError(f"the error is infinite for all {one} in {bracket} at a budget of {worst:g}")
    for _ in range(_ROUNDS):
        logs = place[:, None] + step * np.linspace(-1, 1, _ZOOM)
        logs = np.clip(logs, np.log(low), np.log(high))
        found, lower = _lowest(logs, heights(logs))
        place, value = np.where(lower <= value, found, place), np.minimum(lower, value)
        step *= 2 / (_ZOOM - 1)
    margin = 1e-6 * (np.log(high) - np.log(low))
    interior = (place > np.log(low) + margin) & (place < np.log(high) - margin)
    first = np.exp(place)
    return ComputeFrontier((one, other), budgets, first, np.asarray(share(first, budgets)), value, interior)


def _lowest(places: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return place and height of the smallest value in each row."""
    k = np.argmin(heights, axis=1)[:, None]
    return np.take_along_axis(places, k, axis=1)[:, 0], np.take_along_axis(heights, k, axis=1)[:, 0]
