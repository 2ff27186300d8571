"""A symmetric block matrix of independent Wigner matrices.

R. Rashidi Far, T. Oraby, W. Bryc and R. Speicher, *Spectra of large block matrices*, 2006: the block Toeplitz matrix
``[[A, B, C], [B, A, B], [C, B, A]]`` of independent Wigner matrices; its Stieltjes transform comes from a system of
three quadratic equations in the entries of a 3 x 3 matrix. The second moment is 3: one for each block of a row.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")
A, B, C = (fp.wigner(n) / fp.sqrt(n) for _ in range(3))
M = fp.block([[A, B, C], [B, A, B], [C, B, A]])
law = fp.spectrum(M)

AT = dict(n=1)

FACTS = [
    dict(kind="moments", value=[0, sympy.Integer(3), 0], source="RashidiFarEtAl2006, Section 5"),
]
