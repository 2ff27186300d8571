"""A percolated Wigner matrix: bonds are removed at random, and the law stays a semicircle.

D. Granziol, *Beyond random matrix theory for deep networks*, 2020: percolated matrix ensembles as models of Hessians of
networks. When bonds, the entries off the diagonal, are kept with probability q, the entries are iid again, of variance
q, and the universality of E. P. Wigner, *On the distribution of the roots of certain symmetric matrices*, 1958, gives
the semicircle law of radius ``2 sqrt(q) sigma``. (Removed sites make products with a projection instead.)

Symbols: B is the pattern of kept bonds, ``q`` their probability, ``sigma`` the standard deviation of the entries.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
q, sigma = fp.parameters("q sigma", positive=True)

B = fp.bonds(n, keep=q)
W = fp.wigner(n)
H = sigma * fp.hadamard(B, W) / fp.sqrt(n)
law = fp.spectrum(H)

AT = dict(n=1, q=0.42, sigma=1.3)

z, m = sympy.symbols("z m")
radius = 2 * sigma * sympy.sqrt(q)

FACTS = [
    dict(kind="polynomial", value=q * sigma**2 * m**2 + z * m + 1, source="Wigner1958"),
    dict(kind="edges", value=[-radius, radius], source="Wigner1958"),
    dict(kind="cumulants", value=[0, q * sigma**2, 0, 0], source="Granziol2020; the variance of an entry is q sigma^2"),
    dict(kind="atoms", value={}, source="Granziol2020; the peak at 0 comes from removed sites"),
]
