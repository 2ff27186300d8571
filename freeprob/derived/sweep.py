"""Broadcast values, point by point."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..language.laws import Law

__all__ = ["spread", "sweep"]


def spread(values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], tuple[int, ...]]:
    """Return the points of broadcast arrays of values, and their shape; laws stay as they are."""
    fixed = {k: v for k, v in values.items() if isinstance(v, Law)}
    arrays = {k: np.asarray(v) for k, v in values.items() if k not in fixed}
    shape = np.broadcast_shapes(*(a.shape for a in arrays.values()))
    flat = {k: np.broadcast_to(a, shape).ravel() for k, a in arrays.items()}
    return [{k: a[i].item() for k, a in flat.items()} | fixed for i in range(int(np.prod(shape)))], shape


def sweep(evaluate: Callable[[dict[str, Any]], float], values: Mapping[str, Any]) -> np.ndarray:
    arrays = {k: np.asarray(v) for k, v in values.items() if not isinstance(v, Law)}
    fixed = {k: v for k, v in values.items() if isinstance(v, Law)}
    shape = np.broadcast_shapes(*(a.shape for a in arrays.values()))
    spread = {k: np.broadcast_to(a, shape) for k, a in arrays.items()}
    result = np.empty(shape)
    for index in itertools.product(*(range(s) for s in shape)):
        result[index] = evaluate({k: a[index].item() for k, a in spread.items()} | fixed)
    return result
