"""The model of a derivation at finite size, in the ratios of given values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..algebra.symbols import Size
from ..errors import MissingValue
from ..language.expression import Expression, walk
from ..language.given_sizes import given_sizes
from ..language.laws import Law
from ..language.naming import symbols_of
from ..language.scalars import as_scalar
from .finite_size import integer_sizes

__all__ = ["SimulatedModel"]


class SimulatedModel:
    """Integer sizes and float parameters for ``expression.simulate``.

    Parameters
    ----------
    expression : Expression
    values : mapping of str to number or law
        Sizes (only ratios matter), parameters and laws by name, as for ``at``.

    Raises
    ------
    MissingValue
        If a size of the model has no value, even one that the limit does not need.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.verify.simulated_model import SimulatedModel
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n)
    >>> SimulatedModel(X @ X.T / n, {"n": 1, "d": 0.5}).sizes(100)
    ({'d': 50, 'n': 100}, True)
    """

    def __init__(self, expression: Expression, values: Mapping[str, Any]):
        self.expression = expression
        found = {s for node in walk(expression) for s in symbols_of(node) if isinstance(s, Size)}
        names = sorted(s.name for s in found)
        self.fixed = {size.name: count for size, count in given_sizes(expression).items()}
        values = {**values, **self.fixed}
        self.given = {k: v for k, v in values.items() if k not in names and k.removesuffix("_") not in names}
        self.ratios = {name: as_scalar(_value_of(name, values)) for name in names}
        self.parameters = {k: v if isinstance(v, Law) else float(as_scalar(v)) for k, v in self.given.items()}

    def sizes(self, largest: int) -> tuple[dict[str, int], bool]:
        """Return integer sizes, the largest close to the one given, and whether their ratios are exact.

        Where given arrays fix sizes, all sizes are what they are.
        """
        if self.fixed:
            return self.fixed_sizes, all(ratio.is_Integer for ratio in self.ratios.values())
        return integer_sizes(self.ratios, largest)

    @property
    def fixed_sizes(self) -> dict[str, int]:
        """The values of the sizes themselves, as integers."""
        return {name: max(round(float(ratio)), 1) for name, ratio in self.ratios.items()}

    def sample(self, sizes: Mapping[str, int], seed: int) -> Any:
        """Return a sample of the expression."""
        return self.expression.simulate(sizes=sizes, parameters=self.parameters, seed=seed)

    def eigenvalues(self, sizes: Mapping[str, int], seed: int) -> np.ndarray:
        """Return the sorted eigenvalues of a sample."""
        matrix = self.sample(sizes, seed)
        return np.linalg.eigvalsh(0.5 * (matrix + matrix.T))

    def spectrum(self, count: int, seed: int, names: Mapping[str, float]) -> tuple[np.ndarray, dict[str, float]]:
        """Return about so many eigenvalues, and the values by name, sizes as their integers in the given units."""
        if self.fixed:
            sizes = self.fixed_sizes
            return self.eigenvalues(sizes, seed), {k: sizes.get(k, v) for k, v in names.items()}
        table = {s: self.ratios[s.name] for s in self.expression.shape[0].free_symbols}
        unit = count / float(self.expression.shape[0].subs(table))
        sizes = {name: max(round(float(ratio) * unit), 1) for name, ratio in self.ratios.items()}
        known = next((name for name in sizes if name not in names), None)
        unit = unit if known is None else sizes[known] / float(self.ratios[known])
        return self.eigenvalues(sizes, seed), {k: sizes[k] / unit if k in sizes else v for k, v in names.items()}


def _value_of(name: str, values: Mapping[str, Any]) -> Any:
    for spelling in (name, f"{name}_"):
        if spelling in values:
            return values[spelling]
    raise MissingValue(f"no value for the size {name}, which the limit does not need but a simulation does")
