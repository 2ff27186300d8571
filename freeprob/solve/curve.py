"""A number over a grid of parameters: all points are continued together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import SolveError
from ..language.laws import Law
from ..program import ir
from ..program.binding import Binding
from ..targets import numpy_runtime as runtime
from .bound_value import Value
from .numeric_model import numeric_model

__all__ = ["value_curve"]

_CHUNK = 256


def value_curve(
    program: ir.Program,
    binder: Callable[[dict[str, Any]], Binding],
    values: Mapping[str, Any],
    progress: bool | None = None,
) -> np.ndarray:
    """Return the read-out over broadcast arrays of values.

    Raises
    ------
    SolveError
        If a point cannot be solved; the message gives its values.
    """
    fixed = {k: v for k, v in values.items() if isinstance(v, Law) or v is None}
    arrays = {k: np.asarray(v) for k, v in values.items() if k not in fixed}
    shape = np.broadcast_shapes(*(a.shape for a in arrays.values())) if arrays else ()
    spread = {k: np.broadcast_to(a, shape).ravel() for k, a in arrays.items()}
    count = int(np.prod(shape))
    points = [{k: a[i].item() for k, a in spread.items()} | fixed for i in range(count)]
    show = progress if progress is not None else count > 50 and sys.stderr.isatty()
    bindings = [binder(point) for point in _with_progress(points, show, "constants")]
    groups: dict[tuple, list[int]] = {}
    for i, binding in enumerate(bindings):
        groups.setdefault(_rules(binding), []).append(i)
    result = np.empty(count)
    for members in groups.values():
        ends = [members[k] for k in sorted({0, len(members) // 2, len(members) - 1})]
        nodes = max(Value(program, bindings[i]).resolved for i in ends)
        model = numeric_model(program, bindings[members[0]].quadrature(nodes))
        chunks = [members[k : k + _CHUNK] for k in range(0, len(members), _CHUNK)]
        for chunk in _with_progress(chunks, show and len(chunks) > 1, "points"):
            inputs = np.concatenate([bindings[i].floats() for i in chunk], axis=1)
            try:
                result[chunk] = runtime.solve_value(model, inputs, len(chunk))[0]
            except runtime.SolveError as error:
                raise SolveError(f"{error}, the first being {points[chunk[0]]}") from error
    return result.reshape(shape)


def _rules(binding: Binding) -> tuple:
    """Return what distinguishes the quadrature rules and tables of two bindings."""
    laws = tuple(sorted(((s.name, law) for s, law in binding.laws.items()), key=str))
    found = binding.coefficients() if binding.system.tables else {}
    tables = tuple(float(binding.number(a, found, 15)) for _, table in binding.system.tables for a in table.arguments)
    return laws, tables


def _with_progress(items: list, show: bool, label: str):
    if not show:
        return items
    from tqdm import tqdm

    return tqdm(items, desc=label, leave=False)
