"""Separable covariance: samples that are correlated in time and in space.

D. Paul and J. W. Silverstein, *No eigenvalues outside the support of the limiting empirical spectral distribution of
a separable covariance matrix*, Journal of Multivariate Analysis 100 (2009), equations (1.2) and (1.3); as two coupled
equations also F. Rubio and X. Mestre, Statistics and Probability Letters 81 (2011), Theorem 1.

Symbols: the papers' ``(1/n) A^(1/2) X B X* A^(1/2)`` is ``S``; Paul and Silverstein's ``c`` is ``d / n`` and their
``e`` is ``tr(A Q)``; their second integral is ``delta``.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")

A = fp.population(d, fp.laws.atoms({"3/10": "3/5", "29/10": "2/5"}))
B = fp.population(n, fp.laws.atoms({"1/2": "7/10", "41/10": "3/10"}))
X = fp.gaussian(d, n)
S = A**0.5 @ X @ B @ X.T @ A**0.5 / n
law = fp.spectrum(S)

AT = dict(n=1, d=0.37)

z, m, e, delta, t = sympy.symbols("z m e delta t")
c = d / n
E_A, E_B = sympy.Function("E_A"), sympy.Function("E_B")

FACTS = [
    dict(
        kind="system",
        unknowns=(e, delta),
        equations=(
            m - E_A(1 / (t * delta - z)),
            e - E_A(t / (t * delta - z)),
            delta - E_B(t / (1 + c * t * e)),
        ),
        start={e: 0, delta: sympy.Rational(158, 100)},
        source="PaulSilverstein2009, equations (1.2)-(1.3); RubioMestre2011, Theorem 1",
    ),
    dict(
        kind="moments",
        value=[sympy.Rational(134, 100) * sympy.Rational(158, 100)],
        source="RubioMestre2011; the product of the means",
    ),
    dict(kind="atoms", value={}, source="PaulSilverstein2009"),
]
