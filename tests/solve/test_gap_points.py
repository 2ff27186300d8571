"""Points of gaps at which the equations are singular though m is not, and atoms."""

import numpy as np
import pytest

import freeprob as fp

n = fp.sizes("n")
TWO_PROJECTIONS = fp.population(n, fp.laws.bernoulli("7/10")) + fp.rotated(n, fp.laws.bernoulli("3/5"))


@pytest.fixture(scope="module", params=["pencil", "scalar"])
def at(request):
    return fp.spectrum(TWO_PROJECTIONS, via=request.param).at(n=1)


def test_where_the_transform_vanishes_in_a_gap(at):
    """The R-transform of a projection has a pole where m = 0 between its two atoms: here at z = 1.1."""
    x = 1.1 + np.array([-1e-3, -1e-5, 0.0, 1e-5, 1e-3])
    assert np.all(at.density(x) < 1e-12)
    m = at.stieltjes(x)
    assert abs(m[2]) < 1e-11
    assert m[3].real == pytest.approx(-m[1].real, rel=1e-3) and m[3].real > 0
    slope = (m[4] - m[0]).real / 2e-3
    assert m[3].real / 1e-5 == pytest.approx(slope, rel=1e-2)


def test_the_density_at_an_atom_is_that_of_the_continuous_part(at):
    assert at.density(1.0) == 0 and at.density(2.0) == 0
    x = np.linspace(-0.1, 2.1, 2201)  # a grid that meets the atoms and the zero
    assert np.trapezoid(at.density(x), x) == pytest.approx(0.6, abs=2e-4)
    atoms = at.atoms()
    assert list(atoms) == pytest.approx([1, 2]) and list(atoms.values()) == pytest.approx([0.1, 0.3], abs=1e-11)
