"""Rules on arcs beside the laws: exact however close a pole comes to the law from above."""

import numpy as np
import pytest

from freeprob.language import laws
from freeprob.language.laws import REGISTRY

LAWS = [law for _, cls in sorted(REGISTRY.items()) if issubclass(cls, laws.Law) for law in cls.examples()]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_cauchy_transform_on_the_law(law):
    rule = law.arc()
    if rule is None:
        assert law.is_atomic or law.name == "density"
        return
    points, weights = rule
    low, high = law.density_ends
    at = low + (high - low) * np.array([-0.1, 0.001, 0.1, 0.5, 0.9, 0.999, 1.1])
    known = law.cauchy(at + 0j)
    assert np.abs((weights / (at[:, None] - points)).sum(axis=1) - known).max() <= 1e-12 * np.abs(known).max()
    assert abs(weights @ points**3 - float(law.moment(3))) <= 1e-13 * float(high) ** 3 + 1e-13
    assert (points.imag <= 0).all()


def test_a_hard_end_at_zero_is_resolved_at_every_scale():
    points, weights = laws.uniform(0, 1).arc()
    for w in (1e-3, 1e-6, 1e-9):
        assert weights @ (1 / (points - w)) == pytest.approx(np.log((1 - w) / w) + 1j * np.pi, rel=1e-9)


def test_only_analytic_densities_have_arcs():
    assert laws.density(lambda x: 0.75 * (1 - x**2), (-1, 1)).arc() is None
    assert laws.atoms({1: 1}).arc() is None


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_ends_of_the_density(law):
    if not law.is_atomic:
        low, high = law.density_ends
        inside = low + (high - low) * np.array([1e-6, 1 - 1e-6])
        outside = low + (high - low) * np.array([-1e-6, 1 + 1e-6])
        assert (law.density(inside) > 0).all()
        assert (law.density(outside) == 0).all()
