"""Learning on given data: every number of a learner against training, and equal forms of one number."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import ScalingError

n, d, p, m, k = fp.sizes("n d p m k")
lam = fp.parameters("lambda", positive=True)
RNG = np.random.default_rng(7)
DATA, TEST = RNG.standard_normal((40, 80)) / 40**0.5, RNG.standard_normal((40, 60)) / 40**0.5
TEACHER = RNG.standard_normal(40)
LABELS, TEST_LABELS = np.tanh(DATA.T @ TEACHER), np.tanh(TEST.T @ TEACHER)

X, X_test = fp.signal(d, n, DATA), fp.signal(d, m, TEST)
y, y_test = fp.signal(n, 1, LABELS), fp.signal(m, 1, TEST_LABELS)
W = fp.gaussian(p, d)
Phi = fp.tanh(W @ X)
Phi_test = Phi.subs({X: X_test})
w = fp.ridge(Phi, y, penalty=lam)
test = fp.limit(fp.test_error(w, Phi_test, y_test))
train = fp.limit(fp.train_error(w, Phi, y))
AT = dict(p=100, lambda_=0.05)


def agrees(number, model, draws=60, bias=0.03) -> bool:
    found = [model.simulate({"p": AT["p"]}, {"lambda": AT["lambda_"]}, seed=seed) for seed in range(draws)]
    error = np.std(found, ddof=1) / np.sqrt(draws)
    value = float(number.at(**{name: AT[name] for name in AT if name.rstrip("_") in number.needs}))
    assert error < 0.05 * abs(np.mean(found))
    return abs(value - np.mean(found)) < 4 * error + bias * abs(np.mean(found))


@pytest.mark.parametrize("number", [train, test], ids=["train", "test"])
def test_errors_against_training(number):
    assert number.needs == ("lambda", "p")
    assert agrees(number, number.expression)


def test_errors_of_one_layer_do_not_depend_on_the_order_of_the_samples():
    order = RNG.permutation(80)
    other, labels = fp.signal(d, n, DATA[:, order]), fp.signal(n, 1, LABELS[order])
    features = fp.tanh(W @ other)
    v = fp.ridge(features, labels, penalty=lam)
    again = fp.limit(fp.test_error(v, features.subs({other: X_test}), y_test))
    assert float(again.at(**AT)) == pytest.approx(float(test.at(**AT)), rel=1e-10)
    turn = np.linalg.qr(RNG.standard_normal((40, 40)))[0]  # Gaussian weights do not see a rotation of the inputs
    turned = fp.limit(test.expression.subs({X: fp.signal(d, n, turn @ DATA), X_test: fp.signal(d, m, turn @ TEST)}))
    assert float(turned.at(**AT)) == pytest.approx(float(test.at(**AT)), rel=1e-9)


def test_the_kernel_form_has_the_same_error():
    a = fp.kernel_ridge(Phi.T @ Phi / n, y, penalty=lam)
    error = y_test - Phi_test.T @ Phi @ a / n
    assert float(fp.limit(error.T @ error / m).at(**AT)) == pytest.approx(float(test.at(**AT)), rel=1e-10)


def test_variance_due_to_the_weights():
    parts = fp.variance_due_to(test, [W]).at(**AT)
    predictions = []
    for seed in range(200):
        drawn = np.random.default_rng(seed).standard_normal((100, 40))
        F, F_test = np.tanh(drawn @ DATA), np.tanh(drawn @ TEST)
        predictions.append(F_test.T @ np.linalg.solve(F @ F.T / 80 + 0.05 * np.eye(100), F @ LABELS / 80))
    variance = np.mean(np.var(predictions, axis=0, ddof=1))
    bias = np.mean((np.mean(predictions, axis=0) - TEST_LABELS) ** 2) - variance / 200
    assert float(parts["W"]) == pytest.approx(variance, rel=0.1)
    assert float(parts.bias) == pytest.approx(bias, rel=0.05)


def test_several_outputs():
    """Three columns of labels, as one matrix and one by one."""
    labels, test_labels = (np.cos(points.T @ RNG.standard_normal((40, 3))) for points in (DATA, TEST))
    Y = fp.sqrt(n) * fp.signal(n, k, labels / 80**0.5)
    Y_test = fp.sqrt(m) * fp.signal(m, k, test_labels / 60**0.5)
    together = [
        fp.limit(fp.train_error(fp.ridge(Phi, Y, penalty=lam), Phi, Y)),
        fp.limit(fp.test_error(fp.ridge(Phi, Y, penalty=lam), Phi_test, Y_test)),
    ]
    apart = []
    for column in range(3):
        b, b_test = fp.signal(n, 1, labels[:, column]), fp.signal(m, 1, test_labels[:, column])
        v = fp.ridge(Phi, b, penalty=lam)
        apart.append(
            [
                float(fp.limit(error).at(**AT))
                for error in (fp.train_error(v, Phi, b), fp.test_error(v, Phi_test, b_test))
            ]
        )
    assert [float(number.at(**AT)) for number in together] == pytest.approx(np.mean(apart, axis=0), rel=1e-10)


def test_given_labels_that_count_as_small_are_no_zero():
    Y = fp.signal(n, k, RNG.standard_normal((80, 3)))
    with pytest.raises(ScalingError, match=r"vanishes like N\^\(-1\), since the norm of the given matrix"):
        fp.limit(fp.train_error(fp.ridge(Phi, Y, penalty=lam), Phi, Y))


def test_linear_random_projections():
    features, features_test = W @ X, W @ X_test
    v = fp.ridge(features, y, penalty=lam)
    for number in (fp.train_error(v, features, y), fp.test_error(v, features_test, y_test)):
        assert agrees(fp.limit(number), number)


def test_a_random_teacher_and_noise_on_given_data():
    beta, eps = fp.gaussian(d), fp.gaussian(n)
    labels = X.T @ beta + 0.5 * eps
    v = fp.ridge(Phi, labels, penalty=lam)
    number = fp.test_error(v, Phi_test, X_test.T @ beta)
    assert agrees(fp.limit(number), number, draws=400)


def test_training_on_the_data_themselves_is_exact():
    scaled = fp.sqrt(n) * X
    error = fp.limit(fp.train_error(fp.ridge(scaled, y, penalty=lam), scaled, y))
    weights = np.linalg.solve(DATA @ DATA.T + 0.3 * np.eye(40), DATA @ LABELS / 80**0.5)
    exact = np.mean((LABELS - 80**0.5 * DATA.T @ weights) ** 2)
    assert float(error.at(lambda_=0.3)) == pytest.approx(exact, rel=1e-12)


def test_a_covariance_at_test_time_that_does_not_commute():
    factor = RNG.standard_normal((40, 60))
    S, T = fp.population(d, np.diag(np.linspace(0.2, 2, 40))), fp.population(d, factor @ factor.T / 60)
    beta = fp.given(d, 1, TEACHER)
    Z, x, eps = fp.gaussian(d, k), fp.gaussian(d), fp.gaussian(k)
    data, point = S**0.5 @ Z, T**0.5 @ x
    v = fp.ridge(data, data.T @ beta / fp.sqrt(d) + 0.3 * eps, penalty=0.1)
    theory = float(fp.limit(fp.test_error(v, point, beta.T @ point / fp.sqrt(d))).at(k=100))
    found = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        drawn = np.sqrt(np.linspace(0.2, 2, 40))[:, None] * rng.standard_normal((40, 100))
        labels = drawn.T @ TEACHER / 40**0.5 + 0.3 * rng.standard_normal(100)
        error = np.linalg.solve(drawn @ drawn.T / 100 + 0.1 * np.eye(40), drawn @ labels / 100) - TEACHER / 40**0.5
        found.append(error @ factor @ factor.T @ error / 60)
    assert abs(theory - np.mean(found)) < 4 * np.std(found) / 20 + 0.03 * theory


def test_gradient_flow_on_given_data():
    """Eight samples of 12 and 8 points: the theory is far from exact there, and is compared with its own resolvent."""
    small, labels = fp.signal(d, n, DATA[:, :12]), fp.signal(n, 1, LABELS[:12])
    features = fp.tanh(W @ small)
    number = fp.limit(fp.train_error(fp.gradient_flow(features, labels, 2.0), features, labels))
    found = []
    for seed in range(400):
        F = np.tanh(np.random.default_rng(seed).standard_normal((60, 40)) @ DATA[:, :12])
        levels, basis = np.linalg.eigh(F.T @ F / 12)
        found.append(np.mean((basis @ (np.exp(-2 * levels) * (basis.T @ LABELS[:12]))) ** 2))
    error = np.std(found, ddof=1) / 20
    assert abs(float(number.at(p=60)) - np.mean(found)) < 4 * error + 0.05 * np.mean(found)


def test_without_a_penalty():
    """Penalties of 1e-30: what lies in the kernel of a given matrix by rounding must not grow."""
    small, labels = fp.signal(d, n, DATA[:, :20]), fp.signal(n, 1, LABELS[:20])
    few, few_labels = fp.signal(d, m, TEST[:, :15]), fp.signal(m, 1, TEST_LABELS[:15])
    features = fp.relu(W @ small)
    v = fp.ridge(features, labels, penalty=lam)
    number = fp.limit(fp.test_error(v, features.subs({small: few}), few_labels))
    for width in (10, 40):
        value = float(number.at(p=width, lambda_=0))
        assert value == pytest.approx(float(number.at(p=width, lambda_=1e-7)), rel=1e-4)
    peak = number.at(p=20, lambda_=0)
    assert float(peak) == np.inf and "threshold" in peak.reason


def test_the_check_samples_at_the_sizes_of_the_data():
    report = test.check(**AT, quick=True, only=["residual", "simulation"])
    assert report.passed and report["simulation"].verdict == "passed"
    assert "d = 40, m = 60, n = 80, p = 100" in report["simulation"].detail
    wrong = fp.limit(fp.test_error(w, Phi_test, 3 * y_test))
    wrong.expression = test.expression
    assert wrong.check(**AT, quick=True, only=["simulation"])["simulation"].verdict == "failed"
