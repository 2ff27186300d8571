"""A percolated Wishart matrix: entries of a sample covariance matrix are removed at random, its diagonal is kept.

D. Granziol, *Beyond random matrix theory for deep networks*, 2020: percolated Wishart ensembles. What the pattern
removes is a fluctuation of independent entries, ``(B - q) o S``, a Wigner matrix that is free of S (the argument of
X. Cheng and A. Singer, *The spectrum of random inner-product kernel matrices*, 2013, for functions of S). So the law is
the free convolution of ``q S + (1 - q)`` and a semicircle of variance ``q (1 - q) p / n``: R-transforms add.

Symbols: B is the pattern of kept bonds, ``q`` their probability, ``c = p / n`` the ratio of the Marchenko-Pastur law.
"""

import sympy

import freeprob as fp

n, p = fp.sizes("n p")
q = fp.parameters("q", positive=True)

B = fp.bonds(p, keep=q)
X = fp.gaussian(p, n)
S = X @ X.T / n
K = fp.hadamard(B, S)
law = fp.spectrum(K)

AT = dict(n=1, p=0.6, q=0.42)

z, m = sympy.symbols("z m")
c = p / n
G = -m  # R(G) + 1 / G = z with R(G) = q / (1 - c q G) + (1 - q) + q (1 - q) c G

FACTS = [
    dict(
        kind="polynomial",
        value=sympy.expand(q * G + (1 - c * q * G) * ((1 - q - z) * G + q * (1 - q) * c * G**2 + 1)),
        source="ChengSinger2013; R-transforms add",
    ),
    dict(
        kind="cumulants",
        value=[1, c * q, c**2 * q**3, c**3 * q**4],
        source="Granziol2020; free cumulants of q S and of the semicircle add",
    ),
    dict(kind="atoms", value={}, source="ChengSinger2013; a free convolution with a semicircle has a density"),
]
