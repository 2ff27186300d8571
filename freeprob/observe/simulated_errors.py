"""Errors of a fit from spectra of the model itself, which are rigid, in place of independent draws.

For each simulated spectrum one Gauss-Newton step from the fitted values is made, ``-(J^T J)^-1 J^T r``: the fit of that
spectrum to first order. The mean square of these steps is the covariance of the estimates, the bias of order 1/N of
finite matrices included.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

__all__ = ["simulated_covariance"]


def simulated_covariance(slopes: np.ndarray, draws: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the mean square deviation of the coordinates.

    Parameters
    ----------
    slopes : ndarray
        Derivatives J of the residuals at the fitted values.
    draws : iterable of (ndarray, ndarray)
        For each simulated spectrum its residuals at the fitted values, and the coordinates of the simulation minus
        those fitted, which differ because matrices have integer sizes.
    """
    inverse = np.linalg.pinv(slopes)
    steps = np.array([-inverse @ residuals - shift for residuals, shift in draws])
    return steps.T @ steps / len(steps)
