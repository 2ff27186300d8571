"""The Kesten-McKay law: a sum of independent Haar matrices and their transposes.

H. Kesten, *Symmetric random walks on groups*, Trans. AMS 92 (1959): the generators of a free group on k letters and
their inverses add up to an operator with density ``2k sqrt(4(2k - 1) - x^2) / (2 pi (4 k^2 - x^2))``; B. D. McKay,
*The expected eigenvalue distribution of a large regular graph*, Linear Algebra Appl. 40 (1981), finds the same law
for graphs of degree 2k.

Symbols: k = 2, the letters are U and V.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
U, V = fp.haar(n), fp.haar(n)
A = U + U.T + V + V.T
law = fp.spectrum(A)

AT = dict(n=1)

z, m = sympy.symbols("z m")

FACTS = [
    dict(kind="polynomial", value=m**2 * (16 - z**2) + 2 * z * m + 3, source="Kesten1959"),
    dict(kind="edges", value=[-2 * sympy.sqrt(3), 2 * sympy.sqrt(3)], source="Kesten1959; McKay1981"),
    dict(kind="moments", value=[0, 4, 0, 28, 0, 232], source="McKay1981; closed walks on the tree of degree 4"),
]
