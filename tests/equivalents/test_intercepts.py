"""Means of labels and of fresh points beside features with a mean, in ridge and in kernel form."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from tests.agreement import number_agreement

N, D, P = fp.sizes("n d p")
LAMBDA, SIGMA = fp.parameters("lambda sigma", positive=True)
X, W = fp.gaussian(D, N), fp.gaussian(P, D)
x, u, e = fp.gaussian(D), fp.gaussian(D), fp.gaussian(N)
F = fp.softplus(W @ X / fp.sqrt(D))
FRESH = F.subs({X: x})
AT = dict(n=2.3, d=1, p=1.4, lambda_=0.1, sigma=0.2)
H = fp.parameters("h", real=True)
RELU = sympy.Max(H, 0)
MEAN = 1 / sympy.sqrt(2 * sympy.pi)


def teacher(function, points):
    return fp.entrywise(function, points.T @ u / fp.sqrt(D))


def errors(function, fresh=None):
    """Return the training error, the test error and the score of cross-validation for a teacher."""
    y = teacher(function, X) + SIGMA * e
    w = fp.ridge(F, y, penalty=LAMBDA)
    return (
        fp.train_error(w, F, y),
        fp.test_error(w, FRESH, teacher(function if fresh is None else fresh, x)),
        fp.gcv(F, y, LAMBDA),
    )


def value(number):
    return float(fp.limit(number).at(**AT))


def test_a_mean_of_the_labels_is_fitted():
    """The errors are those of the centred teacher; cross-validation finds the test error with its noise."""
    train, test, score = (value(number) for number in errors(RELU))
    assert [train, test] == pytest.approx([value(number) for number in errors(RELU - MEAN)[:2]], rel=1e-10)
    assert score == pytest.approx(test + AT["sigma"] ** 2, rel=1e-9)


def test_another_mean_at_test_time_is_an_error():
    shifted = value(errors(RELU, RELU + 0.7)[1])
    assert shifted == pytest.approx(value(errors(RELU)[1]) + 0.49, rel=1e-10)


@pytest.mark.parametrize("function", [RELU, H], ids=["a mean of the labels", "no mean of the labels"])
def test_the_kernel_form_has_the_same_errors(function):
    y = teacher(function, X) + SIGMA * e
    K = F.T @ F / N
    a = fp.kernel_ridge(K, y, penalty=LAMBDA)
    residual = y - K @ a
    test = fp.test_error(a, F.T @ FRESH / N, teacher(function, x))
    expected = [value(number) for number in errors(function)[:2]]
    assert [value(residual.T @ residual / N), value(test)] == pytest.approx(expected, rel=1e-9)


def test_an_average_of_two_learners():
    V = fp.gaussian(P, D)
    G = fp.softplus(V @ X / fp.sqrt(D))
    y, label = teacher(RELU, X) + SIGMA * e, teacher(RELU, x)
    weights = fp.ridge(F, y, penalty=LAMBDA), fp.ridge(G, y, penalty=LAMBDA)
    mean = (weights[0].T @ FRESH + weights[1].T @ G.subs({X: x})) / 2
    ensemble = fp.ensemble(errors(RELU)[1], 2, [W])
    assert value((label - mean) ** 2) == pytest.approx(value(ensemble), rel=1e-10)


def test_the_steps_say_what_was_assumed():
    steps = {step.rule: step for step in fp.limit(errors(RELU)[0]).steps}
    assert steps["intercept"].status == "asymptotic" and steps["intercept"].hypotheses[0].evidence == "assumed"
    kernel = F.T @ F / P
    residual = kernel @ fp.kernel_ridge(kernel, e, penalty=LAMBDA)
    pushed = {step.rule: step for step in fp.limit(residual.T @ residual / N).steps}
    assert pushed["push_through"].status == "exact"


@pytest.mark.parametrize("index", [0, 1], ids=["train", "test"])
def test_errors_agree_with_samples(index):
    sizes, parameters = {"n": 160, "d": 100, "p": 130}, {"lambda": 0.3, "sigma": 0.2}
    agreement = number_agreement(errors(RELU)[index], sizes, parameters, replicates=4, draws=80, floor=2e-3)
    assert agreement.ratio < 1, agreement


def test_weights_may_stand_alone():
    """Weights along the direction of ones fit the mean at no cost."""
    y, centred = (teacher(function, X) + SIGMA * e for function in (RELU, RELU - MEAN))
    norms = [value(w.T @ w) for w in (fp.ridge(F, y, penalty=LAMBDA), fp.ridge(F, centred, penalty=LAMBDA))]
    assert np.ptp(norms) < 1e-10 * norms[0]


def kernel_errors(function, kernel, cross):
    """Return the training and the test error of kernel ridge regression."""
    y = teacher(function, X) + SIGMA * e
    a = fp.kernel_ridge(kernel, y, penalty=LAMBDA)
    residual = y - kernel @ a
    return residual.T @ residual / N, fp.test_error(a, cross, teacher(function, x))


def tangent(activation):
    """Return the limit of a tangent kernel, with a slope and a diagonal of its own, and it at a fresh point."""
    G = fp.entrywise(activation, W @ X / fp.sqrt(D))
    slope = sympy.Rational(2, 5)
    return G.T @ G / P + slope * X.T @ X / D + fp.identity(N) / 10, G.T @ G.subs({X: x}) / P + slope * X.T @ x / D


@pytest.mark.parametrize("function", [RELU, H], ids=["a mean of the labels", "no mean of the labels"])
def test_kernels_without_a_mean_may_be_added(function):
    """A mean in a sum of kernels is fitted at no cost: the errors are those without the means."""
    found = [value(number) for number in kernel_errors(function, *tangent(RELU))]
    centred = RELU - MEAN if function is RELU else function
    expected = [value(number) for number in kernel_errors(centred, *tangent(RELU - MEAN))]
    assert found == pytest.approx(expected, rel=1e-9)


def test_ridge_regression_with_a_tangent_kernel_agrees_with_samples():
    v = fp.gaussian(P)
    K = fp.ntk(v.T @ fp.relu(W @ X / fp.sqrt(D)) / fp.sqrt(P), X)
    train = kernel_errors(RELU, K, X.T @ x / D)[0]
    assert "resolvent_identity" in [step.rule for step in fp.limit(train).steps]
    sizes, parameters = {"n": 240, "d": 160, "p": 200}, {"lambda": 0.3, "sigma": 0.2}
    agreement = number_agreement(train, sizes, parameters, replicates=6, draws=40, floor=1e-3)
    assert agreement.ratio < 1, agreement
    assert agreement.resolution < 0.25
