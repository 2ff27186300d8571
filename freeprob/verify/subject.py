"""What is checked: a derivation at given values, with everything that several checks need computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..language.laws import JointLaw

__all__ = ["Options", "Subject"]

_LONG_SUM = 1000


@dataclass(frozen=True)
class Options:
    """How much work the checks may do.

    Attributes
    ----------
    seed : int
    quick : bool
        Fewer points, smaller matrices.
    size : int
        The largest dimension of the smaller of the two simulations.
    replicates : int
        Number of simulated models of each size.
    progress : bool
        Whether to show progress bars.
    """

    seed: int = 0
    quick: bool = False
    size: int = 256
    replicates: int = 32
    progress: bool = False


class Subject:
    """A derivation at given values.

    Parameters
    ----------
    derivation : SpectralLaw or LimitValue
    values : mapping
        As for ``derivation.at``.
    options : Options
    """

    def __init__(self, derivation: Any, values: Mapping[str, Any], options: Options):
        self.derivation = derivation
        self.values = dict(values)
        self.options = options
        self.bound = derivation.at(**self.values)

    @property
    def is_spectrum(self) -> bool:
        """Whether a spectral law is checked, not a number."""
        return self.derivation.kind == "spectrum"

    @property
    def has_quadrature(self) -> bool:
        """Whether averages are taken by quadrature: over continuous laws, and along paths."""
        return bool(self.along_paths) or any(not law.is_atomic for law in self.bound.binding.laws.values())

    @property
    def along_paths(self) -> str:
        """Why the averages have no second evaluation: they are taken along a path; empty where they are not."""
        return "averages over many coordinates are taken along a path, in float64" if self.bound.binding.along else ""

    @cached_property
    def long_sums(self) -> int:
        """The number of terms of the longest sum over pairs of eigenvectors of given matrices, 0 if it is not long."""
        binding = self.bound.binding
        summed = [law for symbol, law in binding.laws.items() if symbol not in binding.along]
        terms = max((law.rule_size(1) for law in summed if isinstance(law, JointLaw) and law.is_atomic), default=0)
        return terms if terms > _LONG_SUM else 0

    @cached_property
    def quadrature_moments(self) -> list[float]:
        """The first moments of the law, from its density and atoms."""
        return [self.bound.quadrature_moment(k) for k in range(1, 5 if self.options.quick else 7)]

    @cached_property
    def off_axis(self) -> np.ndarray:
        """Points of the open upper half plane."""
        anchor = self.bound.anchor
        x = anchor.mean + anchor.width * np.linspace(-3.1, 3.3, 6 if self.options.quick else 16)
        return np.concatenate([x + 1j * h * anchor.width for h in (1e-3, 0.1, 1.0)])

    @cached_property
    def on_axis(self) -> np.ndarray:
        """Points of the real axis: inside the support, denser near its edges, and outside."""
        angle = np.linspace(0.0, np.pi, 22 if self.options.quick else 82)[1:-1]
        inside = [0.5 * (a + b) - 0.5 * (b - a) * np.cos(angle) for a, b in self.bound.visible_support()]
        edges = np.ravel(self.bound.visible_support())
        reach = self.bound.anchor.width
        low, high = (edges[0], edges[-1]) if len(edges) else (self.bound.anchor.mean,) * 2
        outside = [low - reach, low - 0.1 * reach, high + 0.1 * reach, high + reach]
        return np.concatenate([*inside, outside])

    @cached_property
    def points(self) -> np.ndarray:
        """All points at which equations are checked, complex; a single 0 for a number."""
        if not self.is_spectrum:
            return np.zeros(1, dtype=complex)
        return np.concatenate([self.off_axis, self.on_axis])

    @cached_property
    def rules(self) -> dict[str, tuple[Any, Any]]:
        """The quadrature rules of the numbers that are checked."""
        return self.bound.rules if self.is_spectrum else self.bound.binding.quadrature(self.bound.nodes)

    @cached_property
    def unknowns(self) -> np.ndarray:
        """The unknowns at the points, shape (unknowns, points)."""
        if self.is_spectrum:
            return self.bound.unknowns(self.points)
        return np.array(list(self.bound.unknowns.values()), dtype=complex)[:, None]
