"""Files of the learning gallery against training in NumPy: least squares as it is done, with nothing of the package."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import erf

from .learning_models import gallery, value

Trainer = Callable[[np.random.Generator], float]


def assert_trains_as_predicted(theory: float, train: Trainer, size: int, draws: int = 60, bias: float = 2.0) -> None:
    """Compare with the mean over draws: within four standard errors and a bias of order 1/size."""
    found = np.array([train(np.random.default_rng([7, size, seed])) for seed in range(draws)])
    mean, error = found.mean(), found.std(ddof=1) / np.sqrt(draws)
    assert abs(theory - mean) < 4 * error + bias * abs(theory) / size, (theory, mean, error)
    assert 4 * error < 0.15 * mean, "the comparison is not sharp"


def fitted(A: np.ndarray, y: np.ndarray, penalty: float = 0.0) -> np.ndarray:
    """Return argmin |y - A w|^2 / n + penalty |w|^2, that of least norm without a penalty; rows of A are samples."""
    if penalty == 0:
        return np.linalg.lstsq(A, y, rcond=None)[0]
    n, p = A.shape
    if n < p:
        return A.T @ np.linalg.solve(A @ A.T + n * penalty * np.eye(n), y)
    return np.linalg.solve(A.T @ A + n * penalty * np.eye(p), A.T @ y)


# -- least squares without a penalty ----------------------------------------------------------------------------------

N = 200


def _isotropic(rng: np.random.Generator, p: float, sigma: float, r: float, penalty: float = 0.0, **_: Any) -> float:
    n, p = N, round(p * N)
    X, beta = rng.standard_normal((n, p)), r * rng.standard_normal(p) / np.sqrt(p)
    return float(np.sum((fitted(X, X @ beta + sigma * rng.standard_normal(n), penalty) - beta) ** 2))


def _misspecified(rng: np.random.Generator, p: float, q: float, sigma: float, r: float, **_: Any) -> float:
    n, p, q = N, round(p * N), round(q * N)
    A, beta = rng.standard_normal((n, p + q)), r * rng.standard_normal(p + q) / np.sqrt(p + q)
    w = fitted(A[:, :p], A @ beta + sigma * rng.standard_normal(n))
    return float(np.sum((w - beta[:p]) ** 2) + np.sum(beta[p:] ** 2))


def _latent(rng: np.random.Generator, p: float, d: float, mu: float, sigma: float, r: float, **_: Any) -> float:
    n, p, d = N, round(p * N), round(d * N)
    W = np.sqrt(p * mu / d) * np.linalg.qr(rng.standard_normal((p, d)))[0]
    Z, theta = rng.standard_normal((n, d)), r * rng.standard_normal(d) / np.sqrt(d)
    w = fitted(Z @ W.T + rng.standard_normal((n, p)), Z @ theta + sigma * rng.standard_normal(n))
    return float(np.sum((W.T @ w - theta) ** 2) + np.sum(w**2))


@pytest.mark.parametrize("p", [0.65, 1.6])
@pytest.mark.parametrize(
    ("model", "train"), [("isotropic", _isotropic), ("misspecified", _misspecified), ("latent", _latent)]
)
def test_least_squares_trains_as_predicted(model: str, train: Callable, p: float) -> None:
    module = gallery("ridgeless_least_squares")
    at = {**module.AT, "p": p}
    assert_trains_as_predicted(value(getattr(module, model), at), lambda rng: train(rng, **at), N, bias=4)


def test_best_ridge_trains_as_predicted() -> None:
    module = gallery("ridgeless_least_squares")
    penalty = 0.3**2 * 1.9 / 1.3**2
    theory = value(module.best, module.AT)
    assert_trains_as_predicted(theory, lambda rng: _isotropic(rng, penalty=penalty, **module.AT), N)
    found = module.isotropic.argmin("lambda", n=1, p=1.9, sigma=0.3, r=1.3)
    assert found.place == pytest.approx(penalty, rel=1e-5) and found.value == pytest.approx(theory, rel=1e-9)


def test_least_squares_says_why_it_is_infinite() -> None:
    module = gallery("ridgeless_least_squares")
    for model in (module.isotropic, module.misspecified, module.latent):
        peak = model.at(**{k: v for k, v in {**module.AT, "p": 1}.items() if k.rstrip("_") in model.needs})
        assert float(peak) == np.inf and "interpolation threshold" in peak.reason


# -- the best penalty -------------------------------------------------------------------------------------------------


def _correlated(rng: np.random.Generator, p: float, penalty: float, sigma: float = 0.3, alpha: float = 1.2) -> float:
    n, p = 274, round(200 * p)
    levels = np.repeat([0.31, 1.0, 4.7], [round(0.5 * p), round(0.3 * p), p - round(0.5 * p) - round(0.3 * p)])
    X, w = rng.standard_normal((n, p)) * np.sqrt(levels), alpha * rng.standard_normal(p) / np.sqrt(p)
    found = fitted(X, X @ w + sigma * rng.standard_normal(n), penalty)
    return float(np.sum(levels * (found - w) ** 2) + sigma**2)


@pytest.mark.parametrize("p", [0.6, 1, 2])
def test_best_penalty_of_correlated_data(p: float) -> None:
    module = gallery("best_ridge")
    at, penalty = {**module.AT, "p": p}, 0.3**2 * p / (1.37 * 1.2**2)
    theory = value(module.best, at)
    assert_trains_as_predicted(theory, lambda rng: _correlated(rng, p, penalty), 200)
    assert_trains_as_predicted(value(module.test, at), lambda rng: _correlated(rng, p, at["lambda_"]), 200)
    found = module.test.argmin("lambda", **{k: v for k, v in at.items() if k != "lambda_"})
    assert found.place == pytest.approx(penalty, rel=1e-5) and found.value == pytest.approx(theory, rel=1e-9)


# -- random features, teachers that are not linear --------------------------------------------------------------------


def _nonlinear_teacher(rng: np.random.Generator, f: Callable, p: float, penalty: float, n: float = 3.1) -> float:
    d, tests = 100, 2000
    p, n = round(p * d), round(n * d)
    W, beta, X = rng.standard_normal((p, d)), rng.standard_normal(d), rng.standard_normal((n + tests, d))
    features, y = np.maximum(X @ W.T / np.sqrt(d), 0), f(X @ beta / np.sqrt(d))
    features -= 1 / np.sqrt(2 * np.pi)  # of the mean, which is fitted like an intercept, remains an error of order 1/n
    y += 0.3 * rng.standard_normal(n + tests)
    return float(np.mean((y[n:] - features[n:] @ fitted(features[:n], y[:n], p / d * penalty)) ** 2))


@pytest.mark.parametrize(("p", "penalty"), [(1.9, 0.021), (1.2, 0.0), (6.0, 0.0)])
@pytest.mark.parametrize(("model", "f"), [("test", lambda u: np.tanh(2 * u)), ("test_sign", np.sign)])
def test_nonlinear_teachers_train_as_predicted(model: str, f: Callable, p: float, penalty: float) -> None:
    module = gallery("random_features_nonlinear_teacher")
    theory = value(getattr(module, model), module.AT, p=p, lambda_=penalty)
    train = lambda rng: _nonlinear_teacher(rng, f, p, penalty)  # noqa: E731
    assert_trains_as_predicted(theory, train, 100, draws=30)


# -- sketches of the samples, parts of the inputs ---------------------------------------------------------------------


def _sketch(rng: np.random.Generator, kind: str) -> float:
    d, n, m, sigma = 150, 405, 285, 0.3
    X, beta = rng.standard_normal((n, d)), rng.standard_normal(d) / np.sqrt(d)
    y = X @ beta + sigma * rng.standard_normal(n)
    S = {
        "full": lambda: np.eye(n),
        "gaussian_sketch": lambda: rng.standard_normal((m, n)),
        "orthogonal_sketch": lambda: np.linalg.qr(rng.standard_normal((n, m)))[0].T,
        "subsampled": lambda: np.eye(n)[rng.permutation(n)[: n * 3 // 5]],
    }[kind]()
    return float(np.sum((fitted(S @ X, S @ y) - beta) ** 2) + sigma**2)


def _parts(rng: np.random.Generator, members: int) -> float:
    d, n, sigma = 150, 405, 0.3
    X, beta = rng.standard_normal((n, d)), rng.standard_normal(d) / np.sqrt(d)
    y = X @ beta + sigma * rng.standard_normal(n)
    w = np.zeros(d)
    for _ in range(members):
        part = rng.permutation(d)[: d * 3 // 5]
        w[part] += fitted(X[:, part], y) / members
    return float(np.sum((w - beta) ** 2) + sigma**2)


@pytest.mark.parametrize("kind", ["full", "gaussian_sketch", "orthogonal_sketch", "subsampled"])
def test_sketches_train_as_predicted(kind: str) -> None:
    module = gallery("sketched_regression")
    assert_trains_as_predicted(value(getattr(module, kind), module.AT), lambda rng: _sketch(rng, kind), 150)


@pytest.mark.parametrize("members", [1, 4, 25])
def test_ensembles_on_parts_of_the_inputs_train_as_predicted(members: int) -> None:
    module = gallery("sketched_regression")
    one, all_members = value(module.one, module.AT), value(module.all_members, module.AT)
    theory = one / members + all_members * (1 - 1 / members)
    assert_trains_as_predicted(theory, lambda rng: _parts(rng, members), 150, draws=40)


# -- deep linear features ---------------------------------------------------------------------------------------------


def _deep_linear(rng: np.random.Generator, n: float, p_1: float, p_2: float, penalty: float) -> tuple[float, float]:
    d, sigma = 150, 0.3
    n, p_1, p_2 = (round(d * size) for size in (n, p_1, p_2))
    F = rng.standard_normal((p_2, p_1)) @ rng.standard_normal((p_1, d)) / np.sqrt(d * p_1)
    X, beta = rng.standard_normal((n, d)), rng.standard_normal(d) / np.sqrt(d)
    y = X @ beta + sigma * rng.standard_normal(n)
    w = fitted(X @ F.T, y, penalty)
    return float(np.sum((F.T @ w - beta) ** 2)), float(np.mean((y - X @ F.T @ w) ** 2))


@pytest.mark.parametrize("sizes", [(1.37, 1.9, 0.83), (1.37, 0.7, 1.1), (0.6, 3, 2)])
@pytest.mark.parametrize("penalty", [0.021, 0.0])
def test_deep_linear_features_train_as_predicted(sizes: tuple[float, float, float], penalty: float) -> None:
    module = gallery("deep_linear_random_features")
    at = {**module.AT, **dict(zip(("n", "p_1", "p_2"), sizes, strict=True)), "lambda_": penalty}
    assert_trains_as_predicted(value(module.test, at), lambda rng: _deep_linear(rng, *sizes, penalty)[0], 150, bias=4)
    if penalty > 0:
        train = value(module.train, at)
        assert_trains_as_predicted(train, lambda rng: _deep_linear(rng, *sizes, penalty)[1], 150, 200, bias=6)


# -- triple descent ---------------------------------------------------------------------------------------------------

SAMPLES = np.geomspace(0.1, 100, 61)


def _peaks(module: Any, model: str, **changes: float) -> list[float]:
    at = {k: v for k, v in {**module.AT, **changes}.items() if k != "n"}
    errors = getattr(module, model).curve(n=SAMPLES, **at)
    inner = (errors[1:-1] > errors[:-2]) & (errors[1:-1] > errors[2:])
    return list(SAMPLES[1:-1][inner])


def test_noise_and_nonlinearity_make_two_peaks() -> None:
    module = gallery("triple_descent")
    assert _peaks(module, "nonlinear") == pytest.approx([1, 10], rel=0.15)
    assert _peaks(module, "nonlinear", sigma=0) == pytest.approx([10], rel=0.15)  # no noise to fit at n = d
    assert _peaks(module, "nonlinear", lambda_=0.01) == pytest.approx([1], rel=0.15)  # the penalty mends n = p
    assert _peaks(module, "linear") == pytest.approx([1], rel=0.15)  # features of rank d


def _noisy_features(rng: np.random.Generator, f: Callable, n: float, penalty: float) -> float:
    d, p, tests, sigma = 60, 600, 1000, 2.0
    n = round(n * d)
    W, beta, X = rng.standard_normal((p, d)), rng.standard_normal(d), rng.standard_normal((n + tests, d))
    features, y = f(X @ W.T / np.sqrt(d)), X @ beta / np.sqrt(d) + sigma * rng.standard_normal(n + tests)
    return float(np.mean((y[n:] - features[n:] @ fitted(features[:n], y[:n], p / d * penalty)) ** 2))


@pytest.mark.parametrize("n", [0.5, 1, 3, 20])
@pytest.mark.parametrize(("model", "f"), [("nonlinear", np.tanh), ("linear", lambda u: u)])
def test_triple_descent_trains_as_predicted(model: str, f: Callable, n: float) -> None:
    module = gallery("triple_descent")
    theory = value(getattr(module, model), module.AT, n=n, lambda_=0.01)
    assert_trains_as_predicted(theory, lambda rng: _noisy_features(rng, f, n, 0.01), 60, draws=60 if n < 10 else 20)


# -- random projections -----------------------------------------------------------------------------------------------


def _projected(rng: np.random.Generator, m: float) -> float:
    d, n, m, sigma = 300, 180, round(300 * m), 0.3
    levels = np.repeat([0.31, 1.0, 4.7], [150, 90, 60])
    X, G = rng.standard_normal((n, d)) * np.sqrt(levels), rng.standard_normal((d, m)) / np.sqrt(d)
    beta = rng.standard_normal(d) / np.sqrt(d)
    w = G @ fitted(X @ G, X @ beta + sigma * rng.standard_normal(n))
    return float(np.sum(levels * (w - beta) ** 2))


@pytest.mark.parametrize("m", [0.2, 0.45, 0.9, 2])
def test_random_projections_train_as_predicted(m: float) -> None:
    module = gallery("random_projections")
    assert_trains_as_predicted(value(module.test, module.AT, m=m), lambda rng: _projected(rng, m), 180, draws=40)


# -- linear attention, trained on contexts ----------------------------------------------------------------------------


def _context(rng: np.random.Generator, levels: np.ndarray, length: int, count: int) -> tuple[np.ndarray, ...]:
    """Return X y / length, a fresh point and its label without noise, for each of the contexts."""
    d = len(levels)
    X, x = rng.standard_normal((count, length, d)) * np.sqrt(levels), rng.standard_normal((count, d)) * np.sqrt(levels)
    beta = rng.standard_normal((count, d)) / np.sqrt(d)
    y = np.einsum("kld,kd->kl", X, beta) + 0.3 * rng.standard_normal((count, length))
    return np.einsum("kld,kl->kd", X, y) / length, x, np.sum(x * beta, axis=1)


@pytest.mark.parametrize("lengths", [(2, 3.1), (2, 1), (1, 4)])
def test_linear_attention_trains_as_predicted(lengths: tuple[float, float]) -> None:
    module, d = gallery("linear_attention"), 10
    levels, rng = np.repeat([0.31, 1.0, 4.7], [5, 3, 2]), np.random.default_rng(3)
    seen, x, label = _context(rng, levels, round(lengths[0] * d), 20000)
    layer = fitted((x[:, :, None] * seen[:, None, :]).reshape(len(x), d * d), label).reshape(d, d)  # all d^2 weights
    theory = value(module.test, module.AT, N=lengths[0], M=lengths[1])

    def tested(rng: np.random.Generator) -> float:
        seen, x, label = _context(rng, levels, round(lengths[1] * d), 1000)
        return float(np.mean((np.einsum("kd,de,ke->k", x, layer, seen) - label) ** 2))

    assert_trains_as_predicted(theory, tested, d, draws=20, bias=1.0)


# -- a student with features of its own -------------------------------------------------------------------------------


def _erf_student(rng: np.random.Generator, teacher: str, n: float, p: float, k: float, penalty: float) -> float:
    d, tests = 100, 1000
    n, p, k = (round(size * d) for size in (n, p, k))
    X, W, V = rng.standard_normal((n + tests, d)), rng.standard_normal((p, d)), rng.standard_normal((k, d))
    seen = np.sign(X @ V.T / np.sqrt(d)) if teacher == "networks" else X
    y = seen @ rng.standard_normal(seen.shape[1]) / np.sqrt(seen.shape[1])
    features = erf(X @ W.T / np.sqrt(d))
    w = fitted(features[:n], y[:n] + 0.3 * rng.standard_normal(n), p / n * penalty)
    return float(np.mean((y[n:] - features[n:] @ w) ** 2))


@pytest.mark.parametrize("sizes", [(2.3, 1.7, 0.6), (0.7, 2.5, 2.0)])
@pytest.mark.parametrize("teacher", ["networks", "latent"])
def test_students_with_features_of_their_own_train_as_predicted(teacher: str, sizes: tuple[float, ...]) -> None:
    module = gallery("gaussian_covariates")
    n, p, k = sizes
    theory = value(getattr(module, teacher), module.AT, n=n, p=p, k=k)
    train = lambda rng: _erf_student(rng, teacher, n, p, k, module.AT["lambda_"])  # noqa: E731
    assert_trains_as_predicted(theory, train, 100, draws=40)


def _covariates(rng: np.random.Generator, joint: np.ndarray, weights: np.ndarray) -> float:
    p, n, penalty, sigma = 200, 460, 0.03, 0.3
    omega, a, b = np.repeat(joint, np.round(weights * p).astype(int), axis=0).T
    g, h, theta = rng.standard_normal((n, p)), rng.standard_normal((n, p)), rng.standard_normal(p) / np.sqrt(p)
    w = fitted(g * np.sqrt(omega), (g * a + h * b) @ theta + sigma * rng.standard_normal(n), p / n * penalty)
    return float(np.sum((np.sqrt(omega) * w - a * theta) ** 2) + np.sum((b * theta) ** 2))


def test_gaussian_covariates_train_as_predicted() -> None:
    module = gallery("gaussian_covariates")
    joint = np.array([[float(x) for x in point] for point in module.JOINT])
    weights = np.array([float(weight) for weight in module.JOINT.values()])
    theory = value(module.covariates, module.AT, n=2.3, p=1)
    assert_trains_as_predicted(theory, lambda rng: _covariates(rng, joint, weights), 200)


# -- gradient descent on random features of power-law data ------------------------------------------------------------

TIMES = (1, 5, 20)


def _descent(rng: np.random.Generator, n: int, p: int, rate: float = 0.02) -> list[float]:
    """Return the test error at some times of plain gradient descent in small steps, loss |y - f|^2 / (2 n)."""
    levels = np.arange(1, 101) ** -1.25
    X, A = np.sqrt(levels)[:, None] * rng.standard_normal((100, n)), rng.standard_normal((p, 100)) / np.sqrt(p)
    target = levels**0.25 * rng.standard_normal(100) / 10
    y, features, w, errors = X.T @ target + 0.03 * rng.standard_normal(n), A @ X, np.zeros(p), []
    for step in range(1, round(max(TIMES) / rate) + 1):
        w += rate * features @ (y - features.T @ w) / n
        if step in [round(t / rate) for t in TIMES]:
            errors.append(float(np.sum(levels * (target - A.T @ w) ** 2)))
    return errors


@pytest.mark.parametrize(("n", "p"), [(40, 70), (60, 30)])
def test_gradient_descent_on_random_features_follows_the_flow(n: int, p: int) -> None:
    module = gallery("scaling_dynamics")
    theory = module.test.curve(t=TIMES, **{k: v for k, v in {**module.AT, "n": n, "p": p}.items() if k != "t"})
    errors = np.array([_descent(np.random.default_rng([11, n, seed]), n, p) for seed in range(400)])
    mean, error = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(len(errors))
    assert (np.abs(mean - theory) < 4 * error + theory / min(n, p)).all(), (theory, mean, error)
    assert (4 * error < 0.15 * mean).all(), "the comparison is not sharp"


# -- equivalents of deep learning -------------------------------------------------------------------------------------


def _equivalents(rng: np.random.Generator) -> dict[str, float]:
    d, n, p, penalty, sigma = 150, 205, 285, 0.21, 0.3
    levels = np.repeat([0.31, 1.0, 4.7], [75, 45, 30])
    Z, beta = rng.standard_normal((d, n)), rng.standard_normal(d) / np.sqrt(d)
    X, a = np.sqrt(levels)[:, None] * Z, np.sqrt(levels) * beta
    Q = np.linalg.inv(X @ X.T / n + penalty * np.eye(d))
    y = X.T @ beta + sigma * rng.standard_normal(n)
    w = fitted(X.T, y, penalty)
    Phi = np.tanh(rng.standard_normal((p, d)) @ Z / np.sqrt(d))
    return {
        "trace": float(np.trace(Q)) / d,
        "quadratic_form": float(a @ Q @ a),
        "squared": float(a @ Q @ Q @ a),
        "train": float(np.mean((y - X.T @ w) ** 2)),
        "test": float(np.sum(levels * (w - beta) ** 2)),
        "gram": float(np.trace(np.linalg.inv(Phi.T @ Phi / p + penalty * np.eye(n)))) / n,
    }


@pytest.mark.parametrize("row", ["trace", "quadratic_form", "squared", "train", "test", "gram"])
def test_equivalents_of_deep_learning_are_those_of_samples(row: str) -> None:
    module = gallery("equivalents_of_deep_learning")
    assert_trains_as_predicted(
        value(getattr(module, row), module.AT), lambda rng: _equivalents(rng)[row], 150, draws=30
    )
