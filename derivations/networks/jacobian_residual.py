"""The input-output Jacobian of a residual network: isometry for any activation.

W. Tarnowski, P. Warchol, S. Jastrzebski, J. Tabor and M. A. Nowak, *Dynamical isometry is achieved in residual networks
in a universal way for any activation function*, AISTATS 2019: S-transforms of the blocks multiply, and with branches of
variance ``c/L`` the law tends to ``z t = (1 + t) exp(c (1 + 2 t))``, ``t = -1 - z m``, whatever the activation. Here a
block is ``h + a V f(W h)`` with two Gaussian weights, for which the blocks are exactly free. (A branch ``f(W h)`` with
one weight leaves the diagonal matrices of different blocks in one basis: they commute, and are free at large depth.)

With relu and ``b = a^2/2`` a block has the moments ``1 + b`` and ``1 + 4 b + 4 b^2``.

Symbols: a, and L = 6.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
a = fp.parameters("a", positive=True)
L = 6

x = fp.gaussian(n)
h = x
for _ in range(L):
    V, W = fp.gaussian(n, n), fp.gaussian(n, n)
    h = h + a * V @ fp.relu(W @ h / fp.sqrt(n)) / fp.sqrt(n)
del V, W
J = fp.jacobian(h, x)
law = fp.spectrum(J.T @ J, via="scalar")

AT = dict(n=1, a=0.22)

b = a**2 / 2
spread = sympy.cancel((1 + 4 * b + 4 * b**2) / (1 + b) ** 2 - 1)

FACTS = [
    dict(
        kind="moments",
        value=[(1 + b) ** L, (1 + b) ** (2 * L) * (1 + L * spread)],
        source="TarnowskiEtAl2019",
    ),
    dict(kind="atoms", value={}, source="TarnowskiEtAl2019"),
]
