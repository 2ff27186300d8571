"""The error of a linear classifier: P(s < 0) = Phi(-mean/std) for a score s that is Gaussian in the limit.

A score ``w.T phi`` of a fresh point is a sum of many small independent terms given the weights, so it is Gaussian, and
its mean and mean square are limits of 1 x 1 expressions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..derived import LimitValue
from ..errors import ShapeError, SolveError, UnsupportedModel
from ..language.expression import Expression, walk
from ..language.nodes import Leaf
from ..pipeline import limit
from .function_of_limits import FunctionOfLimits

__all__ = ["Misclassification", "misclassification_error"]


class Misclassification(FunctionOfLimits):
    """The limit of an error rate; made by :func:`misclassification_error`."""


def misclassification_error(
    score: Expression, teacher: Expression | None = None, *, names: Mapping[str, Expression] | None = None
) -> Misclassification:
    """Derive how often the sign of a score is wrong.

    Parameters
    ----------
    score : Expression, shape (1, 1)
        The score of a fresh point of the class +1, ``w.T @ phi_x``: it is wrong where it is negative. With a teacher,
        the score of a fresh point.
    teacher : Expression, shape (1, 1), optional
        A number whose sign is the true label, ``beta.T @ x / fp.sqrt(d)``: the score is wrong where the signs differ.
    names : mapping of str to Expression, optional
        Names of matrices in formulas; by default the variables of the caller that hold them.

    Returns
    -------
    Misclassification
        With ``.at(...)``, ``.curve(...)`` and the limits it is made of.

    Raises
    ------
    ShapeError
        If a score is not 1 x 1.
    UnsupportedModel
        If no fresh vector occurs in a score: it would not be Gaussian.
    SolveError
        From ``.at``, if the score does not fluctuate.

    Notes
    -----
    With one class, P(s < 0) = Phi(-E s / std(s)). With a teacher both numbers are centred and jointly Gaussian, and
    the signs differ with probability arccos(correlation) / pi. Of two classes, the error rate is the mean of those of
    both, each with the score of a point of it; turn the sign of the score of the class -1.

    Examples
    --------
    Labels of a linear teacher, learned by ridge regression on the signs:

    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, beta, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
    >>> w = fp.ridge(X, fp.sign(X.T @ beta / fp.sqrt(d)), penalty=0.1)
    >>> error = fp.misclassification_error(w.T @ x, beta.T @ x / fp.sqrt(d))
    >>> error.curve(n=[1, 4, 16], d=1).round(6)
    array([0.275382, 0.128224, 0.061439])
    """
    for number in (score, teacher):
        if number is None:
            continue
        if not isinstance(number, Expression) or not number.is_number:
            shape = number.shape_text if isinstance(number, Expression) else type(number).__name__
            raise ShapeError(f"misclassification_error needs 1 x 1 scores such as w.T @ x, not {shape}")
        if not any(isinstance(leaf, Leaf) and leaf.columns == (1,) for leaf in walk(number)):
            raise UnsupportedModel(
                f"misclassification_error: no vector occurs in {number}, so it is not Gaussian given the weights. "
                "Remedy: give the score of a fresh point"
            )
    if names is None:
        frame = sys._getframe(1)
        names = {**frame.f_globals, **frame.f_locals}

    def limit_of(number: Expression) -> Callable[[], LimitValue]:
        return lambda: limit(number, names=names)

    if teacher is None:
        return Misclassification(
            "misclassification error",
            "Phi(-mean/sqrt(square - mean^2))",
            {"mean": limit_of(score), "square": limit_of(score @ score)},
            _below_zero,
        )
    return Misclassification(
        "misclassification error",
        "arccos(overlap/sqrt(square*teacher))/pi",
        {
            "overlap": limit_of(score @ teacher),
            "square": limit_of(score @ score),
            "teacher": limit_of(teacher @ teacher),
        },
        _signs_differ,
    )


def _below_zero(mean: Any, square: Any) -> np.ndarray:
    from scipy.special import ndtr  # loaded when it is needed

    variance = np.asarray(square) - np.asarray(mean) ** 2
    if not (variance > 1e-12 * np.asarray(square)).all():
        raise SolveError(
            "the score does not fluctuate in the limit (its variance is 0 up to rounding), so its sign is not random"
        )
    return ndtr(-np.asarray(mean) / np.sqrt(variance))


def _signs_differ(overlap: Any, square: Any, teacher: Any) -> np.ndarray:
    if not (np.asarray(square) > 0).all() or not (np.asarray(teacher) > 0).all():
        raise SolveError("a score is 0 in the limit, so it has no sign")
    correlation = np.asarray(overlap) / np.sqrt(np.asarray(square) * np.asarray(teacher))
    return np.arccos(np.clip(correlation, -1.0, 1.0)) / np.pi
