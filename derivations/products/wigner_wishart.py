"""A Wishart matrix around a Wigner matrix: a product with a peak at 0.

D. Granziol, *Beyond random matrix theory for deep networks*, 2020, considers products of Wigner and Wishart matrices:
the law has an atom at 0 whose weight is the fraction of the directions that the Wishart factor removes, ``1 - n/d``
for d > n. The law is the free multiplicative convolution of a semicircle and a Marchenko-Pastur law (N. R. Rao and R.
Speicher 2007, for a factor of mean 0): the second moment is the square of the first one of the Wishart factor.

Symbols: ``S = X X^T/n`` in ``X^T W X / n``, seen on the space of d variables as ``X W X^T/n`` with W on n samples.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")
X, W = fp.gaussian(d, n), fp.wigner(n)
A = X @ W @ X.T / (n * fp.sqrt(n))
law = fp.spectrum(A)

AT = dict(n=1, d=sympy.Rational(5, 2))

FACTS = [
    dict(kind="atoms", value={0: sympy.Rational(3, 5)}, source="Granziol2020; 1 - n/d"),
    dict(kind="moments", value=[0, d / n, 0], source="RaoSpeicher2007"),
]
