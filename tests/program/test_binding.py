"""Values given by name."""

import mpmath
import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.errors import MissingValue, ShapeError, UnsupportedModel

N, D, P = fp.sizes("n d p")
LAMBDA = fp.parameters("lambda", positive=True)
X, W = fp.gaussian(D, N), fp.gaussian(P, D)
B = fp.population(D, fp.laws.symbolic("H"))
LAW = fp.spectrum(B**0.5 @ X @ X.T @ B**0.5 / N)
TAU = fp.limit(fp.tr(fp.inv(X @ X.T / N + LAMBDA * fp.identity(D))))
A, Q = fp.parameters("a b", positive=True)


def test_only_ratios_matter():
    one, many = TAU.at(n=2, d=1, lambda_=0.3), TAU.at(n=600, d=300, lambda_=0.3)
    assert float(one) == float(many)
    half = TAU.at(n=1, d=sympy.Rational(1, 2), lambda_=0.3)
    assert float(one) == float(half)


def test_either_spelling_of_lambda():
    assert float(TAU.at(n=1, d=1, lambda_=1)) == float(TAU.at(n=1, d=1, **{"lambda": 1}))


def test_kinds_of_numbers():
    expected = float(TAU.at(n=1, d=0.5, lambda_=0.25))
    for value in (sympy.Rational(1, 2), np.float64(0.5), np.float32(0.5), sympy.Float("0.5")):
        assert float(TAU.at(n=np.int64(1), d=value, lambda_=0.25)) == pytest.approx(expected, rel=1e-15)


def test_decimals_are_exact():
    """0.1 means 1/10, so that moments are exact fractions."""
    assert fp.spectrum(X @ X.T / N).at(n=1, d=0.1).moments(2)[1] == sympy.Rational(11, 10)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (dict(n=1, lambda_=1), MissingValue, r"no value for d; write \.at\(d=\.\.\.\)"),
        (dict(), MissingValue, r"no value for d, lambda, n; write \.at\("),
        (dict(n=1, d=1, lambda_=1, q=3), MissingValue, r"'q' is not a size or parameter of this model; it needs d, l"),
        (dict(n=-1, d=1, lambda_=1), ShapeError, r"the size n = -1 must be positive; only ratios of sizes matter"),
        (dict(n=0, d=1, lambda_=1), ShapeError, r"must be positive"),
        (dict(n=1, d=1, lambda_=-2), MissingValue, r"the parameter lambda was declared positive but is -2"),
        (dict(n=1, d=1, lambda_=float("nan")), MissingValue, r"the value nan of lambda is not a finite real number"),
        (dict(n=1, d=float("inf"), lambda_=1), MissingValue, r"the value inf of d is not a finite real number"),
        (dict(n=1, d="one", lambda_=1), MissingValue, r"not a finite real number"),
        (dict(n=1, d=1, lambda_=A), MissingValue, r"the value of lambda still contains \['a'\]"),
        (dict(n=1, d=1, lambda_=1 + 2j), MissingValue, r"not a finite real number"),
    ],
)
def test_bad_values(values, error, message):
    with pytest.raises(error, match=message):
        TAU.at(**values)


def test_a_nonnegative_parameter_is_no_negative_number():
    sigma = fp.parameters("sigma", nonnegative=True)
    number = fp.limit(fp.tr(fp.inv(X @ X.T / N + (1 + sigma) * fp.identity(D))))
    assert float(number.at(n=1, d=1, sigma=0)) > 0
    with pytest.raises(MissingValue, match=r"the parameter sigma was declared nonnegative but is -0\.5"):
        number.at(n=1, d=1, sigma=-0.5)


def test_symbolic_laws():
    with pytest.raises(MissingValue, match=r"no value for H"):
        LAW.at(n=1, d=1)
    with pytest.raises(MissingValue, match=r"H is a law; give for example H=fp\.laws\.atoms"):
        LAW.at(n=1, d=1, H=3)
    at = LAW.at(n=1, d=0.5, H=fp.laws.atoms({1: 0.5, 3: 0.5}))
    assert at.moments(1) == [2]


def test_parameters_of_laws():
    S = fp.population(D, fp.laws.uniform(A, A + Q))
    law = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / N)
    assert set(law.needs) == {"a", "b", "d", "n"}
    assert law.at(n=1, d=1, a=1, b=2).moments(1) == [2]
    with pytest.raises(MissingValue, match="no value for b"):
        law.at(n=1, d=1, a=1)


def test_a_law_with_infinite_support_is_refused():
    with pytest.raises((UnsupportedModel, ValueError), match=r"finite|bounded|unbounded"):
        LAW.at(n=1, d=1, H=fp.laws.density(lambda t: np.exp(-t), (0, float("inf"))))


def test_names_of_the_model_that_drop_out_are_accepted():
    assert fp.spectrum(fp.wigner(D) / fp.sqrt(D)).at(d=3).moments(2) == [0, 1]
    u = fp.gaussian(D)
    spiked = fp.spectrum(X @ X.T / N + LAMBDA * u @ u.T / D)
    assert spiked.at(n=1, d=1, lambda_=5).moments(1) == [1]


def test_coefficients_at_any_precision():
    features = fp.tanh(W @ X / fp.sqrt(D))
    binding = fp.spectrum(features.T @ features / P).at(n=1, d=1, p=1).binding
    low, high = binding.coefficients(15), binding.coefficients(45)
    assert list(low) == list(high)
    for symbol in low:
        assert abs(mpmath.mpf(low[symbol]) - high[symbol]) < 1e-14
    inputs = binding.inputs(45)
    assert len(inputs) == len(binding.floats())


def test_moments_with_means_over_several_preactivations():
    """Maxout of independent inputs has E max^2 = 1, E max = 1/sqrt(pi), slopes 1/2; 40 digits take hours."""
    u, v = sympy.symbols("u v")
    H, G = W @ X / fp.sqrt(D), fp.gaussian(P, D) @ X / fp.sqrt(D)
    F = fp.entrywise(sympy.Max(u, v), H, G)
    at = fp.spectrum(F.T @ F / P).at(n=1, d=1, p=2)
    mean, second = at.moments(2)
    variance, noise = 1 - 1 / np.pi, 1 / 2 - 1 / np.pi  # rows have the covariance X^T X / (2 d) + noise
    assert float(mean) == pytest.approx(variance, rel=1e-12)
    assert float(second) == pytest.approx(1 / 2 + noise + noise**2 + variance**2 / 2, rel=1e-12)
    with pytest.raises(fp.NotPrecise, match="a mean over 2 pre-activations at once is known to 15 digits"):
        at.precise(digits=30).stieltjes(1j)


def test_moments_where_kinks_are_not_known():
    """floor(h) + 1/2 has variance E floor^2 - 1/4; the places of its jumps are no part of the formula."""
    F = fp.entrywise(sympy.floor(sympy.Symbol("u")), W @ X / fp.sqrt(D))
    (mean,) = fp.spectrum(F.T @ F / P).at(n=1, d=1, p=2).moments(1)
    k = np.arange(-12, 13)
    probability = [float(mpmath.ncdf(j + 1) - mpmath.ncdf(j)) for j in k]
    assert float(mean) == pytest.approx(np.dot(probability, (k + 0.5) ** 2), rel=1e-9)
