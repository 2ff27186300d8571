"""Orthogonal random features: information plus noise.

F. X. Yu, A. T. Suresh, K. Choromanski, D. Holtmann-Rice and S. Kumar, *Orthogonal random features*, NIPS 2016: the
Gaussian weights are replaced by Haar distributed blocks ``sqrt(d) O``, of which several are stacked. With two blocks
the linear part of the features is ``c_1 (O_1 X, O_2 X)``, and its Gram matrix ``2 c_1^2 X^T X`` knows nothing of the
weights. What is left is independent noise, so that the law of ``K`` is that of R. B. Dozier and J. W. Silverstein, *On
the empirical distribution of eigenvalues of large dimensional information-plus-noise type matrices*, 2007, Theorem 1.1,

    m = int dH(t) / (t / a - a z + s_1^2 (1 - c)),   a = 1 + s_1^2 c m,

with ``c = n / (2 d)`` and H the Marchenko-Pastur law of ratio ``n / d``, scaled by ``c_1^2``.

Symbols: the integral is ``a M(x)`` at ``x = a (a z - s_1^2 (1 - c))``, M the Stieltjes transform of H.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")

X = fp.gaussian(d, n)
O1, O2 = fp.haar(d), fp.haar(d)
F1, F2 = fp.relu(O1 @ X), fp.relu(O2 @ X)
K = (F1.T @ F1 + F2.T @ F2) / (2 * d)
law = fp.spectrum(K)

AT = dict(n=1, d=sympy.Rational(7, 10))

z, m, c_1, s_1 = sympy.symbols("z m c_1 s_1")
c = n / (2 * d)
a = 1 + s_1**2 * c * m
x = a * (a * z - s_1**2 * (1 - c))
M = m / a

FACTS = [
    dict(
        kind="polynomial",
        value=n / d * c_1**2 * x * M**2 + (x - c_1**2 * (1 - n / d)) * M + 1,
        source="DozierSilverstein2007, Theorem 1.1; YuEtAl2016, for the model",
    ),
    dict(
        kind="cumulants",
        value=[c_1**2 + s_1**2, n / d * c_1**4 + 2 * c * s_1**2 * c_1**2 + c * s_1**4],
        source="DozierSilverstein2007; the equation at z = infinity",
    ),
    dict(
        kind="coefficients",
        value={c_1: sympy.Rational(1, 2), s_1**2: sympy.Rational(1, 4) - 1 / (2 * sympy.pi)},
        source="YuEtAl2016; moments of relu",
    ),
    dict(kind="atoms", value={}, source="DozierSilverstein2007; the number of features is larger than that of samples"),
]
