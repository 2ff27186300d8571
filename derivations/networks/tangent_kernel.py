"""The tangent kernel of a network with one hidden layer.

Z. Fan and Z. Wang, *Spectra of the conjugate kernel and neural tangent kernel for linear-width neural networks*,
NeurIPS 2020, section 3.2: the tangent kernel is a linear combination of the conjugate kernel, the Gram matrix of the
data with weight ``(E f')^2``, and the identity with weight ``E f'^2 - (E f')^2``. The mean eigenvalue is
``E f^2 + E f'^2``, which is 1 for the sine.

Symbols: the paper's ``d_0, d_1`` are ``d, p``.
"""

import freeprob as fp

n, d, p = fp.sizes("n d p")

X = fp.gaussian(d, n)
W = fp.gaussian(p, d)
v = fp.gaussian(p)
Phi = fp.sin(W @ X / fp.sqrt(d))
K = fp.ntk(v.T @ Phi / fp.sqrt(p), X)
law = fp.spectrum(K)

AT = dict(n=1, d=2, p=3)

FACTS = [
    dict(kind="cumulants", value=[1], source="FanWang2020, section 3.2"),
    dict(kind="atoms", value={}, source="FanWang2020, section 3.2"),
]
