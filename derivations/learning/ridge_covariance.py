"""Ridge regression on correlated data: training and test error for an isotropic and for an aligned teacher.

Paper: Hastie, Montanari, Rosset and Tibshirani, "Surprises in high-dimensional ridgeless least squares interpolation",
Annals of Statistics 50 (2022), Theorem 5; Dobriban and Wager 2018, Theorem 2.1; Wu and Xu, "On the optimal weighted
l2 regularization in overparameterized linear regression", NeurIPS 2020, Theorem 1; the effective ridge kappa as in
Canatar, Bordelon and Pehlevan, Nature Communications 12 (2021), equations (4) and (5).

==================  =====================================================================================
the papers          here
==================  =====================================================================================
n, p                n, d
x = Sigma^(1/2) z   columns of ``S**0.5 @ Z``; the law of the eigenvalues of S is H
lambda              ``lambda``, with the loss divided by n: argmin |y - X^T w|^2 / n + lambda |w|^2
isotropic teacher   beta / sqrt(d), iid entries
aligned teacher     Sigma^(1/2) beta / sqrt(d)
error               includes the noise sigma^2 of the new label
==================  =====================================================================================
"""

import freeprob as fp

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n)
z, noise = fp.gaussian(d), fp.gaussian(1)

X, x = S**0.5 @ Z, S**0.5 @ z
aligned = S**0.5 @ beta

y = X.T @ beta / fp.sqrt(d) + sigma * eps
y_aligned = X.T @ aligned / fp.sqrt(d) + sigma * eps
w = fp.ridge(X, y, penalty=lam)
w_aligned = fp.ridge(X, y_aligned, penalty=lam)

test = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d) + sigma * noise))
train = fp.limit(fp.train_error(w, X, y))
test_aligned = fp.limit(fp.test_error(w_aligned, x, aligned.T @ x / fp.sqrt(d) + sigma * noise))
train_aligned = fp.limit(fp.train_error(w_aligned, X, y_aligned))

AT = dict(n=1.37, d=1, lambda_=0.021, sigma=0.3, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

# kappa is the effective ridge, df_1 and df_2 the degrees of freedom divided by n; mean(f) averages f(t) over H.
_RIDGE = {
    "solve": {"kappa": "kappa*(1 - d/n*mean(t/(t + kappa))) - lam"},
    "let": {"df2": "d/n*mean(t**2/(t + kappa)**2)"},
}
_ISOTROPIC = "(kappa**2*mean(t/(t + kappa)**2) + sigma**2)/(1 - df2)"
_ALIGNED = "(kappa**2*mean(t**2/(t + kappa)**2) + sigma**2)/(1 - df2)"

FACTS = [
    {
        "kind": "number",
        "model": "test",
        **_RIDGE,
        "value": _ISOTROPIC,
        "source": "HastieEtAl2022, Theorem 5; DobribanWager2018, Theorem 2.1",
    },
    {
        "kind": "number",
        "model": "test_aligned",
        **_RIDGE,
        "value": _ALIGNED,
        "source": "WuXu2020, Theorem 1; CanatarBordelonPehlevan2021, equations (4)-(5)",
    },
    {
        "kind": "number",
        "model": "train",
        **_RIDGE,
        "value": f"(lam/kappa)**2*{_ISOTROPIC}",
        "source": "CanatarBordelonPehlevan2021: training error = (lambda/kappa)^2 test error",
    },
    {
        "kind": "number",
        "model": "train_aligned",
        **_RIDGE,
        "value": f"(lam/kappa)**2*{_ALIGNED}",
        "source": "CanatarBordelonPehlevan2021: training error = (lambda/kappa)^2 test error",
    },
]
