"""The Gram matrix of random features.

J. Pennington and P. Worah, *Nonlinear random matrix theory for deep learning*, NeurIPS 2017, Theorem 1: with
``phi = n_0 / m``, ``psi = n_0 / n_1``, ``eta = E f^2`` and ``zeta = (E f')^2``, the Cauchy transform of
``M = Y Y^T / m``, ``Y = f(W X)``, is ``G(z) = psi / z P(1 / (z psi)) + (1 - psi) / z``, where P solves a quartic.

Symbols: the paper's ``n_0, n_1, m`` are ``d, p, n`` here; G = -m.
"""

import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")

X = fp.gaussian(d, n)
W = fp.gaussian(p, d)
Phi = fp.tanh(W @ X / fp.sqrt(d))
M = Phi @ Phi.T / n
law = fp.spectrum(M)

AT = dict(n=1, d=0.7, p=0.45)

z, m, c_1, s_1 = sympy.symbols("z m c_1 s_1")
eta, zeta = c_1**2 + s_1**2, c_1**2
phi, psi = d / n, d / p
P = (-z * m - 1 + psi) / psi
P_phi, P_psi = 1 + (P - 1) * phi, 1 + (P - 1) * psi
tPP = P_phi * P_psi / (z * psi)

FACTS = [
    dict(
        kind="polynomial",
        value=(1 - P) * (1 - zeta * tPP) + (eta - zeta) * tPP * (1 - zeta * tPP) + zeta * tPP,
        source="PenningtonWorah2017, Theorem 1",
    ),
    dict(kind="moments", value=[eta], source="PenningtonWorah2017"),
    dict(kind="atoms", value={}, source="PenningtonWorah2017"),
    dict(
        kind="coefficients",
        value={eta: "0.394294490397841174416459772444", zeta: "0.366879164362410917260436162336"},
        source="PenningtonWorah2017, equation (9), for tanh",
    ),
]
