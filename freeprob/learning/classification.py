"""The error of a linear classifier: P(s < 0) = Phi(-mean/std) for a score s that is Gaussian in the limit.

A score ``w.T phi`` of a fresh point is a sum of many small independent terms given the weights, so it is Gaussian, and
its mean and mean square are limits of 1 x 1 expressions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

import numpy as np
import sympy

from ..derived import LimitValue
from ..errors import ShapeError, SolveError, UnsupportedModel
from ..language.expression import ONE, Expression, walk
from ..language.given_sizes import array_of
from ..language.nodes import Block, Leaf
from ..language.operations import block, combine, identity, zeros
from ..pipeline import limit
from .function_of_limits import FunctionOfLimits
from .largest_score import largest_score_parts

__all__ = ["Misclassification", "misclassification_error"]


class Misclassification(FunctionOfLimits):
    """The limit of an error rate; made by :func:`misclassification_error`."""


def misclassification_error(
    score: Expression | Sequence[Expression],
    teacher: Expression | None = None,
    *,
    labels: Expression | None = None,
    names: Any = None,
) -> Misclassification:
    """Derive how often the sign of a score is wrong.

    Parameters
    ----------
    score : Expression, shape (1, 1)
        The score of a fresh point of the class +1, ``w.T @ phi_x``: it is wrong where it is negative. With a teacher,
        the score of a fresh point. Or a sequence of scores, one for each of up to five classes, of which the largest
        decides: of a fresh point, or of shape (m, 1) of a test set of one class, that class first; or of a test set
        with one block of points for each class, in the order of the scores.
    teacher : Expression, shape (1, 1), optional
        A number whose sign is the true label, ``beta.T @ x / fp.sqrt(d)``: the score is wrong where the signs differ.
    labels : Expression, shape (m, 1), optional
        The labels of a test set of m points, with scores of shape (m, 1). A random leaf: each score is its label times
        the mean, and Gaussian noise; labels -1 and +1 enter by their variance only, so that ``fp.gaussian(m)`` stands
        for them, as for the labels of two balanced classes with opposite means. Or one block ``fp.ones(m1)`` or
        ``-fp.ones(m2)`` for each class: any number of classes with means of their own, and the sign that is right.
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
        If no fresh vector occurs in a score: it would not be Gaussian. If labels are given numbers.
    SolveError
        From ``.at``, if the score does not fluctuate, or has a mean beside a teacher.

    Notes
    -----
    With one class, P(s < 0) = Phi(-E s / std(s)). With a teacher both numbers are centred and jointly Gaussian, and
    the signs differ with probability arccos(correlation) / pi. Of two classes, the error rate is the mean of those of
    both, each with the score of a point of it; turn the sign of the score of the class -1. The largest of several
    scores is right where its differences from the others, which are jointly Gaussian, are all positive.

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

    Two balanced classes with opposite means of norm 2:

    >>> m = fp.sizes("m")
    >>> mu, z, t = fp.gaussian(d), fp.gaussian(n), fp.gaussian(m)
    >>> w = fp.ridge(2 * mu @ z.T / fp.sqrt(d) + X, z, penalty=0.1)
    >>> scores = (2 * mu @ t.T / fp.sqrt(d) + fp.gaussian(d, m)).T @ w
    >>> fp.misclassification_error(scores, labels=t).curve(n=[1, 4, 16], d=1, m=1).round(6)
    array([0.110686, 0.04098 , 0.026606])
    """
    if not isinstance(score, Expression) and isinstance(score, Sequence):
        if teacher is not None or labels is not None:
            raise ShapeError("several scores know their classes by their order: leave out the teacher and the labels")
        limit_of = _limits(names if names is not None else _variables(sys._getframe(1)))
        return Misclassification("misclassification error", *largest_score_parts(score, limit_of))
    if labels is not None:
        return _of_a_test_set(score, labels, names if names is not None else _variables(sys._getframe(1)))
    for number in (score, teacher):
        if number is None:
            continue
        if not isinstance(number, Expression) or not number.is_number:
            shape = number.shape_text if isinstance(number, Expression) else type(number).__name__
            raise ShapeError(f"misclassification_error needs 1 x 1 scores such as w.T @ x, not {shape}")
        if not any(isinstance(leaf, Leaf) and leaf.columns == (ONE,) for leaf in walk(number)):
            raise UnsupportedModel(
                f"misclassification_error: no vector occurs in {number}, so it is not Gaussian given the weights. "
                "Remedy: give the score of a fresh point"
            )
    limit_of = _limits(names if names is not None else _variables(sys._getframe(1)))
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
            "mean": limit_of(score),
            "mean of the teacher": limit_of(teacher),
        },
        _signs_differ,
    )


def _variables(frame: FrameType) -> dict[str, Any]:
    return {**frame.f_globals, **frame.f_locals}


def _limits(names: Mapping[str, Any]) -> Callable[[Expression], Callable[[], LimitValue]]:
    return lambda number: lambda: limit(number, names=names)


def _of_a_test_set(scores: Expression, labels: Expression, names: Mapping[str, Any]) -> Misclassification:
    if scores.shape != labels.shape or scores.columns != (ONE,) or scores.is_number:
        raise ShapeError(
            f"misclassification_error needs scores and labels of a test set (m x 1), not {scores.shape_text} and "
            f"{labels.shape_text}"
        )
    limit_of = _limits(names)
    if isinstance(labels, Block):
        return _of_classes(scores, labels, limit_of)
    if not isinstance(labels, Leaf) or array_of(labels) is not None:
        raise UnsupportedModel(
            f"misclassification_error: the labels {labels} are no random leaf, each score has a mean of its own, "
            "and this rule knows one mean for each class. Remedy: random labels, or one block of +1 or -1 for each "
            "class, fp.block([[fp.ones(m1)], [-fp.ones(m2)]])"
        )
    count = scores.rows[0]
    return Misclassification(
        "misclassification error",
        "Phi(-mean/sqrt(square - mean^2))",
        {"mean": limit_of(labels.T @ scores / count), "square": limit_of(scores.T @ scores / count)},
        _below_zero,
    )


def _of_classes(
    scores: Expression, labels: Block, limit_of: Callable[[Expression], Callable[[], LimitValue]]
) -> Misclassification:
    """Return the error rate of a test set with one block of labels, all +1 or all -1, for each class."""
    parts: dict[str, Callable[[], LimitValue]] = {}
    terms = []
    spaces = [row[0].rows for row in labels.grid]
    for k, (part,) in enumerate(labels.grid):
        ((ones, sign),) = part.terms() if len(part.terms()) == 1 else ((part, None),)
        if not isinstance(ones, Leaf) or ones.ensemble.name != "ones" or sign not in (1, -1):
            raise UnsupportedModel(
                f"misclassification_error: the block {part} of the labels is not one class. Remedy: fp.ones(m) or "
                "-fp.ones(m) for each class, with the size of its part of the test set"
            )
        chosen = block([[identity(space) if j == k else zeros(space, spaces[k])] for j, space in enumerate(spaces)]).T
        own, count = chosen @ scores, part.rows[0]
        parts[f"share {k + 1}"] = limit_of(combine([(identity(ONE), count / sympy.Add(*labels.rows))]))
        parts[f"mean {k + 1}"] = limit_of(part.T @ own / count)
        parts[f"square {k + 1}"] = limit_of(own.T @ own / count)
        terms.append(f"share {k + 1} * Phi(-mean {k + 1}/sqrt(square {k + 1} - mean {k + 1}^2))")
    return Misclassification("misclassification error", " + ".join(terms), parts, _mean_below_zero)


def _mean_below_zero(*parts: Any) -> np.ndarray:
    return sum(np.asarray(parts[k]) * _below_zero(*parts[k + 1 : k + 3]) for k in range(0, len(parts), 3))


def _below_zero(mean: Any, square: Any) -> np.ndarray:
    from scipy.special import ndtr  # loaded when it is needed

    variance = np.asarray(square) - np.asarray(mean) ** 2
    if not (variance > 1e-12 * np.asarray(square)).all():
        raise SolveError(
            "the score does not fluctuate in the limit (its variance is 0 up to rounding), so its sign is not random"
        )
    return ndtr(-np.asarray(mean) / np.sqrt(variance))


def _signs_differ(overlap: Any, square: Any, teacher: Any, mean: Any, target: Any) -> np.ndarray:
    if not (np.asarray(square) > 0).all() or not (np.asarray(teacher) > 0).all():
        raise SolveError("a score is 0 in the limit, so it has no sign")
    if (np.abs(mean) > 1e-9 * np.sqrt(square)).any() or (np.abs(target) > 1e-9 * np.sqrt(teacher)).any():
        raise SolveError(
            "a score has a nonzero mean, and the formula for two signs is that of centred scores; give the scores of "
            "one class without a teacher, or centre them"
        )
    correlation = np.asarray(overlap) / np.sqrt(np.asarray(square) * np.asarray(teacher))
    return np.arccos(np.clip(correlation, -1.0, 1.0)) / np.pi
