"""Free compression: a corner of a matrix in generic position.

A. Nica and R. Speicher, *On the multiplication of free N-tuples of noncommutative random variables*, Amer. J. Math.
118 (1996), Corollary 1.14: compressed to a fraction ``alpha`` of the space, free cumulants are multiplied by
``alpha^(k-1)``. Hence half of a symmetry has the law of its sum with a free copy of itself, scaled by 1/2: arcsine on
[-1, 1].

Symbols: V is an isometry, ``alpha = p/n``; A has eigenvalues +-1.
"""

import sympy

import freeprob as fp

n, p = fp.sizes("n p")
A = fp.population(n, fp.laws.atoms({-1: "1/2", 1: "1/2"}))
V = fp.haar(n, p)
C = V.T @ A @ V
law = fp.spectrum(C)

AT = dict(n=1, p=sympy.Rational(1, 3))

alpha = p / n

FACTS = [
    dict(
        kind="cumulants", value=[0, alpha, 0, -(alpha**3), 0, 2 * alpha**5], source="NicaSpeicher1996, Corollary 1.14"
    ),
    dict(
        kind="edges",
        value=[-2 * sympy.sqrt(alpha * (1 - alpha)), 2 * sympy.sqrt(alpha * (1 - alpha))],
        source="NicaSpeicher1996; Kesten's law of degree 1/alpha",
    ),
]
