"""A site-percolated Wigner matrix: rows and columns are removed together, and a peak appears at 0.

D. Granziol, *Beyond random matrix theory for deep networks*, 2020: ensembles with sites removed at random as models
of the peak at 0 of Hessians. Of ``P W P`` the removed sites give an atom of mass ``1 - q``, and the kept ones a
Wigner matrix of q n sites, hence a semicircle of variance q (free compression of the semicircle, A. Nica and R.
Speicher 1996).

Symbols: P keeps a fraction q = 3/5 of the sites.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
q = sympy.Rational(3, 5)
P, W = fp.mask(n, keep=q), fp.wigner(n)
H = P @ W @ P / fp.sqrt(n)
law = fp.spectrum(H)

AT = dict(n=1)

FACTS = [
    dict(kind="atoms", value={0: 1 - q}, source="Granziol2020"),
    dict(kind="edges", value=[-2 * sympy.sqrt(q), 2 * sympy.sqrt(q)], source="NicaSpeicher1996"),
    dict(kind="moments", value=[0, q**2, 0, 2 * q**3], source="NicaSpeicher1996; q times the moments of the corner"),
]
