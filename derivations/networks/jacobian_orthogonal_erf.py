"""The input-output Jacobian of an orthogonal erf network: dynamical isometry of a smooth activation.

J. Pennington, S. S. Schoenholz and S. Ganguli, *Resurrecting the sigmoid in deep learning through dynamical isometry*,
NIPS 2017, and *The emergence of spectral universality in deep networks*, AISTATS 2018: ``J = D_L W_L ... D_1 W_1`` with
``W_l = sigma_w O_l``, O_l Haar orthogonal. For ``phi(x) = erf(sqrt(pi) x / 2)`` and pre-activations of variance q,
``mu_k = E D^{2k} = (1 + k pi q)^{-1/2}``; the squared singular values have mean ``(sigma_w^2 mu_1)^L`` and variance
``(sigma_w^2 mu_1)^{2 L} L (mu_2 / mu_1^2 - 1)``, of order ``L q^2``: they stay together at any depth where q is small.
The derivative falls to 0, so that the spectrum goes down to 0, with next to no mass there.

Symbols: the variance q of the pre-activations is kept at its value by a bias of variance ``q - sigma_w^2 E phi^2``;
L = 2.
"""

import sympy

import freeprob as fp
from freeprob.language.activations import as_activation

n = fp.sizes("n")
q, sigma_w = fp.parameters("q sigma_w", positive=True)
L = 2

slope = sympy.sqrt(sympy.pi) / 2
bias_variance = q - sigma_w**2 * as_activation("erf").second_moment(sympy.pi * q / 4)
x = fp.gaussian(n)
first = fp.sqrt(q) / sigma_w
y = fp.erf(slope * first * sigma_w * fp.haar(n) @ x)
for _ in range(L - 1):
    y = fp.erf(slope * (sigma_w * fp.haar(n) @ y + fp.sqrt(bias_variance) * fp.gaussian(n)))
J = fp.jacobian(y, x) / first
law = fp.spectrum(J.T @ J, via="scalar")

AT = dict(n=1, q=0.1, sigma_w=1.02)

mu_1, mu_2 = (1 / sympy.sqrt(1 + k * sympy.pi * q) for k in (1, 2))
mean = (sigma_w**2 * mu_1) ** L

FACTS = [
    dict(
        kind="moments",
        value=[mean, mean**2 * (1 + L * (mu_2 / mu_1**2 - 1))],
        source="PenningtonSchoenholzGanguli2018",
    ),
]
