"""The best value of a parameter."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve.minimum import minimum

n, d = fp.sizes("n d")
lam, sigma = fp.parameters("lambda sigma", positive=True)
X, beta, eps, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
w = fp.ridge(X, X.T @ beta / fp.sqrt(d) + sigma * eps, penalty=lam)
RISK = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))


@pytest.mark.parametrize("ratio, noise", [(0.5, 0.3), (1, 0.1), (3, 2)])
def test_the_best_penalty(ratio, noise):
    best = RISK.argmin("lambda_", n=1, d=ratio, sigma=noise)
    assert float(best) == pytest.approx(noise**2 * ratio, rel=1e-4) and best.interior  # Dobriban and Wager 2018
    assert best.value == pytest.approx(float(RISK.at(n=1, d=ratio, sigma=noise, lambda_=float(best))), rel=1e-12)


def test_ends_of_the_bracket():
    best = RISK.argmin("lambda", (1, 10), n=2, d=1, sigma=0.1)
    assert not best.interior and float(best) == pytest.approx(1) and "an end of the bracket" in str(best)


def test_several_minima():
    found = minimum(lambda t: np.minimum((t - 1) ** 2 + 0.1, (t + 2) ** 2), "t", (-5, 5))
    assert float(found) == pytest.approx(-2, abs=1e-6)


def test_refusals():
    with pytest.raises(fp.MissingValue, match="does not depend on 'mu'"):
        RISK.argmin("mu", n=1, d=1)
    with pytest.raises(ValueError, match="empty"):
        RISK.argmin("lambda", (2, 1), n=1, d=1, sigma=1)
