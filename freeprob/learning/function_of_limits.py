"""A function of the limits of several numbers, with the same doors to values as one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..derived import LimitValue
from ..errors import MissingValue

__all__ = ["FunctionOfLimits"]


class FunctionOfLimits:
    """A number that is a function of limits.

    Parameters
    ----------
    title : str
    formula : str
        The function in the names of the parts, as plain text.
    parts : mapping of str to (function that returns a LimitValue)
        Derived when they are first needed.
    function : callable
        Of arrays, one for each part, in order.

    Attributes
    ----------
    title, formula : str
    """

    def __init__(
        self,
        title: str,
        formula: str,
        parts: Mapping[str, Callable[[], LimitValue]],
        function: Callable[..., Any],
    ):
        self.title = title
        self.formula = formula
        self._parts = parts
        self._function = function

    @cached_property
    def parts(self) -> dict[str, LimitValue]:
        """The limits, by the names in the formula."""
        return {name: derive() for name, derive in self._parts.items()}

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the sizes, parameters and laws that ``at`` needs."""
        return tuple(dict.fromkeys(name for part in self.parts.values() for name in part.needs))

    def at(self, **values: Any) -> float:
        """Return the number at given values of sizes (only ratios matter) and parameters."""
        return float(self._function(*(float(part.at(**own)) for part, own in self._shared_out(values))))

    def curve(self, *, progress: bool | None = None, workers: int | None = None, **values: Any) -> np.ndarray:
        """Return the number over arrays of values, which broadcast against each other; see ``LimitValue.curve``."""
        options: dict[str, Any] = {"progress": progress, "workers": workers}
        arrays = [np.asarray(part.curve(**options, **own)) for part, own in self._shared_out(values)]
        return np.asarray(self._function(*np.broadcast_arrays(*arrays)))

    def _shared_out(self, values: Mapping[str, Any]) -> list[tuple[LimitValue, dict[str, Any]]]:
        """Return each part with the values of the names that it knows."""
        known = [{*part.known, *part.needs} for part in self.parts.values()]
        known = [{name.rstrip("_") for name in names} for names in known]
        lost = next((name for name in values if not any(name.rstrip("_") in names for names in known)), None)
        if lost is not None:
            wanted = ", ".join(self.needs) or "nothing"
            raise MissingValue(f"{lost!r} is not a size or parameter of this model; it needs {wanted}")
        return [
            (part, {name: value for name, value in values.items() if name.rstrip("_") in names})
            for part, names in zip(self.parts.values(), known, strict=True)
        ]

    def __str__(self) -> str:
        lines = [f"{self.title} = {self.formula}"]
        for name, part in self.parts.items():
            lines += ["", f"{name}:", *(f"  {line}" if line else "" for line in str(part).splitlines()[2:])]
        return "\n".join(lines)

    __repr__ = __str__
