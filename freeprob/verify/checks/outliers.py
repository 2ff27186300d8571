"""Outliers: predicted positions and overlaps against those of samples at two sizes.

Vectors are sampled with their squared norm put to its mean: the limit is the same, and the largest of the fluctuations
of order N^(-1/2) is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...derivation.record import Refusal
from ...equations.outliers import OutlierEquation, Readout
from ...errors import MissingValue, SolveError
from ...language.expression import ONE, Expression, walk
from ...language.nodes import Leaf
from ...language.simulation import Sampler
from ..check_report import CheckLine, Verdict
from ..finite_size import Extrapolation, extrapolate
from ..registry import register
from ..simulated_model import SimulatedModel
from ..subject import Subject

__all__ = ["outliers"]

_EDGE = 8.0
"""The largest eigenvalue of a bulk lies within a few ``width N^(-2/3)`` of the edge (Tracy-Widom fluctuations)."""

_GROWTH = 0.15
"""Accepted relative deviation of the growth of a diverging eigenvalue from N to 2N."""


def _has_finite_rank(derivation: Any) -> bool:
    return derivation.kind == "spectrum" and derivation.finite_rank is not None


@register("outliers", order=70, kinds=("spectrum",), applies=_has_finite_rank)
def outliers(subject: Subject) -> CheckLine:
    """Sample the model at two sizes, one twice the other, and compare outliers and overlaps with the limits."""
    equation = subject.derivation.finite_rank
    if isinstance(equation, Refusal):
        return CheckLine("outliers", "skipped", str(equation))
    try:
        model = SimulatedModel(subject.derivation.expression, subject.values)
    except MissingValue as reason:
        return CheckLine("outliers", "skipped", str(reason))
    small, exact = model.sizes(subject.options.size)
    large = {name: 2 * count for name, count in small.items()}
    bound = subject.bound if exact else subject.derivation.at(**model.given, **small)
    try:
        found = bound.outliers()
    except SolveError as reason:
        return CheckLine("outliers", "skipped", str(reason))
    first, second = (_samples(subject, model, equation, found, sizes) for sizes in (small, large))
    comparisons: list[tuple[str, Extrapolation]] = []
    for k, outlier in enumerate(found):
        place = extrapolate([s.places[k] for s in first], [s.places[k] for s in second], outlier.location)
        comparisons.append((f"outlier {outlier.location:.6g}", place))
        for name in first[0].overlaps[k]:
            small_ones, large_ones = ([s.overlaps[k][name] for s in group] for group in (first, second))
            overlap = extrapolate(small_ones, large_ones, outlier.overlaps[name])
            comparisons.append((f"its overlap with {name}", overlap))
    problems = [_words(name, c) for name, c in comparisons if not c.agrees and c.decides]
    remarks = [_words(name, c) for name, c in comparisons if not c.agrees and not c.decides]
    problems += _stray(bound, second) + _growth(found.diverging, first, second)
    sizes = ", ".join(f"{name} = {count}" for name, count in small.items())
    detail = f"{subject.options.replicates} matrices at {sizes} and at twice that: "
    detail += "; ".join(_words(name, c) for name, c in comparisons) or "no outlier, as predicted"
    if found.diverging and not problems:
        detail += f"; growth of what diverges as predicted ({len(found.diverging)})"
    verdict: Verdict = "failed" if problems else "remark" if remarks else "passed"
    if problems:
        detail += ". Wrong: " + "; ".join(problems)
    data = {name: {"limit": c.limit, "value": c.value, "error": c.error, "z": c.z_score} for name, c in comparisons}
    return CheckLine("outliers", verdict, detail, data)


def _words(name: str, found: Extrapolation) -> str:
    return f"{name}: {found.value:.4g} +- {found.error:.1g} where {found.limit:.4g} is predicted"


class _Sample:
    """Eigenvalues of one sample next to the predicted outliers, overlaps, and what is left beside them."""

    def __init__(self, values: np.ndarray, vectors: np.ndarray, found: Sequence[Any], us: Mapping[str, np.ndarray]):
        free = np.ones(len(values), dtype=bool)
        self.large = np.zeros(0)
        count = len(getattr(found, "diverging", ()))
        if count:
            top = np.argsort(-np.abs(values))[:count]
            self.large = np.abs(values[top])
            free[top] = False
        self.places: list[float] = []
        self.overlaps: list[dict[str, float]] = []
        for outlier in found:
            distance = np.where(free, np.abs(values - outlier.location), np.inf)
            nearest = np.argsort(distance)[: outlier.multiplicity]
            free[nearest] = False
            self.places.append(float(values[nearest].mean()))
            self.overlaps.append(
                {name: float(np.sum((u @ vectors[:, nearest]) ** 2) / (u @ u)) for name, u in us.items()}
            )
        self.rest = values[free]


def _samples(
    subject: Subject, model: SimulatedModel, equation: OutlierEquation, found: Sequence[Any], sizes: Mapping[str, int]
) -> list[_Sample]:
    vectors = [leaf for leaf in walk(model.expression) if isinstance(leaf, Leaf) and leaf.columns == (ONE,)]
    sampled = {n: r for n, r in equation.overlaps.items() if r.vector in vectors or r.vector.ensemble.is_constant}
    start = 1000 * subject.options.seed
    result = []
    for seed in range(start, start + subject.options.replicates):
        sampler = Sampler(sizes, model.parameters, seed)
        for leaf in vectors:
            value = sampler.value(leaf)
            sampler.done[leaf] = value * np.sqrt(len(value)) / np.linalg.norm(value)
        matrix = sampler.value(model.expression)
        values, basis = np.linalg.eigh(0.5 * (matrix + matrix.T))
        us = {name: _embedded(readout, model.expression, sampler) for name, readout in sampled.items()}
        result.append(_Sample(values, basis, found, us))
    return result


def _embedded(readout: Readout, matrix: Expression, sampler: Sampler) -> np.ndarray:
    """Return the sample of a vector of the model, in its block of the rows."""
    counts = [sampler.dimension((space,)) for space in matrix.rows]
    vector = np.zeros(sum(counts))
    before = sum(counts[: readout.block])
    vector[before : before + counts[readout.block]] = sampler.value(readout.vector)[:, 0]
    return vector


def _stray(bound: Any, samples: Sequence[_Sample]) -> list[str]:
    """Return a complaint when eigenvalues other than the predicted outliers leave the bulk."""
    places = [*bound.edges(), *bound.atoms()]
    if not places:
        return []
    reach = _EDGE * bound.anchor.width * len(samples[0].rest) ** (-2 / 3)
    beyond = [int(np.sum((s.rest > max(places) + reach) | (s.rest < min(places) - reach))) for s in samples]
    share = float(np.mean(beyond))
    return [f"{share:.1f} further eigenvalues on average lie outside the bulk"] if share > 0.2 else []


def _growth(orders: Sequence[Any], first: Sequence[_Sample], second: Sequence[_Sample]) -> list[str]:
    """Return complaints about eigenvalues that do not grow as predicted."""
    problems = []
    for k, order in enumerate(orders):
        ratio = float(np.mean([s.large[k] for s in second]) / np.mean([s.large[k] for s in first]))
        if abs(ratio / 2.0 ** float(order) - 1) > _GROWTH:
            problems.append(f"a diverging eigenvalue grows by {ratio:.3g} when sizes double, not by 2^({order})")
    return problems
