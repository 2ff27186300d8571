"""The Jacobi (MANOVA) law: a product of two projections in generic position.

K. W. Wachter, *The limiting empirical measure of multiple discriminant ratios*, Ann. Statist. 8 (1980); as the law of
free projections D. Voiculescu, *Multiplication of certain non-commuting random variables*, J. Operator Theory 18
(1987): S-transforms multiply. For ranks a n and b n the density is ``sqrt((l+ - x)(x - l-)) / (2 pi x (1 - x))``
between ``l+- = a + b - 2ab +- 2 sqrt(ab(1 - a)(1 - b))``.

Symbols: the projections are P and Q.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
a, b = sympy.Rational(37, 100), sympy.Rational(52, 100)
P = fp.population(n, fp.laws.bernoulli(a))
Q = fp.rotated(n, fp.laws.bernoulli(b))
A = P @ Q @ P
law = fp.spectrum(A)

AT = dict(n=1)

root = 2 * sympy.sqrt(a * b * (1 - a) * (1 - b))
middle = a + b - 2 * a * b

FACTS = [
    dict(kind="edges", value=[middle - root, middle + root], source="Wachter1980"),
    dict(kind="atoms", value={0: 1 - min(a, b)}, source="Voiculescu1987"),
    dict(kind="moments", value=[a * b, a * b * (a + b - a * b)], source="Voiculescu1987"),
]
