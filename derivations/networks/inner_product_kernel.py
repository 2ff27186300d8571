"""A random inner-product kernel matrix: a Marchenko-Pastur law plus a semicircle, freely added.

X. Cheng and A. Singer, *The spectrum of random inner-product kernel matrices*, Random Matrices: Theory and Applications
2 (2013), Theorem 3.4: off the diagonal ``A_ij = f(x_i . x_j / sqrt(d)) / sqrt(n)``, with ``a = E x f(x)`` and
``nu = E f(x)^2`` for a standard normal x.

Symbols: the paper's ``p`` is ``d``. In free cumulants: ``kappa_2 = nu`` and ``kappa_k = a^k (n/d)^((k-2)/2)`` beyond.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")
u = sympy.Symbol("u", real=True)

X = fp.gaussian(d, n)
K = fp.off_diagonal(fp.entrywise(u**3 - u, X.T @ X / fp.sqrt(d))) / fp.sqrt(n)
law = fp.spectrum(K)

AT = dict(n=1, d=4)

a, nu = 2, 10

FACTS = [
    dict(
        kind="cumulants",
        value=[0, nu, a**3 * sympy.sqrt(n / d), a**4 * n / d],
        source="ChengSinger2013, Theorem 3.4",
    ),
    dict(kind="atoms", value={}, source="ChengSinger2013, Theorem 3.4"),
]
