"""Functions and products of kernel matrices against samples of the real matrices."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents import kernel_functions
from freeprob.errors import UnsupportedModel
from tests.agreement import spectrum_agreement

N, D, P = fp.sizes("n d p")
T = sympy.Symbol("t")
X, W, V = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(P, D)
SIZES = {"n": 240, "d": 300, "p": 190}
CLASSES = fp.block([[X, 2 * fp.gaussian(D, N)]])
COMMON = fp.block([[X, (X + fp.gaussian(D, N)) / 2]])
OF_CLASSES, ODD = fp.relu(W @ CLASSES / fp.sqrt(D)), fp.tanh(W @ CLASSES / fp.sqrt(D))
RELU, TANH = fp.relu(W @ X / fp.sqrt(D)), fp.tanh(V @ X / fp.sqrt(D))
GRAM, ROUGH = X.T @ X / D, X.T @ X / fp.sqrt(D)
KERNELS = {
    "exponential": fp.entrywise(sympy.exp(T), GRAM),
    "gaussian": fp.entrywise(sympy.exp(-T / 2), fp.squared_distances(X) / D),
    "cauchy of features": fp.entrywise(1 / (1 + T), fp.squared_distances(RELU) / P),
    "polynomial of features": fp.entrywise((1 + T) ** 2, RELU.T @ RELU / P),
    "tanh in the rough scaling": fp.tanh(ROUGH) / fp.sqrt(N),
    "relu in the rough scaling": fp.relu(ROUGH) / fp.sqrt(N),
    "without diagonal": fp.off_diagonal(fp.entrywise(T**3 - T, ROUGH)) / fp.sqrt(N),
    "smooth without diagonal": fp.off_diagonal(fp.entrywise(sympy.exp(T), GRAM)),
    "gram without diagonal": fp.off_diagonal(RELU.T @ RELU) / P,
    "signs of a symmetric matrix": fp.sign(fp.wigner(N)) / fp.sqrt(N),
    "two functions of one kernel": fp.off_diagonal(fp.tanh(ROUGH) + fp.sin(2 * ROUGH)) / fp.sqrt(N),
    "product of two means": fp.hadamard(RELU.T @ RELU, TANH.T @ TANH) / P**2,
    "laplace, a function of positive numbers": fp.entrywise(sympy.exp(-sympy.sqrt(T)), fp.squared_distances(X) / D),
    "product with a function of a kernel": fp.hadamard(
        fp.entrywise(sympy.log(1 + T), fp.squared_distances(X) / D), RELU.T @ RELU / P
    ),
    "distances of two classes": fp.entrywise(sympy.exp(-T / 2), fp.squared_distances(CLASSES) / D),
    "distances of features of two classes": fp.entrywise(1 / (1 + T), fp.squared_distances(OF_CLASSES) / P),
    "classes with samples in common": fp.entrywise(sympy.exp(T), COMMON.T @ COMMON / D),
    "distances of classes with samples in common": fp.entrywise(sympy.exp(-T / 2), fp.squared_distances(COMMON) / D),
    "centred products of kernels of two classes": fp.hadamard(ODD.T @ ODD, CLASSES.T @ CLASSES) / (P * D),
    "products of kernels of two classes": fp.hadamard(OF_CLASSES.T @ OF_CLASSES, CLASSES.T @ CLASSES) / (P * D),
    "sum of kernels": fp.entrywise(sympy.exp(T), GRAM) + RELU.T @ RELU / P,
    "centred": fp.centering(N) @ RELU.T @ RELU @ fp.centering(N) / P,
}


@pytest.mark.parametrize("name", KERNELS)
def test_agrees_with_samples(name):
    agreement = spectrum_agreement(KERNELS[name], SIZES, replicates=6)
    assert agreement.ratio < 1, agreement


def test_products_commute_and_the_identity_is_neutral_on_the_diagonal():
    one, two = RELU.T @ RELU / P, X.T @ X / D
    assert fp.hadamard(one, two) is fp.hadamard(two, one)
    assert fp.off_diagonal(fp.identity(N)).order == 0
    assert np.allclose(fp.off_diagonal(one + fp.identity(N)).simulate(SIZES).diagonal(), 0)


REFUSALS = {
    "kink at the limit": (fp.entrywise(sympy.Abs(T), GRAM), "is not smooth"),
    "infinite on the diagonal": (
        fp.entrywise(sympy.log(T), fp.squared_distances(X) / D),
        "diagonal entries of the argument of .* tend to 0, where .* is not real and finite",
    ),
    "not real off the diagonal": (fp.entrywise(sympy.sqrt(T - 1), GRAM + 3 * fp.identity(N)), "not real and finite"),
    "diagonals of a vector": (
        fp.hadamard(X.T @ X / D, RELU.T @ fp.diag(fp.tanh(fp.gaussian(P))) ** 2 @ RELU / P),
        r"fp.diag\(v\).*Remedy: a diagonal matrix with the law",
    ),
    "a callable": (fp.entrywise(lambda h: np.cosh(h), GRAM), "give the function as a SymPy expression"),
    "samples of different laws": (
        fp.entrywise(sympy.exp(T), GRAM + fp.diagonal(N, fp.laws.uniform(1, 2))),
        "must have one law",
    ),
    "a diverging diagonal": (fp.entrywise(T**3, ROUGH) / fp.sqrt(N), "Remedy: remove the diagonal"),
    "a diverging mean": (fp.tanh(RELU.T @ RELU / fp.sqrt(P)) / fp.sqrt(N), "have a mean that diverges"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    matrix, message = REFUSALS[name]
    with pytest.raises(UnsupportedModel, match=message):
        fp.spectrum(matrix)


@pytest.mark.parametrize("norm", [fp.layer_norm, lambda h: h])
def test_the_diagonal_of_a_gram_matrix_is_the_trace_of_the_whole(norm, monkeypatch):
    """Layer by layer, with shared parts of rank one, and by the trace of the expanded product."""
    n, d, p = fp.sizes("n d p")
    X = fp.gaussian(d, n)
    signal = fp.gaussian(p, d) @ X / fp.sqrt(d)
    signal = signal + fp.gaussian(p, p) @ fp.relu(fp.gaussian(p, p) @ norm(signal) / fp.sqrt(p)) / fp.sqrt(p)
    kernel = fp.ntk(fp.gaussian(p).T @ norm(signal) / fp.sqrt(p), X)
    by_layers = fp.spectrum(kernel).at(n=1, d=1.5, p=2).stieltjes(1 + 0.5j)
    monkeypatch.setattr(kernel_functions, "_square_root", lambda node: None)
    assert fp.spectrum(kernel).at(n=1, d=1.5, p=2).stieltjes(1 + 0.5j) == pytest.approx(by_layers, rel=1e-9)


def test_products_of_kernels_of_two_classes():
    """(Y^T Y / d)^2 entry by entry: off the diagonal entries are of order 1/d, and 1 and 16 stay on it."""
    n, d = fp.sizes("n d")
    Y = fp.block([[fp.gaussian(d, n), 2 * fp.gaussian(d, n)]])
    K = Y.T @ Y / d
    at = fp.spectrum(fp.hadamard(K, K)).at(n=1, d=2)
    assert {float(x): float(mass) for x, mass in at.atoms().items()} == pytest.approx({1.0: 0.5, 16.0: 0.5})


def test_a_function_of_the_kernel_of_two_classes():
    """exp(X_i^T X_j / d) is 1 1^T + X_i^T X_j / d off the diagonal: a kernel of diagonal e, not 2, and e^4, not 5."""
    n, d = fp.sizes("n d")
    X1, X2, t = fp.gaussian(d, n), fp.gaussian(d, n), sympy.Symbol("t")
    Y = fp.block([[X1, 2 * X2]])
    K = fp.entrywise(sympy.exp(t), Y.T @ Y / d)
    assert K.T is K and fp.from_json(fp.to_json(K)) is K
    one, four = sympy.E - 2, sympy.exp(4) - 5
    rest = fp.block([[one * fp.identity(n), 0], [0, four * fp.identity(n)]])
    linear = fp.spectrum(Y.T @ Y / d + rest).at(n=1, d=2)
    z = 3 + 1j
    assert abs(fp.spectrum(K).at(n=1, d=2).stieltjes(z) - linear.stieltjes(z)) < 1e-12


def test_an_entrywise_product_of_centred_inner_products_of_two_classes_is_refused_alone():
    """It is noise of norm 1/sqrt(n), which vanishes in a block beside matrices of one class only."""
    m = fp.sizes("m")
    other = fp.gaussian(D, m)
    product = fp.hadamard(TANH.T @ fp.tanh(V @ other / fp.sqrt(D)) / P, X.T @ other / D)
    with pytest.raises(UnsupportedModel, match="no rule makes the entrywise product"):
        fp.spectrum(m * product @ product.T)


def test_squared_distances_between_two_sets():
    n, m, d = fp.sizes("n m d")
    X, Y = fp.gaussian(d, n), fp.gaussian(d, m)
    between = fp.squared_distances(X, Y)
    assert between.T is fp.squared_distances(Y, X) and fp.squared_distances(X, X) is fp.squared_distances(X)
    assert fp.squared_distances(2 * X, -2 * Y) is 4 * fp.squared_distances(X, -Y)
    assert fp.from_json(fp.to_json(between)) is between
    with pytest.raises(fp.ShapeError, match="points in one space"):
        fp.squared_distances(X, fp.gaussian(m, n))
    sizes = {"n": 3, "m": 4, "d": 5}
    both = fp.squared_distances(fp.block([[X, Y]])).simulate(sizes)
    assert both.shape == (7, 7) and np.allclose(both, both.T) and np.allclose(both.diagonal(), 0)
    assert str(between).startswith("squared_distances(") and ", " in str(between)
