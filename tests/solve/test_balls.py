"""Balls of Arb around mpmath numbers."""

import mpmath
import pytest

import freeprob as fp
from freeprob.solve.ball_newton import precision
from freeprob.solve.balls import ball

D = fp.sizes("d")


@pytest.mark.parametrize("value", ["-0.3", "0.3", "0", "-7", "12", "-1e-30", "2.5e40"])
def test_a_ball_holds_its_number(value):
    with mpmath.workdps(30), precision():
        number = mpmath.mpf(value)
        found = ball(number, 60)
        assert abs(mpmath.mpf(found.mid().str(40, radius=False)) - number) <= abs(number) * mpmath.mpf(2) ** -80
        assert (found.rad() == 0) == (number == int(number))


def test_certificates_of_laws_with_negative_atoms():
    law = fp.spectrum(fp.population(D, fp.laws.atoms({-2: "1/3", "0.4": "2/3"})) + fp.wigner(D) / fp.sqrt(D))
    bound, z = law.at(d=1), -0.9 + 0.3j
    certificate = bound.certify(z)
    assert certificate.certified
    assert abs(complex(certificate.value.mid()) - bound.stieltjes(z)) < 1e-12
    assert complex(bound.precise(digits=30).stieltjes(z)) == pytest.approx(bound.stieltjes(z), rel=1e-12)
