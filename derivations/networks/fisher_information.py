"""The Fisher information of a network with one hidden layer, through its dual.

R. Karakida, S. Akaho and S. Amari, *Universal statistics of Fisher information in deep neural networks: mean field
approach*, AISTATS 2019: for the squared loss the empirical Fisher information ``J^T J / n``, which is the Gauss-Newton
part of the Hessian, has the same nonzero eigenvalues as its dual ``J J^T / n``, n x n: a tangent kernel. The trace of
either is ``p E f^2 + d E f'^2`` when weights have variance ``1 / width`` and derivatives are those in the weights
themselves; over the number of parameters it is the mean eigenvalue of the paper.

The conjugate kernel is a sample covariance matrix of population ``b^2 X^T X / d + (E f^2 - b^2) I``, ``b = E f'``, and
the part of the first layer is ``d (b^2 X^T X / d + (E f'^2 - b^2) I)`` (Z. Fan and Z. Wang, NeurIPS 2020).

Symbols: the paper's widths ``alpha_0 M, alpha_1 M`` are ``d, p``. The activation is the sine.
"""

import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")

X = fp.gaussian(d, n)
W = fp.gaussian(p, d)
w = fp.gaussian(p)
network = w.T @ fp.sin(W @ X / fp.sqrt(d)) / fp.sqrt(p)
upper, lower = fp.ntk(network, X, weights=[w]), fp.ntk(network, X, weights=[W])  # in weights of variance 1
F = (p * upper + d * lower) / n
law = fp.spectrum(F)

AT = dict(n=1, d=sympy.Rational(3, 2), p=2)

square, slope_square = (1 - sympy.exp(-2)) / 2, (1 + sympy.exp(-2)) / 2  # E sin^2, E cos^2
b = sympy.exp(-sympy.Rational(1, 2))

FACTS = [
    dict(kind="moments", value=[(p * square + d * slope_square) / n], source="KarakidaAkahoAmari2019"),
    dict(
        kind="cumulants",
        value=[(p * square + d * slope_square) / n, ((p + d) ** 2 * b**4 * n / d + n * p * square**2) / n**2],
        source="FanWang2020; KarakidaAkahoAmari2019, for the dual",
    ),
    dict(kind="atoms", value={}, source="FanWang2020"),
]
