"""Sample covariance matrices with any population law H.

J. W. Silverstein, *Strong convergence of the empirical distribution of eigenvalues of large dimensional random
matrices*, Journal of Multivariate Analysis 55 (1995), equation (1.4): for every spectral law H of the population
covariance, ``m(z) = int dH(t) / (t (1 - c - c z m(z)) - z)``.

Symbols: the paper's ``c`` is ``d / n``. H stays a symbol in the equations; values are for H = uniform on [1/2, 2].
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")

T = fp.population(d, fp.laws.symbolic("H"))
X = fp.gaussian(d, n)
S = T**0.5 @ X @ X.T @ T**0.5 / n
law = fp.spectrum(S)

AT = dict(n=1, d=0.37, H=fp.laws.uniform("1/2", 2))

z, m, t = sympy.symbols("z m t")
c = d / n
E_H = sympy.Function("E_H")

FACTS = [
    dict(
        kind="system",
        unknowns=(),
        equations=(m - E_H(1 / (t * (1 - c - c * z * m) - z)),),
        source="Silverstein1995, equation (1.4)",
    ),
    dict(
        kind="system",
        at=dict(H=fp.laws.atoms({1: 0.5, 3: 0.5})),
        unknowns=(),
        equations=(m - E_H(1 / (t * (1 - c - c * z * m) - z)),),
        source="Silverstein1995, equation (1.4)",
    ),
    dict(
        kind="moments",
        value=[sympy.Rational(5, 4), sympy.Rational(7, 4) + c * sympy.Rational(25, 16)],
        source="Silverstein1995; moments of the uniform law",
    ),
]
