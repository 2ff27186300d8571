"""Gradients of contour integrals, against closed forms and differences, and what is refused."""

import mpmath
import numpy as np
import pytest
import sympy

import freeprob as fp

n, d, p, h = fp.sizes("n d p h")
t, sigma, s, eta, mu = fp.parameters("t sigma s eta mu", nonnegative=True)
lam, a, q, rho = fp.parameters("lambda a q rho", positive=True)
k = fp.parameters("k", integer=True, nonnegative=True)
x = sympy.Symbol("x")
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, point, start = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d), fp.gaussian(p)
K = X @ X.T / n
y, y_x = X.T @ beta / fp.sqrt(d) + sigma * eps, beta.T @ point / fp.sqrt(d)


def features(z):
    return fp.tanh(a * W @ z / fp.sqrt(d))


def by_differences(number, name, at):
    """Return the derivative by the difference of sixth order."""
    key = name if name in at else f"{name}_"
    step = 0.01 * at[key]
    weights = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
    value = lambda shift: float(number.at(**{**at, key: at[key] + shift * step}))  # noqa: E731
    return sum(w * (value(j) - value(-j)) for j, w in weights.items()) / step


def agrees(number, names=None, **at):
    found = number.gradient(names, **at)
    for name, slope in found.items():
        assert slope == pytest.approx(by_differences(number, name, at), rel=1e-6, abs=1e-9), name
    return found


def marchenko_pastur(f, ratio):
    """Return the mean of f over the law of X X^T / n without its atom, for d/n = ratio < 1."""
    c = mpmath.mpf(ratio)

    def density(angle):
        place = 1 + c + 2 * mpmath.sqrt(c) * mpmath.cos(angle)
        return 2 * mpmath.sin(angle) ** 2 / (mpmath.pi * place) * f(place)

    return mpmath.quad(density, mpmath.linspace(0, mpmath.pi, 9))


def test_closed_form_of_the_exponential():
    number = fp.limit(fp.tr(fp.funm("exp", -t * K)))
    found = number.gradient(n=2, d=1, t=1.5)
    time = float(marchenko_pastur(lambda v: -v * mpmath.exp(-1.5 * v), 0.5))
    ratio = float(mpmath.diff(lambda c: marchenko_pastur(lambda v: mpmath.exp(-1.5 * v), c), 0.5))
    assert found["t"] == pytest.approx(time, rel=1e-12)
    assert found["d"] == pytest.approx(ratio / 2, rel=1e-11)
    assert found["n"] == pytest.approx(-ratio / 4, rel=1e-9)


def test_closed_form_of_gradient_flow():
    """Ali, Kolter and Tibshirani 2019, Lemma 5: mean of exp(-2 t x) + sigma^2 c (1 - exp(-t x))^2 / x."""
    risk = fp.limit(fp.test_error(fp.gradient_flow(X, y, t), point, y_x))
    found = risk.gradient(("t", "sigma"), n=2, d=1, t=3, sigma=0.4)

    def slope(v):
        return -2 * v * mpmath.exp(-6 * v) + 0.16 * 0.5 * 2 * (1 - mpmath.exp(-3 * v)) * mpmath.exp(-3 * v)

    assert found["t"] == pytest.approx(float(marchenko_pastur(slope, 0.5)), rel=1e-9)
    noise = float(marchenko_pastur(lambda v: 0.8 * 0.5 * (1 - mpmath.exp(-3 * v)) ** 2 / v, 0.5))
    assert found["sigma"] == pytest.approx(noise, rel=1e-11)


@pytest.mark.parametrize("time", [2.0, 300.0])
def test_random_features_in_all_parameters_and_sizes(time):
    w = fp.gradient_flow(features(X), y, t, penalty=lam, start=s * start / fp.sqrt(p))
    risk = fp.limit(fp.test_error(w, features(point), y_x))
    at = dict(n=1.3, d=0.9, p=0.7, a=1.2, lambda_=0.01, sigma=0.3, s=0.5, t=time)
    found = agrees(risk, **at)
    assert set(found) == {"a", "d", "lambda", "n", "p", "s", "sigma", "t"}
    assert 1.3 * found["n"] + 0.9 * found["d"] + 0.7 * found["p"] == pytest.approx(0, abs=1e-8)


def test_steps_with_momentum():
    w = fp.gradient_descent(features(X), y, k, eta, momentum=mu)
    risk = fp.limit(fp.test_error(w, features(point), y_x))
    at = dict(n=1.3, d=0.9, p=0.7, a=1.2, sigma=0.3, eta=0.4, mu=0.5, k=7)
    assert "k" not in agrees(risk, **at)
    with pytest.raises(fp.UnsupportedModel, match="k is a whole number"):
        risk.gradient("k", **at)


def test_parameters_of_atoms():
    S = fp.population(d, fp.laws.atoms({1: 1 - q, rho: q}))
    number = fp.limit(fp.tr(S @ fp.funm("exp", -t * S**0.5 @ K @ S**0.5)))
    agrees(number, n=2, d=1, q=0.3, rho=2.5, t=1.1)


def test_outliers_are_enclosed():
    Z, means, labels = fp.gaussian(h, n), fp.gaussian(h), fp.gaussian(n)
    data = fp.sqrt(rho) * means @ labels.T / fp.sqrt(h) + Z
    v = fp.gradient_flow(data, labels, t)
    agrees(fp.limit(fp.sqrt(rho) * v.T @ means / fp.sqrt(h)), n=1, h=0.43, rho=1.7, t=3)


def test_arrays_of_values():
    risk = fp.limit(fp.test_error(fp.gradient_flow(X, y, t), point, y_x))
    found = risk.gradient(("t", "n"), n=[[0.8], [2.0]], d=1, sigma=0.3, t=[0.0, 0.3, 4.0])
    assert found["t"].shape == found["n"].shape == (2, 3)
    for i, samples in enumerate((0.8, 2.0)):
        for j, time in enumerate((0.0, 0.3, 4.0)):
            alone = risk.gradient(n=samples, d=1, sigma=0.3, t=time)
            assert found["t"][i, j] == pytest.approx(alone["t"], rel=1e-9)
            assert found["n"][i, j] == pytest.approx(alone["n"], rel=1e-8, abs=1e-12)
    assert (np.abs(found["n"][:, 0]) < 1e-12).all()  # nothing is learned at the time 0


def test_best_time_is_stationary():
    risk = fp.limit(fp.test_error(fp.gradient_flow(X, y, t), point, y_x))
    best = risk.argmin("t", (0.1, 100), n=2, d=1, sigma=0.5)
    assert best.interior
    assert risk.gradient("t", n=2, d=1, sigma=0.5, t=float(best))["t"] == pytest.approx(0, abs=1e-6)


def test_a_law_without_atoms_is_refused():
    U = fp.population(d, fp.laws.uniform(1, 1 + a))
    number = fp.limit(fp.tr(fp.funm("exp", -t * U**0.5 @ K @ U**0.5)))
    agrees(number, ("t", "n"), n=2, d=1, a=1.0, t=0.7)
    with pytest.raises(fp.UnsupportedModel, match="a is a parameter of the law"):
        number.gradient("a", n=2, d=1, a=1.0, t=0.7)
