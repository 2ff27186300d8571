"""The law of each architecture against the real nonlinear network at two sizes, of which one is four times the other.

The limit differs from the mean over samples by C/N, and N times the difference at the smaller size, with its error bar,
is C. So at the larger size the difference may be a quarter of that at the smaller one, plus standard errors; a law that
is wrong has the same difference at both. Few models converge more slowly, for a known reason: see ``RATES``.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

import freeprob as fp
from tests.agreement import eigenvalues, needed, scaled
from tests.networks import NETWORKS, PARAMETERS, SIZES

RATIO, ERRORS = 4, 4.0
LARGE, SMALL = 12, 48
QUICK = (
    "random bias",
    "gated linear unit",
    "orthogonal features",
    "average pooling, 2 patches",
    "tangent kernel",
    "inner-product kernel, sign",
)
RATES = {"inner-product kernel, quadratic": 0.5}
"""Powers of 1/N that are not 1. Functions of degree 2 of inner products are inner products of d^2 / 2 monomials, and
their skewness is of order sqrt(n / d^2)."""
PLACES = np.array([0.5j, -0.5 + 0.3j, 1j])


@dataclass(frozen=True)
class Gaps:
    """Distances of means over samples from the limit, and standard errors, at the smaller and the larger size.

    C is that of the worst statistic: one whose 1/N and 1/N^2 parts happen to cancel at the smaller size tells nothing.
    """

    small: np.ndarray
    small_error: np.ndarray
    large: np.ndarray
    large_error: np.ndarray
    rate: float = 1.0

    @property
    def allowed(self) -> np.ndarray:
        """C/N, or another power, with C from the smaller size, and standard errors."""
        return np.max(self.small + ERRORS * self.small_error) / RATIO**self.rate + ERRORS * self.large_error

    @property
    def agree(self) -> bool:
        return bool(np.all(self.large <= self.allowed))

    @property
    def shrink(self) -> bool:
        """Whether the largest gap becomes smaller, or all are within standard errors of zero."""
        return bool(np.max(self.large) < np.max(self.small) or np.all(self.large <= ERRORS * self.large_error))


def statistics(transform, centre, width):
    """Return the Stieltjes transform at two places, and x + x^2 / z - ... at a third, where the first moments show.

    Eigenvalues x are measured from ``centre`` in units of ``width``. All are means of bounded functions, in which the
    few outliers that grow with the size do not count in the limit.
    """
    values = width * transform(centre + width * PLACES)
    values[-1] = -PLACES[-1] * (1 + PLACES[-1] * values[-1])
    return np.concatenate([values.real, values.imag])


def transform_of(eigenvalues, z):
    """Return the Stieltjes transform of a sample at some points."""
    return np.mean(1 / (eigenvalues - z[:, None]), axis=1)


def gaps_of(matrix, law, rate=1.0):
    """Return the gaps between a law and samples of a matrix at the sizes of the table and at a quarter of them."""
    small = [eigenvalues(matrix, scaled(SIZES, 1 / RATIO), PARAMETERS, 1000 + k) for k in range(SMALL)]
    large = [eigenvalues(matrix, SIZES, PARAMETERS, k) for k in range(LARGE)]
    low, centre, high = np.quantile(np.concatenate(large), [0.02, 0.5, 0.98])
    width = high - low
    limit = statistics(law.at(**needed(law, SIZES, PARAMETERS)).stieltjes, centre, width)

    def seen(sets):
        found = np.array([statistics(partial(transform_of, x), centre, width) for x in sets])
        return np.abs(found.mean(axis=0) - limit), found.std(axis=0, ddof=1) / np.sqrt(len(found))

    return Gaps(*seen(small), *seen(large), rate)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in NETWORKS]
)
def test_gaps_shrink_with_the_size(name):
    matrix = NETWORKS[name]()
    gaps = gaps_of(matrix, fp.spectrum(matrix), RATES.get(name, 1.0))
    assert gaps.agree and gaps.shrink, (name, gaps, gaps.allowed)


@pytest.mark.parametrize("scale", [1.03, 0.97])
def test_a_wrong_law_is_noticed(scale):
    matrix = NETWORKS["tanh, the other side"]()
    assert not gaps_of(matrix, fp.spectrum(scale * matrix)).agree
