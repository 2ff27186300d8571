"""The conjugate kernel of a network with two hidden layers.

Z. Fan and Z. Wang, *Spectra of the conjugate kernel and neural tangent kernel for linear-width neural networks*,
NeurIPS 2020, Theorem 3.4: ``mu_l`` is the Marchenko-Pastur map with ratio ``gamma_l = n / d_l`` of the law
``(1 - b^2) + b^2 mu_(l-1)``. In Stieltjes transforms: ``m_(l-1)(w) = m_l(z) s b^2`` at ``w = (z / s - 1 + b^2) / b^2``,
where ``s = 1 - gamma_l - gamma_l z m_l(z)``; ``mu_0`` is the Marchenko-Pastur law.

Symbols: the paper's ``d_0, d_1, d_2`` are ``d, p, q``; its ``b`` is ``c_l`` and its ``1 - b^2`` is ``s_l^2``. The
activation is the centred relu of unit variance.
"""

import sympy

import freeprob as fp

n, d, p, q = fp.sizes("n d p q")

u = sympy.Symbol("u", real=True)
mean, deviation = 1 / sympy.sqrt(2 * sympy.pi), sympy.sqrt(sympy.Rational(1, 2) - 1 / (2 * sympy.pi))
activation = (sympy.Max(u, 0) - mean) / deviation

X = fp.gaussian(d, n)
W1 = fp.gaussian(p, d)
W2 = fp.gaussian(q, p)
F1 = fp.entrywise(activation, W1 @ X / fp.sqrt(d))
F2 = fp.entrywise(activation, W2 @ F1 / fp.sqrt(p))
K = F2.T @ F2 / q
law = fp.spectrum(K)

AT = dict(n=1, d=sympy.Rational(10, 7), p=sympy.Rational(20, 9), q=sympy.Rational(10, 13))

z, m, c_1, s_1, c_2, s_2 = sympy.symbols("z m c_1 s_1 c_2 s_2")


def recursion(transform, point, layers):
    """Return Stieltjes transform and point of the data after undoing layers (gamma, c, s), the last one first."""
    for gamma, c, s in layers:
        slope = 1 - gamma - gamma * point * transform
        transform, point = transform * slope * c**2, (point / slope - s**2) / c**2
    return transform, point


m_0, z_0 = recursion(m, z, [(n / q, c_2, s_2), (n / p, c_1, s_1)])

FACTS = [
    dict(
        kind="polynomial",
        value=n / d * z_0 * m_0**2 + (z_0 + n / d - 1) * m_0 + 1,
        source="FanWang2020, Theorem 3.4",
    ),
    dict(kind="coefficients", value={c_1: 1 / (2 * deviation), c_2: 1 / (2 * deviation)}, source="FanWang2020"),
    dict(kind="moments", value=[1], source="FanWang2020"),
    dict(kind="atoms", value={0: 1 - q / n}, source="FanWang2020; the rank of the last layer"),
]
