"""The input-output Jacobian of an orthogonal hard-tanh network: dynamical isometry.

J. Pennington, S. S. Schoenholz and S. Ganguli, *The emergence of spectral universality in deep networks*, AISTATS
2018: ``J = D_L W_L ... D_1 W_1`` with ``W_l = sigma_w O_l``, O_l Haar orthogonal. For the hard tanh ``D_l^2`` is 1 for
the fraction p of neurons in the linear part, else 0, and the level ``t = -1 - z m`` of ``J^T J`` obeys
``z t = sigma_w^{2 L} (1 + t) ((p + t)/(1 + t))^L``. The variance of the squared singular values is
``sigma_w^{4 L} p^{2 L} L (1/p - 1)``: small where ``p`` is near 1, at any depth.

Symbols: the variance q of the pre-activations is kept at its value by a bias of variance ``q - sigma_w^2 E f^2``;
the paper's ``p(q*)`` is ``p_h1``, and L = 3.
"""

import sympy

import freeprob as fp
from freeprob.language.activations import as_activation

n = fp.sizes("n")
q, sigma_w = fp.parameters("q sigma_w", positive=True)
L = 3

bias_variance = q - sigma_w**2 * as_activation("hard_tanh").second_moment(q)
x = fp.gaussian(n)
h = sigma_w * fp.haar(n) @ x
first = fp.sqrt(q) / sigma_w
y = fp.hard_tanh(first * h)
for _ in range(L - 1):
    y = fp.hard_tanh(sigma_w * fp.haar(n) @ y + fp.sqrt(bias_variance) * fp.gaussian(n))
J = fp.jacobian(y, x) / first
law = fp.spectrum(J.T @ J, via="scalar")

AT = dict(n=1, q=0.25, sigma_w=1.02)

z, m, p = sympy.symbols("z m p_h1")
t = -1 - z * m

FACTS = [
    dict(
        kind="polynomial",
        value=z * t * (1 + t) ** (L - 1) - sigma_w ** (2 * L) * (p + t) ** L,
        source="PenningtonSchoenholzGanguli2018",
    ),
    dict(
        kind="moments",
        value=[(sigma_w**2 * p) ** L, (sigma_w**2 * p) ** (2 * L) * (1 + L * (1 / p - 1))],
        source="PenningtonSchoenholzGanguli2018",
    ),
    dict(
        kind="atoms",
        value={0: 1 - p, sigma_w ** (2 * L): L * p - L + 1},
        source="PenningtonSchoenholzGanguli2018",
    ),
    dict(kind="coefficients", value={p: sympy.erf(sympy.sqrt(2))}, source="PenningtonSchoenholzGanguli2018"),
]
