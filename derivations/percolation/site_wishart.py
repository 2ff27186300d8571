"""A site-percolated Wishart matrix: variables are removed at random.

D. Granziol, *Beyond random matrix theory for deep networks*, 2020. The kept variables form a sample covariance matrix
of q d variables, so its nonzero eigenvalues follow V. A. Marchenko and L. A. Pastur (1967) with ratio ``q d / n``,
and the weight of the peak at 0 is ``1 - min(q, n/d)``.

Symbols: P keeps a fraction q = 2/5 of the d variables.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")
q = sympy.Rational(2, 5)
P, X = fp.mask(d, keep=q), fp.gaussian(d, n)
S = P @ X @ X.T @ P / n
law = fp.spectrum(S)

AT = dict(n=1, d=sympy.Rational(7, 10))

root = sympy.sqrt(q * d / n)

FACTS = [
    dict(kind="atoms", value={0: 1 - q}, source="Granziol2020"),
    dict(kind="edges", value=[(1 - root) ** 2, (1 + root) ** 2], source="MarchenkoPastur1967"),
    dict(kind="moments", value=[q, q * (1 + q * d / n)], source="MarchenkoPastur1967"),
]
