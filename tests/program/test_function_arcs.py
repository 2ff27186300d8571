"""Averages of rational functions of f(t), t standard normal, with poles next to the values of f."""

import numpy as np
import pytest
import sympy
from scipy.integrate import quad
from scipy.optimize import brentq

import freeprob as fp
from freeprob.equivalents.activation_diagonals import FunctionTable
from freeprob.language import laws
from freeprob.language.activations import X, as_activation
from freeprob.program.function_arcs import function_arcs, function_ends

n = fp.sizes("n")


@pytest.fixture(scope="module")
def normal():
    """The standard normal law of neurons."""
    D = fp.diag(fp.tanh(fp.gaussian(n, n) @ fp.gaussian(n) / fp.sqrt(n)))
    (law,) = fp.spectrum(D + fp.wigner(n) / fp.sqrt(n)).at(n=1).binding.laws.values()
    return law


def pieces_of(f, q=1.0):
    return FunctionTable(as_activation(f)).pieces(q)


def below(values, power):
    image = values**power
    return bool((image.imag <= 1e-12 * np.abs(image).max()).all())


FUNCTIONS = [
    *(as_activation(name).derivative() for name in ("tanh", "elu", "gelu", "silu", "erf", "softplus", "sin")),
    *(as_activation(f) for f in ("tanh", "sigmoid", "exp", "hard_tanh", X, X**3, X**2 - 1)),
]


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("f", FUNCTIONS, ids=str)
@pytest.mark.parametrize("q", [0.1, 1.5])
def test_values_stay_on_one_side_and_averages_are_those_of_the_axis(normal, f, q, power):
    values, weights = function_arcs(normal, pieces_of(f, q), power)
    assert below(values, power)
    for w in (0.3 + 0.2j, -0.5 + 0.3j, 1.1 + 0.2j):

        def integrand(t, w=w):
            return np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi) / (f(np.sqrt(q) * t) ** power - w)

        kinks = [-1 / np.sqrt(q), 0.0, 1 / np.sqrt(q)]
        exact, error = quad(integrand, -9, 9, complex_func=True, limit=2000, epsabs=0, epsrel=1e-12, points=kinks)
        assert abs(error) < 1e-10
        assert abs(weights @ (1 / (values**power - w)) - exact) < 1e-10


@pytest.mark.parametrize("name, level", [("sigmoid", 0.2), ("softplus", 2.5), ("tanh", -0.7), ("exp", 0.4)])
def test_a_pole_on_the_axis_gives_the_density_of_the_values(normal, name, level):
    """Sokhotski and Plemelj: Im E 1/(f(t) - w - i0) = pi phi(t)/f'(t) where f(t) = w, for increasing f."""
    f = as_activation(name)
    values, weights = function_arcs(normal, pieces_of(f))
    place = brentq(lambda t: float(f(t)) - level, -8, 8, xtol=1e-14)

    def density(t):
        return np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)

    def regular(t):
        return density(t) * (t - place) / (float(f(t)) - level)

    real, _ = quad(regular, -9, 9, weight="cauchy", wvar=place, limit=400)
    slope = float(f.derivative()(place))
    found = weights @ (1 / (values - level))
    assert found.imag == pytest.approx(np.pi * density(place) / slope, rel=1e-10)
    assert found.real == pytest.approx(real, abs=1e-6)


def test_even_functions_have_each_value_once(normal):
    values, _ = function_arcs(normal, pieces_of(as_activation("tanh").derivative(), 0.25), 2)
    inner = values[np.abs(values - 1) > 1e-6]
    assert len(np.unique(inner.round(10))) == len(inner)


def test_a_density_that_is_a_python_function_has_no_arcs():
    law = laws.density(lambda x: 0.5 + 0 * x, (-1, 1))
    assert function_arcs(law, pieces_of("tanh")) is None


@pytest.mark.parametrize(
    "f, ends",
    [
        ("exp", [0.0, np.inf]),
        ("sigmoid", [0.0, 1.0]),
        ("tanh", [-1.0, 1.0]),
        ("elu", [-1.0, np.inf]),
        (X**2, [np.inf]),
        (X**3, [-np.inf, np.inf]),
        ("gelu", [0.0, np.inf]),
        (sympy.log(1 + X**2), [np.inf]),
        (X / sympy.sqrt(1 + X**2), [-1.0, 1.0]),
        ("sin", []),
    ],
)
def test_ends_are_limits_where_the_law_is_that_of_the_whole_line(normal, f, ends):
    assert function_ends(normal, pieces_of(f)) == pytest.approx(ends, abs=1e-12)


def test_ends_of_a_bounded_law_are_values():
    x = sympy.Symbol("x")
    law = laws.density(3 * x**2 / 2, (-1, 1))
    assert function_ends(law, pieces_of("exp")) == pytest.approx([np.exp(-1), np.exp(1)])
