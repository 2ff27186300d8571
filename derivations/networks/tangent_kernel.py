"""The tangent kernel of a network with one hidden layer.

Z. Fan and Z. Wang, *Spectra of the conjugate kernel and neural tangent kernel for linear-width neural networks*,
NeurIPS 2020, section 3.2: the tangent kernel is a linear combination of the conjugate kernel, the Gram matrix of the
data with weight ``(E f')^2``, and the identity with weight ``E f'^2 - (E f')^2``. The mean eigenvalue is
``E f^2 + E f'^2``, which is 1 for the sine.

B. Adlam and J. Pennington, *The neural tangent kernel in high dimensions: triple descent and a multi-scale theory of
generalization*, ICML 2020: two polynomial equations for ``tau_1 = tr (K + gamma)^{-1}/n`` and the same with the Gram
matrix ``X^T X/d`` in front. They give the same spectrum, and with it the training error of kernel ridge regression.

Symbols: Fan and Wang's ``d_0, d_1`` are ``d, p``; of Adlam and Pennington ``phi = d/n``, ``psi = d/p``, ``gamma = -z``,
``tau_1 = m``, ``zeta = (E f')^2 = c_2^2``, ``eta = E f^2 = c_2^2 + s_2^2``; the tangent kernel has the weights
``w_1 = sigma_W2^2 zeta`` of the Gram matrix and ``b_1 = sigma_W2^2 (eta' - zeta)`` of the identity.
"""

import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")

X = fp.gaussian(d, n)
W = fp.gaussian(p, d)
v = fp.gaussian(p)
Phi = fp.sin(W @ X / fp.sqrt(d))
K = fp.ntk(v.T @ Phi / fp.sqrt(p), X)
law = fp.spectrum(K)

AT = dict(n=1, d=2, p=3)

z, m, u = sympy.symbols("z m u")
tau = m * (1 - u * m)  # tau_2, near tau_1 far from the spectrum
c_2, s_2, b_1, w_1 = sympy.symbols("c_2 s_2 b_1 w_1")
zeta, eta, phi, psi = c_2**2, c_2**2 + s_2**2, d / n, d / p
variance = w_1 / zeta
eta_prime = zeta + b_1 / variance

FACTS = [
    dict(
        kind="system",
        unknowns=[u],
        equations=[
            phi * (zeta * tau * m + phi * (tau - m)) / m**2
            + zeta * (1 - u * m) * psi * (-z * m - 1)
            + zeta * (1 - u * m) * variance * (zeta * (tau - m) * psi + m * psi * eta_prime + phi),
            zeta * tau * (eta_prime - eta) * variance
            + zeta * (1 - u * m) * (-z * m - 1)
            + u * phi * (zeta * (tau - m) + eta * m),
        ],
        start={u: 0.4},
        elimination="slow",
        source="AdlamPennington2020",
    ),
    dict(
        kind="coefficients",
        value={
            c_2**2: sympy.exp(-1),
            c_2**2 + s_2**2: (1 - sympy.exp(-2)) / 2,
            w_1: sympy.exp(-1),
            b_1 + w_1: (1 + sympy.exp(-2)) / 2,
        },
        source="AdlamPennington2020; moments of the sine",
    ),
    dict(kind="cumulants", value=[1], source="FanWang2020, section 3.2"),
    dict(kind="atoms", value={}, source="FanWang2020, section 3.2"),
]
