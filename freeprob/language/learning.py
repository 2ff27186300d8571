"""Learning problems as sugar over the graph: nothing here is a separate theory."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from .expression import ONE, Expression
from .operations import identity, inv
from .scalars import is_scalar

__all__ = ["ridge", "test_error", "train_error"]


def ridge(features: Expression, targets: Expression, penalty: Any) -> Expression:
    """Return the ridge estimator ``argmin_w |y - F.T w|^2 / n + penalty |w|^2``.

    Parameters
    ----------
    features : Expression, shape (p, n)
        One column for each sample.
    targets : Expression, shape (n, 1)
    penalty : scalar or Expression, shape (p, p)
        Positive; a matrix P stands for the penalty ``w.T P w``.

    Returns
    -------
    Expression, shape (p, 1)
        ``inv(F F.T / n + penalty I) F y / n``.

    Raises
    ------
    ShapeError
        If features and targets do not have the same number of samples.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, y = fp.gaussian(d, n, name="X"), fp.gaussian(n, name="y")
    >>> fp.ridge(X, y, penalty=2).shape
    (d, 1)
    """
    if targets.rows != features.columns or targets.columns != (ONE,):
        raise ShapeError(
            f"ridge needs features (p x n) and targets (n x 1), not {features.shape_text} and {targets.shape_text}"
        )
    n = features.columns[0]
    weight = penalty * identity(features.rows) if is_scalar(penalty) else penalty
    return inv(features @ features.T / n + weight) @ features @ targets / n


def train_error(weights: Expression, features: Expression, targets: Expression) -> Expression:
    """Return the mean squared residual ``|y - F.T w|^2 / n`` on the training set.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, y = fp.gaussian(d, n, name="X"), fp.gaussian(n, name="y")
    >>> fp.train_error(fp.ridge(X, y, penalty=2), X, y).shape
    (1, 1)
    """
    residual = targets - features.T @ weights
    return residual.T @ residual / features.columns[0]


def test_error(weights: Expression, point: Expression, target: Expression) -> Expression:
    """Return the squared error ``(y - w.T phi)^2`` at a fresh point; its limit is the average over the point.

    Parameters
    ----------
    weights : Expression, shape (p, 1)
    point : Expression, shape (p, 1)
        Features of the fresh point: the same network on a new leaf.
    target : Expression, shape (1, 1)
        The label of the fresh point (with its noise, if the error is to include it).
    """
    error = target - weights.T @ point
    return error * error


test_error.__test__ = False  # type: ignore[attr-defined]  # pytest must not collect it
