"""No number is given twice."""

import pytest

import freeprob as fp
from freeprob.language.nodes import Leaf
from freeprob.language.numbering import holder, next_number


def test_numbers_grow():
    n = fp.sizes("n")
    x, y = fp.gaussian(n), fp.gaussian(n)
    assert y.index == x.index + 1 and holder(x.index) is x
    assert next_number() == y.index + 1
    far = Leaf.intern(x.ensemble, n, n, y.index + 50, None)
    assert next_number() == far.index + 1


def test_only_positive_integers():
    x = fp.gaussian(fp.sizes("n"))
    for number in (-1, "1", None):
        with pytest.raises(TypeError, match="positive integer"):
            Leaf.intern(x.ensemble, x.rows[0], x.rows[0], number, None)
