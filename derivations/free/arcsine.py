"""The arcsine law: a Haar orthogonal matrix plus its transpose.

D. Voiculescu, *Limit laws for random matrices and free products*, Invent. Math. 104 (1991), Theorem 3.8: independent
Haar matrices are asymptotically free Haar unitaries u, and ``u + u*`` has the arcsine law (the random walk on the
integers, whose closed walks of length 2k are counted by the central binomial coefficients; H. Kesten 1959).

Symbols: the paper's ``u`` is O, ``u*`` is ``O.T``.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
O = fp.haar(n)  # noqa: E741
A = O + O.T
law = fp.spectrum(A)

AT = dict(n=1)

z, m = sympy.symbols("z m")

FACTS = [
    dict(kind="polynomial", value=m**2 * (z**2 - 4) - 1, source="Voiculescu1991, Theorem 3.8"),
    dict(kind="edges", value=[-2, 2], source="Kesten1959"),
    dict(kind="moments", value=[0, 2, 0, 6, 0, 20, 0, 70], source="Kesten1959; closed walks on the integers"),
]
