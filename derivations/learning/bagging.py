"""Bagging: the average of infinitely many ridge regressions, each on its own random part of the samples.

Papers: LeJeune, Javadi and Baraniuk, "The implicit regularization of ordinary least squares ensembles", AISTATS 2020;
Patil, Du and Kuchibhotla, "Bagging in overparameterized learning: risk characterization and risk monotonization", JMLR
24 (2023). Two members share the fraction ``keep`` of the samples of each, so their overlap has the denominator of the
full data and the effective penalty kappa of the parts: sub-sampling acts as a penalty.

==================  ===========================================================================
the papers          here
==================  ===========================================================================
n, p; k = keep n    n, d; the mask ``P``, an independent one for each member
x = Sigma^(1/2) z   columns of ``S**0.5 @ Z``; the law of the eigenvalues of S is H
error               includes the noise sigma^2 of the new label
==================  ===========================================================================
"""

import freeprob as fp

n, d = fp.sizes("n d")
lam, K = fp.parameters("lambda K", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n)
z, noise = fp.gaussian(d), fp.gaussian(1)
P = fp.mask(n, keep="3/5")

X, x = S**0.5 @ Z, S**0.5 @ z
y = X.T @ beta / fp.sqrt(d) + sigma * eps
w = fp.ridge(X @ P, P @ y, penalty=lam)
error = fp.test_error(w, x, beta.T @ x / fp.sqrt(d) + sigma * noise)

one = fp.limit(error)
bagged = fp.limit(fp.ensemble(error, K, [P]))
all_members = fp.limit(fp.overlap(error, [P]))

AT = dict(n=1.37, d=1, lambda_=0.021, sigma=0.3, K=5, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

# kappa is the effective ridge of a part of the data; mean(f) averages f(t) over H.
_RIDGE = {
    "solve": {"kappa": "kappa*(3/5 - d/n*mean(t/(t + kappa))) - lam"},
    "let": {
        "bias": "kappa**2*mean(t/(t + kappa)**2) + sigma**2",
        "whole": "bias/(1 - d/n*mean(t**2/(t + kappa)**2))",
        "single": "bias/(1 - 5/3*d/n*mean(t**2/(t + kappa)**2))",
    },
}

FACTS = [
    {"kind": "number", "model": "one", **_RIDGE, "value": "single", "source": "HastieEtAl2022, Theorem 5"},
    {"kind": "number", "model": "all_members", **_RIDGE, "value": "whole", "source": "PatilDuKuchibhotla2023"},
    {
        "kind": "number",
        "model": "bagged",
        **_RIDGE,
        "value": "single/K + whole*(1 - 1/K)",
        "source": "PatilDuKuchibhotla2023",
    },
]
