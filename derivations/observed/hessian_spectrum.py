"""The Hessian of a small network against a Wishart plus a Wigner matrix: the law does not describe it.

J. Pennington and Y. Bahri, *Geometry of neural network loss surfaces via random matrix theory*, ICML 2017, section 4:
``H = H_0 + H_1`` with a Gauss-Newton part ``H_0``, positive semi-definite of rank ratio ``1 / phi``, and a part
``H_1`` of energy ``epsilon`` that is due to the errors of the network; here ``H_0`` has a scale ``s`` as well.

The spectra in ``data/`` are those of the exact Hessian of a network with 1210 weights on handwritten digits
(``data/train.py``), before and after training. What is stated of them below was measured, not published, at values
fitted by ``law.fit(..., ["p", "s", "epsilon"], n=1)``. It is a negative result: the distribution functions are a
fifth apart, as against 0.003 for a spectrum of the model at this size. The nonzero eigenvalues cover more than seven
orders of magnitude, and 65 eigenvalues are 0 (three pixels that are the same in all digits, for each of 16 neurons,
and 17 directions that move all ten outputs alike); a sum of two homogeneous matrices has neither.

Symbols: the paper's ``phi`` is ``n / p``, its ``epsilon`` is ``epsilon``; n is the number of weights.
"""

import sympy

import freeprob as fp

n, p = fp.sizes("n p")
s, epsilon = fp.parameters("s epsilon", positive=True)

J = fp.gaussian(n, p)
W = fp.wigner(n)
H = s * J @ J.T / p + fp.sqrt(2 * epsilon) * W / fp.sqrt(n)
law = fp.spectrum(H)

AT = dict(n=1, p=0.18, s=0.0537, epsilon=1.66e-5)

z, m = sympy.symbols("z m")
phi = n / p
G = -s * m  # of H / s, at z / s
energy = epsilon / s**2

FACTS = [
    dict(
        kind="polynomial",
        value=2 * energy * phi * G**3 - (2 * energy + z / s * phi) * G**2 + (z / s + phi - 1) * G - 1,
        source="PenningtonBahri2017, equation (14)",
    ),
    dict(
        kind="cumulants",
        value=[s, s**2 * phi + 2 * epsilon, s**3 * phi**2, s**4 * phi**3],
        source="PenningtonBahri2017, equation (13)",
    ),
    dict(kind="atoms", value={}, source="PenningtonBahri2017"),
    dict(
        kind="observed",
        data="data/hessian_start.npy",
        value=dict(agrees=False, distance=0.2073, outliers=401, atoms={0: 65 / 1210}),
        source="PenningtonBahri2017; measured on a network of our own",
    ),
    dict(
        kind="observed",
        data="data/hessian_trained.npy",
        at=dict(p=0.354, s=0.001175, epsilon=1e-7),
        value=dict(agrees=False, distance=0.2245, outliers=105, atoms={0: 65 / 1210}),
        source="PenningtonBahri2017; measured on a network of our own",
    ),
]
