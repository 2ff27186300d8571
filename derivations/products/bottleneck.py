"""A product of three Gaussian matrices through a bottleneck: a narrow layer makes an atom at 0.

Z. Burda, A. Jarosz, G. Livan, M. A. Nowak and A. Swiech, *Eigenvalues and singular values of products of rectangular
Gaussian random matrices*, Physical Review E 82 (2010), equation (10) and the discussion of zero modes: the atom at 0
has mass ``1 - min(n_i) / n_0``.

Symbols: the paper's ``N_0, ..., N_3`` are ``n, p, q, r`` here; r is the bottleneck.
"""

import sympy

import freeprob as fp

n, p, q, r = fp.sizes("n p q r")

G1 = fp.gaussian(n, p)
G2 = fp.gaussian(p, q)
G3 = fp.gaussian(q, r)
M = G1 @ G2 @ G3 @ G3.T @ G2.T @ G1.T / (p * q * r)
law = fp.spectrum(M)

AT = dict(n=1, p=sympy.Rational(10, 13), q=sympy.Rational(20, 9), r=sympy.Rational(5, 11))

z, m = sympy.symbols("z m")
t = -z * m - 1

FACTS = [
    dict(
        kind="polynomial",
        value=z * t - (1 + t) * (1 + n / p * t) * (1 + n / q * t) * (1 + n / r * t),
        source="BurdaEtAl2010, equation (10)",
    ),
    dict(kind="atoms", value={0: 1 - r / n}, source="BurdaEtAl2010"),
    dict(kind="moments", value=[1, 1 + n / p + n / q + n / r], source="Muller2002"),
]
