"""Sample covariance matrices with a population covariance of three eigenvalues.

J. W. Silverstein, *Strong convergence of the empirical distribution of eigenvalues of large dimensional random
matrices*, Journal of Multivariate Analysis 55 (1995), equation (1.4); the support by J. W. Silverstein and S. Choi,
same journal 54 (1995), Theorems 4.1 and 4.2.

Symbols: the paper's ``(1/N) T^(1/2) X X* T^(1/2)`` is ``S`` with ``T``; its ``c`` is ``d / n``; its ``m_F`` is m.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")

T = fp.population(d, fp.laws.atoms({"2/5": "9/20", "17/10": "7/20", "53/10": "1/5"}))
X = fp.gaussian(d, n)
S = T**0.5 @ X @ X.T @ T**0.5 / n
law = fp.spectrum(S)

AT = dict(n=1, d=0.21)

z, m, t = sympy.symbols("z m t")
c = d / n
E_T = sympy.Function("E_T")


def inverse_companion(b, ratio, atoms):
    """Return z as a function of the companion transform b: its critical values are the edges (Silverstein-Choi)."""
    return -1 / b + ratio * sum(w * x / (1 + x * b) for x, w in atoms.items())


FACTS = [
    dict(
        kind="system",
        unknowns=(),
        equations=(m - E_T(1 / (t * (1 - c - c * z * m) - z)),),
        source="Silverstein1995, equation (1.4)",
    ),
    dict(kind="critical_values", value=inverse_companion, law="T", ratio=c, source="SilversteinChoi1995, Theorem 4.1"),
    dict(kind="atoms", value={}, source="SilversteinChoi1995"),
    dict(kind="atoms", at=dict(d=2), value={0: sympy.Rational(1, 2)}, source="SilversteinChoi1995"),
    dict(
        kind="moments",
        value=[sympy.Rational(367, 200), sympy.Rational(13403, 2000) + c * sympy.Rational(367, 200) ** 2],
        source="Silverstein1995; first moments of T and T^2",
    ),
]
