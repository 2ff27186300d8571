"""The sum of two projections in generic position.

D. Voiculescu, *Addition of certain non-commuting random variables*, J. Funct. Anal. 66 (1986): R-transforms add. Two
projections of normalised ranks a and b have atoms where their kernels or ranges must meet: at 0 of mass ``1 - a -
b``, at 2 of mass ``a + b - 1``, at 1 of mass ``|a - b|`` (when positive), and a continuous part between.

Symbols: P and Q are the projections.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
a, b = sympy.Rational(37, 100), sympy.Rational(45, 100)
P = fp.population(n, fp.laws.bernoulli(a))
Q = fp.rotated(n, fp.laws.bernoulli(b))
A = P + Q
law = fp.spectrum(A)

AT = dict(n=1)

FACTS = [
    dict(kind="moments", value=[a + b, a + b + 2 * a * b], source="Voiculescu1986; tr PQ = tr P tr Q"),
    dict(kind="atoms", value={0: 1 - a - b, 1: b - a}, source="BercoviciVoiculescu1998, Theorem 7.4"),
]
