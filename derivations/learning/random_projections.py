"""Double descent of least squares on random projections of the inputs.

Paper: Bach, "High-dimensional analysis of double descent for linear regression with random projections", SIAM Journal
on Mathematics of Data Science 6 (2024), arXiv:2303.01372: the excess risk of minimum-norm least squares on m Gaussian
projections of correlated inputs, below and above m = n, where it is infinite. The effective penalties are those at
which the degrees of freedom df_1 are m and n.

==================================  ========================================================================
the paper                           here
==================================  ========================================================================
n, d, m                             n, d, m
X = Z Sigma^(1/2)                   X.T (columns of ``S**0.5 @ Z`` are samples); the eigenvalues of S have the law H
S (d x m), Gaussian                 ``G / sqrt(d)``
theta_*                             ``beta / sqrt(d)``, with iid entries
df_1(kappa), df_2(kappa)            d E t/(t + kappa), d E t^2/(t + kappa)^2
R^(bias) + R^(var)                  ``test``, the label of the fresh point without noise
==================================  ========================================================================
"""

import freeprob as fp

n, d, m = fp.sizes("n d m")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, G, beta, eps, z = fp.gaussian(d, n), fp.gaussian(d, m), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)

X, x = S**0.5 @ Z, S**0.5 @ z
y = X.T @ beta / fp.sqrt(d) + sigma * eps
a = fp.ridge(G.T @ X / fp.sqrt(d), y, penalty=lam)
test = fp.limit(fp.test_error(a, G.T @ x / fp.sqrt(d), beta.T @ x / fp.sqrt(d)))

AT = dict(n=0.6, d=1, m=0.83, lambda_=0, sigma=0.3, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

# Below the threshold (m < n) df_1(kappa) = m, above it df_1(kappa) = n; mean(f) averages f(t) over H.
_TERMS = {"signal": "mean(t/(t + kappa))", "df2": "d*mean(t**2/(t + kappa)**2)"}
_SOURCE = "Bach2024, asymptotic equivalents of bias and variance"

FACTS = (
    [
        {
            "kind": "number",
            "model": "test",
            "at": {"m": m_},
            "let": _TERMS,
            "solve": {"kappa": "d*mean(t/(t + kappa)) - n"},
            "value": "(kappa**2*mean(t/(t + kappa)**2) + sigma**2*df2/n)/(1 - df2/n)"
            " + (kappa*signal + sigma**2)*n/(m - n)",
            "source": _SOURCE + ", m > n",
        }
        for m_ in (0.83, 2)
    ]
    + [
        {
            "kind": "number",
            "model": "test",
            "at": {"m": m_},
            "let": _TERMS,
            "solve": {"kappa": "d*mean(t/(t + kappa)) - m"},
            "value": "(kappa*signal + sigma**2)*n/(n - m) - sigma**2",
            "source": _SOURCE + ", m < n",
        }
        for m_ in (0.2, 0.5)
    ]
    + [{"kind": "number", "model": "test", "at": {"m": 0.6}, "value": "oo", "source": _SOURCE + ", m = n"}]
)
