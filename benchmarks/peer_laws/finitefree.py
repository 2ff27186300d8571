"""finitefree: finite free convolutions of polynomials, whose roots tend to the free ones as the degree grows.

Multiple roots are atoms; the density is that of a distribution function with equal steps between the other roots.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from .measure import Answer

DEGREE = 120


def _finitefree(name: str = "finitefree") -> Any:
    return importlib.import_module(name)


def _answer(polynomial: Any) -> Answer:
    roots = np.sort(np.array(polynomial.evaluate_roots_float64(), dtype=float))
    counts = Counter(round(float(root), 9) for root in roots)
    atoms = {root: count / len(roots) for root, count in counts.items() if count > 1}
    single = np.array([root for root in roots if round(float(root), 9) not in atoms])
    middles, heights = (single[1:] + single[:-1]) / 2, 1 / (len(roots) * np.diff(single))
    return Answer(
        lambda points: np.interp(points, middles, heights, left=0, right=0),
        atoms=lambda: atoms,
        moments=lambda: [float(np.mean(roots**k)) for k in range(1, 5)],
    )


def _atoms(table: dict[Any, float]) -> Any:
    roots = [Fraction(x) for x, mass in table.items() for _ in range(round(mass * DEGREE))]
    return _finitefree().RealRootedPolynomial.from_roots(roots)


def _semicircle(deviation: Fraction = Fraction(1)) -> Any:
    return _finitefree().gue_expected_poly(DEGREE).dilation(deviation)


def _marchenko_pastur(ratio: float) -> Any:
    if ratio <= 1:
        return _finitefree().wishart_expected_poly(DEGREE, round(DEGREE / ratio))
    rank = round(DEGREE / ratio)
    inner = _finitefree().wishart_expected_poly(rank, DEGREE).dilation(Fraction(DEGREE, rank))
    return _finitefree().RealRootedPolynomial([*inner.coeffs, *[0] * (DEGREE - rank)])


def _convolution(name: str, first: Any, second: Any) -> Answer:
    return _answer(getattr(_finitefree("finitefree.convolutions"), name)(first, second, DEGREE))


def _sum(first: Callable[[], Any], second: Callable[[], Any]) -> Callable[[], Answer]:
    return lambda: _convolution("symmetric_additive", first(), second())


COIN = {-1: 0.5, 1: 0.5}
SUMS = {
    "semicircle_marchenko_pastur": (_semicircle, lambda: _marchenko_pastur(0.5)),
    "two_cuts": (lambda: _semicircle(Fraction(3, 5)), lambda: _atoms({-1: 0.3, "7/5": 0.7})),
    "two_marchenko_pastur": (lambda: _marchenko_pastur(0.5), lambda: _marchenko_pastur(0.25)),
    "singular_marchenko_pastur": (lambda: _marchenko_pastur(2), lambda: _marchenko_pastur(3)),
    "two_projections": (lambda: _atoms({0: 0.3, 1: 0.7}), lambda: _atoms({0: 0.4, 1: 0.6})),
}
PRODUCTS = {
    "product": (lambda: _marchenko_pastur(0.5), lambda: _marchenko_pastur(0.25)),
    "population": (lambda: _marchenko_pastur(0.3), lambda: _atoms({1: 1 / 3, 3: 1 / 3, 10: 1 / 3})),
}


def _label(degree: int = DEGREE) -> str:
    return f"finitefree, degree {degree}"


LAWS: dict[str, dict[str, Callable[[], Answer]]] = {
    **{name: {_label(): _sum(*parts)} for name, parts in SUMS.items()},
    **{
        name: {_label(): lambda parts=parts: _convolution("multiplicative", parts[0](), parts[1]())}
        for name, parts in PRODUCTS.items()
    },
    "projection_corner": {
        _label(DEGREE // 2): lambda: _answer(_atoms({0: 0.4, 1: 0.6}).projection(DEGREE // 2)),
    },
    "corner": {
        _label(DEGREE // 2): lambda: _answer(
            _finitefree("finitefree.convolutions")
            .symmetric_additive(_semicircle(), _marchenko_pastur(0.5), DEGREE)
            .projection(DEGREE // 2)
        ),
    },
    "power": {_label(): lambda: _answer(_atoms(COIN).additive_power(Fraction(3, 2)))},
}
