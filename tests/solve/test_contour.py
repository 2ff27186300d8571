"""Moments on a circle: the circle grows until it holds the whole law."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve.contour import contour_moments


def _shifted_semicircle(z):
    w = z - 3
    return -w / 2 + np.sqrt(w - 2) * np.sqrt(w + 2) / 2


@pytest.mark.parametrize("radius", [0.1, 4.0, 30.0])
def test_the_first_radius_does_not_matter(radius):
    assert contour_moments(_shifted_semicircle, radius, 4) == pytest.approx([3, 10, 36, 137], rel=1e-9)


def test_a_law_that_no_circle_holds_is_refused():
    with pytest.raises(fp.SolveError, match="no circle"):
        contour_moments(lambda z: -1 / (z + 1j), 1.0, 2)  # Cauchy's law


def test_an_island_far_away_is_inside():
    """Mass 1/100 at 50, which the first circle does not hold."""
    found = contour_moments(lambda z: 0.99 * _shifted_semicircle(z) + 0.01 / (50 - z), 6.0, 2)
    assert found == pytest.approx([0.99 * 3 + 0.5, 0.99 * 10 + 25], rel=1e-9)
