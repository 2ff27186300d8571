"""The error of the class with the largest score, among one linear score for each class.

The differences between the score of the right class and the others are jointly Gaussian in the limit, and the answer is
right where all are positive (:mod:`.orthant`). Their means and mean products are limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy

from ..derived import LimitValue
from ..errors import ShapeError, SolveError
from ..language.ensembles.ones import ones
from ..language.expression import ONE, Expression
from ..language.operations import block, combine, identity, zeros
from .orthant import orthant_probability

__all__ = ["largest_score_parts"]

Parts = dict[str, Callable[[], LimitValue]]


def largest_score_parts(
    scores: Sequence[Expression], limit_of: Callable[[Expression], Callable[[], LimitValue]]
) -> tuple[str, Parts, Callable[..., Any]]:
    """Return (formula, parts, function) of the error rate.

    Parameters
    ----------
    scores : sequence of Expression
        1 x 1, or m x 1 of points of one class, the right class first; or m x 1 with one block of rows for each class,
        in the order of the scores.
    limit_of : callable
        Returns a function that derives a limit.

    Raises
    ------
    ShapeError
        If the shapes differ, or there is no block for each score.
    """
    count = len(scores)
    first = scores[0]
    if count < 2 or any(s.shape != first.shape or s.columns != (ONE,) for s in scores):
        shapes = ", ".join(s.shape_text for s in scores)
        raise ShapeError(f"misclassification_error needs two scores or more of one shape, 1 x 1 or m x 1, not {shapes}")
    if len(first.rows) == 1:
        points = [(sympy.S.One, list(scores), sympy.S.One if first.is_number else first.rows[0])]
    elif len(first.rows) == count:
        points = []
        spaces = [(size,) for size in first.rows]
        for k, space in enumerate(spaces):
            chosen = block([[identity(s) if j == k else zeros(space, s) for j, s in enumerate(spaces)]])
            own = [chosen @ s for s in (scores[k], *scores[:k], *scores[k + 1 :])]
            points.append((space[0] / sympy.Add(*first.rows), own, space[0]))
    else:
        raise ShapeError(
            f"misclassification_error: {count} scores of shape {first.shape_text} need a test set with one block of "
            "points for each class, in the order of the scores"
        )
    parts: Parts = {}
    terms = []
    for number, (share, (right, *others), size) in enumerate(points, start=1):
        leads = [combine([(right, sympy.S.One), (other, sympy.S.NegativeOne)]) for other in others]
        parts[f"share {number}"] = limit_of(combine([(identity(ONE), share)]))
        for k, lead in enumerate(leads, start=1):
            total = lead if lead.is_number else ones(lead.rows[0]).T @ lead
            parts[f"lead {number},{k}"] = limit_of(combine([(total, 1 / size)]))
            for j, other in enumerate(leads[:k], start=1):
                parts[f"product {number},{j},{k}"] = limit_of(combine([(other.T @ lead, 1 / size)]))
        terms.append(f"share {number} * (1 - P(leads of class {number} > 0))")
    return " + ".join(terms), parts, lambda *values: _error(count - 1, values)


def _error(leads: int, values: Sequence[Any]) -> np.ndarray:
    arrays = np.stack([np.asarray(value, dtype=float) for value in values])
    flat = arrays.reshape(len(arrays), -1)
    rates = [_error_at(leads, list(column)) for column in flat.T]
    return np.array(rates).reshape(arrays.shape[1:])


def _error_at(leads: int, values: list[float]) -> float:
    rate = 0.0
    numbers = iter(values)
    for share in numbers:
        mean, square = np.zeros(leads), np.zeros((leads, leads))
        for k in range(leads):
            mean[k] = next(numbers)
            for j in range(k + 1):
                square[j, k] = square[k, j] = next(numbers)
        covariance = square - np.outer(mean, mean)
        if not (np.diag(covariance) > 1e-12 * np.diag(square)).all():
            raise SolveError("a score does not lead by a random number: its variance is 0 up to rounding")
        rate += share * (1 - orthant_probability(mean, covariance))
    return rate
