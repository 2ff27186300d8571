"""Numbers with functions of matrices, against integrals over laws and against numbers without functions."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.solve.contour_value import spectrum_interval

n, d, p = fp.sizes("n d p")
t, sigma, s, eta = fp.parameters("t sigma s eta", nonnegative=True)
lam = fp.parameters("lambda", positive=True)
k = fp.parameters("k", integer=True, nonnegative=True)
x = sympy.Symbol("x")
X, W, H = fp.gaussian(d, n), fp.gaussian(p, d), fp.wigner(d)
beta, eps, point, start = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d), fp.gaussian(p)
K = X @ X.T / n
EYE = fp.identity(d)
S = fp.population(d, fp.laws.atoms({1: "1/2", 3: "1/2"}))
C = S**0.5 @ X @ X.T @ S**0.5 / n
U = fp.population(d, fp.laws.uniform(1, 2))
y, y_x = X.T @ beta / fp.sqrt(d) + sigma * eps, beta.T @ point / fp.sqrt(d)
Phi = fp.tanh(W @ X / fp.sqrt(d))
AT = dict(n=1.37, d=1, sigma=0.3)


def value(number, **values):
    limit = fp.limit(number)
    return float(limit.at(**{name: v for name, v in values.items() if name.rstrip("_") in limit.needs}))


@pytest.mark.parametrize("matrix", [K, C, K + H / fp.sqrt(d), S @ S, U + H / fp.sqrt(d), K @ K])
@pytest.mark.parametrize("f", [sympy.exp(-x), sympy.cos(x), x**3, 1 / (x**2 + 30)])
def test_traces_are_integrals_over_the_law(matrix, f):
    law = fp.spectrum(matrix).at(n=3, d=2) if n in _sizes(matrix) else fp.spectrum(matrix).at(d=1)
    expected = law.integrate(sympy.lambdify(x, f, "numpy"))
    assert value(fp.tr(fp.funm(f, matrix)), n=3, d=2) == pytest.approx(expected, rel=1e-8)


def _sizes(matrix):
    from freeprob.language.expression import walk

    return {size for node in walk(matrix) for size in (*node.rows, *node.columns)}


@pytest.mark.parametrize("ratio", [0.4, 2.5])
@pytest.mark.parametrize(
    ("function", "direct"),
    [
        (x**2, K @ K),
        (1 / (x + lam), fp.inv(K + lam * EYE)),
        (1 / (x + lam) ** 2, fp.inv(K + lam * EYE) @ fp.inv(K + lam * EYE)),
        (x / (x + lam), K @ fp.inv(K + lam * EYE)),
    ],
)
def test_rational_functions_give_the_same_as_inverses(function, direct, ratio):
    at = dict(n=1, d=ratio, lambda_=0.03)
    made = fp.funm(function, K, x)
    assert value(fp.tr(made @ S), **at) == pytest.approx(value(fp.tr(direct @ S), **at), rel=1e-10)
    double, plain = fp.tr(made @ S @ made @ S), fp.tr(direct @ S @ direct @ S)
    assert value(double, **at) == pytest.approx(value(plain, **at), rel=1e-9)


def test_functions_of_two_matrices():
    A, B = fp.funm(1 / (x + 1), K), fp.funm(1 / (x + 2), C)
    expected = value(fp.tr(fp.inv(K + EYE) @ S @ fp.inv(C + 2 * EYE)), n=3, d=2)
    assert value(fp.tr(A @ S @ B), n=3, d=2) == pytest.approx(expected, rel=1e-10)


def test_exponential_of_a_sum_with_the_identity():
    one, other = fp.tr(fp.funm("exp", -(K + 2 * EYE))), fp.tr(fp.funm("exp", -K))
    assert value(one, n=2, d=1) == pytest.approx(np.exp(-2) * value(other, n=2, d=1), rel=1e-12)


def test_products_of_traces():
    square = value(fp.tr(fp.funm("exp", -K)) ** 2, n=2, d=1)
    assert square == pytest.approx(value(fp.tr(fp.funm("exp", -K)), n=2, d=1) ** 2, rel=1e-12)


@pytest.mark.parametrize("samples", [0.5, 1.37, 3.0])
def test_gradient_flow_ends_at_the_ridgeless_estimator(samples):
    w = fp.gradient_flow(X, y, t)
    test, train = fp.test_error(w, point, y_x), fp.train_error(w, X, y)
    at = AT | dict(n=samples)
    ratio = samples  # n / d
    excess = 0.09 / (ratio - 1) if ratio > 1 else (1 - ratio) + 0.09 * ratio / (1 - ratio)
    assert value(test, t=1e4, **at) == pytest.approx(excess, rel=1e-8)  # Hastie et al. 2022, Theorem 1
    assert value(train, t=1e4, **at) == pytest.approx(max(0.09 * (1 - 1 / ratio), 0), abs=1e-9)
    assert value(test, t=0, **at) == pytest.approx(1, rel=1e-12)


def test_gradient_flow_with_a_penalty_ends_at_ridge():
    flow = fp.test_error(fp.gradient_flow(Phi, y, t, penalty=lam), Phi.subs({X: point}), y_x)
    ridge = fp.test_error(fp.ridge(Phi, y, penalty=lam), Phi.subs({X: point}), y_x)
    at = dict(n=1, d=0.7, p=1.6, sigma=0.3, lambda_=0.1)
    assert value(flow, t=400, **at) == pytest.approx(value(ridge, **at), rel=1e-9)


def test_small_steps_are_the_flow():
    at = dict(n=1, d=0.7, p=1.6, sigma=0.3)
    flow = value(fp.test_error(fp.gradient_flow(Phi, y, t), Phi.subs({X: point}), y_x), t=3, **at)
    many = [
        value(fp.test_error(fp.gradient_descent(Phi, y, k, eta), Phi.subs({X: point}), y_x), k=c, eta=3 / c, **at)
        for c in (400, 800)
    ]
    assert 2 * many[1] - many[0] == pytest.approx(flow, rel=1e-5)


def trained(seed, size, steps, rate, momentum):
    """Return the test error of tanh features of real gradient descent, averaged over 4000 fresh points."""
    rng = np.random.default_rng(seed)
    samples, inputs, width = size, round(0.7 * size), round(1.6 * size)
    data, weights, teacher = (rng.standard_normal(shape) for shape in ((inputs, samples), (width, inputs), inputs))
    network = lambda z: np.tanh(weights @ z / np.sqrt(inputs))  # noqa: E731
    features = network(data)
    labels = data.T @ teacher / np.sqrt(inputs) + 0.3 * rng.standard_normal(samples)
    now = 0.5 * rng.standard_normal(width) / np.sqrt(width)
    before = now
    for _ in range(steps):
        gradient = features @ (features.T @ now - labels) / samples
        now, before = now - rate * gradient + momentum * (now - before), now
    fresh = rng.standard_normal((inputs, 4000))
    return np.mean((network(fresh).T @ now - fresh.T @ teacher / np.sqrt(inputs)) ** 2)


@pytest.mark.parametrize("momentum", [0.0, 0.6])
@pytest.mark.parametrize("steps", [3, 25])
def test_real_training_of_random_features(momentum, steps):
    w = fp.gradient_descent(Phi, y, k, 0.4, momentum=momentum, start=s * start / fp.sqrt(p))
    theory = value(fp.test_error(w, Phi.subs({X: point}), y_x), n=1, d=0.7, p=1.6, sigma=0.3, s=0.5, k=steps)
    runs = [trained(seed, 240, steps, 0.4, momentum) for seed in range(24)]
    mean, error = np.mean(runs), np.std(runs, ddof=1) / np.sqrt(24)
    assert abs(mean - theory) < 4 * error + 2 * theory / 240, (theory, mean, error)


def test_curves_are_points():
    risk = fp.limit(fp.test_error(fp.gradient_flow(X, y, t), point, y_x))
    times, samples = np.array([0.0, 0.3, 4.0]), np.array([[0.8], [2.0]])
    curve = risk.curve(n=samples, d=1, sigma=0.3, t=times)
    assert curve.shape == (2, 3)
    for i, j in ((0, 0), (1, 2)):
        assert curve[i, j] == pytest.approx(float(risk.at(n=samples[i, 0], d=1, sigma=0.3, t=times[j])), rel=1e-10)


def test_early_stopping_has_a_minimum():
    risk = fp.limit(fp.test_error(fp.gradient_flow(X, y, t), point, y_x))
    times = np.geomspace(0.1, 1000, 40)
    curve = risk.curve(t=times, **AT)
    assert 0 < curve.argmin() < 39
    assert curve.min() < curve[-1]


def test_features_with_a_mean():
    relu = fp.relu(W @ X / fp.sqrt(d))
    at = dict(n=1, d=0.7, p=1.6, sigma=0.3)
    flow = fp.test_error(fp.gradient_flow(relu, y, t), relu.subs({X: point}), y_x)
    ridge = fp.test_error(fp.ridge(relu, y, penalty=lam), relu.subs({X: point}), y_x)
    assert value(flow, t=1e5, **at) == pytest.approx(value(ridge, lambda_=1e-9, **at), rel=1e-4)
    descent = fp.test_error(fp.gradient_descent(relu, y, k, eta), relu.subs({X: point}), y_x)
    with pytest.raises(fp.UnsupportedModel, match="the features have a mean"):
        value(descent, k=5, eta=0.1, **at)


@pytest.mark.parametrize(
    ("function", "matrix"),
    [("log", K), ("sqrt", K), (1 / (x - 1), K), (sympy.log(x), K + H / fp.sqrt(d))],
)
def test_singular_functions_are_refused(function, matrix):
    with pytest.raises(fp.UnsupportedModel, match="is singular at x = "):
        value(fp.tr(fp.funm(function, matrix)), n=1, d=2)


def test_log_determinant():
    law = fp.spectrum(K).at(n=4, d=1)
    assert value(fp.tr(fp.funm("log", K)), n=4, d=1) == pytest.approx(law.integrate(np.log), rel=1e-11)


def test_a_door_that_stays_closed():
    number = fp.limit(fp.tr(fp.funm("exp", -K)))
    found = number.at(n=2, d=1)
    assert found.error < 1e-12 and f"{found:.3f}" == "0.453"
    with pytest.raises(fp.UnsupportedModel, match="contour"):
        found.certify()


def test_checks():
    number = fp.limit(fp.tr(fp.funm("exp", -t * K)))
    report = number.check(n=2, d=1, t=1, quick=True)
    assert report.verdict == "passed"
    assert [line.name for line in report.lines] == ["contours", "simulation"]


def test_a_long_list_needs_the_ends_of_its_spectrum_only():
    """Hundreds of islands between them are not sought; the number is the average over the list at time 0."""
    values = np.arange(1, 301.0) ** -1.5
    S = fp.population(d, fp.laws.empirical(values))
    Z = S**0.5 @ X
    number = fp.limit(fp.tr(S @ fp.funm("exp", -t * Z @ Z.T / n)))
    law = next(iter(number.laws.values())).at(n=20, d=1)
    low, high = spectrum_interval(law, False)
    assert "_found" not in vars(law), "the support is not searched"
    assert low < values[-1] and high > values[0]
    assert float(number.at(n=20, d=1, t=0)) == pytest.approx(values.mean(), rel=1e-10)
    draw = np.mean([simulated(values, 6000, seed) for seed in range(3)])
    assert float(number.at(n=20, d=1, t=2)) == pytest.approx(draw, rel=2e-3)


def simulated(values, samples, seed):
    """Return tr S exp(-2 Z Z^T / n) at d = 300 of the samples' dimensions."""
    z = np.sqrt(values)[:, None] * np.random.default_rng(seed).normal(size=(len(values), samples))
    places, vectors = np.linalg.eigh(z @ z.T / samples)
    return float(values @ (vectors**2 @ np.exp(-2 * places)) / len(values))
