"""A bilinear gated layer: its features have no linear part.

J. Pennington and P. Worah, *Nonlinear random matrix theory for deep learning*, NeurIPS 2017, section 3.2.1: where the
linear part of the features vanishes (their ``zeta = 0``), the Gram matrix has the Marchenko-Pastur law. A bilinear unit
``(W X) o (V X)``, the gate of a gated linear unit without its nonlinearity (N. Shazeer, *GLU variants improve
transformer*, 2020), is such a function of two pre-activations.

Symbols: the paper's ``n_1, m`` are ``p, n``.
"""

import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")

X = fp.gaussian(d, n)
W, V = fp.gaussian(p, d), fp.gaussian(p, d)
Phi = fp.hadamard(W @ X, V @ X) / d
law = fp.spectrum(Phi.T @ Phi / p)

AT = dict(n=1, d=2, p=4)

FACTS = [
    dict(
        kind="edges",
        value=[(1 - sympy.sqrt(n / p)) ** 2, (1 + sympy.sqrt(n / p)) ** 2],
        source="PenningtonWorah2017, section 3.2.1",
    ),
    dict(kind="atoms", value={}, source="PenningtonWorah2017, section 3.2.1"),
]
