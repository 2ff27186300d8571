"""Generic points, and the polynomials that need them."""

import time

import mpmath
import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import TAU, M, Z
from freeprob.errors import NotAlgebraic
from freeprob.verify.generic_point import generic_point

from . import models

TWO_ATOMS = fp.laws.atoms({1: 0.5, 3: 0.5})


def symbols(polynomial):
    return {s.name: s for s in polynomial.free_symbols}


@pytest.mark.parametrize("make", [models.random_features, models.inverse_trace, models.semicircle])
def test_the_point_solves_the_equations(make):
    derivation = make()
    point = generic_point(derivation, seed=3)
    for component in derivation.system.components:
        for u, right in zip(component.unknowns, component.right, strict=True):
            symbols = sorted(right.free_symbols - {TAU}, key=str)
            with mpmath.workdps(60):
                value = sympy.lambdify(symbols, right.subs(TAU, 1), "mpmath")(*(point[s] for s in symbols))
                assert abs(value - point[u]) < 1e-50 * abs(value)


def test_the_point_is_physical_and_depends_on_the_seed():
    derivation = models.random_features()
    points = [generic_point(derivation, seed) for seed in (0, 0, 1)]
    assert points[0] == points[1] and points[0] != points[2]
    for point in points:
        assert mpmath.im(point[M]) > 0 and mpmath.im(point[Z] * point[M]) > 0
        values = [v for s, v in point.items() if s in derivation.system.sizes]
        assert len({mpmath.nstr(v, 20) for v in values}) == len(values)


def test_semicircle_and_marchenko_pastur():
    assert models.semicircle().polynomial() == M**2 + M * Z + 1
    found = models.marchenko_pastur().polynomial()
    s = symbols(found)
    n, d = s["n"], s["d"]
    assert sympy.expand(found - (d * Z * M**2 + (n * Z - n + d) * M + n)) == 0


def test_anticommutator():
    """The polynomial of xy + yx, Nica and Speicher: z m^3 - m^2 - z m - 1 with both variances 1."""
    assert sympy.expand(models.anticommutator().polynomial() - (Z * M**3 - M**2 - Z * M - 1)) == 0


def test_two_atoms():
    """The Silverstein equation, -1/g = z - c sum_i w_i t_i / (1 + t_i g) with g the companion transform."""
    found = models.generalised_marchenko_pastur(TWO_ATOMS).polynomial()
    s = symbols(found)
    assert sympy.Poly(found, M).degree() == 3
    at = models.generalised_marchenko_pastur(TWO_ATOMS).at(n=2, d=1)
    z, c = 0.7 + 0.4j, 0.5
    m = at.stieltjes(z)
    g = c * m - (1 - c) / z
    assert abs(-1 / g - z + c * (0.5 / (1 + g) + 1.5 / (1 + 3 * g))) < 1e-12
    terms = [complex(t.subs({s["n"]: 2, s["d"]: 1, Z: z, M: m})) for t in found.args]
    assert abs(sum(terms)) < 1e-12 * sum(map(abs, terms))


def test_random_features_is_the_quartic_of_pennington_and_worah():
    law = models.random_features()
    assert law.program
    start = time.perf_counter()
    found = law.polynomial()
    assert time.perf_counter() - start < 0.5
    assert sympy.Poly(found, M).degree() == 4 and sympy.Poly(found, Z).degree() == 2
    # their equations for (1/m) Y Y^T with Y of shape n1 x m (here n1 = n, m = p), n0 = d
    phi, psi, t, zeta, eta = sympy.symbols("phi psi t zeta eta")
    p = sympy.Symbol("P")
    product = (1 + (p - 1) * phi) * (1 + (p - 1) * psi)
    theirs = sympy.numer(
        sympy.together(1 - p + (eta - zeta) * t * product + product * t * zeta / (1 - product * t * zeta))
    )
    s = symbols(found)
    ratio = {phi: s["d"] / s["p"], psi: s["d"] / s["n"], zeta: s["c_1"] ** 2, eta: s["c_1"] ** 2 + s["s_1"] ** 2}
    theirs = theirs.subs({t: 1 / (Z * psi)}).subs({p: (-Z * M - 1 + psi) / psi}).subs(ratio)
    theirs = sympy.factor_list(sympy.numer(sympy.together(theirs)))[1]
    ours = {q for q, _ in sympy.factor_list(found)[1]}
    assert any(q in ours or -q in ours for q, _ in theirs if q.has(M))


def test_two_layers():
    found = models.two_layers().polynomial()
    assert sympy.Poly(found, M).degree() == 8
    assert {"c_1", "c_2", "s_1", "s_2"} <= set(symbols(found))


def test_a_continuous_population_is_not_algebraic():
    with pytest.raises(NotAlgebraic, match="not a finite sum of atoms"):
        models.generalised_marchenko_pastur(fp.laws.uniform(1, 2)).polynomial()


def test_kernels_of_distances_have_negative_coefficients():
    """With random positive coefficients alone the matrix of a kernel that decreases would be indefinite."""
    n, d = fp.sizes("n d")
    lam = fp.parameters("lambda", positive=True)
    X, e = fp.gaussian(d, n), fp.gaussian(n)
    K = fp.entrywise(sympy.exp(-sympy.Symbol("u") / 3), fp.squared_distances(X) / d)
    residual = e - K @ fp.kernel_ridge(K, e, penalty=lam)
    report = fp.limit(residual.T @ residual / n).check(n=1.4, d=1, lambda_=0.15, quick=True, only=["algebraic"])
    assert report["algebraic"].verdict == "passed"


def test_a_model_without_a_generic_point_skips_the_check(monkeypatch):
    monkeypatch.setattr("freeprob.verify.generic_point._ATTEMPTS", 0)
    n, d = fp.sizes("n d")
    X = fp.gaussian(d, n)
    report = fp.limit(fp.tr(fp.inv(X @ X.T / n + fp.identity(d)))).check(n=2, d=1, quick=True, only=["algebraic"])
    assert report["algebraic"].verdict == "skipped" and "no generic point" in report["algebraic"].detail
