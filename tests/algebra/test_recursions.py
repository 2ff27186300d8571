"""Recursions: equations that differ by a shift are written once."""

import sympy

import freeprob as fp
from freeprob.algebra.recursions import recursions

G, C, S = sympy.symbols("g_1:40"), sympy.symbols("c_1:40"), sympy.symbols("s_1:40")
M = sympy.Symbol("m")


def _filled(recursion, index):
    """Return the equation of a recursion at one value of its index."""
    names = {}
    for symbol in recursion.left.free_symbols | recursion.right.free_symbols:
        prefix, _, subscript = symbol.name.partition("_")
        if subscript:
            number = eval(subscript.strip("{}"), {"l": index})
            names[symbol] = sympy.Symbol(f"{prefix}_{number}")
    return sympy.Eq(recursion.left.xreplace(names), recursion.right.xreplace(names))


def _plain(equation):
    return equation.xreplace({s: sympy.Symbol(s.name) for s in equation.free_symbols})


def _written(equations, found):
    """Check that each recursion gives back its equations, in either direction."""
    for recursion in found:
        mine = {_plain(_filled(recursion, k)) for k in range(recursion.first, recursion.last + 1)}
        assert mine == {_plain(equations[k]) for k in recursion.members}
        assert len(recursion.members) == recursion.last - recursion.first + 1


def test_rising_and_falling_numbers():
    equations = [sympy.Eq(G[k], C[30 - k] * G[k + 1] / (1 + S[30 - k] * M)) for k in range(4, 20)]
    (found,) = recursions([sympy.Eq(M, G[0]), *equations])
    _written([sympy.Eq(M, G[0]), *equations], [found])
    assert (found.first, found.last) == (12, 27) and str(found.left) == "g_{32 - l}"


def test_a_gap_ends_a_recursion():
    rows = [*range(1, 7), *range(9, 15)]
    equations = [sympy.Eq(G[k], C[k] / (1 + G[k + 1])) for k in rows]
    found = recursions(equations)
    assert [len(r.members) for r in found] == [6, 6]
    _written(equations, found)


def test_few_or_irregular_equations_are_left_alone():
    assert recursions([sympy.Eq(G[k], C[k] * M) for k in range(3)]) == []
    assert recursions([sympy.Eq(G[k], C[2 * k] * M) for k in range(8)]) == []
    assert recursions([sympy.Eq(G[k], M / (k + 2)) for k in range(8)]) == []


def test_the_equations_of_a_deep_network_are_recursions():
    n, d, p = fp.sizes("n d p")
    X = fp.gaussian(d, n)
    lines = []
    for depth in (12, 20):
        H = fp.erf(fp.gaussian(p, d) @ X / fp.sqrt(d))
        for _ in range(depth - 1):
            H = fp.erf(fp.gaussian(p, p) @ H / fp.sqrt(p))
        law = fp.spectrum(H.T @ H / p)
        found = recursions(law.system.equations)
        _written(law.system.equations, found)
        assert len(found) == 2
        text = law.latex()
        lines.append(text[text.index("Core equations") : text.index("Result")].count(r"\\"))
        assert rf"l = 2 , \dots , {depth - 2}" in text
    assert lines[1] - lines[0] <= 2  # the sum over the layers in the equation of m is longer
