"""Functions of matrices on the graph: normal forms, samples, refusals."""

import numpy as np
import pytest
import scipy.linalg
import sympy

import freeprob as fp
from freeprob.language.nodes import Identity, MatrixFunction

n, d = fp.sizes("n d")
t, lam = fp.parameters("t lambda", positive=True)
x = sympy.Symbol("x")
X, H = fp.gaussian(d, n, name="X"), fp.wigner(d, name="H")
K = X @ X.T / n
EYE = fp.identity(d)
SIZES = {"n": 30, "d": 12}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (fp.funm("exp", -t * K), fp.funm(sympy.exp(-t * x), K)),
        (fp.funm(sympy.exp, -t * K), fp.funm(lambda x: sympy.exp(-t * x), K)),
        (fp.funm("exp", K + 2 * EYE), sympy.exp(2) * fp.funm("exp", K)),
        (fp.funm("log", t * (K + EYE)), fp.funm(sympy.log(t * (x + 1)), K)),
        (fp.funm("exp", K) @ fp.funm("exp", -K), EYE),
        (fp.funm("exp", K) @ fp.funm("exp", K), fp.funm("exp", 2 * K)),
        (fp.funm(3 * x + 1, K), 3 * K + EYE),
        (fp.funm(sympy.Integer(5), K), 5 * EYE),
        (fp.funm("exp", 3 * EYE), sympy.exp(3) * EYE),
        (fp.funm("exp", fp.zeros(d, d)), EYE),
        (fp.funm("exp", -t * (K + H / fp.sqrt(d))), fp.funm(sympy.exp(-t * x), K + H / fp.sqrt(d))),
        (fp.funm(lam + x**2, K, x), fp.funm(lam + lam * x**2 / lam, K)),
    ],
)
def test_one_normal_form(one, other):
    difference = one - other
    assert difference is fp.zeros(d, d) or np.allclose(
        difference.simulate(SIZES, {"t": 0.7, "lambda": 0.2}, seed=1), 0, atol=1e-12
    )


def test_scalars_move_into_the_function():
    node = fp.funm("exp", -t * (K + 3 * EYE))
    assert isinstance(node, MatrixFunction) and node.matrix is K
    mixed = fp.funm("exp", -t * K + lam * H / fp.sqrt(d))
    assert isinstance(mixed, MatrixFunction) and mixed.matrix is -t * K + lam * H / fp.sqrt(d)


@pytest.mark.parametrize(
    ("function", "reference"),
    [
        ("exp", scipy.linalg.expm),
        ("log", scipy.linalg.logm),
        ("sqrt", scipy.linalg.sqrtm),
        ("sin", scipy.linalg.sinm),
        ("cos", scipy.linalg.cosm),
        ("sinh", scipy.linalg.sinhm),
        ("cosh", scipy.linalg.coshm),
        ("tanh", scipy.linalg.tanhm),
    ],
)
def test_samples_are_those_of_scipy(function, reference):
    value = fp.funm(function, K).simulate(SIZES, seed=2)
    assert np.allclose(value, reference(K.simulate(SIZES, seed=2)), atol=1e-9)


def test_samples_at_removable_singularities():
    wide = {"n": 5, "d": 12}  # seven zero eigenvalues
    value = fp.funm((1 - sympy.exp(-t * x)) / x, K).simulate(wide, {"t": 2.0}, seed=0)
    matrix = K.simulate(wide, seed=0)
    eigenvalues, vectors = np.linalg.eigh(matrix)
    expected = np.where(eigenvalues < 1e-10, 2.0, -np.expm1(-2 * eigenvalues) / np.maximum(eigenvalues, 1e-10))
    assert np.allclose(value, (vectors * expected) @ vectors.T, atol=1e-12)


def test_graph_operations():
    node = fp.funm(sympy.exp(-t * x), K)
    assert node.T is node
    assert fp.from_json(fp.to_json(node)) is node
    assert node.subs({t: 2}) is fp.funm("exp", -2 * K)
    Z = fp.gaussian(d, n, name="Z")
    assert node.subs({X: Z}) is fp.funm("exp", -t * Z @ Z.T / n)
    assert "exp" in str(node) and r"e^{" in fp.limit(fp.tr(node)).latex()


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: fp.funm("exp", X), fp.ShapeError, "only a square matrix has functions"),
        (lambda: fp.funm("exp", X @ X.T), fp.ScalingError, r"grow like N\^\(1\).*/ n"),
        (lambda: fp.funm("exp", fp.gaussian(d, d) / fp.sqrt(d)), fp.NotSelfAdjoint, "self-adjoint"),
        (lambda: fp.funm("gamma", K), fp.UnsupportedModel, "no function named 'gamma'"),
        (lambda: fp.funm(sympy.Abs(x), K), fp.UnsupportedModel, "is not analytic"),
        (lambda: fp.funm(sympy.Max(x, 0), K), fp.UnsupportedModel, "is not analytic"),
        (lambda: fp.funm(sympy.exp(sympy.I * x), K), fp.UnsupportedModel, "not a real function"),
        (lambda: fp.funm(t * sympy.Symbol("s"), K), fp.UnsupportedModel, "none of them is named x"),
        (lambda: fp.funm(np.exp, K), fp.UnsupportedModel, "SymPy"),
        (lambda: fp.funm("exp", 3), TypeError, "needs a function and an expression"),
        (lambda: fp.spectrum(fp.funm("exp", K)), fp.UnsupportedModel, "not spectral laws"),
    ],
)
def test_refusals(build, error, words):
    with pytest.raises(error, match=words):
        build()


def test_multiples_of_the_identity_are_no_functions():
    assert isinstance(fp.funm("exp", 0 * K), Identity)
