"""Formulas read as trees and written back."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.export.notation import Atom, Fence, Fraction, Scripts, Table, parse
from freeprob.export.spelling import latex, plain
from freeprob.language.printing import latex as graph_latex

x, y, k = sympy.symbols("x y k")
n, d, p = fp.sizes("n d p")
X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
S = fp.population(d, fp.laws.atoms({1: 0.5, 3: 0.5}), name="Sigma")

DIALECT = [
    r"\mathbb{E}[f'(\sqrt{q}\,\xi)]",
    r"\int \frac{t}{(1+t)^2}\, H(\mathrm{d}t)",
    r"\begin{pmatrix} A & B^{\top} \\ 0 & C \end{pmatrix}",
    r"\sum_{k=1}^{\infty} \kappa_k g^{k-1} \to \lim_{n \to \infty} \operatorname{tr} A",
    r"\bigl( a + \tfrac{1}{2} \bigr) \overline{z} \left| w \right|",
    r"\begin{cases} x & \text{for } x > 0 \\ 0 & \text{otherwise} \end{cases}",
]
SYMPY = [
    sympy.sqrt(x) / (1 + y**2), sympy.erf(x) + sympy.exp(-x * y), sympy.Piecewise((x, x > 0), (0, True)), sympy.Abs(x),
    sympy.root(x, 3), sympy.Max(x, 0), sympy.log(x), sympy.Rational(-3, 7) * x, sympy.I * sympy.pi, sympy.conjugate(x),
    sympy.Symbol("lambda_2") ** sympy.Symbol("alpha"), sympy.Float(0.125) * x, sympy.sign(x), sympy.Heaviside(x),
    sympy.gamma(x), sympy.re(x) + sympy.im(x), sympy.tanh(x) ** 2, sympy.Sum(x**k, (k, 0, sympy.oo)),
]  # fmt: skip
GRAPH = [
    fp.inv(X.T @ X / n + 2 * fp.identity(n)), fp.relu(W @ X / fp.sqrt(d)), S**0.5 @ X @ X.T @ S**0.5 / n,
    fp.tr(X @ X.T), fp.block([[fp.identity(d), X / fp.sqrt(n)], [X.T / fp.sqrt(n), fp.identity(n)]]),
    fp.entrywise(x**3 - x, W @ X / fp.sqrt(d)), fp.leaky_relu(W @ X / fp.sqrt(d), negative_slope=0.1),
]  # fmt: skip


def atoms(row):
    for node in row:
        if isinstance(node, Atom):
            yield node
            continue
        for field in vars(node).values():
            parts = field if isinstance(field, tuple) else (field,)
            for part in parts:
                if isinstance(part, tuple):
                    yield from (a for cell in part for a in atoms(cell if isinstance(cell, tuple) else (cell,)))
                elif part is not None and not isinstance(part, (str, bool)):
                    yield from atoms((part,))


@pytest.mark.parametrize("source", [*DIALECT, *map(sympy.latex, SYMPY), *map(graph_latex, GRAPH)])
def test_everything_we_print_is_in_the_dialect(source):
    row = parse(source)
    assert not [atom.latex for atom in atoms(row) if atom.kind == "unknown"]
    assert parse(latex(row)) == row
    assert "\\" not in plain(row)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in dir(fp)
        if name in "abs cos erf exp gelu hard_tanh linear relu sigmoid sign sin softplus step tanh"
    ],
)
def test_activations_are_in_the_dialect(name):
    row = parse(graph_latex(getattr(fp, name)(W @ X / fp.sqrt(d))))
    assert not [atom.latex for atom in atoms(row) if atom.kind == "unknown"]


def test_structure():
    fraction, power = parse(r"\frac{a}{b} (c - d)^{2}")
    assert isinstance(fraction, Fraction) and isinstance(power, Scripts) and isinstance(power.base, Fence)
    assert [atom.kind for atom in power.base.body] == ["ord", "bin", "ord"]
    assert isinstance(parse(DIALECT[2])[0], Table)
    assert parse("-a")[0].kind == "ord", "a leading sign is not an operation"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (DIALECT[0], "𝔼[f'(sqrt(q) ξ)]"),
        (r"\frac{a + 1}{2} x_{1}^{2}", "(a + 1)/2 x_1^2"),
        (r"g_{1} t - 3", "g_1 t - 3"),
        (r"\unheardof{x}", "unheardof x"),
    ],
)
def test_plain_text(source, text):
    assert plain(parse(source)) == text


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab1+-=^_{}[]()&'\\ ,|", max_size=30))
def test_any_text_is_read(source):
    latex(parse(source)), plain(parse(source))
