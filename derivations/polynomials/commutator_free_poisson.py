"""The commutator of two free Poisson variables.

A. Nica and R. Speicher, *Commutators of free random variables*, Duke Math. J. 92 (1998): the law of ``i(ab - ba)``
depends on the even free cumulants of a and b alone. For real matrices A and B the commutator is antisymmetric, and
its square ``-(AB - BA)^2`` is the square of ``i(AB - BA)``; its mean is ``2 (tr A^2 tr B^2 - ...) = 2 k2(A) k2(B)``
(second free cumulants).

Symbols: A and B are Wishart matrices of ratios d/n and d/p; ``k2`` are the ratios.
"""

import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")
X, Y = fp.gaussian(d, n), fp.gaussian(d, p)
A, B = X @ X.T / n, Y @ Y.T / p
K = A @ B - B @ A
law = fp.spectrum(K @ K.T)

AT = dict(n=1, d=sympy.Rational(1, 2), p=2)

FACTS = [
    dict(kind="moments", value=[2 * (d / n) * (d / p)], source="NicaSpeicher1998, Theorem 1.2"),
]
