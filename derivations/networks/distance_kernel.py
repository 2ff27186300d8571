"""A Gaussian kernel matrix of high-dimensional data: an affine image of the Gram matrix.

N. El Karoui, *The spectrum of kernel random matrices*, Annals of Statistics 38 (2010), Theorem 2.2: for
``K_ij = f(|x_i - x_j|^2 / d)`` the bulk is that of ``-2 f'(2) X^T X / d + (f(0) - f(2) + 2 f'(2)) I`` when the
covariance is the identity.

Symbols: the paper's ``p`` is ``d``, its ``tau`` is 1.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")
t = sympy.Symbol("t", real=True)

X = fp.gaussian(d, n)
K = fp.entrywise(sympy.exp(-t / 2), fp.squared_distances(X) / d)
law = fp.spectrum(K)

AT = dict(n=1, d=4)

slope, shift = sympy.exp(-1), 1 - 2 * sympy.exp(-1)

FACTS = [
    dict(
        kind="edges",
        value=[shift + slope * (1 - sympy.sqrt(n / d)) ** 2, shift + slope * (1 + sympy.sqrt(n / d)) ** 2],
        source="ElKaroui2010, Theorem 2.2",
    ),
    dict(
        kind="cumulants",
        value=[shift + slope, slope**2 * n / d, slope**3 * (n / d) ** 2],
        source="ElKaroui2010, Theorem 2.2",
    ),
]
