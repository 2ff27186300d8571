"""The anticommutator of two free semicircular elements.

A. Nica and R. Speicher, *Commutators of free random variables*, Duke Mathematical Journal 92 (1998); worked out by
operator-valued free probability in S. Belinschi, T. Mai and R. Speicher, Journal fuer die reine und angewandte
Mathematik 732 (2017), section 6. By rotation invariance ``xy + yx`` is the difference of two free Poisson elements:
``R(g) = 2 g / (1 - g^2)``.

Symbols: ``x, y`` are limits of Wigner matrices; G = -m.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")

x = fp.wigner(n)
y = fp.wigner(n)
A = (x @ y + y @ x) / n
law = fp.spectrum(A)

AT = dict(n=1)

z, m = sympy.symbols("z m")
G = -m

FACTS = [
    dict(kind="polynomial", value=z * G**3 + G**2 - z * G + 1, source="BelinschiMaiSpeicher2017, section 6"),
    dict(
        kind="edges",
        value=[s * sympy.sqrt((11 + 5 * sympy.sqrt(5)) / 2) for s in (-1, 1)],
        source="NicaSpeicher2006, Lecture 15",
    ),
    dict(kind="atoms", value={}, source="BelinschiMaiSpeicher2017"),
    dict(kind="moments", value=[0, 2, 0, 10, 0, 66, 0, 498, 0, 4066], source="NicaSpeicher2006, Lecture 15"),
    dict(kind="cumulants", value=[0, 2, 0, 2, 0, 2], source="NicaSpeicher2006, Lecture 15"),
]
