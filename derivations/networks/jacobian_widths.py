"""The input-output Jacobian of a Gaussian network whose layers have different widths.

L. Pastur, *On random matrices arising in deep neural networks: Gaussian case*, 2020: although the diagonal matrices
depend on the weights, ``J = D_L W_L ... D_1 W_1`` has the law of a product with independent ones; B. Collins and
T. Hayase, *Asymptotic freeness of layerwise Jacobians caused by invariance of multilayer perceptron*, 2023, prove the
freeness that this rests on for orthogonal weights. The S-transform is then that of a product of rectangular Gaussian
and diagonal matrices (R. R. Müller, *On the asymptotic eigenvalue distribution of concatenated vector-valued fading
channels*, 2002): the level ``t = -1 - z m`` of ``J^T J`` is ``t n_0 / n_l`` on the layer of width ``n_l``, and for relu

    z t = (1 + t) prod_l sigma_w^2 (n_l / n_{l-1}) (1/2 + t n_0 / n_l).

Symbols: the widths ``n_0, ..., n_3`` are ``d, p, q, r``; ``W_l`` has entries of variance ``sigma_w^2 / n_{l-1}``.
"""

from itertools import pairwise

import sympy

import freeprob as fp

d, p, q, r = fp.sizes("d p q r")
sigma_w = fp.parameters("sigma_w", positive=True)
widths = [d, p, q, r]

x = fp.gaussian(d)
y = x
for below, above in pairwise(widths):
    y = fp.relu(sigma_w * fp.gaussian(above, below) @ y / fp.sqrt(below))
J = fp.jacobian(y, x)
law = fp.spectrum(J.T @ J)

AT = dict(d=1, p=sympy.Rational(5, 2), q=sympy.Rational(8, 5), r=3, sigma_w=1.3)

z, m = sympy.symbols("z m")
t = -1 - z * m
mean = (sigma_w**2 / 2) ** 3 * r / d
product = sympy.prod(sigma_w**2 * b / a * (sympy.Rational(1, 2) + t * d / b) for a, b in pairwise(widths))

FACTS = [
    dict(kind="polynomial", value=z * t - (1 + t) * product, source="Pastur2020; Muller2002"),
    dict(kind="moments", value=[mean, mean**2 * (1 + 2 * d / p + 2 * d / q + 2 * d / r)], source="Pastur2020"),
    dict(kind="atoms", value={0: 1 - q / (2 * d)}, source="Pastur2020; the q / 2 active neurons"),
]
