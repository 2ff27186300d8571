"""Signal plus noise: a rectangular Gaussian matrix with one spike.

F. Benaych-Georges and R. R. Nadakuditi, *The singular values and vectors of low rank perturbations of large rectangular
random matrices*, Journal of Multivariate Analysis 111 (2012), Section 3.1: above ``theta = c^(1/4)`` the largest
singular value is ``sqrt((1 + theta^2) (c + theta^2)) / theta``.

Symbols: the paper's n x m matrix is ``Y / sqrt(n)`` of size d x n here, so its c is ``d / n``; its unit vectors u and v
are ``u / sqrt(d)`` and ``v / sqrt(n)``. Eigenvalues are squares of singular values.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")
theta = fp.parameters("theta", positive=True)

X, u, v = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n)
Y = X + theta * u @ v.T / fp.sqrt(d)
law = fp.spectrum(Y @ Y.T / n)
right = fp.spectrum(Y.T @ Y / n)

AT = dict(n=1, d=0.45, theta=1.3)

c = d / n
PLACE = (1 + theta**2) * (c + theta**2) / theta**2
LEFT = 1 - c * (1 + theta**2) / (theta**2 * (theta**2 + c))
RIGHT = 1 - (c + theta**2) / (theta**2 * (theta**2 + 1))
BGN = "BenaychGeorgesNadakuditi2012, Section 3.1"

FACTS = [
    dict(kind="outliers", value=[(PLACE, {"u": LEFT})], source=BGN),
    dict(kind="outliers", law="right", value=[(PLACE, {"v": RIGHT})], source=BGN),
    dict(kind="outliers", at=dict(theta=0.8), value=[], source=BGN),
    dict(kind="threshold", parameter="theta", side="right", value=sympy.root(c, 4), source=BGN),
]
