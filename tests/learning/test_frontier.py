"""Compute-optimal frontiers: minima that are known, exponents, ends of brackets."""

import numpy as np
import pytest

import freeprob as fp
from tests.learning.test_bottleneck import RISK


class Sum:
    """E = a p^-s + b n^-t + floor, whose optimum on p n = C is known."""

    def __init__(self, a=1.0, s=0.5, b=2.0, t=0.8, floor=0.0):
        self.terms = a, s, b, t, floor

    def curve(self, p, n):
        a, s, b, t, floor = self.terms
        return a * p**-s + b * n**-t + floor

    def best(self, C):
        a, s, b, t, _ = self.terms
        p = (s * a / (t * b)) ** (1 / (s + t)) * C ** (t / (s + t))
        return p, self.curve(p, C / p)


C = np.geomspace(1e4, 1e9, 11)


def test_the_optimum_of_two_power_laws():
    frontier = fp.compute_optimal(Sum(), C, bracket=(1e-1, 1e8))
    p, error = Sum().best(C)
    assert frontier.first == pytest.approx(p, rel=0.01) and frontier.error == pytest.approx(error, rel=1e-4)
    assert frontier.second == pytest.approx(C / frontier.first) and frontier.interior.all()
    assert frontier.exponent("p").slope == pytest.approx(0.8 / 1.3, abs=0.003)
    assert frontier.exponent().slope == pytest.approx(-0.4 / 1.3, abs=1e-4)
    assert "budget" in str(frontier)


def test_a_cost_of_another_form():
    frontier = fp.compute_optimal(Sum(s=0.5, t=0.5, b=1.0), C, bracket=(1e-1, 1e8), second=lambda p, C: C / p**2)
    # min p^-1/2 + (C/p^2)^-1/2: p^-3/2 / 2 = C^-1/2, so that p = (C / 4)^(1/3)
    assert frontier.first == pytest.approx((C / 4) ** (1 / 3), rel=0.01)


def test_ends_of_the_bracket_are_told():
    frontier = fp.compute_optimal(Sum(), [1e4, 1e9], bracket=(1, 100))
    assert not frontier.interior[1] and "end of the bracket" in str(frontier)
    with pytest.raises(fp.UnsupportedModel, match="wider bracket"):
        frontier.exponent()
    with pytest.raises(fp.UnsupportedModel, match="exponents of error, p, n"):
        frontier.exponent("q")
    with pytest.raises(fp.UnsupportedModel, match="positive finite budgets"):
        fp.compute_optimal(Sum(), [-1.0], bracket=(1, 100))
    with pytest.raises(fp.ShapeError, match="list of budgets"):
        fp.compute_optimal(Sum(), [[1.0]], bracket=(1, 100))


def test_a_limit_is_smallest_there():
    at = dict(d=500, lambda_=0.01, sigma=0.2)
    frontier = fp.compute_optimal(RISK, [1000.0, 8000.0], bracket=(3, 300), **at)
    assert frontier.interior.all()
    for budget, p, error in zip(frontier.budget, frontier.first, frontier.error, strict=True):
        around = p * np.array([0.9, 1, 1.1])
        heights = RISK.curve(p=around, n=budget / around, **at)
        assert np.argmin(heights) == 1 and heights[1] == pytest.approx(error, rel=1e-8)
        slopes = RISK.gradient(("n", "p"), p=p, n=budget / p, **at)
        assert p * slopes["p"] == pytest.approx(budget / p * slopes["n"], rel=0.05), "equal gains at the optimum"
