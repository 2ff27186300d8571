"""The conjugate kernel of a network with three hidden layers.

Z. Fan and Z. Wang, *Spectra of the conjugate kernel and neural tangent kernel for linear-width neural networks*,
NeurIPS 2020, Theorem 3.4: ``mu_l`` is the Marchenko-Pastur map with ratio ``gamma_l = n / d_l`` of the law
``(1 - b^2) + b^2 mu_(l-1)``. In Stieltjes transforms: ``m_(l-1)(w) = m_l(z) s b^2`` at ``w = (z / s - 1 + b^2) / b^2``,
where ``s = 1 - gamma_l - gamma_l z m_l(z)``; ``mu_0`` is the Marchenko-Pastur law.

Symbols: the paper's ``d_0, ..., d_3`` are ``d, p, q, r``; its ``b`` is ``c_l`` and its ``1 - b^2`` is ``s_l^2``. The
activation is the error function scaled to unit variance.
"""

import sympy

import freeprob as fp

n, d, p, q, r = fp.sizes("n d p q r")

u = sympy.Symbol("u", real=True)
deviation = sympy.sqrt(2 * sympy.asin(sympy.Rational(2, 3)) / sympy.pi)
activation = sympy.erf(u) / deviation

X = fp.gaussian(d, n)
W1 = fp.gaussian(p, d)
W2 = fp.gaussian(q, p)
W3 = fp.gaussian(r, q)
F1 = fp.entrywise(activation, W1 @ X / fp.sqrt(d))
F2 = fp.entrywise(activation, W2 @ F1 / fp.sqrt(p))
F3 = fp.entrywise(activation, W3 @ F2 / fp.sqrt(q))
K = F3.T @ F3 / r
law = fp.spectrum(K)

AT = dict(n=1, d=2, p=sympy.Rational(3, 2), q=sympy.Rational(5, 4), r=sympy.Rational(8, 5))

z, m, c_1, s_1, c_2, s_2, c_3, s_3 = sympy.symbols("z m c_1 s_1 c_2 s_2 c_3 s_3")


def recursion(transform, point, layers):
    """Return Stieltjes transform and point of the data after undoing layers (gamma, c, s), the last one first."""
    for gamma, c, s in layers:
        slope = 1 - gamma - gamma * point * transform
        transform, point = transform * slope * c**2, (point / slope - s**2) / c**2
    return transform, point


m_0, z_0 = recursion(m, z, [(n / r, c_3, s_3), (n / q, c_2, s_2), (n / p, c_1, s_1)])
b = 2 / sympy.sqrt(3 * sympy.pi) / deviation

FACTS = [
    dict(
        kind="polynomial",
        value=n / d * z_0 * m_0**2 + (z_0 + n / d - 1) * m_0 + 1,
        source="FanWang2020, Theorem 3.4",
        elimination="slow",
    ),
    dict(kind="coefficients", value={c_1: b, c_2: b, c_3: b}, source="FanWang2020"),
    dict(kind="moments", value=[1], source="FanWang2020"),
    dict(kind="atoms", value={}, source="FanWang2020; the rank of the last layer"),
]
