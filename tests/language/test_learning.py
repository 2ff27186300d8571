"""Learning problems are graphs; their samples are those of NumPy."""

import numpy as np
import pytest
import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam, sigma = fp.parameters("lambda sigma", positive=True)
AT = {"lambda_": 0.2, "sigma": 0.5}
SIZES, VALUES = {"n": 30, "d": 11, "p": 17}, {"lambda": 0.2, "sigma": 0.5}
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
Phi = fp.tanh(W @ X / fp.sqrt(d))
y = X.T @ beta / fp.sqrt(d) + sigma * eps
w = fp.ridge(Phi, y, penalty=lam)


def _numpy():
    phi, target = Phi.simulate(SIZES, seed=2), y.simulate(SIZES, VALUES, seed=2)
    weights = np.linalg.solve(phi @ phi.T / 30 + 0.2 * np.eye(17), phi @ target / 30)
    return phi, target, weights


def test_ridge():
    phi, target, weights = _numpy()
    assert np.allclose(w.simulate(SIZES, VALUES, seed=2), weights)
    loss = lambda v: np.mean((target - phi.T @ v) ** 2) + 0.2 * np.sum(v**2)  # noqa: E731
    step = np.random.default_rng(0).standard_normal((17, 1)) * 1e-3
    assert loss(weights) < min(loss(weights + step), loss(weights - step)), "the minimum of |y - F.T w|^2/n + lam |w|^2"


def test_errors():
    phi, target, weights = _numpy()
    train = fp.train_error(w, Phi, y).simulate(SIZES, VALUES, seed=2)
    assert np.isclose(train, np.mean((target - phi.T @ weights) ** 2))
    y_x = beta.T @ x / fp.sqrt(d)
    point = np.tanh(W.simulate(SIZES, seed=2) @ x.simulate(SIZES, seed=2) / np.sqrt(11))
    label = y_x.simulate(SIZES, seed=2)
    test = fp.test_error(w, Phi.subs({X: x}), y_x).simulate(SIZES, VALUES, seed=2)
    assert np.isclose(test, (label - (weights.T @ point)[0, 0]) ** 2)


def test_a_penalty_may_be_a_matrix():
    S = fp.population(p, fp.laws.atoms({1: 0.5, 2: 0.5}))
    phi, target, _ = _numpy()
    expected = np.linalg.solve(phi @ phi.T / 30 + S.simulate(SIZES, seed=2), phi @ target / 30)
    assert np.allclose(fp.ridge(Phi, y, penalty=S).simulate(SIZES, VALUES, seed=2), expected)


def test_shapes():
    with pytest.raises(fp.ShapeError, match=r"features \(p x n\) and targets \(n x 1\)"):
        fp.ridge(Phi, beta, penalty=lam)
    assert w.shape == (p, 1) and fp.train_error(w, Phi, y).is_number


def test_smoother_and_degrees_of_freedom():
    phi, target, weights = _numpy()
    hat = fp.language.learning.smoother(Phi, lam).simulate(SIZES, VALUES, seed=2)
    assert np.allclose(hat @ target, phi.T @ weights)
    for order in (1, 2):
        df = fp.degrees_of_freedom(Phi, lam, order).simulate(SIZES, VALUES, seed=2)
        assert np.isclose(df, np.trace(np.linalg.matrix_power(hat, order)) / 30)
    with pytest.raises(ValueError, match="order 1 or 2"):
        fp.degrees_of_freedom(Phi, lam, 3)


def test_gcv_is_the_test_error_in_the_limit():
    noise = fp.gaussian(1)
    test = fp.limit(fp.test_error(w, Phi.subs({X: x}), beta.T @ x / fp.sqrt(d) + sigma * noise))
    score = fp.limit(fp.gcv(Phi, y, lam))
    for at in (dict(n=2, d=1, p=3, lambda_=0.1, sigma=0.5), dict(n=2, d=1, p=0.3, lambda_=1e-3, sigma=0.1)):
        assert float(score.at(**at)) == pytest.approx(float(test.at(**at)), rel=1e-9)


def test_kernel_ridge_is_ridge():
    K, k_x = Phi.T @ Phi / n, Phi.T @ Phi.subs({X: x}) / n
    y_x = beta.T @ x / fp.sqrt(d)
    dual = fp.test_error(fp.kernel_ridge(K, y, lam), k_x, y_x)
    primal = fp.test_error(w, Phi.subs({X: x}), y_x)
    assert np.isclose(dual.simulate(SIZES, VALUES, seed=2), primal.simulate(SIZES, VALUES, seed=2))
    at = dict(n=2, d=1, p=3, lambda_=0.1, sigma=0.5)
    assert float(fp.limit(dual).at(**at)) == pytest.approx(float(fp.limit(primal).at(**at)), rel=1e-9)
    with pytest.raises(fp.ShapeError, match="kernel"):
        fp.kernel_ridge(K, beta, lam)


def test_several_outputs():
    k = fp.sizes("k")
    B = fp.gaussian(d, k)
    both = X.T @ B / fp.sqrt(d)
    weights = fp.ridge(Phi, both, penalty=lam)
    assert weights.shape == (p, k)
    at = dict(n=2, d=1, p=3, lambda_=0.1)
    one = fp.ridge(Phi, X.T @ beta / fp.sqrt(d), penalty=lam)
    many = fp.limit(fp.test_error(weights, Phi.subs({X: x}), B.T @ x / fp.sqrt(d)))
    single = fp.limit(fp.test_error(one, Phi.subs({X: x}), beta.T @ x / fp.sqrt(d)))
    assert float(many.at(k=0.7, **at)) == pytest.approx(float(single.at(**at)), rel=1e-9)
    many, single = (fp.limit(fp.train_error(v, Phi, t)) for v, t in ((weights, both), (one, X.T @ beta / fp.sqrt(d))))
    assert float(many.at(k=0.7, **at)) == pytest.approx(float(single.at(**at)), rel=1e-9)


SETS = [{}, {}, {"m": 1}]


@pytest.mark.parametrize("train", [fp.ridge, fp.gradient_flow])
def test_a_few_outputs_side_by_side(train):
    """The errors of two outputs are the means of those of each, on training set, point and test set."""
    m = fp.sizes("m")
    teachers, Z = (fp.gaussian(d), 2 * fp.gaussian(d)), fp.gaussian(d, m)
    labels = [X.T @ b / fp.sqrt(d) + noise * fp.gaussian(n) for b, noise in zip(teachers, (1, 0.5), strict=True)]
    errors = []
    for chosen in ([0], [1], [0, 1]):
        Y = fp.block([[labels[k] for k in chosen]])
        v = train(X, Y, 0.7)
        answer, answers = (fp.block([[points.T @ teachers[k] / fp.sqrt(d) for k in chosen]]) for points in (x, Z))
        numbers = fp.train_error(v, X, Y), fp.test_error(v, x, answer.T), fp.test_error(v, Z, answers)
        errors.append([float(fp.limit(number).at(n=2, d=1, **at)) for number, at in zip(numbers, SETS, strict=True)])
    assert errors[2] == pytest.approx(np.mean(errors[:2], axis=0), rel=1e-9)
    assert errors[2][1] == pytest.approx(errors[2][2], rel=1e-9)


def test_weights_of_the_samples():
    D = fp.diagonal(n, fp.laws.atoms({"1/2": "1/2", 3: "1/2"}))
    weighted = fp.ridge(Phi, y, penalty=lam, sample_weights=D)
    phi, target, _ = _numpy()
    own = D.simulate(SIZES, seed=2)
    expected = np.linalg.solve(phi @ own @ phi.T / 30 + 0.2 * np.eye(17), phi @ own @ target / 30)
    assert np.allclose(weighted.simulate(SIZES, VALUES, seed=2), expected)


def _kernel_error(rng, dimension):
    samples = 2 * dimension
    data, points = rng.standard_normal((dimension, samples)), rng.standard_normal((dimension, 1000))
    teacher = rng.standard_normal(dimension)
    teacher /= np.linalg.norm(teacher)
    labels = data.T @ teacher + 0.3 * rng.standard_normal(samples)
    dual = np.linalg.solve(np.exp(data.T @ data / dimension) + 0.2 * np.eye(samples), labels)
    return np.mean((points.T @ teacher - np.exp(points.T @ data / dimension) @ dual) ** 2)


def test_the_kernel_of_a_fresh_point_against_training():
    noise = fp.gaussian(n)
    a = fp.kernel_ridge(fp.exp(X.T @ X / d), X.T @ beta / fp.sqrt(d) + 0.3 * noise, penalty=0.2)
    k_x = fp.kernel_vector("exp", X.T @ x / d)
    rng = np.random.default_rng(0)
    draws = [_kernel_error(rng, 200) for _ in range(16)]
    expected = float(fp.limit(fp.test_error(a, k_x, beta.T @ x / fp.sqrt(d))).at(n=2, d=1))
    assert expected == pytest.approx(np.mean(draws), abs=np.std(draws) + 2 / 200)
    with pytest.raises(fp.ShapeError, match="kernel of one point"):
        fp.kernel_vector("exp", X.T @ X / d)
    with pytest.raises(fp.ScalingError, match=r"order N\^\(-1/2\)"):
        fp.kernel_vector("exp", X.T @ x / fp.sqrt(d))
    with pytest.raises(fp.UnsupportedModel, match="differentiable at 0"):
        fp.kernel_vector(lambda u: u, X.T @ x / d)
    with pytest.raises(fp.UnsupportedModel, match="differentiable at 0"):
        fp.kernel_vector("relu", X.T @ x / d)


def test_a_mean_of_the_labels_is_fitted_by_a_kernel_with_a_mean():
    errors = []
    for mean in (0, 3):
        labels, answer = X.T @ beta / fp.sqrt(d) + sigma * eps, beta.T @ x / fp.sqrt(d) + mean * fp.identity(1)
        a = fp.kernel_ridge(fp.exp(X.T @ X / d), labels + mean * fp.ones(n) if mean else labels, penalty=0.2)
        test = fp.test_error(a, fp.kernel_vector("exp", X.T @ x / d), answer)
        errors.append(float(fp.limit(test).at(n=2, d=1, sigma=0.3)))
    assert errors[1] == pytest.approx(errors[0], rel=1e-9)


def test_a_kernel_whose_mean_is_of_the_second_order():
    """f(u) = u + u^2: the kernel is X^T X / d + I + 1 1^T / d, and that of a point X^T x / d + 1 / d."""
    f, mean = sympy.Symbol("u"), 3
    labels, answer = X.T @ beta / fp.sqrt(d) + mean * fp.ones(n), beta.T @ x / fp.sqrt(d) + mean * fp.identity(1)
    K, k_x = fp.entrywise(f + f**2, X.T @ X / d), fp.kernel_vector(f + f**2, X.T @ x / d)
    linear = X.T @ X / d + fp.identity(n) + fp.ones(n) @ fp.ones(n).T / d
    errors = []
    for kernel, vector in ((K, k_x), (linear, X.T @ x / d + fp.ones(n) / d)):
        a = fp.kernel_ridge(kernel, labels, penalty=0.3)
        numbers = fp.train_error(a, kernel, labels), fp.test_error(a, vector, answer)
        errors.append([float(fp.limit(number).at(n=2, d=1)) for number in numbers])
    assert errors[0] == pytest.approx(errors[1], rel=1e-9)
    rng, gaps = np.random.default_rng(4), []
    for dimension, draws in ((60, 60), (240, 12)):
        found = []
        for _ in range(draws):
            data, fresh = rng.standard_normal((dimension, 2 * dimension)), rng.standard_normal((dimension, 2000))
            teacher = rng.standard_normal(dimension) / dimension**0.5
            entries, new = data.T @ data / dimension, fresh.T @ data / dimension
            y = data.T @ teacher + mean
            a = np.linalg.solve(entries + entries**2 + 0.3 * np.eye(len(y)), y)
            residuals = y - (entries + entries**2) @ a, fresh.T @ teacher + mean - (new + new**2) @ a
            found.append([np.mean(r**2) for r in residuals])
        gaps.append(np.array(errors[0]) - np.mean(found, axis=0))
        noise = np.std(found, axis=0) / draws**0.5
        assert (np.abs(gaps[-1]) < 4 * noise + 30 * np.array(errors[0]) / dimension).all()
    assert abs(gaps[1][0]) < 0.5 * abs(gaps[0][0])


def test_a_kernel_with_a_pole_away_from_its_entries():
    """Only the values at 0 and at 1 and the slope at 0 count: here 4/(2 - u)^2 has those of 1 + u + 2 u^2."""
    u = sympy.Symbol("u")
    errors = []
    for f in (4 / (2 - u) ** 2, 1 + u + 2 * u**2):
        a = fp.kernel_ridge(fp.entrywise(f, X.T @ X / d), y, penalty=lam)
        k_x = fp.kernel_vector(f, X.T @ x / d)
        errors.append(float(fp.limit(fp.test_error(a, k_x, beta.T @ x / fp.sqrt(d))).at(n=2, d=1, **AT)))
    assert errors[0] == pytest.approx(errors[1], rel=1e-12)
    with pytest.raises(fp.UnsupportedModel, match="1/u is not known to be differentiable at 0"):
        fp.kernel_vector(1 / u, X.T @ x / d)
