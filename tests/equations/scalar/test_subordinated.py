"""One law with gaps beside factors and summands with rational transforms: no pole where m vanishes in a gap."""

import numpy as np
import pytest

import freeprob as fp

n, d = fp.sizes("n d")
CASES = {
    "sum": (
        fp.free.add(fp.laws.semicircle("9/25"), fp.laws.atoms({-1: "3/10", "7/5": "7/10"})),
        fp.population(n, fp.laws.atoms({-1: "3/10", "7/5": "7/10"})) + 0.6 * fp.wigner(n) / fp.sqrt(n),
    ),
    "product": (
        fp.free.multiply(fp.laws.atoms({1: "1/3", 3: "1/3", 10: "1/3"}), fp.laws.marchenko_pastur("3/10")),
        (lambda S, X: S**0.5 @ X @ X.T @ S**0.5 / d)(
            fp.population(n, fp.laws.atoms({1: "1/3", 3: "1/3", 10: "1/3"})), fp.gaussian(n, d)
        ),
    ),
    "product with mass at 0": (
        fp.free.multiply(fp.laws.atoms({0: "1/3", 2: "2/3"}), fp.laws.marchenko_pastur("3/10")),
        (lambda S, X: S**0.5 @ X @ X.T @ S**0.5 / d)(
            fp.population(n, fp.laws.atoms({0: "1/3", 2: "2/3"})), fp.gaussian(n, d)
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_laws_alone_agree_with_the_pencil(name):
    law, matrix = CASES[name]
    derived = fp.spectrum(matrix)
    at = derived.at(**{s: 3 if s == "n" else 10 for s in derived.needs})
    z = np.array([0.3 + 0.2j, 2.0 + 1e-3j, -1.0, 5.0])
    assert np.allclose(law.stieltjes(z), at.stieltjes(z), rtol=1e-12)
    assert np.allclose(law.edges(), at.edges(), atol=1e-9)
    assert law.atoms() == pytest.approx(at.atoms(), abs=1e-10)


def test_the_transform_passes_through_zero_in_a_gap():
    law = fp.free.add(fp.laws.semicircle("1/5"), fp.laws.atoms({-1: "1/2", 1: "1/2"}))
    assert abs(law.stieltjes(0.0)) < 1e-14 and law.density(0.0) == 0
    x = np.linspace(-0.02, 0.02, 401)
    m = law.stieltjes(x)
    assert np.allclose(m.imag, 0, atol=1e-12) and np.all(np.diff(m.real) > 0)


def test_densities_inside_gaps_have_no_holes():
    """The zero of m between the cuts of atoms -1 and 7/5 is at -0.28."""
    law = CASES["sum"][0]
    assert law.density(-0.28) < 1e-12 and abs(law.stieltjes(-0.28)) < 1e-12
    x = np.linspace(-2, 3, 1001)
    density = law.density(x)
    assert np.trapezoid(density, x) == pytest.approx(1, abs=1e-3)
