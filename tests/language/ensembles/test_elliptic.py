"""Girko's elliptic ensemble: what is known of self-adjoint matrices made of it."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from tests.agreement import spectrum_agreement

n, d = fp.sizes("n d")
tau, w = fp.parameters("tau w")
Z = fp.elliptic(n, tau)


def test_the_symmetric_part_is_a_semicircle():
    """Girko 1986: (Z + Z^T) / sqrt(2 (1 + tau)) is a Wigner matrix."""
    law = fp.spectrum((Z + Z.T) / fp.sqrt(2 * n * (1 + tau)))
    for value in (-0.7, 1):
        assert law.at(n=1, tau=value).edges() == pytest.approx([-2, 2], rel=1e-12)


def test_the_gram_matrix_is_marchenko_pastur_for_every_correlation():
    """Only pairings of Z with Z^T are planar: tau drops out of the equations."""
    law = fp.spectrum(Z @ Z.T / n)
    assert tau not in law.system.parameters
    assert law.at(n=1).moments(4) == [1, 2, 5, 14]


def test_the_ends_are_wigner_and_antisymmetric():
    S, A, H = fp.elliptic(n, 1), fp.elliptic(n, -1), fp.wigner(n)
    assert S.T is S and A.T is -A
    z = 0.3 + 0.2j
    shifted = fp.identity(n) / 2
    for tau_, same in ((1, S), (-1, A)):
        general = (Z / fp.sqrt(n) - shifted) @ (Z / fp.sqrt(n) - shifted).T
        special = (same / fp.sqrt(n) - shifted) @ (same / fp.sqrt(n) - shifted).T
        values = fp.spectrum(general).at(n=1, tau=tau_).stieltjes(z), fp.spectrum(special).at(n=1).stieltjes(z)
        assert values[0] == pytest.approx(values[1], rel=1e-10)
    first, second = ((fp.spectrum(M @ M / n + 2 * fp.identity(n))).at(n=1).moments(4) for M in (S, H))
    assert first == second
    assert fp.spectrum(A @ A / n).at(n=1).edges() == pytest.approx([-4, 0], abs=1e-9)


def test_the_second_moment_interpolates():
    """Words in Z alone count pairings of Z with itself, tau for each: two planar ones for Z^4."""
    square = fp.limit(fp.tr(Z @ Z / n))
    assert float(square.at(n=1, tau=0.4)) == pytest.approx(0.4, rel=1e-12)
    fourth = fp.limit(fp.tr(Z @ Z @ Z @ Z / n**2))
    assert float(fourth.at(n=1, tau=0.4)) == pytest.approx(2 * 0.4**2, rel=1e-12)


def test_the_hermitised_matrix_has_a_gap_outside_the_ellipse():
    """Nguyen and O'Rourke 2015: eigenvalues fill the ellipse with half axes 1 + tau and 1 - tau.

    Outside of it the smallest singular value of Z / sqrt(n) - w stays away from 0, inside it does not.
    """
    shift = w * fp.identity(n)
    law = fp.spectrum((Z / fp.sqrt(n) - shift) @ (Z / fp.sqrt(n) - shift).T)
    assert law.at(n=1, tau=0.5, w=1.6).edges()[0] > 1e-3
    assert law.at(n=1, tau=0.5, w=1.4).edges()[0] == pytest.approx(0, abs=1e-6)
    assert law.at(n=1, tau=-0.5, w=0.7).edges()[0] > 1e-3


@pytest.mark.parametrize("value", [-0.6, 0.5])
def test_against_samples(value):
    shift = sympy.Rational(1, 2) * fp.identity(n)
    hermitised = (Z / fp.sqrt(n) - shift) @ (Z / fp.sqrt(n) - shift).T
    assert spectrum_agreement(hermitised, {"n": 160}, {"tau": value}, replicates=3).ratio < 1


def test_products_with_other_letters_against_samples():
    X = fp.gaussian(n, d)
    mixed = X.T @ (Z @ Z + (Z @ Z).T) @ X / (d * n) + X.T @ X / d
    agreement = spectrum_agreement(mixed, {"n": 160, "d": 120}, {"tau": 0.5}, replicates=3)
    assert agreement.ratio < 1 and agreement.resolution < 0.2
    assert np.isfinite(agreement.theory).all()


def test_below_a_function_against_samples():
    F = fp.tanh(fp.gaussian(d, n) @ Z.T / fp.sqrt(n))
    assert spectrum_agreement(F @ F.T / n, {"n": 160, "d": 120}, {"tau": 0.5}, replicates=3).ratio < 1
    with pytest.raises(fp.UnsupportedModel, match="must be a sum of products that begin"):
        fp.spectrum((lambda G: G @ G.T / n)(fp.tanh(Z @ Z / fp.sqrt(n))))


def test_refusals():
    with pytest.raises(fp.UnsupportedModel, match="must lie between -1 and 1"):
        fp.elliptic(n, 1.5)
    with pytest.raises(fp.ShapeError, match="is square and needs one size"):
        fp.elliptic(1, 0.5)
    with pytest.raises(fp.UnsupportedModel, match="not real"):
        fp.elliptic(n, sympy.I)
