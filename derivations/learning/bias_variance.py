"""Bias and variance of ridge regression on correlated data, with the variance of the data taken by itself.

Papers: Canatar, Bordelon and Pehlevan, Nature Communications 12 (2021); Simon, Dickens, Karkada and DeWeese, "The
eigenlearning framework", TMLR 2023, as in SimonEtAl2023: the mean of the learned weights is S/(S + kappa) beta, so that
the squared bias is kappa^2 E t/(t + kappa)^2, and the test error is (bias^2 + sigma^2)/(1 - df_2).

==================  =====================================================================================
the papers          here
==================  =====================================================================================
n                   n samples in dimension d
eigenvalues         the law H of ``S``; columns of the data are ``S**0.5 @ Z``
target              beta / sqrt(d), iid entries
kappa, delta        the effective ridge; delta = lambda n
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
y = X.T @ beta / fp.sqrt(d) + sigma * eps
w = fp.ridge(X, y, penalty=lam)
test = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d) + sigma * noise))

parts = fp.variance_due_to(test, [Z, eps])
bias, label_noise = parts.bias, parts.noise
V_data, V_noise = parts["Z"], parts[{"Z", "eps"}]

cross_validation = fp.limit(fp.gcv(X, y, lam))
df_1 = fp.limit(fp.degrees_of_freedom(X, lam))
df_2 = fp.limit(fp.degrees_of_freedom(X, lam, order=2))

AT = dict(n=1.37, d=1, lambda_=0.021, sigma=0.3, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

_RIDGE = {
    "solve": {"kappa": "kappa*(1 - d/n*mean(t/(t + kappa))) - lam"},
    "let": {"df2": "d/n*mean(t**2/(t + kappa)**2)", "bias2": "kappa**2*mean(t/(t + kappa)**2)"},
}

FACTS = [
    {"kind": "number", "model": "bias", **_RIDGE, "value": "bias2", "source": "SimonEtAl2023"},
    {"kind": "number", "model": "label_noise", **_RIDGE, "value": "sigma**2", "source": "SimonEtAl2023"},
    {"kind": "number", "model": "V_data", **_RIDGE, "value": "bias2*df2/(1 - df2)", "source": "SimonEtAl2023"},
    {"kind": "number", "model": "V_noise", **_RIDGE, "value": "sigma**2*df2/(1 - df2)", "source": "SimonEtAl2023"},
    {
        "kind": "number",
        "model": "cross_validation",
        **_RIDGE,
        "value": "(bias2 + sigma**2)/(1 - df2)",
        "source": "HastieEtAl2022, Theorem 5: the test error",
    },
    {
        "kind": "number",
        "model": "df_1",
        **_RIDGE,
        "value": "1 - lam/kappa",
        "source": "CanatarBordelonPehlevan2021",
    },
]
