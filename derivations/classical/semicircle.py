"""The semicircle law.

E. P. Wigner, *On the distribution of the roots of certain symmetric matrices*, Annals of Mathematics 67 (1958): the
eigenvalues of a symmetric matrix with independent entries of variance ``sigma^2 / n`` follow the semicircle law of
radius ``2 sigma``.

Symbols: the paper's ``H / sqrt(N)`` with entries of standard deviation ``v`` is ``sigma * H / sqrt(n)`` here.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
sigma = fp.parameters("sigma", positive=True)

H = fp.wigner(n)
A = sigma * H / fp.sqrt(n)
law = fp.spectrum(A)

AT = dict(n=1, sigma=0.8)

z, m = sympy.symbols("z m")

FACTS = [
    dict(kind="polynomial", value=sigma**2 * m**2 + z * m + 1, source="Wigner1958"),
    dict(kind="edges", value=[-2 * sigma, 2 * sigma], source="Wigner1958"),
    dict(kind="atoms", value={}, source="Wigner1958"),
    dict(
        kind="density",
        value={0: 1 / (sympy.pi * sigma), sigma: sympy.sqrt(3) / (2 * sympy.pi * sigma)},
        source="Wigner1958",
    ),
    dict(kind="moments", value=[0, sigma**2, 0, 2 * sigma**4, 0, 5 * sigma**6, 0, 14 * sigma**8], source="Wigner1958"),
    dict(kind="cumulants", value=[0, sigma**2, 0, 0, 0, 0], source="Voiculescu1986"),
]
