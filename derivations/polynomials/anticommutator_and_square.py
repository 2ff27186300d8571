"""The polynomial xy + yx + x^2 of two free semicircular elements.

S. Belinschi, T. Mai and R. Speicher, *Analytic subordination theory of operator-valued free additive convolution and
the solution of a general random matrix problem*, Journal fuer die reine und angewandte Mathematik 732 (2017), section
6. By rotation invariance it is a sum of two free Poisson elements with rates ``(1 +- sqrt 5) / 2``:
``R(g) = (1 + 2 g) / (1 - g - g^2)``.

Symbols: ``x, y`` are limits of Wigner matrices; G = -m.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")

x = fp.wigner(n)
y = fp.wigner(n)
A = (x @ y + y @ x + x @ x) / n
law = fp.spectrum(A)

AT = dict(n=1)

z, m = sympy.symbols("z m")
G = -m

FACTS = [
    dict(kind="polynomial", value=z * G * (1 - G - G**2) - 1 - G**2, source="BelinschiMaiSpeicher2017, section 6"),
    dict(kind="cumulants", value=[1, 3, 4, 7, 11, 18], source="BelinschiMaiSpeicher2017; Lucas numbers"),
    dict(kind="moments", value=[1, 4, 14, 60, 267, 1254], source="BelinschiMaiSpeicher2017"),
    dict(kind="atoms", value={}, source="BelinschiMaiSpeicher2017"),
]
