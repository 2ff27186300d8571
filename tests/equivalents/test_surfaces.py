"""Kinks as surfaces in independent variables, and where two of them meet."""

import numpy as np

from freeprob.equivalents.kinks import Curve
from freeprob.equivalents.surfaces import crossings, surfaces_of

LOADS = np.array([[1.0, 0.0], [0.5, 2.0]])
SHIFTS = np.array([[0.3, -0.2], [1.0, 0.0], [0.0, 4.0]])
SINE = Curve(lambda h: h[1] - np.sin(h[0]), (1,), (0,))


def _on(surface, x):
    places = surface.places(SHIFTS, x, 9.0, 8)
    assert len(places) == 1
    return [SHIFTS[:, k] + sum(LOADS[k, j] * v for j, v in enumerate([*x, places[0]])) for k in range(2)]


def test_places_are_on_the_surfaces():
    x = [np.array([0.4, -1.0, 2.0])]
    h = _on(surfaces_of([SINE], LOADS, False)[0], x)
    assert np.allclose(h[1], np.sin(h[0]), atol=1e-14)
    h = _on(surfaces_of([((2.0, 1.0), 0.7)], LOADS, False)[0], x)
    assert np.allclose(2 * h[0] + h[1], 0.7, atol=1e-14)


def test_bent_surfaces_are_found_by_their_signs():
    ring = Curve(lambda h: h[0] ** 2 + h[1] ** 2 - 4, (), (0, 1))
    (surface,) = surfaces_of([ring], np.eye(2), False)
    low, high = surface.places(np.zeros((2, 2)), [np.array([0.0, 3.0])], 9.0, 8)
    assert np.allclose([low[0], high[0]], [-2, 2])
    assert np.allclose([low[1], high[1]], 9)  # the line does not meet the ring


def test_curves_meet_where_both_vanish():
    tanh = Curve(lambda h: h[1] - 0.5 + np.tanh(h[0]), (1,), (0,))
    met = surfaces_of([SINE, tanh], LOADS, True)[-1]
    assert met.level == 0
    (x,) = (p for p in met.places(SHIFTS, [], 1.0, 8) if np.all(np.abs(p) < 1))
    h = SHIFTS[:, 0] + x
    assert np.allclose(np.sin(h), 0.5 - np.tanh(h), atol=1e-12)


def test_equal_and_parallel_surfaces_do_not_meet():
    same = Curve(lambda h: 2 * h[1] - 2 * np.sin(h[0]), (1,), (0,))
    for kinks in ([((1.0, 1.0), 0.0), ((2.0, 2.0), 5.0)], [SINE, same]):
        for surface in surfaces_of(kinks, LOADS, True)[2:]:
            assert not surface.places(SHIFTS, [], 9.0, 8)


def test_jumps_and_several_crossings():
    found = crossings(lambda x: np.where(x < 0.3, -1.0, 2.0) * (x - 3) * np.ones((2, 1)), np.linspace(-9, 9, 40))
    assert np.allclose(found, [[0.3, 3.0]] * 2, atol=1e-12)


def test_lines_without_crossings():
    assert crossings(lambda x: 1 + x**2, np.linspace(-9, 9, 40)).shape == (1, 0)
