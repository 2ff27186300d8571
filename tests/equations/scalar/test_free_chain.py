"""Chains of free matrices: deep products, residual networks, agreement with the pencil."""

import time

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.errors import UnsupportedModel

n, d, p = fp.sizes("n d p")
POINTS = np.array([0.4 + 0.3j, 1.2 + 0.5j])


def gaussian():
    return fp.gaussian(n, n) / fp.sqrt(n)


def residual(depth, a):
    J = fp.identity(n)
    for _ in range(depth):
        J = (fp.identity(n) + a * gaussian()) @ J
    return J


def rectangular():
    sizes = [n, d, p, n, d]
    J = fp.identity(n)
    for rows, columns in zip(sizes[1:], sizes):
        J = fp.gaussian(rows, columns) @ J / fp.sqrt(columns)
    return J


S, T = fp.population(n, fp.laws.uniform(1, 2)), fp.population(n, fp.laws.atoms({1: "1/3", 3: "2/3"}))
A, B = fp.diagonal(n, fp.laws.atoms({0: "1/4", 2: "3/4"})), fp.mask(n, "1/2")
CHAINS = {
    "rectangular": rectangular(),
    "populations": T @ gaussian() @ S @ fp.haar(n) @ A @ gaussian(),
    "masks": A @ gaussian() @ B @ fp.haar(n),
    "residual": residual(2, 0.5),
    "residual with a mask inside": (fp.identity(n) + gaussian() @ B @ gaussian()) @ A @ gaussian(),
    "two branches": fp.identity(n) / 2 + gaussian() @ B @ gaussian() + fp.haar(n) / 3,
    "a population as skip": (B + gaussian() / 2) @ gaussian(),
}
VALUES = {"n": 1, "d": 0.8, "p": 0.6}


@pytest.mark.parametrize("name", CHAINS)
def test_both_routes_agree(name):
    J = CHAINS[name]
    scalar, pencil = (fp.spectrum(J.T @ J, via=via) for via in ("scalar", "pencil"))
    given = {key: value for key, value in VALUES.items() if key in scalar.known}
    values = [law.at(**given).stieltjes(POINTS) for law in (scalar, pencil)]
    assert np.abs(values[0] - values[1]).max() < 1e-9


def test_transposed_isometries():
    V = fp.haar(n, p)
    J = fp.gaussian(p, p) @ V.T @ gaussian() @ B @ gaussian() / fp.sqrt(p)
    scalar, pencil = (fp.spectrum(J.T @ J, via=via).at(n=1, p=0.6).stieltjes(POINTS) for via in ("scalar", "pencil"))
    assert np.abs(scalar - pencil).max() < 1e-9


def test_a_deep_product_has_the_unknowns_of_a_shallow_one():
    def law(depth):
        J = fp.identity(n)
        for _ in range(depth):
            J = fp.mask(n, "1/2") @ fp.gaussian(n, n) @ J * fp.sqrt(2) / fp.sqrt(n)
        return fp.spectrum(J.T @ J, via="scalar")

    start = time.perf_counter()
    deep = law(100)
    assert time.perf_counter() - start < 30
    assert len(deep.system.unknowns) == len(law(5).system.unknowns)
    moments = deep.at(n=1).moments(2)
    assert [float(m) for m in moments] == [1.0, 201.0]  # 1 + 2 L, Pennington, Schoenholz and Ganguli 2018


def test_layers_of_one_variance_and_activation_share_their_unknowns():
    """Pre-activations of erf layers are kept at one variance by a bias."""
    q = sympy.Rational(1, 20)
    bias = sympy.sqrt(q - 2 / sympy.pi * sympy.asin(2 * q / (1 + 2 * q)))

    def law(depth, via):
        source = fp.gaussian(n)
        signal = fp.erf(sympy.sqrt(q) * fp.haar(n) @ source)
        for _ in range(depth - 1):
            signal = fp.erf(fp.haar(n) @ signal + bias * fp.gaussian(n))
        J = fp.jacobian(signal, source)
        return fp.spectrum(J.T @ J, via=via)

    deep = law(50, "scalar")
    assert len(deep.system.unknowns) == len(law(5, "scalar").system.unknowns)
    slope, square = 4 / np.pi / np.sqrt(1.2), 16 / np.pi**2 / np.sqrt(1.4)  # E f'(h)^2 and E f'(h)^4
    mean = (float(q) ** (1 / 50) * slope) ** 50
    moments = [float(m) for m in deep.at(n=1).moments(2)]
    np.testing.assert_allclose(moments, [mean, mean**2 * (1 + 50 * (square / slope**2 - 1))], rtol=1e-9)
    scalar, pencil = (law(3, via).at(n=1).stieltjes(POINTS / 10) for via in ("scalar", "pencil"))
    np.testing.assert_allclose(scalar, pencil, rtol=1e-9)


def test_residual_reference_values():
    """Rows g13_res_linear_L4: the law of Dozier and Silverstein, raised to a free power."""
    J = residual(4, sympy.sqrt(sympy.Rational(15, 100)))
    law = fp.spectrum(J @ J.T, via="scalar").at(n=1)
    np.testing.assert_allclose(law.edges(), [0.07389403194269394, 7.822722988883970558], rtol=1e-11)
    assert law.density(0.51) == pytest.approx(0.4726240190860561822360, rel=1e-10)
    assert float(law.moments(4)[3]) == pytest.approx(146.3179853258957837797, rel=1e-12)


def test_universal_limit_of_residual_networks():
    """z = exp(c (1 + 2 t)) (1 + t)/t at large depth, whatever the activation (Tarnowski et al. 2019)."""
    depth, c = 100, 0.5
    x = fp.gaussian(n)
    h = x
    for _ in range(depth):
        h = h + gaussian() @ fp.relu(gaussian() @ h) / sympy.sqrt(depth)
    J = fp.jacobian(h, x)
    law = fp.spectrum(J.T @ J, via="scalar").at(n=1)
    z = 1.2 + 0.7j
    t = -1 - z * law.stieltjes(z)
    assert abs(np.exp(c * (1 + 2 * t)) * (1 + t) / t - z) < 0.02 * abs(z)


REFUSED = {
    "they are not free": (fp.identity(n) + gaussian()) @ A @ (fp.identity(n) + gaussian()) @ B @ gaussian(),
    "occurs in two factors": (lambda W: (fp.identity(n) + W) @ A @ (fp.identity(n) + W) @ gaussian())(gaussian()),
    "of their own": (lambda W: fp.identity(n) + W @ A @ W)(gaussian()),
    "must begin and end": fp.identity(n) + A @ gaussian(),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refusals(reason):
    J = REFUSED[reason]
    with pytest.raises(UnsupportedModel, match="scalar free calculus") as caught:
        fp.spectrum(J.T @ J, via="scalar")
    assert reason in str(caught.value)
