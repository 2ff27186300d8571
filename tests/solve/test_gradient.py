"""Gradients by implicit differentiation against closed forms and differences, and what is refused."""

import numpy as np
import pytest

import freeprob as fp
from tests.derivations.learning_models import gallery

n, d, p = fp.sizes("n d p")
lam, sigma, a, q = fp.parameters("lambda sigma a q", positive=True)
s = fp.parameters("s", nonnegative=True)
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)


def risk(features, label, point, target):
    return fp.limit(fp.test_error(fp.ridge(features, label, penalty=lam), point, target))


def random_features(f):
    Phi = f(a * W @ X / fp.sqrt(d))
    return risk(Phi, X.T @ beta / fp.sqrt(d) + sigma * eps, Phi.subs({X: x}), beta.T @ x / fp.sqrt(d))


TANH = random_features(fp.tanh)
AT = dict(n=1.3, d=0.9, p=0.7, a=1.2, lambda_=0.1, sigma=0.3)


def by_differences(number, name, **at):
    """Return the derivative by the difference of sixth order."""
    key = name if name in at else f"{name}_"
    step = 0.01 * at[key]
    weights = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
    value = lambda shift: float(number.at(**{**at, key: at[key] + shift * step}))  # noqa: E731
    return sum(w * (value(k) - value(-k)) for k, w in weights.items()) / step


def agrees(number, names=None, **at):
    found = number.gradient(names, **at)
    for name, slope in found.items():
        assert slope == pytest.approx(by_differences(number, name, **at), rel=1e-6, abs=1e-9), name
    return found


def test_a_closed_form():
    """tr (X X^T / n + lambda)^-1 is the Stieltjes transform of Marchenko and Pastur at -lambda."""
    trace = fp.limit(fp.tr(fp.inv(X @ X.T / n + lam * fp.identity(d))))
    c, z = 0.6, -0.2
    root = ((1 - c - z) ** 2 - 4 * c * z) ** 0.5
    m = (1 - c - z - root) / (2 * c * z)
    slope_z = -(c * m**2 + m) / (2 * c * z * m + z + c - 1)  # of c z m^2 + (z + c - 1) m + 1 = 0
    slope_c = -(z * m**2 + m) / (2 * c * z * m + z + c - 1)
    found = trace.gradient(n=1, d=c, lambda_=-z)
    assert found["lambda"] == pytest.approx(-slope_z, rel=1e-12)
    assert found["d"] == pytest.approx(slope_c, rel=1e-12) and found["n"] == pytest.approx(-c * slope_c, rel=1e-12)


def test_a_number_without_equations():
    n, d = fp.sizes("n d")
    s = fp.parameters("s", positive=True)
    X = fp.gaussian(d, n)
    moment = fp.limit(s * fp.tr(X @ X.T @ X @ X.T) / n**2)  # s (1 + d/n)
    assert moment.gradient(n=2, d=1, s=3) == pytest.approx({"n": -0.75, "d": 1.5, "s": 1.5}, rel=1e-12)
    assert moment.gradient("s", n=2, d=[1, 3], s=3)["s"] == pytest.approx([1.5, 2.5], rel=1e-12)
    assert fp.limit(fp.tr(X @ X.T / n)).gradient() == {}


def test_random_features_in_all_parameters_and_sizes():
    found = agrees(TANH, **AT)
    assert set(found) == {"a", "d", "lambda", "n", "p", "sigma"}
    assert sum(found[name] * AT[name] for name in "ndp") == pytest.approx(0, abs=1e-12), "only ratios matter"


def test_scaling_all_sizes_divides_their_gradient():
    one = TANH.gradient(["n", "d", "p"], **AT)
    ten = TANH.gradient(["n", "d", "p"], **{k: 10 * v if k in one else v for k, v in AT.items()})
    assert all(ten[k] == pytest.approx(one[k] / 10, rel=1e-10) for k in one)


def test_coefficients_of_a_continuous_population_and_of_a_function_of_floats():
    S = fp.population(d, fp.laws.uniform(0.5, 2))
    D, point = S**0.5 @ X, S**0.5 @ x
    Phi = fp.erf(a * W @ D / fp.sqrt(d))
    agrees(risk(Phi, D.T @ beta / fp.sqrt(d), Phi.subs({X: x}), beta.T @ point / fp.sqrt(d)),
           ["a", "p"], n=1.3, d=0.9, p=0.7, a=1.2, lambda_=0.1)  # fmt: skip
    floats = random_features(lambda H: fp.entrywise(lambda v: np.arctan(v) * np.exp(-(v**2) / 9), H))
    agrees(floats, ["a", "lambda"], **AT)


def test_atoms_are_differentiated_and_other_laws_refused():
    P = fp.mask(n, keep=q)
    number = risk(X @ P, P @ (X.T @ beta / fp.sqrt(d) + sigma * eps), x, beta.T @ x / fp.sqrt(d))
    agrees(number, n=1.3, d=0.9, lambda_=0.1, sigma=0.3, q=0.6)
    atoms = fp.population(d, fp.laws.atoms({1: 1 - q, 1 + a: q}))
    agrees(fp.limit(fp.tr(fp.inv(atoms + X @ X.T / n))), n=1, d=0.5, q=0.3, a=2.0)
    H = fp.population(d, fp.laws.uniform(0.5, a))
    number = fp.limit(fp.tr(fp.inv(H**0.5 @ X @ X.T @ H**0.5 / n + lam * fp.identity(d))))
    with pytest.raises(fp.UnsupportedModel, match="a is a parameter of the law H = uniform"):
        number.gradient(n=1, d=0.5, a=2, lambda_=0.1)
    agrees(number, ["lambda", "d"], n=1, d=0.5, a=2.0, lambda_=0.1)


def test_arrays():
    widths = np.array([[0.5], [0.7], [2.0]])
    found = TANH.gradient(["p", "lambda"], **{**AT, "p": widths, "lambda_": [0.1, 1]})
    assert found["p"].shape == (3, 2)
    assert found["p"][1, 0] == pytest.approx(TANH.gradient("p", **AT)["p"], rel=1e-10)
    assert isinstance(TANH.gradient("p", **AT)["p"], float)


@pytest.mark.parametrize("penalty", [1e-6, 1e-9, 1e-12])
def test_tiny_penalties_next_to_the_threshold(penalty):
    """In float64 the linear equations of the derivatives lose all digits there."""
    number = gallery("random_features_ridge").test_relu
    at = {**gallery("random_features_ridge").AT, "lambda_": penalty, "p": 3.0}
    found = number.gradient(["lambda", "p"], **at)
    h = penalty / 100
    above, below = (number.at(**{**at, "lambda_": penalty + k * h}).precise(30) for k in (1, -1))
    assert found["lambda"] == pytest.approx(float(above - below) / (2 * h), rel=1e-3)
    above, below = (number.at(**{**at, "p": 3 + k * 1e-4}).precise(30) for k in (1, -1))
    assert found["p"] == pytest.approx(float(above - below) / 2e-4, rel=1e-4)


def test_the_best_penalty_is_stationary():
    at = {k: v for k, v in AT.items() if k != "lambda_"}
    best = TANH.argmin("lambda", **at)
    assert best.interior and abs(TANH.gradient("lambda", lambda_=float(best), **at)["lambda"]) < 1e-5


def test_an_end_of_the_domain():
    Phi = fp.tanh(W @ X / fp.sqrt(d) + s * fp.gaussian(p, n))
    number = fp.limit(fp.tr(fp.inv(Phi.T @ Phi / p + lam * fp.identity(n))))
    found = number.gradient("s", n=1, d=1, p=2, s=0, lambda_=0.5)["s"]
    assert found == pytest.approx(0, abs=1e-9), "the variance of the noise is s^2"


@pytest.mark.parametrize("ratio", [0.4, 1.7])
def test_least_squares_without_a_penalty(ratio):
    """Hastie et al. 2022: s^2 g / (1 - g) for g = d/n < 1, and 1 - 1/g + s^2 / (g - 1) for g > 1."""
    error = risk(X, X.T @ beta / fp.sqrt(d) + s * eps, x, beta.T @ x / fp.sqrt(d))
    found = error.gradient(("n", "d", "s"), n=1, d=ratio, s=0.6, lambda_=0)
    under, over = 0.36 / (1 - ratio) ** 2, 1 / ratio**2 - 0.36 / (ratio - 1) ** 2
    slope = under if ratio < 1 else over
    assert found["d"] == pytest.approx(slope, rel=1e-12)
    assert found["n"] == pytest.approx(-ratio * slope, rel=1e-12)
    assert found["s"] == pytest.approx(1.2 * (ratio / (1 - ratio) if ratio < 1 else 1 / (ratio - 1)), rel=1e-12)


def test_limits_of_gradients_are_gradients_of_limits():
    at = {k: v for k, v in AT.items() if k != "lambda_"}
    found = TANH.gradient(lambda_=[0, 0.1], **at)
    for name in ("a", "d", "n", "p", "sigma"):
        assert found[name][0] == pytest.approx(by_differences(TANH, name, lambda_=0, **at), rel=1e-6), name
        assert found[name][1] == pytest.approx(TANH.gradient(name, **AT)[name], rel=1e-12)
    base = float(TANH.at(lambda_=0, **at))
    forward = [(float(TANH.at(lambda_=step, **at)) - base) / step for step in (1e-4, 5e-5)]
    assert found["lambda"][0] == pytest.approx(2 * forward[1] - forward[0], rel=1e-4)


def test_refusals():
    with pytest.raises(fp.MissingValue, match="does not depend on 'k'; it depends on a, d"):
        TANH.gradient("k", **AT)
    with pytest.raises(fp.SolveError, match="the derivative in p has no limit as lambda goes to 0"):
        TANH.gradient("p", **{**AT, "p": AT["n"], "lambda_": 0})
    H = fp.population(d, fp.laws.symbolic("H"))
    symbolic = fp.limit(fp.tr(fp.inv(H + X @ X.T / n)))
    with pytest.raises(fp.UnsupportedModel, match="H is a law"):
        symbolic.gradient("H", n=1, d=1, H=fp.laws.uniform(1, 2))
    assert set(symbolic.gradient(n=1, d=1, H=fp.laws.uniform(1, 2))) == {"n", "d"}


def test_a_singular_solution_has_no_gradient():
    """Next to the edge of the semicircle the slope of the resolvent is that of a square root."""
    number = fp.limit(fp.tr(fp.inv(a * fp.identity(n) - fp.wigner(n) / fp.sqrt(n))))
    place = 2 + 1e-6
    exact = 0.5 * (1 - place / (place**2 - 4) ** 0.5)
    assert number.gradient(n=1, a=place)["a"] == pytest.approx(exact, rel=1e-6)
    with pytest.raises(fp.SolveError):
        number.gradient(n=1, a=2)
