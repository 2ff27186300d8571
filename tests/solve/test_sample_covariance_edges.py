"""Edges of sample covariance matrices against the critical points of Silverstein and Choi (J. Multivar. Anal. 1995).

The edges are the critical values of ``x(w) = w + c w int t / (w - t) H(dt)``, with w = -1/m outside the support of the
population's law H and m of the companion matrix.
"""

import mpmath
import numpy as np
import pytest

import freeprob as fp

n, d = fp.sizes("n d")
X = fp.gaussian(d, n)
LAWS = {
    "uniform": fp.laws.uniform(0, 1),
    "marchenko_pastur(1)": fp.laws.marchenko_pastur(1),
    "beta(2, 2)": fp.laws.beta(2, 2),
    "beta(1/2, 1/2)": fp.laws.beta("1/2", "1/2"),
    "beta(1/3, 2)": fp.laws.beta("1/3", 2),
    "beta(4, 4)": fp.laws.beta(4, 4),
    "jacobi": fp.laws.jacobi("3/4", "1/2"),
    "marchenko_pastur(2)": fp.laws.marchenko_pastur(2),
}


def sample_covariance(law, ratio):
    S = fp.population(d, law)
    return fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n).at(n=1, d=ratio)


def critical_value(law, ratio, near, far):
    """Return the critical value of x(w) with w between a point next to the law and one far away."""

    def mean(power, w):
        def integrand(parameter):
            t, density = law._push(parameter, mpmath)
            return t**power / (w - t) ** power * density

        atoms = law.atoms.items()
        share = 1 - sum(float(mass) for _, mass in atoms)
        low, high = law._interval(mpmath)
        panels = [low + (high - low) * mpmath.mpf(s) for s in ("0", "0.001", "0.1", "0.5", "0.9", "0.999", "1")]
        value = share * mpmath.quad(integrand, panels)
        return value + sum(float(mass) * (float(t) / (w - float(t))) ** power for t, mass in atoms)

    with mpmath.workdps(20):
        w = mpmath.findroot(lambda w: ratio * mean(2, w) - 1, (near, far), solver="ridder", tol=1e-24)
        return float(w + ratio * w * mean(1, w))


@pytest.mark.parametrize("name", [name for name in LAWS if name != "beta(1/2, 1/2)"])
def test_the_upper_edge(name):
    law, ratio = LAWS[name], 0.5
    high = law.support[1]
    expected = critical_value(law, ratio, 1.0001 * high, 9 * high)
    assert sample_covariance(law, ratio).edges()[-1] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", [name for name in LAWS if LAWS[name].density_ends[0] == 0])
def test_the_lower_edge_is_zero_where_the_law_reaches_zero(name):
    law = sample_covariance(LAWS[name], 0.5)
    edges = law.edges()
    assert len(edges) == 2
    assert edges[0] == 0.0
    assert law.mass() == pytest.approx(1, abs=1e-9)
    assert law.atoms() == {}


@pytest.mark.parametrize("name", ["jacobi", "marchenko_pastur(2)"])
def test_the_lower_edge_below_an_atom_and_a_density(name):
    law, ratio = LAWS[name], 0.5
    low = law.density_ends[0]
    bound = sample_covariance(law, ratio)
    expected = critical_value(law, ratio, 0.999 * low, 0.8 * low)
    edges = bound.edges()
    assert len(edges) == 2
    assert edges[0] == pytest.approx(expected, rel=1e-9)
    assert bound.atoms() == pytest.approx({0.0: float(law.atoms[0])})


@pytest.mark.parametrize("name", ["uniform", "marchenko_pastur(1)", "beta(1/3, 2)", "jacobi"])
def test_both_edges_of_more_rows_than_columns(name):
    law, ratio = LAWS[name], 2.0
    high = law.support[1]
    edges = sample_covariance(law, ratio).edges()
    assert edges[-1] == pytest.approx(critical_value(law, ratio, 1.05 * high, 9 * high), rel=1e-9)
    assert edges[0] == pytest.approx(critical_value(law, ratio, -0.001 * high, -2 * high), rel=1e-9)


def test_the_density_next_to_zero():
    """Far below the scale of the law each eigenvalue of the population is only shrunk, by 1 - c."""
    law = sample_covariance(fp.laws.uniform(0, 1), 0.5)
    np.testing.assert_allclose(law.density([1e-6, 1e-5, 1e-4]), 2.0, rtol=5e-3)
