import json

import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language import laws

x, y = sympy.symbols("x y")
Q = sympy.Rational


def test_polynomial_moments_are_exact():
    law = laws.density(6 * x * (1 - x), (0, 1))
    assert [law.moment(k) for k in range(4)] == [1, Q(1, 2), Q(3, 10), Q(1, 5)]
    assert laws.density(1, (0, 1)).moment(5) == Q(1, 6)
    assert laws.density(Q(1, 2) / sympy.sqrt(x), (0, 1)).moment(1) == Q(1, 3)


def test_the_name_of_the_variable_does_not_matter():
    assert laws.density(2 * x, (0, 1)) == laws.density(2 * y, (0, 1))


def test_density_agrees_with_the_named_laws():
    semi = laws.density(sympy.sqrt(4 - x**2) / (2 * sympy.pi), (-2, 2))
    z = np.array([0.3 + 1e-3j, 2 + 1e-6j, 1.0, 3.0])
    np.testing.assert_allclose(semi.cauchy(z), laws.semicircle(1).cauchy(z), rtol=1e-11)
    np.testing.assert_allclose(semi.quantiles(50), laws.semicircle(1).quantiles(50), atol=1e-12)
    assert float(semi.moment(4)) == pytest.approx(2, rel=1e-15)


def test_normalisation_is_checked_and_then_exact():
    law = laws.density(2 * x * (1 + 1e-7), (0, 1))
    assert float(law.moment(1)) == pytest.approx(2 / 3, rel=1e-15)
    assert law.density(0.5) == pytest.approx(1, rel=1e-15)
    callable_law = laws.density(lambda t: 2 * t * (1 + 1e-7), (0, 1))
    assert float(callable_law.moment(1)) == pytest.approx(2 / 3, rel=1e-14)


def test_pole_that_is_no_square_root():
    law = laws.density(Q(3, 10) * x ** Q(-7, 10), (0, 1))
    points, weights = law.nodes(200)
    assert weights @ points == pytest.approx(3 / 13, rel=1e-13)
    t = sympy.Symbol("t")
    assert float(law.expectation(t, t)) == pytest.approx(3 / 13, rel=1e-14)


def test_callables_have_double_precision_and_no_data():
    law = laws.density(lambda t: np.full_like(t, 0.5), (0, 2))
    with pytest.raises(UnsupportedModel, match="cannot be written as data; give a SymPy expression"):
        law.to_data()
    with pytest.raises(UnsupportedModel, match="double precision"):
        law.nodes(10, digits=30)


@pytest.mark.parametrize(
    "f, interval, message",
    [
        (1 - 3 * x, (0, 1), "negative"),
        (x, (0, 1), "integrates to 0.5"),
        (1 / x, (0, 1), "converges|integrates"),
        (x * y, (0, 1), "symbols x, y"),
        (sympy.exp(-x), (0, sympy.oo), "non-finite law"),
        (sympy.exp(-x), (0, np.inf), "non-finite law"),
        (sympy.sqrt(x - Q(1, 2)), (0, 1), "non-finite law.*not real"),
        (1, (1, 0), "needs a < b"),
        (1, (0, y), "numbers for the ends"),
        (lambda t: t * np.nan, (0, 1), "non-finite law"),
        (lambda t: 1.0 if t > 0.5 else 0.0, (0, 1), "vectorize"),
        ("x", (0, 1), "not a rational number"),
    ],
)
def test_bad_densities_are_refused(f, interval, message):
    with pytest.raises(ValueError, match=message) as caught:
        laws.density(f, interval)
    assert isinstance(caught.value, UnsupportedModel)


def test_data_is_not_evaluated():
    piecewise = laws.density(sympy.Piecewise((2 * x, x < 5), (0, True)), (0, 1))
    assert laws.Law.from_data(json.loads(json.dumps(piecewise.to_data()))) == piecewise
    for call in ("Lambda", "sympify", "Symbol", "__import__", "Function", "lambdify"):
        with pytest.raises(UnsupportedModel, match="does not describe"):
            laws.Law.from_data({"law": "density", "arguments": [{"call": call, "arguments": ["1"]}, ["0", "1"]]})
