"""Random features of two activations: each neuron draws its own.

B. Adlam, J. Levinson and J. Pennington, *A random matrix perspective on mixtures of nonlinearities in high dimensions*,
AISTATS 2022: an activation enters through its second moment and the square of its mean slope, and a mixture through
their law over the neurons. Given the data, neurons of kind k are Gaussian vectors of covariance ``c_k^2 T + s_k^2 I``,
where ``T = X^T X / d``: in the basis of T a Gaussian matrix with a variance profile, whose equations are those of
W. Hachem, P. Loubaton and J. Najim, *Deterministic equivalents for certain functionals of large random matrices*, 2007.

Symbols: a share ``w`` of the neurons is relu, the others are tanh; ``u`` and ``v`` are the traces of their covariances
with the resolvent, over p; the law of T is the Marchenko-Pastur law with ratio ``n / d``.
"""

import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")
w = sympy.Rational(2, 5)

X = fp.gaussian(d, n)
W = fp.gaussian(p, d)
P = fp.mask(p, keep=w)
H = W @ X / fp.sqrt(d)
Phi = P @ fp.relu(H) + (fp.identity(p) - P) @ fp.tanh(H)
K = Phi.T @ Phi / p
law = fp.spectrum(K)

AT = dict(n=1, d=sympy.Rational(3, 2), p=sympy.Rational(4, 3))

z, m, t, u, v = sympy.symbols("z m t u v")
c_1, s_1, c_2, s_2 = sympy.symbols("c_1 s_1 c_2 s_2")
E_T = sympy.Function("E_T")
relu, tanh = c_1**2 * t + s_1**2, c_2**2 * t + s_2**2
resolvent = 1 / (w * relu / (1 + u) + (1 - w) * tanh / (1 + v) - z)

FACTS = [
    dict(
        kind="system",
        unknowns=[u, v],
        equations=[E_T(resolvent) - m, n / p * E_T(relu * resolvent) - u, n / p * E_T(tanh * resolvent) - v],
        start={u: 0, v: 0},
        laws={"T": fp.laws.marchenko_pastur(AT["n"] / AT["d"])},
        source="HachemLoubatonNajim2007; AdlamLevinsonPennington2022",
    ),
    dict(
        kind="cumulants",
        value=[
            w * (c_1**2 + s_1**2) + (1 - w) * (c_2**2 + s_2**2),
            n / d * (w * c_1**2 + (1 - w) * c_2**2) ** 2
            + n / p * (w * (c_1**2 + s_1**2) ** 2 + (1 - w) * (c_2**2 + s_2**2) ** 2),
        ],
        source="AdlamLevinsonPennington2022; the equations at z = infinity",
    ),
    dict(
        kind="coefficients",
        value={c_1: sympy.Rational(1, 2), s_1**2: sympy.Rational(1, 4) - 1 / (2 * sympy.pi)},
        source="AdlamLevinsonPennington2022; moments of relu",
    ),
    dict(kind="atoms", value={}, source="AdlamLevinsonPennington2022"),
]
