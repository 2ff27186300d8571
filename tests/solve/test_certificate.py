"""Certificates enclose solutions, and nothing else."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve.certificate import certify

from ..verify import models

PLACES = (1 + 1j, 0.5 + 1e-6j, 0.5, -1.0)


def at_point(law, z, factor=1.0, **options):
    if factor == 1.0 and not options:
        return law.certify(z)
    u = law.unknowns(np.array([z]))[:, 0] * factor
    return certify(law.program, law.binding, u, z, **options)


@pytest.mark.parametrize("z", PLACES)
def test_the_ball_holds_the_solution(z):
    law = models.random_features().at(n=1, d=0.8, p=1.6)
    found = at_point(law, z)
    exact = law.precise(50).stieltjes(z)
    assert found.certified and found.radius < 1e-25
    assert abs(complex(found.value.mid()) - complex(exact)) < 1e-14 * abs(complex(exact))
    assert float(abs(found.value.real - float(exact.real))) < 1e-14
    assert found.branch == (z.imag > 0 or z == 0.5)
    assert "certified" in found.message and "coefficients" in found.message


def test_an_edge_is_not_certified():
    law = models.semicircle().at(n=1)
    found = certify(law.program, law.binding, [-1.0], 2.0)
    assert not found.certified and found.radius == float("inf") and found.message.startswith("not certified")


def test_a_start_far_away_leads_to_a_true_root_or_nowhere():
    law, z = models.semicircle().at(n=1), 0.3 + 0.2j
    for factor in (0.0, 1e-3, 0.5, 3.0, 40.0, 40j):
        found = at_point(law, z, factor)
        m = complex(found.value.mid())
        assert not found.certified or abs(m * m + z * m + 1) < 1e-14


def test_the_other_root_is_enclosed_but_not_on_the_branch():
    law = models.semicircle().at(n=1)
    z = 0.3 + 0.2j
    other = -z - law.stieltjes(z)
    found = certify(law.program, law.binding, [other], z)
    assert found.certified and not found.branch


def test_more_bits_give_a_smaller_ball():
    law = models.marchenko_pastur().at(n=2, d=1)
    radii = [at_point(law, 1 + 0.1j, bits=bits).radius for bits in (53, 106, 212)]
    assert radii[0] < 1e-13 and radii[1] < 1e-28 and radii[2] < 1e-59


def test_a_continuous_population_names_its_quadrature():
    law = models.generalised_marchenko_pastur(fp.laws.uniform(1, 2)).at(n=2, d=1)
    found = at_point(law, 1 + 0.1j, nodes=40)
    assert found.certified and found.branch and "40 nodes" in found.message


def test_a_number_with_a_chain_of_linear_components():
    value = models.risk().at(n=1, d=0.7, p=1.6, lambda_=0.05, sigma=0.3)
    found = value.certify()
    assert found.certified and found.branch and found.radius < 1e-20
    assert abs(complex(found.value.mid()) - float(value)) < 1e-12
