"""Simulation: the model itself, with its nonlinearities, approaches the derived limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ...errors import MissingValue
from ...observe.spectral_distance import RIGID, Reference, kolmogorov_smirnov, split_outliers
from ..check_report import CheckLine
from ..finite_size import Extrapolation, extrapolate
from ..registry import register
from ..simulated_model import SimulatedModel
from ..subject import Subject
from ..vector_average import resampled_leaves, vector_average

__all__ = ["simulation"]

_DRAWS = 256
_SIGMAS = 4.5
_FINITE = 3.0  # what is of order 1/N, in units of the limit


@register("simulation", order=80)
def simulation(subject: Subject) -> CheckLine:
    """Sample the model at two sizes, one twice the other, and compare with the limit."""
    try:
        model = SimulatedModel(subject.derivation.expression, subject.values)
    except MissingValue as reason:
        return CheckLine("simulation", "skipped", str(reason))
    if not model.ratios:
        return CheckLine("simulation", "skipped", "the model has no sizes")
    if model.fixed:
        return _fixed(subject, model)
    small, exact = model.sizes(subject.options.size)
    bound = subject.bound if exact else subject.derivation.at(**model.given, **small)
    large = {name: 2 * count for name, count in small.items()}
    judge = _spectrum if subject.is_spectrum else _number
    return judge(subject, model, bound, small, large)


def _replicates(subject: Subject, sample: Callable[[dict[str, int], int], Any], sizes: dict[str, int]) -> list[Any]:
    options = subject.options
    seeds: Iterable[int] = range(1000 * options.seed, 1000 * options.seed + options.replicates)
    if options.progress:
        from tqdm import tqdm

        seeds = tqdm(seeds, desc=f"simulation at {max(sizes.values())}", leave=False)
    return [sample(sizes, seed) for seed in seeds]


def _text(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {count}" for name, count in sizes.items())


# ---- given arrays -----------------------------------------------------------------------------------------------


def _fixed(subject: Subject, model: SimulatedModel) -> CheckLine:
    """Compare at the sizes of the given arrays, which cannot be doubled: what is of order 1/N is allowed for."""
    sizes = model.fixed_sizes

    def sample(sizes: dict[str, int], seed: int) -> list[float]:
        if not subject.is_spectrum:
            return [vector_average(model.expression, sizes, model.parameters, seed, _DRAWS // 4)]
        values = model.eigenvalues(sizes, seed)
        return [float(np.mean(values**k)) for k in (1, 2)]

    limits = subject.quadrature_moments[:2] if subject.is_spectrum else [float(subject.bound)]
    drawn = np.array(_replicates(subject, sample, sizes))
    means, errors = drawn.mean(axis=0), drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    gaps, scale = np.abs(means - limits), np.abs(limits)
    allowed = _SIGMAS * errors + _FINITE * scale / min(count for count in sizes.values() if count > 1)
    what = "moments 1 and 2 are" if subject.is_spectrum else "the mean is"
    detail = (
        f"{len(drawn)} samples at the sizes of the given arrays, {_text(sizes)}: {what} "
        + ", ".join(f"{m:.5g} +- {e:.1g}" for m, e in zip(means, errors, strict=True))
        + f", the limit {', '.join(f'{x:.5g}' for x in limits)}"
    )
    data = {"limit": tuple(limits), "means": tuple(means), "errors": tuple(errors)}
    if np.all(gaps <= allowed):
        return CheckLine("simulation", "passed", detail, data)
    if np.all(gaps <= allowed + 0.5 * scale):
        return CheckLine("simulation", "remark", detail + ": these sizes are too small for the limit to be exact", data)
    return CheckLine("simulation", "failed", detail, data)


# ---- numbers ----------------------------------------------------------------------------------------------------


def _number(
    subject: Subject, model: SimulatedModel, bound: Any, small: dict[str, int], large: dict[str, int]
) -> CheckLine:
    draws = _DRAWS // (4 if subject.options.quick else 1)

    def sample(sizes: dict[str, int], seed: int) -> float:
        return vector_average(model.expression, sizes, model.parameters, seed, draws)

    found = extrapolate(_replicates(subject, sample, small), _replicates(subject, sample, large), float(bound))
    vectors = len(resampled_leaves(model.expression))
    averaged = f", each the mean over {draws} draws of {vectors} vectors," if vectors else ""
    detail = (
        f"the limit is {found.limit:.6g}; the mean of {subject.options.replicates} samples{averaged} is "
        f"{found.means[0]:.6g} +- {found.errors[0]:.1g} at {_text(small)} and {found.means[1]:.6g} +- "
        f"{found.errors[1]:.1g} at twice that; extrapolated in 1/N: {found.value:.6g} +- {found.error:.1g}, "
        f"{found.z_score:.1f} standard errors away"
    )
    verdict, remark = _verdict(found)
    data = {"limit": found.limit, "means": found.means, "errors": found.errors, "extrapolated": found.value}
    return CheckLine("simulation", verdict, detail + remark, data | {"z": found.z_score})


def _verdict(found: Extrapolation) -> tuple[Any, str]:
    if found.agrees:
        return "passed", ""
    if not found.decides:
        return "remark", ": the sizes are too small to decide; give size=..."
    return "failed", f", but only {found.allowance:.2g} is explained by noise and finite size"


# ---- spectra ----------------------------------------------------------------------------------------------------


def _spectrum(
    subject: Subject, model: SimulatedModel, bound: Any, small: dict[str, int], large: dict[str, int]
) -> CheckLine:
    reference = Reference(bound)

    def sample(sizes: dict[str, int], seed: int) -> tuple[float, int, list[float], int]:
        values = reference.snap(model.eigenvalues(sizes, seed))
        bulk = split_outliers(values, reference)
        powers = [float(np.sum(bulk**k) / len(values)) for k in (1, 2, 3)]
        return kolmogorov_smirnov(values, reference), len(values) - len(bulk), powers, len(values)

    first, second = (_replicates(subject, sample, sizes) for sizes in (small, large))
    distance = [float(np.mean([r[0] for r in group])) for group in (first, second)]
    errors = [float(np.std([r[0] for r in group], ddof=1) / np.sqrt(len(group))) for group in (first, second)]
    outliers = [float(np.mean([r[1] for r in group])) for group in (first, second)]
    order = [group[0][3] for group in (first, second)]
    same = bound is subject.bound
    exact = subject.quadrature_moments[:3] if same else [bound.quadrature_moment(k) for k in (1, 2, 3)]
    powers = [extrapolate([r[2][k] for r in first], [r[2][k] for r in second], exact[k]) for k in range(3)]
    problems, remarks = _distance_problem(distance, errors, outliers, order)
    for k, found in enumerate(powers, start=1):
        verdict, _ = _verdict(found)
        if verdict != "passed":
            words = (
                f"moment {k} tends to {found.value:.5g} +- {found.error:.1g} in simulation, "
                f"the law has {found.limit:.5g}"
            )
            (problems if verdict == "failed" else remarks).append(words)
    detail = (
        f"{subject.options.replicates} matrices at {_text(small)} and at twice that: Kolmogorov-Smirnov distance "
        f"{distance[0]:.4f} and {distance[1]:.4f} ({distance[1] * order[1]:.1f} eigenvalues of {order[1]}); "
        f"moments 1 to 3, extrapolated in 1/N, are {', '.join(f'{p.z_score:.1f}' for p in powers)} standard errors away"
    )
    if max(outliers) > 0:
        detail += f"; outliers, on average: {outliers[0]:.1f} and {outliers[1]:.1f}"
    if problems or remarks:
        detail += ". " + "; ".join(problems + remarks)
    data = {
        "distance": tuple(distance),
        "outliers": tuple(outliers),
        "moments": tuple(p.value for p in powers),
        "errors": tuple(p.error for p in powers),
        "z": tuple(p.z_score for p in powers),
    }
    return CheckLine("simulation", "failed" if problems else "remark" if remarks else "passed", detail, data)


def _distance_problem(
    distance: list[float], errors: list[float], outliers: list[float], order: list[int]
) -> tuple[list[str], list[str]]:
    """Return what is wrong with the distances, and remarks."""
    if outliers[1] > 1.5 * outliers[0] + 2:
        return [f"the number of outliers grows: {outliers[0]:.1f}, then {outliers[1]:.1f}"], []
    if distance[1] * order[1] <= RIGID + outliers[1]:
        return [], []
    shrinks = distance[1] <= 0.8 * distance[0]
    if shrinks and distance[1] <= 0.05:
        return [], []
    if shrinks:
        return [], ["the distance shrinks but is still large"]
    if distance[1] - 0.8 * distance[0] <= 2 * np.hypot(errors[1], 0.8 * errors[0]) and distance[1] <= 0.05:
        # as where the rank fluctuates by sqrt(N): relu networks
        spread = f"+- {errors[0]:.1g} and {errors[1]:.1g}"
        return [], [f"the distance ({spread}) fluctuates too much to show that it shrinks; give more replicates"]
    return ["the distance does not shrink with size"], []
