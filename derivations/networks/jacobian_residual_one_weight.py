"""The input-output Jacobian of a residual network with one weight in each block.

The blocks ``h + a f(W h)`` of W. Tarnowski, P. Warchol, S. Jastrzebski, J. Tabor and M. A. Nowak, *Dynamical isometry
is achieved in residual networks in a universal way for any activation function*, AISTATS 2019. The diagonal matrices
``D_l`` of ``J = prod (1 + a D_l W_l)`` share the basis of the neurons: they commute, and the blocks are not free as the
paper takes them to be for large depth. All layers are then averaged over at once, one after the other. The first two
moments are those of free blocks. With relu and ``b = a^2/2`` a block has the moments

    1 + b        1 + 4 b + 3 b^2,

the last term being ``a^4 (E[D^2]^2 + E[D^4]) = a^4 (1/4 + 1/2)``. With two Gaussian weights in a block it is ``4 b^2``
(:mod:`jacobian_residual`), and with orthogonal ones other terms change.

Symbols: a, and L = 3, for which there are 8 combinations of active and inactive neurons.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
a = fp.parameters("a", positive=True)
L = 3

x = fp.gaussian(n)
h = x
for _ in range(L):
    W = fp.gaussian(n, n)
    h = h + a * fp.relu(W @ h / fp.sqrt(n))
del W
J = fp.jacobian(h, x)
law = fp.spectrum(J.T @ J)

AT = dict(n=1, a=0.4)

b = a**2 / 2
spread = sympy.cancel((1 + 4 * b + 3 * b**2) / (1 + b) ** 2 - 1)

FACTS = [
    dict(
        kind="moments",
        value=[(1 + b) ** L, (1 + b) ** (2 * L) * (1 + L * spread)],
        source="TarnowskiEtAl2019",
    ),
]
