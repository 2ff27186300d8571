"""Information plus noise: a rectangular signal seen through Gaussian noise.

R. B. Dozier and J. W. Silverstein, *On the empirical distribution of eigenvalues of large dimensional
information-plus-noise type matrices*, J. Multivariate Anal. 98 (2007), Theorem 1.1: for ``C = (R + sigma X)(R + sigma
X)^*/N`` with n rows, N columns and ``c = n/N`` the Stieltjes transform solves

    m = int dH(t) / (t / (1 + sigma^2 c m) - (1 + sigma^2 c m) z + sigma^2 (1 - c)).

Symbols: the paper's ``R / sqrt(N)`` is A with singular values ``sqrt(t)``; its n is p, its N is n; H has atoms 0 and
4.
"""

import sympy

import freeprob as fp

p, n = fp.sizes("p n")
sigma = fp.parameters("sigma", positive=True)
A = fp.signal(p, n, fp.laws.atoms({0: "1/2", 2: "1/2"}))
Y = A + sigma * fp.gaussian(p, n) / fp.sqrt(n)
C = Y @ Y.T
law = fp.spectrum(C)

AT = dict(p=sympy.Rational(2, 5), n=1, sigma=0.7)

c = p / n
s = sigma**2

FACTS = [
    dict(
        kind="moments",
        value=[2 + s, 8 + 4 * s * (1 + c) + s**2 * (1 + c)],
        source="DozierSilverstein2007, Theorem 1.1; the equation at z = infinity",
    ),
]
