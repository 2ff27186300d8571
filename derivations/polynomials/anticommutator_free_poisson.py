"""The anticommutator of two free Poisson variables.

A. Nica and R. Speicher, *Commutators of free random variables*, Duke Math. J. 92 (1998), and V. Vasilchuk, *On the
asymptotic distribution of the commutator and anticommutator of random matrices*, J. Math. Phys. 44 (2003). With free
A and B of means 1 and second free cumulants a and b: ``tr (AB + BA) = 2`` and ``tr (AB + BA)^2 = 2 (tr A^2 tr B^2 +
(tr A^2 + tr B^2 - 1))``.

Symbols: A and B are Wishart matrices of ratios ``a = d/n`` and ``b = d/p``.
"""

import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")
X, Y = fp.gaussian(d, n), fp.gaussian(d, p)
A, B = X @ X.T / n, Y @ Y.T / p
K = A @ B + B @ A
law = fp.spectrum(K)

AT = dict(n=1, d=sympy.Rational(1, 2), p=2)

a, b = d / n, d / p

FACTS = [
    dict(
        kind="moments",
        value=[2, 2 * ((1 + a) * (1 + b) + (1 + a) + (1 + b) - 1)],
        source="NicaSpeicher1998; tr ABAB = tr A^2 + tr B^2 - 1 for means 1",
    ),
]
