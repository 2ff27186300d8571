"""A rational function of two free semicircular elements.

J. W. Helton, T. Mai and R. Speicher, *Applications of realizations (aka linearizations) to free probability*, Journal
of Functional Analysis 274 (2018), section 5: ``r(x, y) = (4 - x)^-1 + (4 - x)^-1 y (4 - x)^-1``.

Given x, this is a diagonal matrix plus a Wigner matrix with the variance profile ``a_i^2 a_j^2``, ``a = 1 / (4 - x)``,
which gives a second route to the same law: V. L. Girko's equations with the average over the semicircle law of x.

Symbols: as in the paper; ``e`` is ``tr(a^2 (r - z)^-1)``.
"""

import sympy

import freeprob as fp

n = fp.sizes("n")

x = fp.wigner(n)
y = fp.wigner(n)
a = fp.inv(4 * fp.identity(n) - x / fp.sqrt(n))
r = a + a @ y @ a / fp.sqrt(n)
law = fp.spectrum(r)

AT = dict(n=1)

z, m, e, t = sympy.symbols("z m e t")
E_x = sympy.Function("E_x")
inverse = 1 / (4 - t)

FACTS = [
    dict(
        kind="system",
        unknowns=(e,),
        equations=(
            m - E_x(1 / (inverse - z - inverse**2 * e)),
            e - E_x(inverse**2 / (inverse - z - inverse**2 * e)),
        ),
        start={e: 0},
        laws=dict(x=fp.laws.semicircle(1)),
        source="HachemLoubatonNajim2007, Theorem 2.4, for the symmetric variance profile a_i^2 a_j^2",
    ),
    dict(
        kind="moments",
        value=[
            2 - sympy.sqrt(3),
            1 / sympy.sqrt(3) - sympy.Rational(1, 2) + (1 / sympy.sqrt(3) - sympy.Rational(1, 2)) ** 2,
        ],
        source="HeltonMaiSpeicher2018, section 5; moments of the semicircle law's resolvent at 4",
    ),
    dict(kind="atoms", value={}, source="HeltonMaiSpeicher2018"),
]
