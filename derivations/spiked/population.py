"""A spike in a general population.

Z. Bai and J. Yao, *On sample eigenvalues in a generalized spiked population model*, Journal of Multivariate Analysis
106 (2012), Theorem 4.1: with a population law H and ``phi(a) = a (1 + c int t / (a - t) dH(t))``, a population
eigenvalue a with ``phi'(a) > 0`` sends a sample eigenvalue to ``phi(a)``.

Symbols: the paper's ``y`` is ``c = d / n``, its spike ``alpha`` has the same name. The matrix is the companion
``X^T S X / n`` of the samples, in which the coordinate of the spike is a vector g of n further numbers.
"""

import freeprob as fp

n, d = fp.sizes("n d")
alpha = fp.parameters("alpha", positive=True)

X, g = fp.gaussian(d, n), fp.gaussian(n)
S = fp.population(d, fp.laws.atoms({1: "1/2", 3: "1/2"}))
K = X.T @ S @ X / n + alpha * g @ g.T / n
law = fp.spectrum(K)

AT = dict(n=1, d=0.2, alpha=7)

c = d / n
PHI = alpha * (1 + c * (1 / (alpha - 1) + 3 / (alpha - 3)) / 2)
SPREAD = c * (1 / (alpha - 1) ** 2 + 9 / (alpha - 3) ** 2) / 2

FACTS = [
    dict(kind="outliers", value=[(PHI, {})], source="BaiYao2012, Theorem 4.1"),
    dict(kind="outliers", at=dict(alpha=1.8, d=0.02), value=[(PHI, {})], source="BaiYao2012, Theorem 4.1"),
    dict(kind="outliers", at=dict(alpha=3.5), value=[], source="BaiYao2012, Theorem 4.2"),
    dict(kind="threshold", parameter="alpha", side="right", zero=1 - SPREAD, source="BaiYao2012, Section 4"),
]
