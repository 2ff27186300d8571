"""Roots and discriminants against known values."""

import mpmath
import pytest
import sympy

from freeprob.algebra.roots import complex_roots, discriminant, real_roots

x, y = sympy.symbols("x y")
d = sympy.Symbol("d", positive=True)


def test_roots_are_accurate_and_count_multiplicity():
    roots = complex_roots((x**2 - 2) ** 2 * (x**2 + x + 1), x, digits=40)
    assert sum(k for _, k in roots) == 6
    with mpmath.workdps(40):
        assert abs(real_roots((x**2 - 2) ** 2 * (x**2 + x + 1), x, 40)[1][0] - mpmath.sqrt(2)) < mpmath.mpf(10) ** -39
    assert [k for _, k in real_roots(x**3 * (x - 5), x)] == [3, 1]


def test_roots_need_numbers():
    with pytest.raises(ValueError, match="have no value"):
        real_roots(x**2 - d, x)


def test_discriminant_of_marchenko_pastur_gives_its_edges():
    (factor,) = discriminant(y * x**2 / 2 + (y + sympy.Rational(1, 2) - 1) * x + 1, x)
    edges = [(1 - 0.5**0.5) ** 2, (1 + 0.5**0.5) ** 2]
    assert [float(r) for r, _ in real_roots(factor, y)] == pytest.approx(edges)
