"""The deformed semicircle law: a Wigner matrix added to a deterministic one.

L. A. Pastur, *On the spectrum of random matrices*, Theoretical and Mathematical Physics 10 (1972): the Stieltjes
transform solves ``m(z) = int dH(t) / (t - z - sigma^2 m(z))``.

Symbols: the paper's ``H = H_0 + V`` is ``A = S + sigma * W / sqrt(n)``; its ``v^2`` is ``sigma^2``; its counting
function ``N_0`` is the law of S, which has two atoms here.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
sigma = fp.parameters("sigma", positive=True)

S = fp.population(n, fp.laws.atoms({-1: "3/10", "7/5": "7/10"}))
W = fp.wigner(n)
A = S + sigma * W / fp.sqrt(n)
law = fp.spectrum(A)

AT = dict(n=1, sigma=0.9)

z, m, t = sympy.symbols("z m t")
E_S = sympy.Function("E_S")

FACTS = [
    dict(kind="system", unknowns=(), equations=(m - E_S(1 / (t - z - sigma**2 * m)),), source="Pastur1972"),
    dict(
        kind="moments",
        value=[sympy.Rational(17, 25), sympy.Rational(1672, 1000) + sigma**2],
        source="Pastur1972; second moments add",
    ),
]
