"""Templates: expressions that differ in the names of their symbols alone."""

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.algebra.templates import templates

U = sympy.symbols("u0:30")
C = sympy.symbols("c0:30", positive=True)
Z = sympy.Symbol("z")
KINDS = {**dict.fromkeys(U, "unknown"), **dict.fromkeys(C, "input")}
ORDER = {s: k for k, s in enumerate([*U, *C])}


def _layer(k):
    """One equation of a recursion in k."""
    return U[k] - C[k] ** 2 * U[k + 1] / (1 - Z + C[k] ** 2 * C[k + 1] ** 2 * U[k] * U[k + 2])


def test_equations_of_equal_layers_share_a_template():
    others = [U[0] - Z, U[0] + C[0], sympy.Integer(3)]
    (found,) = templates([*others, *map(_layer, range(12))], KINDS, ORDER, least=3)
    assert found.members == tuple(range(3, 15))
    # the places shift by one from layer to layer, also where names sort otherwise (u9, u10)
    assert {places[0].name: places for places in found.places.values()} == {
        **{f"u{k}": tuple(U[k + i] for i in range(12)) for k in range(3)},
        **{f"c{k}": tuple(C[k + i] for i in range(12)) for k in range(2)},
    }


def test_each_member_is_its_template_filled_in():
    expressions = [_layer(k) for k in (0, 5, 9)] + [U[1] * (U[1] + U[2]), U[7] * (U[5] + U[7]), C[0] + U[0]]
    found = templates(expressions, KINDS, ORDER)
    assert sorted(n for t in found for n in t.members) == [0, 1, 2, 3, 4]
    for template in found:
        for k, number in enumerate(template.members):
            filled = template.expression.xreplace({x: symbols[k] for x, symbols in template.places.items()})
            assert sympy.expand(filled - expressions[number]) == 0


def test_numbers_kinds_and_other_symbols_belong_to_the_template():
    pairs = [(U[0] + 1, U[1] + 2), (U[0] * Z, U[1]), (U[0] + U[1], U[0] + C[1]), (U[0] ** 2, U[1] ** 3)]
    for first, second in pairs:
        assert templates([first, second], KINDS, ORDER) == []


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(4)), st.recursive(
    st.sampled_from([*U[:4], *C[:3], Z, sympy.Integer(2), sympy.Rational(-1, 3)]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda q: q[0] + q[1]),
        st.tuples(inner, inner).map(lambda q: q[0] * q[1]),
        inner.map(lambda e: (1 + e) ** -2),
    ),
    max_leaves=12,
))  # fmt: skip
def test_renaming_keeps_the_template(permutation, expression):
    renamed = expression.xreplace(dict(zip(U, (U[k] for k in permutation), strict=False)))
    found = templates([expression, renamed], KINDS, ORDER)
    for template in found:
        for k, number in enumerate(template.members):
            filled = template.expression.xreplace({x: symbols[k] for x, symbols in template.places.items()})
            assert sympy.expand(filled - (expression, renamed)[number]) == 0
    assert len(found) == 1  # a renaming never changes the shape
