"""The Hessian of a loss surface as a Wishart plus a Wigner matrix.

J. Pennington and Y. Bahri, *Geometry of neural network loss surfaces via random matrix theory*, ICML 2017, section 4:
``H = H_0 + H_1`` with ``H_0`` positive semi-definite of rank ratio ``1 / phi`` and ``H_1`` of energy ``epsilon``;
equation (14) is the cubic of the Cauchy transform G = -m.

Symbols: the paper's ``phi`` is ``n / p``, its ``epsilon`` is ``epsilon``.
"""

import sympy

import freeprob as fp

n, p = fp.sizes("n p")
epsilon = fp.parameters("epsilon", positive=True)

J = fp.gaussian(n, p)
W = fp.wigner(n)
H = J @ J.T / p + fp.sqrt(2 * epsilon) * W / fp.sqrt(n)
law = fp.spectrum(H)

AT = dict(n=0.3, p=1, epsilon=0.11)

z, m = sympy.symbols("z m")
phi = n / p
G = -m

FACTS = [
    dict(
        kind="polynomial",
        value=2 * epsilon * phi * G**3 - (2 * epsilon + z * phi) * G**2 + (z + phi - 1) * G - 1,
        source="PenningtonBahri2017, equation (14)",
    ),
    dict(kind="cumulants", value=[1, phi + 2 * epsilon, phi**2, phi**3], source="PenningtonBahri2017, equation (13)"),
    dict(kind="atoms", value={}, source="PenningtonBahri2017"),
]
