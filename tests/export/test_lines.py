"""Long formulas in lines: they fit, and they still say the same."""

import random
import re
import shutil
import subprocess

import pytest
import sympy

from freeprob.derivation.average import Average
from freeprob.export.formulas import latex_of
from freeprob.export.lines import aligned
from freeprob.export.notation import Accent, Atom, Fence, Fraction, Group, Root, Scripts, parse
from freeprob.export.spelling import latex, width

from .made_derivations import LONG, polynomial
from .test_notation import DIALECT

WIDTH = 40.8


def rows(expression, head="x"):
    return aligned([(head, latex_of(expression))], WIDTH)[0]


def value(row, numbers):
    """Evaluate a tree of sums, products, fractions, roots and powers."""
    total, product, sign, digits = 0, None, 1, ""

    def times(factor):
        nonlocal product
        product = factor if product is None else product * factor

    def flush():
        nonlocal digits
        if digits:
            times(sympy.Integer(digits))
            digits = ""

    for node in row:
        if isinstance(node, Atom) and node.latex.isdigit():
            digits += node.latex
            continue
        flush()
        match node:
            case Atom(char="+" | "−"):
                total += 0 if product is None else sign * product
                product, sign = None, 1 if node.char == "+" else -1
            case Atom(char="⋅") | Atom(kind="space"):
                pass
            case Atom(latex=r"\exp"):
                times(sympy.Symbol("EXP"))
            case _:
                times(factor(node, numbers))
    flush()
    return total + (0 if product is None else sign * product)


def factor(node, numbers):
    match node:
        case Fraction():
            return value(node.top, numbers) / value(node.bottom, numbers)
        case Root():
            return sympy.sqrt(value(node.body, numbers))
        case Fence() | Group() | Accent():
            return value(node.body, numbers)
        case Scripts(sup=None) | Atom():
            return numbers[latex((node,))]
        case Scripts(base=base, sub=sub, sup=sup):
            inner = base if sub is None else Scripts(base, sub, None)
            if latex(sup).replace(" ", "") == "1/2":
                return sympy.sqrt(factor(inner, numbers))
            return factor(inner, numbers) ** value(sup, numbers)


@pytest.mark.parametrize("name", [name for name in LONG if name not in ("average", "exponent")])
def test_the_lines_say_the_same(name):
    expression = LONG[name]
    rng = random.Random(3)
    numbers = {symbol: sympy.Rational(rng.randint(2, 30), 10) for symbol in sorted(expression.free_symbols, key=str)}
    spelled = {latex(parse(latex_of(symbol))): number for symbol, number in numbers.items()}
    joined = " ".join(latex(line.right) for line in rows(expression))
    read = value(parse(joined)[1:], spelled)
    expected = expression.subs(numbers)
    assert abs(sympy.N(read - expected, 20)) <= 1e-12 * abs(sympy.N(expected, 20))


@pytest.mark.parametrize("name", LONG)
def test_every_line_fits(name):
    lines = rows(LONG[name])
    assert not any(line.too_wide for line in lines)
    assert all(width(line.right) <= line.room for line in lines)
    assert lines[0].left and not any(line.left for line in lines[1:])


def test_cuts_are_at_signs_before_factors():
    starts = [latex(line.right[:1]) for line in rows(LONG["144 terms"])[1:]]
    assert set(starts) == {"+"}
    assert {latex(line.right[:1]) for line in rows(LONG["product"])[1:]} == {r"\cdot"}


def test_short_formulas_stay_as_they_are():
    (line,) = aligned([("y", r"\frac{a}{b}")], WIDTH)[0]
    assert latex(line.right) == r"= \frac{a}{b}" and line.indent == 0


def test_no_function_is_torn_from_its_argument():
    body = " ".join(rf"\tanh\left({letter} + 1\right)" for letter in "abcdefghijklmnop" * 2)
    lines = aligned([("y", body)], WIDTH)[0]
    assert len(lines) > 2
    assert not any(latex(line.right[-1:]) == r"\tanh" for line in lines)


def test_a_wide_left_side_is_not_aligned():
    first, second = aligned([(latex_of(polynomial(5)), "a"), ("b", "c")], WIDTH)
    assert not first[0].left and latex(second[0].left) == "b"
    assert not any(line.too_wide for line in first)


def test_what_cannot_be_cut_is_reported():
    name = "a" * 200
    (line,) = aligned([("y", rf"\mathrm{{{name}}}")], WIDTH)[0]
    assert line.too_wide


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_widths_are_upper_bounds_of_real_ones(tmp_path):
    t, law = sympy.symbols("t H")
    formulas = [latex_of(polynomial(4, seed)) for seed in range(6)]
    formulas += [
        latex_of(e) for e in (polynomial(3) / polynomial(2, 5), sympy.sqrt(polynomial(2)), 1 / (1 + 1 / (1 + t)))
    ]
    formulas += [latex_of(Average(t / (1 + t), t, law)), *(f for f in DIALECT if "cases" not in f)]
    formulas += [r"\alpha\beta\gamma\delta\epsilon\zeta\eta\theta\iota\kappa\mu\nu\xi\pi\rho\sigma\tau\phi\psi\omega"]
    formulas += ["".join(map(chr, range(65, 91))), "".join(map(chr, range(97, 123))), r"\operatorname{leakyrelu}_{0.1}"]
    probes = "\n".join(
        rf"\settowidth{{\w}}{{$\displaystyle {latex(parse(f))}$}}\typeout{{WIDTH \the\w}}" for f in formulas
    )
    head = r"\documentclass[11pt]{article}\usepackage{amsmath,amssymb}\newlength{\w}\begin{document}"
    (tmp_path / "w.tex").write_text(f"{head}{probes}\\end{{document}}")
    command = ["pdflatex", "-interaction=nonstopmode", "w.tex"]
    out = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60).stdout
    measured = [float(w) / 10.95 for w in re.findall(r"WIDTH ([\d.]+)pt", out)]
    assert len(measured) == len(formulas)
    for formula, real in zip(formulas, measured, strict=True):
        assert real <= width(parse(formula)) <= 1.6 * real + 0.5, formula
