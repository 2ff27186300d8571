"""Expressions up to a scalar."""

import pytest
import sympy

import freeprob as fp
from freeprob.language.primitive import primitive

n = fp.sizes("n")
A, B = fp.gaussian(n, n, name="A"), fp.gaussian(n, n, name="B")
a, b, c = sympy.symbols("a b c", real=True)
t = sympy.Symbol("t", positive=True)


@pytest.mark.parametrize(
    ("node", "lead"),
    [
        (3 * A + 6 * B, 3),
        (c * A + 2 * c * B, c),
        ((a - b / 2) * A + c * B, c),
        (c * (a - b) * A + t * B, t),
        ((a - b) * A, a - b),
        ((a - b) * A + 3 * (a - b) * B, 1),
        ((1 + t) * A + c * B, 1 + t),
        ((a - b) * A + (a + b) * B, 1),
    ],
)
def test_nothing_is_divided_by_a_sum_that_may_vanish(node, lead):
    found, core = primitive(node)
    back = dict((found * core).terms())
    assert all(sympy.expand(scalar - back[part]) == 0 for part, scalar in node.terms())
    for _, scalar in core.terms():
        assert not scalar.subs({a: 1, b: 1, c: 1, t: 1}).has(sympy.nan, sympy.zoo)
        assert not scalar.subs({a: sympy.Rational(1, 2), b: 1}).has(sympy.nan, sympy.zoo)
    assert sympy.expand(found - lead) == 0


def test_a_sum_of_functions_whose_noises_cancel():
    """relu(x) - |x| / 2 is x / 2: the sum of the noises of both is 0, and no later layer is divided by it."""
    d, p = fp.sizes("d p")
    U = fp.gaussian(p, p)
    h = fp.gaussian(p, d) @ fp.gaussian(d, n) / fp.sqrt(d)
    x = sympy.Symbol("x", real=True)

    def value(k):
        F = fp.tanh(U @ k / fp.sqrt(p))
        return fp.spectrum(F.T @ F / p).at(n=1, d=1, p=2).stieltjes(1 + 0.5j)

    separate = value(fp.relu(h) - fp.entrywise("abs", h) / 2 + fp.sin(h))
    assert separate == pytest.approx(value(fp.entrywise(x / 2 + sympy.sin(x), h)), abs=1e-9)
