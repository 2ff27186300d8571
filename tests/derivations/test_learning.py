"""Learning problems against published numbers, published equations and simulation."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import freeprob as fp

from .covariate_model import FORMULAS as COVARIATES
from .given_data import FORMULAS
from .learning_models import GALLERY, QUANTITIES, gallery, value
from .published import published_number
from .scaling_laws import FORMULAS as SCALING_LAWS

SHARED = Path(__file__).parents[3] / "shared" / "reference"
COPIED = {row["id"]: row for row in json.loads((Path(__file__).parent / "reference_learning.json").read_text())}
FILES = sorted(path.stem for path in GALLERY.glob("*.py"))


def shared_rows() -> dict[str, dict]:
    if not SHARED.exists():
        return {}
    rows = [*json.loads((SHARED / "learning.json").read_text()), *json.loads((SHARED / "spectra.json").read_text())]
    return {row["id"]: row for row in rows}


@pytest.mark.parametrize("row", sorted(QUANTITIES))
def test_reference_value(row: str) -> None:
    rows = COPIED | shared_rows()
    if row not in rows:
        pytest.skip(f"the reference value {row} is in ../shared/reference, which is not here")
    expected = float(rows[row]["value"])
    assert QUANTITIES[row]() == pytest.approx(expected, rel=1e-9)


def test_every_expressible_row_is_tested() -> None:
    rows = shared_rows()
    if not rows:
        pytest.skip("../shared/reference is not here")
    expressible = {
        k
        for k in rows
        if k[:4] in ("L01-", "L02-", "L03-", "L05-", "L06-", "g18_") or ("gauss-" in k and k[:3] == "L08")
    }
    assert expressible == set(QUANTITIES)


@pytest.mark.parametrize("name", FILES)
def test_published_facts(name: str) -> None:
    module = gallery(name)
    assert module.FACTS
    for fact in module.FACTS:
        named, at = (
            (FORMULAS | SCALING_LAWS | COVARIATES).get(fact.get("published")),
            {**module.AT, **fact.get("at", {})},
        )
        expected = named(module, **at) if named else float(published_number(fact, at))
        tolerance = fact.get("tolerance", 1e-9)
        assert tolerance <= 1e-6, "of contours and of limits at a penalty of 0"
        assert value(getattr(module, fact["model"]), at) == pytest.approx(expected, rel=tolerance), fact["source"]


@pytest.mark.parametrize("change", [dict(lambda_=0.3, p=0.6), dict(n=0.9, lambda_=1e-4), dict(p=3.1, F=1.7, G=0)])
@pytest.mark.parametrize("number", [0, 1])
def test_mei_montanari_elsewhere(change: dict, number: int) -> None:
    module = gallery("random_features_ridge")
    fact, values = module.FACTS[number], {**module.AT, **change}
    expected = float(published_number(fact, values))
    assert value(getattr(module, fact["model"]), values) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("penalty", [1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize("samples", [0.37, 1.0, 1.6])
def test_small_penalties_on_both_sides_of_interpolation(samples: float, penalty: float) -> None:
    module = gallery("ridge_isotropic")
    values = {**module.AT, "n": samples, "lambda_": penalty}
    expected = float(published_number(module.FACTS[0], values))
    assert value(module.test, values) == pytest.approx(expected, rel=1e-8)


# -- other architectures, against simulation --------------------------------------------------------------------------

n, d, p, q, r, m = fp.sizes("n d p q r m")
lam, sigma = fp.parameters("lambda sigma", positive=True)
AT = dict(n=1.5, d=1, p=1.2, q=0.8, r=1.1, m=2, lambda_=0.2, sigma=0.4)

X, X_test, Z, Z_test = fp.gaussian(d, n), fp.gaussian(d, m), fp.gaussian(d, n), fp.gaussian(d, m)
beta, eps, eps_test = fp.gaussian(d), fp.gaussian(n), fp.gaussian(m)
W, W_2, W_3, V, a = fp.gaussian(p, d), fp.gaussian(q, p), fp.gaussian(r, q), fp.gaussian(p, d), fp.gaussian(p)
S = fp.population(d, fp.laws.atoms({"0.5": "0.5", "2": "0.5"}))
T = fp.population(n, fp.laws.uniform("0.5", "1.5"))

MODELS: dict[str, Callable[[], fp.Expression]] = {}


def model(function: Callable) -> Callable:
    MODELS[function.__name__] = function
    return function


def risk(features: Callable, target: Callable, X: fp.Expression = X, X_test: fp.Expression = X_test) -> fp.Expression:
    """Return the mean squared error, on a batch of fresh points, of ridge regression on features."""
    w = fp.ridge(features(X), target(X) + sigma * eps, penalty=lam)
    return fp.train_error(w, features(X_test), target(X_test) + sigma * eps_test)


def linear(X: fp.Expression) -> fp.Expression:
    return X.T @ beta / fp.sqrt(d)


@model
def three_layers_of_different_activations() -> fp.Expression:
    first = lambda X: fp.tanh(W @ X / fp.sqrt(d))  # noqa: E731
    return risk(lambda X: fp.sign(W_3 @ fp.erf(W_2 @ first(X) / fp.sqrt(p)) / fp.sqrt(q)), linear)


@model
def separable_covariance() -> fp.Expression:
    return risk(lambda X: X, linear, S**0.5 @ Z @ T**0.5, S**0.5 @ Z_test)


@model
def nonlinear_teacher() -> fp.Expression:
    return risk(lambda X: X, lambda X: fp.tanh(2 * linear(X)))


@model
def teacher_with_a_mean() -> fp.Expression:
    return risk(lambda X: fp.tanh(W @ X / fp.sqrt(d)), lambda X: fp.relu(linear(X)))


@model
def network_teaches_network() -> fp.Expression:
    return risk(lambda X: fp.relu(W @ X / fp.sqrt(d)), lambda X: fp.tanh(V @ X / fp.sqrt(d)).T @ a / fp.sqrt(p))


@model
def hidden_manifold() -> fp.Expression:
    return risk(lambda X: fp.erf(W_2 @ fp.tanh(V @ X / fp.sqrt(d)) / fp.sqrt(p)), linear)


@model
def features_of_correlated_data() -> fp.Expression:
    return risk(lambda X: fp.gelu(W @ X / fp.sqrt(d)), linear, S**0.5 @ Z, S**0.5 @ Z_test)


@model
def kernel_functional() -> fp.Expression:
    Phi = fp.relu(W @ X / fp.sqrt(d))
    y = linear(X) + sigma * eps
    return y.T @ fp.inv(Phi.T @ Phi / p + lam * fp.identity(n)) @ y / n


@model
def alignment() -> fp.Expression:
    w = fp.ridge(X, linear(X) + sigma * eps, penalty=lam)
    return (w.T @ beta) ** 2 / d / (w.T @ w)


def _sample_covariance(Z: fp.Expression, size: object) -> fp.Expression:
    return S**0.5 @ Z @ Z.T @ S**0.5 / size


@model
def sum_of_sample_covariances() -> fp.Expression:
    both = _sample_covariance(X, n) + _sample_covariance(W.T, p)
    return fp.tr(fp.inv(both + lam * fp.identity(d)))


@model
def two_resolvents() -> fp.Expression:
    first, second = (fp.inv(_sample_covariance(*A) + lam * fp.identity(d)) for A in ((X, n), (W.T, p)))
    return fp.tr(S @ first @ S @ second)


@model
def skip_connection() -> fp.Expression:
    U = fp.gaussian(d, d)
    state = X + fp.tanh(U @ X / fp.sqrt(d))
    return fp.tr(fp.inv(state @ state.T / n + lam * fp.identity(d)))


@model
def concatenated_features() -> fp.Expression:
    def features(X: fp.Expression) -> fp.Expression:
        H = W @ X / fp.sqrt(d)
        return fp.block([[fp.tanh(H)], [fp.erf(H)]])

    C = features(X)
    w = fp.inv(C @ C.T / n + lam * fp.identity((p, p))) @ C @ (linear(X) + sigma * eps) / n
    return fp.train_error(w, features(X_test), linear(X_test) + sigma * eps_test)


def simulated(expression: fp.Expression, scale: int, repetitions: int) -> tuple[float, float]:
    """Return the mean and its standard error over samples at finite size."""
    sizes = {k: round(scale * v) for k, v in AT.items() if k in ("n", "d", "p", "q", "r", "m")}
    parameters = {k: v for k, v in AT.items() if k in ("lambda_", "sigma")}
    draws = [expression.simulate(sizes=sizes, parameters=parameters, seed=seed) for seed in range(repetitions)]
    return float(np.mean(draws)), float(np.std(draws, ddof=1) / np.sqrt(repetitions))


@pytest.mark.parametrize("name", MODELS)
def test_simulation_agrees(name: str) -> None:
    expression = MODELS[name]()
    theory = value(fp.limit(expression), AT)
    mean, error = simulated(expression, 120, 24)
    assert abs(mean - theory) < 4 * error + 4 * abs(theory) / 120, (theory, mean, error)  # bias of order 1/N


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_simulation_agrees_closely(name: str) -> None:
    expression = MODELS[name]()
    theory = value(fp.limit(expression), AT)
    mean, error = simulated(expression, 500, 60)
    assert abs(mean - theory) < 4 * error + 2 * abs(theory) / 500, (theory, mean, error)


def test_batch_and_single_test_point_agree() -> None:
    x, noise = fp.gaussian(d), fp.gaussian(1)
    features = lambda X: fp.tanh(W @ X / fp.sqrt(d))  # noqa: E731
    w = fp.ridge(features(X), linear(X) + sigma * eps, penalty=lam)
    single = fp.limit(fp.test_error(w, features(x), beta.T @ x / fp.sqrt(d) + sigma * noise))
    batch = fp.limit(risk(features, linear))
    assert value(single, AT) == pytest.approx(value(batch, AT), rel=1e-12)


def test_nonlinear_label_of_a_fresh_point() -> None:
    x, noise = fp.gaussian(d), fp.gaussian(1)
    w = fp.ridge(X, fp.tanh(2 * linear(X)) + sigma * eps, penalty=lam)
    single = fp.limit(fp.test_error(w, x, fp.tanh(2 * linear(x)) + sigma * noise))
    assert value(single, AT) == pytest.approx(value(fp.limit(nonlinear_teacher()), AT), rel=1e-12)


def test_quotient_by_a_number_that_fluctuates() -> None:
    x = fp.gaussian(d)
    with pytest.raises(fp.UnsupportedModel, match="fluctuates in the limit"):
        fp.limit(1 / (1 + (x.T @ beta) ** 2 / d))


def test_quotient_by_a_number_that_vanishes() -> None:
    x = fp.gaussian(d)
    with pytest.raises(fp.UnsupportedModel, match="vanishes in the limit"):
        fp.limit(1 / (x.T @ beta))


def test_high_moment_of_a_single_entry() -> None:
    with pytest.raises(fp.UnsupportedModel, match="moment of order 4"):
        fp.limit(fp.gaussian(1) ** 4)


def test_number_without_traces() -> None:
    x = fp.gaussian(d)
    assert float(fp.limit(sigma * (x.T @ beta) ** 2 / d).at(sigma=2)) == 2.0
