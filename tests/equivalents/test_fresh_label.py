"""Functions of one number: products of two are covered, of three refused."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import UnsupportedModel

N, D = fp.sizes("n d")
u, v, x = fp.gaussian(D), fp.gaussian(D), fp.gaussian(D)
X = fp.gaussian(D, N)
h, k = u.T @ x / fp.sqrt(D), v.T @ x / fp.sqrt(D)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (fp.sign(h) @ h, np.sqrt(2 / np.pi)),
        (fp.sign(h) @ fp.sign(h), 1.0),
        (fp.relu(h), 1 / np.sqrt(2 * np.pi)),
        (fp.relu(h) @ fp.relu(h), 0.5),
        (fp.relu(h) @ fp.sign(h), 1 / np.sqrt(2 * np.pi)),
        (fp.relu(h) @ fp.relu(k), 1 / (2 * np.pi)),
        (fp.sign(h) @ k, 0.0),
        (h @ h @ h @ h, 3.0),
        (h @ h @ k @ k, 1.0),
    ],
)
def test_products_of_two(number, value):
    assert float(fp.limit(number).at(d=1)) == pytest.approx(value, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("number", [fp.abs(h) @ h @ h, fp.tanh(h) @ h @ h @ h, fp.tanh(h) @ fp.tanh(h) @ h @ h])
def test_products_of_more_are_refused(number):
    with pytest.raises(
        UnsupportedModel, match=r"is multiplied by \d numbers that depend on the same vectors, .* Remedy"
    ):
        fp.limit(number)


def test_a_product_with_independent_numbers_is_fine():
    y, z = fp.gaussian(D), fp.gaussian(D)
    other = (y.T @ z) @ (z.T @ y) / D
    assert float(fp.limit(fp.abs(h) @ other).at(d=1)) == pytest.approx(np.sqrt(2 / np.pi))


def test_errors_of_classifiers_are_fine():
    labels = fp.sign(X.T @ u / fp.sqrt(D))
    risk = fp.limit(fp.test_error(fp.ridge(X, labels, penalty=1), x, fp.sign(h)))
    assert 0.3 < float(risk.at(n=1, d=0.5)) < 1.0
