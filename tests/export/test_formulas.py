"""One side of a formula as LaTeX, text and MathML."""

import xml.etree.ElementTree as ElementTree

import pytest
import sympy

import freeprob as fp
from freeprob.derivation.average import Average
from freeprob.export.formulas import latex_of, mathml_of, text_of

from .made_derivations import LONG
from .test_notation import DIALECT, GRAPH, SYMPY

t, H, g = sympy.Symbol("t", real=True), sympy.Symbol("H"), sympy.Symbol("g_1")
CORE = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup",
        "munder", "mover", "munderover", "mtable", "mtr", "mtd"}  # fmt: skip
ARITY = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}


@pytest.mark.parametrize("side", [*DIALECT, *SYMPY, *GRAPH, *LONG.values(), r"\unknown{a} <b> & c"], ids=str)
def test_mathml_is_well_formed(side):
    tree = ElementTree.fromstring(mathml_of(side))
    for element in tree.iter():
        assert element.tag in CORE
        assert len(element) == ARITY.get(element.tag, len(element))
        assert "\\" not in (element.text or "")


def test_averages_are_integrals():
    node = Average(t / (1 + t * g), t, H)
    assert latex_of(node) == r"\int \frac{t}{g_{1} t + 1}\, H(\mathrm{d}t)"
    assert latex_of(node**2) == rf"\left({latex_of(node)}\right)^{{2}}"
    assert latex_of(Average(t + g, t, H)).startswith(r"\int \left(")
    assert '<mo largeop="true">∫</mo>' in mathml_of(node)


def test_names_and_kinds():
    n, d = fp.sizes("n d")
    X = fp.gaussian(d, n, name="X")
    K = X @ X.T / n
    assert latex_of(K, {K: "K_1"}) == "K_{1}" and latex_of(K) == r"\frac{1}{n} X X^{\top}"
    assert (text_of(K), text_of(g**2), text_of(r"\sqrt{q}\,\xi")) == ("X @ X.T / n", "g_1**2", "sqrt(q) ξ")
    assert latex_of(sympy.Symbol("c_star") ** 2) == r"c_{\star}^{2}"
    assert latex_of((n, d)) == r"n,\; d" and latex_of(3) == "3"
