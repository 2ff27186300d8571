"""Functions with mean 0 and curvature beside means of labels: means over the samples of each neuron, and training."""

import numpy as np
import pytest
import sympy

import freeprob as fp

n, d, p, m = fp.sizes("n d p m")
u = sympy.Symbol("u")
X, W, beta, x = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(d), fp.gaussian(d)
CURVED = u**2 - 1 + u
RATIOS = dict(n=2, d=1, p=1.5)
CENTRED_RELU = sympy.Max(u, 0) - 1 / sympy.sqrt(2 * sympy.pi)


def features(data, f=CURVED, weights=W):
    return fp.entrywise(f, weights @ data / fp.sqrt(d))


@pytest.mark.parametrize(
    ("f", "square", "curvature"),
    [
        (CURVED, 3, 2),
        (u**3 - 3 * u + 2 * u**2 - 2, 14, 4),
        (CENTRED_RELU, 0.5 - 0.5 / np.pi, (2 * np.pi) ** -0.5),
    ],
)
def test_mean_over_the_samples(f, square, curvature):
    """Of neuron j it is c u_j / sqrt(2 d), c = E f(h) (h^2 - 1), beside the noise of variance E f^2 / n."""
    total = features(X, f) @ fp.ones(n) / n
    known = 1.5 * (square / 2 + curvature**2 / 2)
    assert float(fp.limit(total.T @ total).at(**RATIOS)) == pytest.approx(known, rel=1e-9)
    turned = fp.entrywise(f, X.T @ W.T / fp.sqrt(d)).T @ fp.ones(n) / n
    assert float(fp.limit(turned.T @ turned).at(**RATIOS)) == pytest.approx(known, rel=1e-9)


def test_fresh_samples_see_the_same_vector():
    total, point = features(X) @ fp.ones(n) / n, features(x)
    test_set = features(fp.gaussian(d, m)) @ fp.ones(m) / m
    assert float(fp.limit(total.T @ point).at(**RATIOS)) == pytest.approx(1.5 * 4 / 2, rel=1e-9)
    assert float(fp.limit(total.T @ test_set).at(**RATIOS, m=3)) == pytest.approx(1.5 * 4 / 2, rel=1e-9)


def test_populations_and_layers_below():
    """The deviations have the variance 2 tr M^2 / (tr M)^2, M the second moment of the inputs."""
    S = fp.population(d, fp.laws.atoms({1: 0.5, 3: 0.5}))
    total = features(S**0.5 @ X, u**2 - 2) @ fp.ones(n) / n  # h^2 - q: its square has the mean 2 q^2
    assert float(fp.limit(total.T @ total).at(**RATIOS)) == pytest.approx(1.5 * (8 / 2 + 2 * 5), rel=1e-9)
    k = fp.sizes("k")
    inputs = fp.gaussian(d, k) @ fp.gaussian(k, n) / fp.sqrt(k)
    total = features(inputs) @ fp.ones(n) / n  # tr M^2 = 1 + d/k
    value = float(fp.limit(total.T @ total).at(**RATIOS, k=0.5))
    assert value == pytest.approx(1.5 * (3 / 2 + (1 + 1 / 0.5) * 4 / 2), rel=1e-9)


def test_ridge_regression_against_training():
    """Labels with the mean 3; the gap at finite size is of the order of the deviations, N^(-1/2)."""
    y, Z = X.T @ beta / fp.sqrt(d) + 3 * fp.ones(n), fp.gaussian(d, m)
    w = fp.ridge(features(X), y, penalty=0.1)
    known = [
        float(fp.limit(fp.train_error(w, features(X), y)).at(**RATIOS)),
        float(fp.limit(fp.test_error(w, features(Z), Z.T @ beta / fp.sqrt(d) + 3 * fp.ones(m))).at(**RATIOS, m=1)),
    ]
    rng = np.random.default_rng(1)
    gaps = []
    for dimension, draws in ((60, 150), (200, 30)):
        found = []
        for _ in range(draws):
            inputs, fresh = rng.standard_normal((dimension, 2 * dimension)), rng.standard_normal((dimension, 1000))
            weights = rng.standard_normal((3 * dimension // 2, dimension))
            teacher = rng.standard_normal(dimension) / dimension**0.5
            F, new = (h**2 - 1 + h for h in (weights @ inputs / dimension**0.5, weights @ fresh / dimension**0.5))
            labels = inputs.T @ teacher + 3
            gram = F @ F.T / (2 * dimension) + 0.1 * np.eye(len(F))
            learned = np.linalg.solve(gram, F @ labels / (2 * dimension))
            squares = (labels - F.T @ learned) ** 2, (fresh.T @ teacher + 3 - new.T @ learned) ** 2
            found.append([np.mean(square) for square in squares])
        gaps.append(np.array(known) - np.mean(found, axis=0))
        noise = np.std(found, axis=0) / draws**0.5
        assert (np.abs(gaps[-1]) < 4 * noise + 1.5 * np.array(known) / dimension**0.5).all()
    assert abs(gaps[1][0]) < abs(gaps[0][0])


def test_labels_without_a_mean_do_not_see_it():
    y = X.T @ beta / fp.sqrt(d)
    number = fp.limit(fp.train_error(fp.ridge(features(X), y, penalty=0.1), features(X), y))
    assert not any("e_" in str(c.symbol) for c in number.system.coefficients)


def test_a_curved_teacher_beside_a_mean_is_noise():
    numbers = []
    for labels in (fp.entrywise(u**2 - 1, X.T @ beta / fp.sqrt(d)), fp.sqrt(2) * fp.gaussian(n)):
        y = labels + 3 * fp.ones(n)
        step = features(X) @ y / n
        numbers.append(float(fp.limit(step.T @ step).at(**RATIOS)))
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-9)


def test_what_is_not_covered_is_refused():
    S = fp.population(d, fp.laws.atoms({1: 0.5, 3: 0.5}))
    total = features(X) @ fp.ones(n) / n
    with pytest.raises(fp.UnsupportedModel, match="samples of two laws"):
        fp.limit(total.T @ features(S @ x, u**2 - 5))
    with pytest.raises(fp.UnsupportedModel, match="means over its neurons"):
        fp.limit(total.T @ fp.ones(p) @ fp.ones(p).T @ total / p)
    with pytest.raises(fp.UnsupportedModel, match="several matrices of weights"):
        other = fp.entrywise(CURVED, (W @ X + fp.gaussian(p, d) @ fp.gaussian(d, n)) / fp.sqrt(2 * d)) @ fp.ones(n) / n
        fp.limit(other.T @ other)
