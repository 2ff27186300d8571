"""The product of two rectangular Gaussian matrices.

R. R. Mueller, *On the asymptotic eigenvalue distribution of concatenated vector-valued fading channels*, IEEE
Transactions on Information Theory 48 (2002), Theorem 1; Z. Burda, A. Jarosz, G. Livan, M. A. Nowak and A. Swiech,
*Eigenvalues and singular values of products of rectangular Gaussian random matrices*, Physical Review E 82 (2010),
equation (10): with ``t = -z m - 1`` and ``c_i = n_0 / n_i``, ``z t = (1 + t) (1 + c_1 t) (1 + c_2 t)``.

Symbols: the papers' sizes ``n_0, n_1, n_2`` are ``n, p, q`` here.
"""

import sympy

import freeprob as fp

n, p, q = fp.sizes("n p q")

G1 = fp.gaussian(n, p)
G2 = fp.gaussian(p, q)
J = G1 @ G2 / fp.sqrt(p * q)
M = J @ J.T
law = fp.spectrum(M)

AT = dict(n=0.37, p=1, q=sympy.Rational(37, 83))

z, m = sympy.symbols("z m")
t = -z * m - 1

FACTS = [
    dict(
        kind="polynomial",
        value=z * t - (1 + t) * (1 + n / p * t) * (1 + n / q * t),
        source="Muller2002, Theorem 1; BurdaEtAl2010, equation (10)",
    ),
    dict(kind="moments", at=dict(n=1, p=1, q=1), value=[1, 3, 12, 55, 273, 1428], source="PensonZyczkowski2011"),
    dict(kind="edges", at=dict(n=1, p=1, q=1), value=[0, sympy.Rational(27, 4)], source="PensonZyczkowski2011"),
    dict(kind="atoms", at=dict(n=1, p=1, q=1), value={}, source="PensonZyczkowski2011"),
    dict(kind="atoms", value={}, source="BurdaEtAl2010"),
]
