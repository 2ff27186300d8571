"""The Marchenko-Pastur law.

V. A. Marchenko and L. A. Pastur, *Distribution of eigenvalues for some sets of random matrices*, Mathematics of the
USSR-Sbornik 1 (1967): eigenvalues of the sample covariance matrix ``X X^T / n`` of n independent samples in
dimension d.

Symbols: the paper's ratio ``1 / c`` (today usually ``y`` or ``gamma``) is ``d / n`` here.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")

X = fp.gaussian(d, n)
S = X @ X.T / n
law = fp.spectrum(S)

AT = dict(n=1, d=0.37)

z, m = sympy.symbols("z m")
c = d / n

FACTS = [
    dict(kind="polynomial", value=c * z * m**2 + (z + c - 1) * m + 1, source="MarchenkoPastur1967, equation (1.14)"),
    dict(kind="edges", value=[(1 - sympy.sqrt(c)) ** 2, (1 + sympy.sqrt(c)) ** 2], source="MarchenkoPastur1967"),
    dict(kind="atoms", value={}, source="MarchenkoPastur1967"),
    dict(kind="atoms", at=dict(d=1.6), value={0: 1 - 1 / c}, source="MarchenkoPastur1967"),
    dict(kind="edges", at=dict(d=1), value=[0, 4], source="MarchenkoPastur1967"),
    dict(kind="atoms", at=dict(d=1), value={}, source="MarchenkoPastur1967"),
    dict(
        kind="moments",
        value=[sum(sympy.binomial(k, j) * sympy.binomial(k, j + 1) * c**j for j in range(k)) / k for k in range(1, 9)],
        source="MarchenkoPastur1967; Narayana polynomials",
    ),
    dict(kind="cumulants", value=[c**k for k in range(6)], source="NicaSpeicher2006, Lecture 12"),
]
