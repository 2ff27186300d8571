"""Theory against samples of the model at finite size, with error bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import freeprob as fp
from freeprob.language.expression import ONE, walk
from freeprob.language.nodes import Leaf
from freeprob.language.simulation import Sampler


@dataclass(frozen=True)
class Agreement:
    """Values of the theory and of samples; ``ratio`` is the largest difference in units of its allowance."""

    theory: np.ndarray
    sample: np.ndarray
    allowance: np.ndarray

    @property
    def ratio(self) -> float:
        return float(np.max(np.abs(self.theory - self.sample) / self.allowance))

    @property
    def resolution(self) -> float:
        """The allowance in units of the values: how sharp the comparison is."""
        return float(np.max(self.allowance / np.abs(self.sample)))


def scaled(sizes: dict[str, int], factor: float) -> dict[str, int]:
    """Return smaller sizes with the same ratios, up to rounding."""
    return {name: max(2, round(size * factor)) for name, size in sizes.items()}


def needed(derived, sizes, parameters) -> dict[str, float]:
    """Return those values that a derivation asks for."""
    return {name: value for name, value in {**sizes, **parameters}.items() if name in derived.needs}


def compare(theory, sampled, bias, half=None, floor=0.0) -> Agreement:
    """Compare a limit with samples (replicates, values) at one size, and the bias seen from half that size.

    Fluctuations and bias are of order 1/N: the allowance is five standard errors of the mean, three times the change
    of the mean from half the size, and ``bias`` for what both miss.
    """
    mean = sampled.mean(axis=0)
    error = sampled.std(axis=0, ddof=1) / np.sqrt(len(sampled))
    allowance = 5 * error + bias * np.abs(mean) + floor
    if half is not None:
        spread = half.std(axis=0, ddof=1) / np.sqrt(len(half))
        allowance = allowance + 3 * np.maximum(np.abs(half.mean(axis=0) - mean) - 2 * spread, 0)
    return Agreement(np.asarray(theory), mean, allowance)


class OrderedSampler(Sampler):
    """Samples that depend on the place of a leaf in the expression, not on what was made before it in the process."""

    def __init__(self, expression, sizes, parameters, seed):
        super().__init__(sizes, parameters, seed)
        leaves = [node for node in walk(expression) if isinstance(node, Leaf)]
        self.place = {leaf: k for k, leaf in enumerate(leaves)}

    def generator(self, leaf):
        return np.random.default_rng([self.seed, self.place[leaf]])


def eigenvalues(matrix: fp.Expression, sizes, parameters, seed: int) -> np.ndarray:
    return np.linalg.eigvalsh(OrderedSampler(matrix, sizes, parameters, seed).value(matrix))


def _confirmed(measure, replicates: int, first_seed: int) -> Agreement:
    """Return a comparison; one that disagrees is made once more, with new samples and four times as many.

    A few replicates underestimate the error bar now and then, and there are hundreds of comparisons. A real mismatch
    stays.
    """
    agreement = measure(replicates, first_seed)
    return agreement if agreement.ratio < 1 else measure(4 * replicates, first_seed + 5000)


def spectrum_agreement(matrix, sizes, parameters=None, replicates=4, first_seed=0, law=None) -> Agreement:
    """Compare m(z) at three points of the upper half plane, chosen from the sampled spectrum."""
    law = law or fp.spectrum(matrix)
    parameters = parameters or {}
    return _confirmed(
        lambda count, first: _spectrum_agreement(matrix, sizes, parameters, count, first, law), replicates, first_seed
    )


def _spectrum_agreement(matrix, sizes, parameters, replicates, first_seed, law) -> Agreement:
    samples = [eigenvalues(matrix, sizes, parameters, first_seed + k) for k in range(replicates)]
    half = [eigenvalues(matrix, scaled(sizes, 0.5), parameters, first_seed + 100 + k) for k in range(2 * replicates)]
    # a robust centre and width: outliers of finite-rank parts must not set the scale
    low, middle, high = np.quantile(np.concatenate(samples), [0.02, 0.5, 0.98])
    width = max(high - low, 1e-3 * abs(middle), 1e-9)
    z = np.array([middle + 0.3j * width, low + 0.15j * width, high + 0.5j * width])
    theory = law.at(**needed(law, sizes, parameters)).stieltjes(z)

    def empirical(sets):
        return np.array([[np.mean(1 / (values - w)) for w in z] for values in sets])

    rank = min(len(values) for values in samples)
    return compare(theory, empirical(samples), 2.0 / rank, empirical(half))


class VectorDraws(OrderedSampler):
    """Samples of one model whose matrices stay while its vectors (and random numbers) are drawn again."""

    def __init__(self, number, sizes, parameters, seed):
        super().__init__(number, sizes, parameters, seed)
        self.draw = 0
        self.moving: list[fp.Expression] = []
        for node in walk(number):
            vector = isinstance(node, Leaf) and node.columns == (ONE,)
            if vector or any(a in self.moving for a in node.arguments):
                self.moving.append(node)

    def generator(self, leaf):
        if leaf.columns == (ONE,):
            return np.random.default_rng([self.seed, self.place[leaf], self.draw])
        return super().generator(leaf)

    def again(self, number) -> float:
        self.draw += 1
        for node in self.moving:
            self.done.pop(node, None)
        return float(self.value(number)[0, 0])


def number_agreement(number, sizes, parameters=None, replicates=6, draws=200, first_seed=0, floor=0.0) -> Agreement:
    """Compare the limit of a number with its mean over samples: several vectors for each draw of the matrices."""
    parameters = parameters or {}
    limit = fp.limit(number)
    theory = float(limit.at(**needed(limit, sizes, parameters)))
    return _confirmed(
        lambda count, first: _number_agreement(number, theory, sizes, parameters, count, draws, first, floor),
        replicates,
        first_seed,
    )


def _number_agreement(number, theory, sizes, parameters, replicates, draws, first_seed, floor) -> Agreement:
    def sampled(at, seeds):
        rows = []
        for seed in seeds:
            sampler = VectorDraws(number, at, parameters, seed)
            count = draws if sampler.moving else 1
            rows.append([np.mean([sampler.again(number) for _ in range(count)])])
        return np.array(rows)

    large = sampled(sizes, range(first_seed, first_seed + replicates))
    half = sampled(scaled(sizes, 0.5), range(first_seed + 1000, first_seed + 1000 + 2 * replicates))
    return compare([theory], large, 2.0 / min(sizes.values()), half, floor)
