"""Hand-built derivations, with the attributes that the pipeline's have."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, field
from typing import Any

import sympy

import freeprob as fp
from freeprob.algebra.symbols import TAU, Z
from freeprob.derivation.average import Average
from freeprob.derivation.coefficient import Coefficient
from freeprob.derivation.record import Citation, Formula, Hypothesis, Step, weakest
from freeprob.equations.system import Component, SelfConsistentSystem, Unknown

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
g1, g2, g3, s1 = sympy.symbols("g_1 g_2 g_3 s_1")
c1, c_star = sympy.symbols("c_1 c_star")
t, H = sympy.Symbol("t", real=True), sympy.Symbol("H")


@dataclass
class Made:
    kind: str
    expression: Any
    names: dict
    steps: tuple
    system: Any
    title: str
    digest: str = "0123456789abcdef" * 4
    status: str = field(init=False)
    assumptions: tuple = field(init=False)

    def __post_init__(self):
        self.status = weakest(step.status for step in self.steps)
        hypotheses = (h for step in self.steps for h in step.hypotheses if h.evidence != "proved on the graph")
        self.assumptions = tuple(dict.fromkeys(h.statement for h in hypotheses))


@dataclass
class Line:
    name: str
    verdict: str
    detail: str

    def __iter__(self):
        return iter((self.name, self.verdict, self.detail))


@dataclass
class Report:
    lines: list
    verdict: str


def polynomial(terms: int, seed: int = 1) -> sympy.Expr:
    rng = random.Random(seed)
    letters = [*sympy.symbols("g_1:9"), Z, n, d, p, lam, c_star]
    return sympy.Add(
        *(
            rng.randint(1, 999) * sympy.Mul(*(rng.choice(letters) ** rng.randint(1, 4) for _ in range(4)))
            for _ in range(terms)
        )
    )


LONG = {
    "5 terms": polynomial(5),
    "22 terms": polynomial(22),
    "144 terms": polynomial(144),
    "fraction": polynomial(22) / polynomial(9, 2),
    "product": sympy.Mul(*(polynomial(3, seed) for seed in range(6))),
    "nested": sympy.sqrt(polynomial(12)) * polynomial(30, 3) ** 2 / (1 + polynomial(3, 4) / polynomial(14, 5)),
    "average": 1 + Average((t + polynomial(12)) / (1 + t * polynomial(9, 6)), t, H),
    "number": sympy.Rational(3**400, 7**300) * g1,
    "exponent": sympy.exp(polynomial(30, 8)),
}


def _value(*arguments, digits):
    return sympy.Float(1, digits)


@functools.cache
def random_features() -> Made:
    X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
    features = fp.relu(W @ X / fp.sqrt(d))
    kernel = features.T @ features / p
    resolvent = fp.inv(kernel - Z * fp.identity(n))
    names = {features: "Phi", kernel: "K", resolvent: "Q"}
    coefficients = (
        Coefficient(c1, r"\mathbb{E}[f'(\sqrt{q}\,\xi)]", "slope of the linear part", (), _value, sympy.Rational(1, 2)),
        Coefficient(
            c_star,
            r"\sqrt{\mathbb{E}[f(\sqrt{q}\,\xi)^2] - \mathbb{E}[f(\sqrt{q}\,\xi)]^2 - q c_1^2}",
            "standard deviation of the noise part, where $\\xi$ is a standard Gaussian",
            (),
            _value,
        ),
    )
    system = SelfConsistentSystem(
        spectral=Z,
        unknowns=(
            Unknown(g1, lambda: resolvent, n),
            Unknown(g2, lambda: X @ resolvent @ X.T / n, d),
            Unknown(g3, lambda: W @ X @ resolvent @ X.T @ W.T / (d * n), p),
            Unknown(s1, lambda: None, n),
        ),
        components=(
            Component(
                (g1, g2, g3),
                (
                    1 / (TAU * c_star**2 / (1 + TAU * p * g3 / n) - Z),
                    1 / (1 + TAU * c1**2 * p * g2 / (n * (1 + c_star**2 * g1))),
                    Average(t * g1 / (1 + t * g2), t, H),
                ),
                False,
            ),
            Component((s1,), (TAU * g1 * s1 + g2**2,), True),
        ),
        readout=g1,
        sizes=(n, d, p),
        parameters=(lam,),
        coefficients=coefficients,
        laws={H: "Marchenko-Pastur law of ratio d/n"},
        positive=True,
    )
    steps = (
        Step(
            "gaussian_equivalence",
            "f(H) -> μ₀ 1 1ᵀ + c₁ H + c_⋆ Θ, Θ iid of unit variance & independent of H",
            "asymptotic",
            (Formula(features, fp.relu(W @ X / fp.sqrt(d))),),
            (Formula(r"\Phi", r"c_1 \frac{W X}{\sqrt{d}} + c_\star \Theta", "linear part and noise"),),
            (
                Hypothesis("the columns of $X$ are Gaussian with covariance $I_d$", "proved on the graph"),
                Hypothesis("E f(ξ)² < ∞ for ξ ~ N(0, 1)", "proved on the graph"),
                Hypothesis("the entries have enough moments (universality)", "assumed"),
            ),
            (Citation("PenningtonWorah2017", "Theorem 1"), Citation("BenigniPeche2021")),
        ),
        Step(
            "operator_valued_semicircle",
            "G_s^{-1} = A_s - eta_s(G), for_a_very_long_word_without_any_blank_that_must_be_broken_somewhere",
            "exact",
            (),
            tuple(Formula(sympy.Symbol(f"x_{i}"), e, k) for i, (k, e) in enumerate(LONG.items())),
            (Hypothesis("100 % free letters & more_underscores #1", "asserted by the user"),),
            (Citation("HeltonRashidiFarSpeicher2007", "Theorem 2.1"), Citation("HeltonMaiSpeicher2018")),
        ),
    )
    return Made("spectrum", kernel, names, steps, system, "Random features: the spectrum of $K$ & friends")


@functools.cache
def trace_of_resolvent() -> Made:
    X = fp.gaussian(d, n, name="X")
    node = fp.tr(fp.inv(X @ X.T / n + lam * fp.identity(d)))
    system = SelfConsistentSystem(
        spectral=None,
        unknowns=(Unknown(g1, lambda: node, d),),
        components=(Component((g1,), (1 / (lam + 1 / (1 + TAU * d * g1 / n)),), False),),
        readout=g1,
        sizes=(n, d),
        parameters=(lam,),
        coefficients=(),
    )
    step = Step("r_transform", "R_{a+b} = R_a + R_b", "exact", (), (Formula(None, 1 + g1),), (), ())
    return Made("limit", node, {}, (step,), system, "Trace of a resolvent")
