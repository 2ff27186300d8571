"""Exact text and LaTeX."""

import pytest
import sympy

import freeprob as fp
from freeprob.language.printing import latex, text

n, d, p = fp.sizes("n d p")
lam, sigma = fp.parameters("lambda sigma", positive=True)
X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
H = fp.wigner(n, name="H")
B, H_d = fp.bonds(d, n, keep=0.5, name="B"), fp.wigner(d, name="G")
S = fp.population(d, fp.laws.atoms({1: 0.5, 3: 0.5}), name="Sigma")
I = fp.identity(d)  # noqa: E741
x3 = sympy.Symbol("x", real=True) ** 3

CASES = [
    (X.T, "X.T", r"X^{\top}"),
    (X @ X.T / n, "X @ X.T / n", r"\frac{1}{n} X X^{\top}"),
    (-X / 2, "-X / 2", r"-\frac{1}{2} X"),
    (X - 2 * lam * X.subs({X: 3 * X}), "(1 - 6*lambda) * X", r"\left(1 - 6 \lambda\right) X"),
    (
        fp.relu(W @ X / fp.sqrt(d)).T,
        "relu(W @ X / sqrt(d)).T",
        r"\operatorname{relu}\left(\frac{1}{\sqrt{d}} W X\right)^{\top}",
    ),
    (
        fp.inv(X @ X.T / n + lam * I),
        "inv(lambda * I + X @ X.T / n)",
        r"\left(\lambda I_{d} + \frac{1}{n} X X^{\top}\right)^{-1}",
    ),
    (fp.inv(H / fp.sqrt(n) + 3 * H / fp.sqrt(n)), "sqrt(n) * inv(H) / 4", r"\frac{\sqrt{n}}{4} H^{-1}"),
    (H @ H @ H, "H**3", "H^{3}"),
    (fp.sqrt(S), "sqrt(Sigma)", r"\Sigma^{1/2}"),
    (S**-0.5, "Sigma**(-1/2)", r"\Sigma^{-1/2}"),
    (X.T @ fp.inv(S) @ X, "X.T @ inv(Sigma) @ X", r"X^{\top} \Sigma^{-1} X"),
    (fp.inv(S + lam * I), "inv(lambda * I + Sigma)", r"\left(\lambda I_{d} + \Sigma\right)^{-1}"),
    (
        fp.tr(H) * fp.tr(H) - (lam - sigma),
        "(-lambda + sigma) + tr(H)**2",
        r"\left(- \lambda + \sigma\right) + \operatorname{tr}\left[H\right]^{2}",
    ),
    (
        fp.block([[I, X], [X.T, 0]]),
        "[[I, X], [X.T, 0]]",
        r"\begin{pmatrix} I_{d} & X \\ X^{\top} & 0 \end{pmatrix}",
    ),
    (fp.entrywise(x3, X), "entrywise(x**3, X)", r"\left(x \mapsto x^{3}\right)\left(X\right)"),
    (fp.identity(1) * lam, "lambda", r"\lambda"),
    (2 * fp.hadamard(B, X) @ X.T, "2 * hadamard(X, B) @ X.T", r"2 \left(X \odot B\right) X^{\top}"),
    (fp.hadamard(X, B).T, "hadamard(X.T, B.T)", r"X^{\top} \odot B^{\top}"),
    (
        fp.hadamard(X @ X.T / n, H_d) + I,
        "hadamard(G, X @ X.T) / n + I",
        r"\frac{1}{n} G \odot \left(X X^{\top}\right) + I_{d}",
    ),
]


@pytest.mark.parametrize(("expression", "plain", "formula"), CASES, ids=[c[1] for c in CASES])
def test_exact_strings(expression, plain, formula):
    assert text(expression) == plain
    assert latex(expression) == formula


def test_names_replace_whole_sub_expressions():
    Phi = fp.relu(W @ X / fp.sqrt(d))
    names = {Phi: "Phi", X: "Y_1"}
    assert text(Phi.T @ Phi / p, names) == "Phi.T @ Phi / p"
    assert latex(Phi @ X.T, names) == r"\Phi Y_{1}^{\top}"


def test_unnamed_leaves_have_a_letter_and_a_number():
    Z = fp.gaussian(n)
    assert str(Z) == f"Z{Z.index}"
