"""Curves and gradients of limits on given arrays, whose sizes the arrays fix."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import MissingValue

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
RNG = np.random.default_rng(7)
A = fp.signal(d, n, RNG.standard_normal((12, 30)) / np.sqrt(12))
B = fp.signal(n, 1, np.sign(RNG.standard_normal((30, 1))))
PHI = fp.tanh(fp.gaussian(p, d) @ A)
TRAIN = fp.limit(fp.train_error(fp.ridge(PHI, B, penalty=lam), PHI, B))


def test_curves_are_the_values_at_their_points():
    curve = TRAIN.curve(p=[20, 35, 60], lambda_=0.1)
    assert curve == pytest.approx([float(TRAIN.at(p=k, lambda_=0.1)) for k in (20, 35, 60)], rel=1e-10)


def test_gradients_in_what_is_free():
    (slope,) = TRAIN.gradient(["lambda"], p=35, lambda_=0.1).values()
    h = 1e-4
    difference = (float(TRAIN.at(p=35, lambda_=0.1 + h)) - float(TRAIN.at(p=35, lambda_=0.1 - h))) / (2 * h)
    assert float(slope) == pytest.approx(difference, rel=1e-6)
    with pytest.raises(MissingValue, match="does not depend on 'n'; it depends on lambda, p"):
        TRAIN.gradient(["n"], p=35, lambda_=0.1)
