"""A Wigner matrix with one spike.

S. Peche, *The largest eigenvalue of small rank perturbations of Hermitian random matrices*, Probability Theory and
Related Fields 134 (2006), Theorem 1.1; the overlap is from F. Benaych-Georges and R. R. Nadakuditi, Advances in
Mathematics 227 (2011), Section 3.1: above ``theta = sigma`` the largest eigenvalue is ``theta + sigma^2 / theta``.

Symbols: the papers' unit vector ``u`` is ``v / sqrt(n)`` here, their ``theta`` and ``sigma`` are ours.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
sigma, theta = fp.parameters("sigma theta", positive=True)

H, v = fp.wigner(n), fp.gaussian(n)
A = sigma * H / fp.sqrt(n) + theta * v @ v.T / n
law = fp.spectrum(A)

AT = dict(n=1, sigma=0.8, theta=1.9)

z, m = sympy.symbols("z m")
SUBCRITICAL = dict(theta=0.7)

FACTS = [
    dict(kind="polynomial", value=sigma**2 * m**2 + z * m + 1, source="Wigner1958"),
    dict(
        kind="outliers",
        value=[(theta + sigma**2 / theta, {"v": 1 - sigma**2 / theta**2})],
        source="BenaychGeorgesNadakuditi2011, Section 3.1",
    ),
    dict(kind="outliers", at=SUBCRITICAL, value=[], source="Peche2006, Theorem 1.1"),
    dict(kind="threshold", parameter="theta", side="right", value=sigma, source="Peche2006, Theorem 1.1"),
]
