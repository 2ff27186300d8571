"""A sample covariance matrix with one spike in the population.

J. Baik and J. W. Silverstein, *Eigenvalues of large sample covariance matrices of spiked population models*, Journal of
Multivariate Analysis 97 (2006), Theorem 1.1, after J. Baik, G. Ben Arous and S. Peche, Annals of Probability 33 (2005):
a population eigenvalue ``ell`` with ``|ell - 1| > sqrt(c)`` sends a sample eigenvalue to ``ell (1 + c / (ell - 1))``.
The overlap of its eigenvector is from D. Paul, Statistica Sinica 17 (2007), Theorem 4.

Symbols: the papers' ``gamma`` is ``c = d / n``; the population is ``P^2`` with the eigenvector ``v / sqrt(d)``.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")
ell = fp.parameters("ell", positive=True)

X, v = fp.gaussian(d, n), fp.gaussian(d)
P = fp.identity(d) + (fp.sqrt(ell) - 1) * v @ v.T / d
S = P @ X @ X.T @ P / n
law = fp.spectrum(S)

AT = dict(n=1, d=0.37, ell=3.1)

c = d / n
PLACE = ell * (1 + c / (ell - 1))
OVERLAP = (1 - c / (ell - 1) ** 2) / (1 + c / (ell - 1))

FACTS = [
    dict(kind="edges", value=[(1 - sympy.sqrt(c)) ** 2, (1 + sympy.sqrt(c)) ** 2], source="MarchenkoPastur1967"),
    dict(kind="outliers", value=[(PLACE, {"v": OVERLAP})], source="Paul2007, Theorem 4"),
    dict(kind="outliers", at=dict(ell=0.2), value=[(PLACE, {"v": OVERLAP})], source="BaikSilverstein2006, Theorem 1.1"),
    dict(kind="outliers", at=dict(ell=1.5), value=[], source="BaikSilverstein2006, Theorem 1.1"),
    dict(kind="threshold", parameter="ell", side="right", value=1 + sympy.sqrt(c), source="BaikBenArousPeche2005"),
    dict(
        kind="threshold",
        parameter="ell",
        side="left",
        value=1 - sympy.sqrt(c),
        source="BaikSilverstein2006, Theorem 1.1",
    ),
]
