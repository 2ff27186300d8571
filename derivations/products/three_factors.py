"""The product of three Gaussian matrices: Fuss-Catalan moments, and a hard edge of exponent -3/4.

K. A. Penson and K. Zyczkowski, *Product of Ginibre matrices: Fuss-Catalan and Raney distributions*, Physical Review E
83 (2011): the squared singular values of a product of s square matrices have moments
``binom(s k + k, k) / (s k + 1)`` and support ``[0, (s + 1)^(s + 1) / s^s]``. For rectangular factors see R. R. Mueller,
IEEE Transactions on Information Theory 48 (2002).

Symbols: the papers' ``n_0, ..., n_3`` are ``n, p, q, r`` here.
"""

import sympy

import freeprob as fp

n, p, q, r = fp.sizes("n p q r")

G1 = fp.gaussian(n, p)
G2 = fp.gaussian(p, q)
G3 = fp.gaussian(q, r)
J = G1 @ G2 @ G3 / fp.sqrt(p * q * r)
M = J @ J.T
law = fp.spectrum(M)

AT = dict(n=1, p=1, q=1, r=1)

z, m = sympy.symbols("z m")
t = -z * m - 1

FACTS = [
    dict(
        kind="polynomial",
        value=z * t - (1 + t) * (1 + n / p * t) * (1 + n / q * t) * (1 + n / r * t),
        source="Muller2002, Theorem 1; BurdaEtAl2010, equation (10)",
    ),
    dict(
        kind="moments",
        value=[sympy.binomial(4 * k, k) / (3 * k + 1) for k in range(1, 9)],
        source="PensonZyczkowski2011, equation (4)",
    ),
    dict(kind="edges", value=[0, sympy.Rational(256, 27)], source="PensonZyczkowski2011"),
    dict(kind="atoms", value={}, source="PensonZyczkowski2011"),
]
