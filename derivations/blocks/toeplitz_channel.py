"""A block Toeplitz channel: blocks of independent Gaussian matrices along diagonals.

R. Rashidi Far, T. Oraby, W. Bryc and R. Speicher, *On slow-fading MIMO systems with nonseparable correlation*, IEEE
Trans. Inform. Theory 54 (2008): channels with inter-symbol interference are block Toeplitz matrices of independent
Gaussian blocks. Every block row holds both taps, so the mean of ``H H^T`` is the sum of the tap variances.

Symbols: two taps F and G of variances 1 and 1/4, two block rows.
"""

import sympy

import freeprob as fp

r, t = fp.sizes("r t")
F, G = fp.gaussian(r, t) / fp.sqrt(t), fp.gaussian(r, t) / (2 * fp.sqrt(t))
O = fp.zeros(r, t)  # noqa: E741
H = fp.block([[F, G, O], [O, F, G]])
law = fp.spectrum(H @ H.T)

AT = dict(r=1, t=sympy.Rational(3, 2))

FACTS = [
    dict(kind="moments", value=[sympy.Rational(5, 4)], source="RashidiFarEtAl2008; the taps' variances add"),
    dict(kind="atoms", value={}, source="RashidiFarEtAl2008; 3 t > 2 r"),
]
