"""Two diagonal projections, which commute, plus a Wigner matrix.

Diagonal projections of normalised ranks a and b whose ones fall independently have the product of their laws: P + Q is
0, 1 or 2 with the probabilities of two independent coins (W. Hoeffding, *A combinatorial central limit theorem*, Ann.
Math. Statist. 22 (1951): sums over a random permutation). Two projections in generic position would give another law.
The free convolution with the semicircle law is that of L. Pastur, *On the spectrum of random matrices*, Theor. Math.
Phys. 10 (1972): ``m = E[1/(t - z - v m)]``, t of the law of P + Q.

Symbols: P and Q are the projections, W is the Wigner matrix.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
a, b, v = sympy.Rational(3, 10), sympy.Rational(1, 2), sympy.Rational(1, 25)
P, Q = fp.mask(n, keep=a), fp.mask(n, keep=b)
W = fp.wigner(n)
M = P + Q + fp.sqrt(v) * W / fp.sqrt(n)
law = fp.spectrum(M)

AT = dict(n=1)

m, z = sympy.symbols("m z")
_terms = {0: (1 - a) * (1 - b), 1: a * (1 - b) + b * (1 - a), 2: a * b}
FACTS = [
    dict(
        kind="polynomial",
        value=sympy.numer(sympy.together(m - sum(w / (t - z - v * m) for t, w in _terms.items()))),
        source="Pastur1972, with the law of two independent coins (Hoeffding1951)",
    ),
    dict(kind="moments", value=[a + b, a + b + 2 * a * b + v], source="Hoeffding1951, which gives tr PQ = ab"),
]
