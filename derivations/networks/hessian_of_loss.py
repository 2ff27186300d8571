"""The Hessian of a loss that is not convex, of a model with one neuron.

Z. Liao and M. W. Mahoney, *Hessian eigenspectra of more realistic nonlinear models*, NeurIPS 2021: the Hessian of a
mean loss ``sum_i l(x_i . w) / n`` is ``X D X^T / n``, where the diagonal matrix D of the ``l''(x_i . w)`` depends on
the data; this changes eigenvalues outside the bulk at most. The bulk has the law of J. W. Silverstein and Z. D. Bai,
*On the empirical distribution of eigenvalues of a class of large dimensional random matrices*, 1995, for independent
D, positive or not: a free compound Poisson law of cumulants ``(d / n)^(k - 1) E D^k``.

Symbols: the loss is ``l(h) = 1 - exp(-h^2 / 2)``, bounded, with ``l''(h) = (1 - h^2) exp(-h^2 / 2)`` of both signs;
``x . w`` is standard normal.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")
u = sympy.Symbol("u", real=True)

X = fp.gaussian(d, n)
w = fp.gaussian(d)
D = fp.diag(fp.entrywise((1 - u**2) * sympy.exp(-(u**2) / 2), X.T @ w / fp.sqrt(d)))
H = X @ D @ X.T / n
law = fp.spectrum(H)

AT = dict(n=1, d=sympy.Rational(2, 5))

curvature = [1 / sympy.sqrt(8), 2 / sympy.sqrt(27), sympy.Rational(37, 128)]  # E D^k, k = 1, 2, 3

FACTS = [
    dict(
        kind="cumulants",
        value=[(d / n) ** k * moment for k, moment in enumerate(curvature)],
        source="SilversteinBai1995; LiaoMahoney2021",
    ),
    dict(kind="atoms", value={}, source="LiaoMahoney2021"),
]
