"""Neighbours in the words of an expression: all that occur are found, and others are ruled out."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.equivalents.adjacent_factors import AdjacentFactors
from freeprob.language.nodes import Identity, Product
from freeprob.language.rewriting import expand

n = fp.sizes("n")
LEAVES = [fp.haar(n) for _ in range(3)] + [fp.population(n, fp.laws.uniform(1, 2))]
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES + [leaf.T for leaf in LEAVES[:3]]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + 2 * pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] @ pair[1]),
    ),
    max_leaves=7,
)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, st.integers(0, 3))
def test_the_words_of_an_expression_may_occur(expression, held):
    for holding in (lambda leaf: True, lambda leaf: leaf is LEAVES[held]):
        found = AdjacentFactors(expression, holding)
        for part, _ in expand(expression, holding).terms():
            if isinstance(part, Identity):  # the word without letters
                continue
            word = part.arguments if isinstance(part, Product) else (part,)
            assert found.may_hold(word)
            assert all(found.may_hold(pair) for pair in itertools.pairwise(word))


def test_what_cancels_makes_neighbours():
    A, B, C, S = LEAVES
    found = AdjacentFactors(A @ (B + A @ C) @ (C.T + B.T + fp.identity(n)) @ S, lambda leaf: True)
    assert found.may_hold([A, S]) and found.may_hold([A, A, S])
    assert not found.may_hold([C, C])


def test_letters_that_do_not_meet_are_ruled_out():
    A, B, C, _ = LEAVES
    found = AdjacentFactors(A @ (B + A @ C), lambda leaf: True)
    assert found.may_hold([A, B]) and found.may_hold([A, A, C])
    assert found.may_hold([C]) and not found.may_hold([B, C]) and not found.may_hold([C, A])


def test_functions_of_one_family_are_one_letter():
    A, _, _, S = LEAVES
    assert AdjacentFactors(A @ S**0.5 @ A, lambda leaf: True).may_hold([A, S])
