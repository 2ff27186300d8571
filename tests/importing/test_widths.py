"""Widths and sizes."""

import pytest

import freeprob as fp
from freeprob.importing.widths import Widths

d, p = fp.sizes("d p")


def test_equal_widths_are_one_size():
    widths = Widths({300: p})
    widths.fix(d, 200, "the input")
    assert widths.size(200) == d and widths.size(300) == p and str(widths.size(7)) == "p_7" and widths.size(1) == 1
    assert widths.numbers == {"d": 200, "p": 300, "p_7": 7}
    assert widths.value(d / p) == fp.sqrt(4) / 3


def test_a_size_is_one_width():
    widths = Widths()
    widths.fix(d, 200, "the input")
    with pytest.raises(fp.ShapeError, match="the input has the size d, which is 200"):
        widths.fix(d, 100, "the input")


@pytest.mark.parametrize("given", [{0: p}, {"300": p}, {300: "p"}, {True: p}])
def test_wrong_tables(given):
    with pytest.raises(fp.ShapeError):
        Widths(given)
