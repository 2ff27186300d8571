"""The residuals and the Jacobian of a component, in whatever numbers its procedures are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import ir

__all__ = ["component_values"]


def component_values(
    run: Callable[[ir.Procedure, Mapping[str, Any]], list[Any]], component: ir.Component, values: Mapping[str, Any]
) -> tuple[list[Any], dict[tuple[int, int], Any]]:
    """Return the residuals of a component and the entries of its Jacobian.

    Parameters
    ----------
    run : callable
        ``run(procedure, values)`` returns the outputs of a procedure.
    component : Component
    values : mapping of str to numbers
        Of all names that the procedures use.
    """
    residuals: list[Any] = [None] * len(component.unknowns)
    outputs = run(component.procedure, values)
    for row, residual in zip(component.rows, outputs):
        residuals[row] = residual
    entries = dict(zip(component.pattern, outputs[len(component.rows) :], strict=True))
    for repeat in component.repeats:
        for k, row in enumerate(repeat.rows):
            own = {name: values[outside[k]] for name, outside in repeat.arguments}
            residuals[row], *slopes = run(repeat.procedure, {**values, **own})
            for columns, slope in zip(repeat.columns, slopes, strict=True):
                place = row, columns[k]
                entries[place] = entries[place] + slope if place in entries else slope
    return residuals, entries
