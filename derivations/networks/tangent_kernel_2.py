"""The tangent kernel of a network with two hidden layers.

Z. Fan and Z. Wang, *Spectra of the conjugate kernel and neural tangent kernel for linear-width neural networks*,
NeurIPS 2020: for an activation of unit variance the law of the tangent kernel is that of

    r I + K_2 + b^2 K_1 + b^4 K_0,   r = (a - b^2) + (a^2 - b^4),   a = E f'^2,   b = E f',

where ``K_l`` is the conjugate kernel of layer l and ``K_0`` the Gram matrix of the data. Given ``K_(l-1)``, ``K_l`` is
a sample covariance matrix of population ``b^2 K_(l-1) + (1 - b^2) I``; so its variance is ``V_l = b^4 V_(l-1) + n /
d_l``, and the covariance of ``K_l`` and ``K_j`` is ``b^(2 (l - j)) V_j`` for j < l.

Symbols: the paper's ``d_0, d_1, d_2`` are ``d, p, q``. The activation is the error function scaled to unit variance.
"""

import sympy

import freeprob as fp

n, d, p, q = fp.sizes("n d p q")

u = sympy.Symbol("u", real=True)
deviation = sympy.sqrt(2 * sympy.asin(sympy.Rational(2, 3)) / sympy.pi)
activation = sympy.erf(u) / deviation

X = fp.gaussian(d, n)
W1 = fp.gaussian(p, d)
W2 = fp.gaussian(q, p)
w = fp.gaussian(q)
F1 = fp.entrywise(activation, W1 @ X / fp.sqrt(d))
F2 = fp.entrywise(activation, W2 @ F1 / fp.sqrt(p))
K = fp.ntk(w.T @ F2 / fp.sqrt(q), X)
law = fp.spectrum(K)

AT = dict(n=1, d=2, p=sympy.Rational(3, 2), q=sympy.Rational(5, 4))

a = 4 / (sympy.sqrt(5) * sympy.pi) / deviation**2
b = 2 / sympy.sqrt(3 * sympy.pi) / deviation
weight = [b**4, b**2, 1]
V = [n / d, b**4 * n / d + n / p, b**8 * n / d + b**4 * n / p + n / q]
variance = sum(
    weight[i] * weight[j] * b ** (2 * abs(i - j)) * V[min(i, j)] for i in range(3) for j in range(3)
)  # of the sum of the three kernels

FACTS = [
    dict(kind="cumulants", value=[1 + a + a**2, variance], source="FanWang2020", slow=True),
    dict(kind="atoms", value={}, source="FanWang2020"),
]
