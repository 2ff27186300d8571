"""E f(a) g(b) of many Gaussian pairs against closed forms and other quadrature."""

import numpy as np
import pytest
from scipy.integrate import dblquad

from freeprob.errors import UnsupportedModel
from freeprob.language.activations import as_activation
from freeprob.language.activations.correlated_product import product_means

RNG = np.random.default_rng(0)
POINTS = RNG.standard_normal((30, 40)) / 5 + 0.1
POINTS[:, 1] = POINTS[:, 0]  # a repeated point
POINTS[:, 2] = 2 * POINTS[:, 0]
POINTS[:, 3] = -POINTS[:, 0]
POINTS[:, 4] = POINTS[:, 0] + 1e-3 * RNG.standard_normal(30)
POINTS[:, 5] = POINTS[:, 0] + 1e-2 * RNG.standard_normal(30)
GRAM = POINTS.T @ POINTS
Q = np.diag(GRAM)


def _cosine():
    return np.clip(GRAM / np.sqrt(np.outer(Q, Q)), -1, 1)


def relu():
    """Cho and Saul 2009."""
    angle = np.arccos(_cosine())
    return np.sqrt(np.outer(Q, Q)) * (np.sin(angle) + (np.pi - angle) * _cosine()) / (2 * np.pi)


CLOSED = {
    "relu": relu,
    "erf": lambda: 2 / np.pi * np.arcsin(2 * GRAM / np.sqrt(np.outer(1 + 2 * Q, 1 + 2 * Q))),  # Williams 1997
    "sign": lambda: 2 / np.pi * np.arcsin(_cosine()),
    "step": lambda: 0.5 - np.arccos(_cosine()) / (2 * np.pi),
    "linear": lambda: GRAM,
    "sin": lambda: np.exp(-np.add.outer(Q, Q) / 2) * np.sinh(GRAM),
    "cos": lambda: np.exp(-np.add.outer(Q, Q) / 2) * np.cosh(GRAM),
    "exp": lambda: np.exp(np.add.outer(Q, Q) / 2 + GRAM),
}


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_closed_forms(name):
    f = as_activation(name)
    expected = CLOSED[name]()
    assert np.abs(product_means(f, f, Q, Q, GRAM) - expected).max() < 1e-11 * np.abs(expected).max()


@pytest.mark.parametrize(("left", "right"), [("relu", "linear"), ("relu", "tanh"), ("hard_tanh", "relu")])
def test_two_functions(left, right):
    f, g = as_activation(left), as_activation(right)
    found = product_means(f, g, Q[:3], Q[3:8], GRAM[:3, 3:8])
    assert np.allclose(product_means(g, f, Q[3:8], Q[:3], GRAM[3:8, :3]), found.T, rtol=1e-10)
    if right == "linear":  # Stein: E f(a) b = E f'(a) E a b
        assert np.allclose(found, GRAM[:3, 3:8] / 2, rtol=1e-10)
        return
    i, j = 1, 7
    covariance = np.array([[Q[i], GRAM[i, j]], [GRAM[i, j], Q[j]]])
    inverse, norm = np.linalg.inv(covariance), 2 * np.pi * np.sqrt(np.linalg.det(covariance))

    def integrand(b, a):
        return float(f(a) * g(b)) * np.exp(-0.5 * np.array([a, b]) @ inverse @ np.array([a, b])) / norm

    width = 9 * np.sqrt(Q[[i, j]])
    total = sum(
        dblquad(integrand, *a, *b, epsabs=1e-9)[0]
        for a in ((-width[0], 0), (0, width[0]))
        for b in ((-width[1], 0), (0, width[1]))
    )
    assert found[i, j - 3] == pytest.approx(total, abs=1e-7)


def test_a_point_at_the_origin():
    f = as_activation("cos")
    assert np.allclose(product_means(f, f, [0.0, 1.0], [0.0, 1.0], [[0.0, 0.0], [0.0, 1.0]])[0], [1, np.exp(-0.5)])
    g = as_activation("relu")
    assert np.all(product_means(g, g, [0.0], [0.0], [[0.0]]) == 0)


def test_kernels_are_positive():
    f = as_activation("tanh")
    levels = np.linalg.eigvalsh(product_means(f, f, Q, Q, GRAM))
    assert levels.min() > -1e-12 * levels.max()


def test_data_that_are_too_large_are_refused():
    with pytest.raises(UnsupportedModel, match="scale the data"):
        product_means(as_activation("exp"), as_activation("exp"), [200.0], [200.0], [[3.0]])
