"""Functions of matrices become resolvents on contours."""

import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import ContourWeight
from freeprob.derivation.contour_integral import ContourIntegral
from freeprob.equivalents.matrix_functions import _coefficients, matrix_functions
from freeprob.language.expression import walk
from freeprob.language.nodes import Inverse, MatrixFunction

n, d = fp.sizes("n d")
t = fp.parameters("t", nonnegative=True)
X, u = fp.gaussian(d, n, name="X"), fp.gaussian(d, name="u")
H = fp.wigner(d, name="H") / fp.sqrt(d)
K = X @ X.T / n
E, S = fp.funm("exp", -t * K), fp.funm("sin", K)
EYE = fp.identity(d)


def _simulated(number, result, sizes, seed=0):
    """Return a number and the contour integral of its resolvents, on a large circle with 400 nodes."""
    import numpy as np

    plain = number.simulate(sizes, {"t": 0.8}, seed=seed)
    matrices = {point: matrix.simulate(sizes, seed=seed) for point, matrix in result.matrices.items()}
    total = 0.0
    nodes = 12 * np.exp(2j * np.pi * (np.arange(400) + 0.5) / 400)
    functions = {weight: (formula, point) for (formula, point), weight in result.weights.items()}
    assert len(matrices) == 1, "one point here"
    (_, matrix), (_, (formula, point)) = next(iter(matrices.items())), next(iter(functions.items()))
    values = sympy.lambdify(point, formula.subs(t, 0.8), "numpy")(nodes)
    for z, f in zip(nodes, values, strict=True):
        total += -z * f / 400 * np.trace(np.linalg.inv(matrix - z * np.eye(len(matrix)))) / len(matrix)
    return plain, total


def test_the_integral_is_an_identity():
    result = matrix_functions(fp.tr(E))
    plain, integral = _simulated(fp.tr(E), result, {"n": 9, "d": 6})
    assert integral == pytest.approx(plain, rel=1e-10)


def test_each_function_of_a_product_has_its_own_point():
    result = matrix_functions(u.T @ E @ H @ S @ u / d + u.T @ S @ u / d)
    assert len(result.points) == 2 and len(result.weights) == 3
    assert not any(isinstance(node, MatrixFunction) for node in walk(result.expression))
    resolvents = [node for node in walk(result.expression) if isinstance(node, Inverse)]
    assert len(resolvents) == 2


def test_points_are_shared_between_functions_of_one_matrix():
    result = matrix_functions(fp.tr(E) + fp.tr(S @ H))
    assert len(result.points) == 1 and len(result.weights) == 2


def test_numbers_without_functions_are_left_alone():
    number = fp.tr(fp.inv(K + EYE))
    result = matrix_functions(number)
    assert result.expression is number and not result.steps


def test_the_readout_integrates():
    readout = fp.limit(fp.tr(E) ** 2 + 3 * fp.tr(E @ H @ E @ H) + 1).system.readout
    counts = sorted(len(term.densities) for term in readout.atoms(ContourIntegral))
    assert counts == [2]
    assert t in readout.free_symbols and not any(s.name.startswith("z_") for s in readout.free_symbols)
    assert "oint" in str(readout)


def test_the_record():
    steps = fp.limit(fp.tr(E)).steps
    assert [step.rule for step in steps][:2] == ["model", "matrix_functions"]
    assert steps[1].references[0].key == "Higham2008"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (lambda: fp.tr(fp.inv(E + EYE)), "inside an inverse"),
        (lambda: 1 / fp.tr(E), "inside an inverse"),
        (lambda: fp.tr(fp.funm("exp", E + H)), "function of a function"),
        (lambda: fp.tr(E @ H @ E @ H @ E), "more than 2 functions"),
        (lambda: fp.tr(E) ** 3, "more than 2 functions"),
        (lambda: fp.tr(fp.block([[E, EYE], [EYE, H]])), "inside a node of type Block"),
    ],
)
def test_refusals(number, words):
    with pytest.raises(fp.UnsupportedModel, match=words):
        fp.limit(number())


def test_coefficients_of_products_of_weights():
    a, b = sympy.symbols("a b", positive=True)
    one, two = ContourWeight("w_1"), ContourWeight("w_2")
    long = 1 / (a + b / (1 + a)) ** 3
    found = _coefficients(3 + one * two * long + one * two * b + one * (a + two * (b + a)) + a, [one, two])
    assert found[(one, two)] == long + b + a + b or sympy.expand(found[(one, two)] - long - 2 * b - a) == 0
    assert found[(one,)] == a and found[()] == 3 + a
    assert long in sympy.preorder_traversal(found[(one, two)]), "what is long is not multiplied out"
