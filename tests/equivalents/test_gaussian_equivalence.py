"""f(H) -> mu 1 1^T + c H + s Theta: coefficients, shared noise, layers, refusals; and against samples."""

import mpmath
import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.bond_dilution import BondDilution
from freeprob.equivalents.gaussian_equivalence import gaussian_equivalence
from freeprob.errors import UnsupportedModel
from freeprob.language.activations import X as VARIABLE
from freeprob.language.expression import walk
from freeprob.language.nodes import Entrywise, Leaf
from freeprob.pipeline import _SecondMoment
from tests.agreement import spectrum_agreement

N, D, P = fp.sizes("n d p")
S1 = fp.parameters("s", positive=True)
X, X2 = fp.gaussian(D, N), fp.gaussian(D, N)
W, V, U = fp.gaussian(P, D), fp.gaussian(P, D), fp.gaussian(N, P)
H = W @ X / fp.sqrt(D)
POPULATION = fp.population(D, fp.laws.atoms({1: sympy.Rational(1, 2), 4: sympy.Rational(1, 2)}))


def _linear(expression):
    moments = _SecondMoment({POPULATION: sympy.Symbol("H")})
    return gaussian_equivalence(expression, moments, BondDilution(moments.closed_form, {}))


def _values(linear, **parameters) -> dict[str, float]:
    """Return the values of the coefficients, each from earlier ones."""
    found = {sympy.Symbol(k, positive=True): v for k, v in parameters.items()}
    for coefficient in linear.coefficients:
        arguments = [float(a.subs(found)) for a in coefficient.arguments]
        found[coefficient.symbol] = float(coefficient.evaluate(*arguments, digits=15))
    return {s.name: v for s, v in found.items()}


def _gauss(function, variance=1.0):
    """Return E f(h): the trapezoidal rule, exact to rounding for the smooth functions here."""
    h = np.linspace(-14, 14, 8001)
    with np.errstate(over="ignore"):
        values = function(np.sqrt(variance) * h)
    return (values * np.exp(-0.5 * h**2)).sum() * (h[1] - h[0]) / np.sqrt(2 * np.pi)


def _noises(linear) -> dict:
    """Return scalar by noise leaf in a linear combination."""
    return {
        part: scalar for part, scalar in linear.expression.terms() if isinstance(part, Leaf) and "Theta" in str(part)
    }


def _share(scalar, values) -> float:
    return float(scalar.subs({s: values[s.name] for s in scalar.free_symbols}))


FUNCTIONS = {"tanh": np.tanh, "sin": np.sin, "exp": lambda h: np.exp(h), "cos": np.cos, "relu": lambda h: h * (h > 0)}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("scale", [1, sympy.Rational(1, 2)])
def test_coefficients_are_gaussian_moments(name, scale):
    linear = _linear(fp.entrywise(name, scale * H))
    values = _values(linear)
    f, q = FUNCTIONS[name], float(scale) ** 2
    rough = 5e-3 if name == "relu" else 1e-11  # a kink
    mean, slope, second = _gauss(f, q), _gauss(lambda h: h * f(h), q) / q, _gauss(lambda h: f(h) ** 2, q)
    assert values.get("mu_1", 0) == pytest.approx(mean, rel=rough, abs=1e-11)
    assert values.get("c_1", 0) == pytest.approx(slope, rel=rough, abs=1e-11)
    assert values["s_1"] ** 2 == pytest.approx(second - mean**2 - q * slope**2, rel=4 * rough)


def test_the_form_of_the_equivalent():
    linear = _linear(fp.tanh(H))
    terms = dict(linear.expression.terms())
    assert len(terms) == 2 and terms[(W @ X)] == sympy.Symbol("c_1", real=True) / sympy.sqrt(D)
    assert linear.image[fp.tanh(H)] is linear.expression
    assert not any(isinstance(node, Entrywise) for node in walk(linear.expression))
    (theta,) = _noises(linear)
    assert theta.shape == (P, N) and theta.ensemble.name == "gaussian"


def test_coefficients_that_vanish_are_left_out():
    names = {c.symbol.name for c in _linear(fp.tanh(H)).coefficients}
    assert names == {"c_1", "s_1"}
    assert {c.symbol.name for c in _linear(fp.cos(H)).coefficients} == {"mu_1", "s_1"}
    assert {c.symbol.name for c in _linear(fp.entrywise("linear", H)).coefficients} == {"c_1"}
    centred = fp.entrywise(sympy.Max(VARIABLE, 0) - 1 / sympy.sqrt(2 * sympy.pi), H)
    assert "mu_1" not in {c.symbol.name for c in _linear(centred).coefficients}


def test_moments_keep_any_precision():
    linear = _linear(fp.tanh(H))
    with mpmath.workdps(45):
        (slope,) = [c for c in linear.coefficients if c.symbol.name == "c_1"]
        value = slope.evaluate(mpmath.mpf(1), digits=40)
        exact = mpmath.quad(lambda h: (1 - mpmath.tanh(h) ** 2) * mpmath.npdf(h), [-20, -4, -1, 0, 1, 4, 20])
        assert mpmath.almosteq(value, exact, rel_eps=mpmath.mpf(10) ** -36)


PAIRS = {
    "tanh, sin": (fp.tanh(H), fp.sin(H), np.tanh, np.sin),
    "tanh(2 h)": (fp.tanh(H), fp.tanh(2 * H), np.tanh, lambda h: np.tanh(2 * h)),
    "sin(-h)": (fp.tanh(H), fp.sin(-H), np.tanh, lambda h: np.sin(-h)),
    "the smaller first": (fp.sin(H / 2), fp.tanh(H), lambda h: np.sin(h / 2), np.tanh),
    "even and odd": (fp.cos(H), fp.tanh(H), np.cos, np.tanh),
    "exp, cos": (fp.exp(H), fp.cos(H), np.exp, np.cos),
}


def _covariance(f, g):
    """Return the covariance of the noises of f(h) and g(h), h standard normal."""
    cf, cg = _gauss(lambda h: h * f(h)), _gauss(lambda h: h * g(h))
    return _gauss(lambda h: f(h) * g(h)) - _gauss(f) * _gauss(g) - cf * cg


@pytest.mark.parametrize("name", PAIRS)
def test_functions_of_one_preactivation_share_noise(name):
    first, second, f, g = PAIRS[name]
    linear = _linear(first + 10 * second)
    values = _values(linear)
    rows = [_noises(_only(linear, node)) for node in (first, second)]
    rows = [{leaf: _share(s, values) for leaf, s in row.items()} for row in rows]
    for row, function in zip(rows, (f, g), strict=True):
        assert sum(v**2 for v in row.values()) == pytest.approx(_covariance(function, function), rel=1e-9)
    shared = sum(value * rows[1].get(leaf, 0.0) for leaf, value in rows[0].items())
    assert shared == pytest.approx(_covariance(f, g), rel=1e-9, abs=1e-10)


def _only(linear, node):
    class View:
        expression = linear.image[node]

    return View


def test_transposed_preactivations_share_noise():
    linear = _linear(fp.tanh(H) @ fp.tanh(H.T) / P + fp.tanh(H) @ fp.sin(H.T) / P)
    noises = {node for node in walk(linear.expression) if isinstance(node, Leaf) and "Theta" in str(node)}
    assert {noise.shape for noise in noises} == {(P, N)}
    assert len(noises) == 2
    values = _values(linear)
    mirrored, plain = (
        {k: _share(v, values | {"d": 3, "n": 4, "p": 5}) for k, v in linear.image[node].terms()}
        for node in (fp.tanh(H.T), fp.tanh(H))
    )
    assert mirrored == pytest.approx({leaf.T: value for leaf, value in plain.items()}, rel=1e-9)


def test_the_same_function_twice_has_one_noise():
    linear = _linear(fp.tanh(H).T @ fp.tanh(H) / P)
    assert len([n for n in walk(linear.expression) if isinstance(n, Leaf) and "Theta" in str(n)]) == 1


def test_fresh_data_get_fresh_noise_and_the_same_coefficients():
    x = fp.gaussian(D)
    trained, fresh = fp.tanh(H), fp.tanh(W @ x / fp.sqrt(D))
    linear = _linear(trained.T @ fresh / P)
    noises = [n for n in walk(linear.expression) if isinstance(n, Leaf) and "Theta" in str(n)]
    assert {n.shape for n in noises} == {(P, N), (P, sympy.S.One)}
    assert {c.symbol.name for c in linear.coefficients} == {"c_1", "s_1"}
    slope = sympy.Symbol("c_1", real=True) / sympy.sqrt(D)
    assert dict(linear.image[trained].terms())[W @ X] == slope == dict(linear.image[fresh].terms())[W @ x]


def test_variance_of_the_second_layer():
    linear = _linear(fp.erf(U @ fp.tanh(1.5 * H) / fp.sqrt(P)))
    second = _gauss(lambda h: np.tanh(h) ** 2, 2.25)
    values = _values(linear)
    assert values["q_2"] == pytest.approx(second, rel=1e-11)
    q = second
    assert values["c_2"] == pytest.approx(2 / np.sqrt(np.pi * (1 + 2 * q)), rel=1e-11)


def test_variance_with_a_population():
    linear = _linear(fp.tanh(W @ POPULATION**0.5 @ X / fp.sqrt(D)))
    assert _values(linear)["q_1"] == 2.5
    twice = _linear(fp.tanh(W @ POPULATION @ X / fp.sqrt(D)))
    assert _values(twice)["q_1"] == 8.5


def test_variance_of_a_sum_of_terms():
    linear = _linear(fp.tanh(H + 2 * V @ X2 / fp.sqrt(D) + fp.gaussian(P, N)))
    assert _values(linear)["q_1"] == 6.0


def test_symbolic_variance():
    linear = _linear(fp.tanh(S1 * H))
    (slope,) = [c for c in linear.coefficients if c.symbol.name == "c_1"]
    assert slope.arguments == (sympy.Symbol("q_1", positive=True),)
    assert linear.coefficients[0].arguments == (S1**2,)
    values = _values(linear, s=1.3)
    assert values["c_1"] == pytest.approx(_gauss(lambda h: np.tanh(h) * h, 1.69) / 1.69, rel=1e-11)
    noise = _gauss(lambda h: np.tanh(h) ** 2, 1.69) - 1.69 * values["c_1"] ** 2
    assert values["s_1"] == pytest.approx(np.sqrt(noise), rel=1e-10)


def test_biases_add_to_the_variance():
    bias = fp.gaussian(P, N)
    assert _values(_linear(fp.relu(H + S1 * bias)), s=0.5)["q_1"] == 1.25


def test_the_step_is_on_record():
    step, *_ = _linear(fp.relu(H)).steps
    assert step.rule == "gaussian_equivalence" and step.status == "asymptotic"
    assert {c.key for c in step.references} >= {"PenningtonWorah2017", "BenigniPeche2021", "HuLu2023"}
    evidence = {h.evidence for h in step.hypotheses}
    assert "proved on the graph" in evidence and "assumed" in evidence  # the mean as a finite-rank part
    assert not any("finite-rank" in h.statement for h in _linear(fp.tanh(H)).steps[0].hypotheses)


def test_independent_weights_share_nothing():
    linear = _linear(fp.tanh(H) + fp.tanh(V @ X / fp.sqrt(D)))
    assert len(_noises(linear)) == 2


REFUSALS = {
    "tied weights": (
        fp.tanh(W @ fp.tanh(W.T @ U.T / fp.sqrt(P)) / fp.sqrt(D)),
        r"gaussian_equivalence: the weights .* must be independent of the layer below, but they occur in it \(tied",
    ),
    "column norms": (
        fp.tanh(W @ POPULATION),
        r"all columns of .* must have the same norm in the limit, but its last factor is",
    ),
    "population of samples": (
        fp.tanh(W @ X @ fp.population(N, fp.laws.uniform(1, 2)) / fp.sqrt(D)),
        r"all columns of .* must have the same norm",
    ),
    "no Gaussian weights": (
        fp.tanh(POPULATION @ X),
        r"must be a sum of products that begin \(or all end\) with a Gaussian matrix",
    ),
    "a kernel with an inverse": (
        fp.tanh(fp.sqrt(D) * fp.inv(X @ X.T / N + fp.identity(D))),
        r"the diagonal of .* has no closed form",
    ),
    "weights in two terms": (
        fp.tanh(W @ X / fp.sqrt(D) + W @ X2 @ X2.T @ X / D ** sympy.Rational(3, 2)),
        r"the weights .* occur in two of its terms.* W @ \(A \+ B\)",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_say_which_hypothesis_fails(name):
    expression, message = REFUSALS[name]
    with pytest.raises(UnsupportedModel, match=message) as error:
        _linear(expression)
    assert "Remedy" in str(error.value) or "remedy" in str(error.value)


def test_a_variance_through_an_inverse_is_refused():
    inner = fp.inv(X @ X.T / N + fp.identity(D))
    with pytest.raises(UnsupportedModel, match="no closed form because the layer below contains an inverse"):
        _linear(fp.tanh(W @ inner @ X / fp.sqrt(D)))


def test_uncorrelated_preactivations_with_shared_weights_are_fine():
    assert len(_noises(_linear(fp.tanh(H) + fp.tanh(W @ X2 / fp.sqrt(D))))) == 2


A1, A2 = fp.tanh(H), fp.sin(2 * H)
DEEP = fp.relu(fp.gaussian(D, P) @ fp.tanh(H) / fp.sqrt(P))
SAMPLED = {
    "two functions": (A1 + A2).T @ (A1 + A2) / P,
    "skip": (A1 + H).T @ (A1 + H) / P,
    "minus": (A1.T @ fp.sin(-H) + fp.sin(-H).T @ A1) / P,
    "population": fp.tanh(W @ POPULATION**0.5 @ X / fp.sqrt(D)).T @ fp.tanh(W @ POPULATION**0.5 @ X / fp.sqrt(D)) / P,
    "two layers": DEEP.T @ DEEP / D,
    "fresh data": (A1.T @ fp.tanh(W @ X2 / fp.sqrt(D)) + fp.tanh(W @ X2 / fp.sqrt(D)).T @ A1) / P,
    "correlated": (lambda F: F.T @ F / P)(fp.tanh(H) + fp.relu(H + V @ X / fp.sqrt(D))),
    "correlated through the data": (lambda F: F.T @ F / P)(fp.tanh(H) + fp.sin(W @ (X + X2) / fp.sqrt(D))),
    "gate": (lambda F: F.T @ F / P)(fp.hadamard(fp.tanh(H), fp.sigmoid(V @ X / fp.sqrt(D)))),
    "linear unit with a gate": (lambda F: F @ F.T / N)(fp.hadamard(H, fp.sigmoid(V @ X / fp.sqrt(D)))),
    "gate with itself": (lambda F: F.T @ F / P)(fp.hadamard(H, fp.sigmoid(H), fp.tanh(H))),
    "bilinear": (lambda F: F.T @ F / P)(fp.hadamard(H, V @ X / fp.sqrt(D)) + H),
    "maxout": (lambda F: F.T @ F / P)(fp.entrywise(sympy.Max(*sympy.symbols("u v")), H, V @ X / fp.sqrt(D))),
    "bias": (lambda F: F.T @ F / P)(fp.tanh(H + fp.gaussian(P) @ fp.ones(N).T / 2)),
    "mean of the data": (lambda F: F.T @ F / P)(fp.relu(W @ (X + fp.gaussian(D) @ fp.ones(N).T) / fp.sqrt(D))),
    "residual": (lambda F: F.T @ F / P)(fp.tanh(fp.gaussian(P, P) @ fp.tanh(H) / fp.sqrt(P) + H) + H),
    "gate above a mean": (lambda F: F.T @ F / D)(
        fp.hadamard(*(f(fp.gaussian(D, P) @ fp.relu(H) / fp.sqrt(P)) for f in (fp.tanh, fp.sigmoid)))
    ),
    "orthogonal weights": (lambda F: F.T @ F / P)(fp.relu(fp.haar(P) @ fp.gaussian(P, N))),
    "weights used again": (A1.T @ W @ X2 + X2.T @ W.T @ A1) / P / fp.sqrt(D),
    "mean and neurons": None,
}
LAYER = fp.tanh(fp.gaussian(D, P) @ fp.relu(H) / fp.sqrt(P))
SAMPLED["mean and neurons"] = LAYER.T @ LAYER / D


@pytest.mark.parametrize("name", SAMPLED)
def test_agrees_with_samples(name):
    agreement = spectrum_agreement(SAMPLED[name], {"n": 240, "d": 150, "p": 190}, replicates=6)
    assert agreement.ratio < 1, agreement
    assert agreement.resolution < 0.08


def test_a_finite_rank_part_with_entries_of_order_one_is_refused():
    """u_i v_j is a product of two normal numbers; divided by the square root of a size it is a perturbation."""
    n, d, p = fp.sizes("n d p")
    hidden = fp.gaussian(p, d) @ fp.gaussian(d, n) / fp.sqrt(d)
    u, v = fp.gaussian(p), fp.gaussian(n)
    strong = fp.tanh(hidden + u @ v.T)
    with pytest.raises(UnsupportedModel, match=r"entries of order one, which are not Gaussian, .* Remedy"):
        fp.spectrum(strong @ strong.T / n)
    weak = fp.tanh(hidden + u @ v.T / fp.sqrt(n))
    assert fp.spectrum(weak @ weak.T / n).finite_rank is not None


def test_many_correlated_noises_have_numbers_and_no_formula():
    """The Cholesky factor of five noises as a formula has millions of terms; documents do not wait for it."""
    functions = (fp.relu, fp.tanh, fp.sin, fp.erf, fp.softplus)
    features = [scale * f(H) for scale, f in enumerate(functions, start=1)]
    law = fp.spectrum(
        sum((f.T @ f for f in features[1:]), features[0].T @ features[1] + features[1].T @ features[0]) / P
    )
    last = law.system.coefficients[-1]
    assert len(last.evaluate.functions) == 5
    assert last.exact is None and last.formula is None
    assert law.latex()
