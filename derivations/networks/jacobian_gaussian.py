"""The input-output Jacobian of a Gaussian relu network: no dynamical isometry.

J. Pennington, S. S. Schoenholz and S. Ganguli, *Resurrecting the sigmoid in deep learning through dynamical isometry*,
NIPS 2017, and *The emergence of spectral universality in deep networks*, AISTATS 2018: ``J = D_L W_L ... D_1 W_1`` with
Gaussian weights of variance ``sigma_w^2 / n``. ``D_l^2`` is 1 or 0 with probability 1/2 whatever the variance of the
pre-activations. With ``chi = sigma_w^2 / 2``, mean and variance of the squared singular values are ``chi^L`` and
``2 L chi^{2 L}``, and ``t = -1 - z m`` obeys ``z t = sigma_w^{2 L} (1 + t) (1/2 + t)^L``.

Symbols: L = 3.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
sigma_w = fp.parameters("sigma_w", positive=True)
L = 3

x = fp.gaussian(n)
y = x
for _ in range(L):
    y = fp.relu(sigma_w * fp.gaussian(n, n) @ y / fp.sqrt(n))
J = fp.jacobian(y, x)
law = fp.spectrum(J.T @ J, via="scalar")

AT = dict(n=1, sigma_w=1.3)

z, m = sympy.symbols("z m")
t = -1 - z * m
chi = sigma_w**2 / 2

FACTS = [
    dict(
        kind="polynomial",
        value=z * t - sigma_w ** (2 * L) * (1 + t) * (sympy.Rational(1, 2) + t) ** L,
        source="PenningtonSchoenholzGanguli2018",
    ),
    dict(kind="moments", value=[chi**L, chi ** (2 * L) * (1 + 2 * L)], source="PenningtonSchoenholzGanguli2017"),
]
