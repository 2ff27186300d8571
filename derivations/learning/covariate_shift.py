"""Ridge regression under a covariate shift: test data of a covariance that is aligned with that of the training data.

Paper: Tripuraneni, Adlam and Pennington, "Overparameterization improves robustness to covariate shift in high
dimensions", NeurIPS 2021, here without random features and for one eigenvector basis, with the joint law of both
covariances as the only input. The test covariance is a power of that of the training data.

==================  =====================================================================================
the paper           here
==================  =====================================================================================
m, n_0              n, d
Sigma               ``S``, training covariance, law H
Sigma_*             ``S**2``, test covariance: large directions become larger
beta                the teacher ``beta / sqrt(d)``
==================  =====================================================================================
"""

import freeprob as fp

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, beta, eps, z = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)

X = S**0.5 @ Z
y = X.T @ beta / fp.sqrt(d) + sigma * eps
w = fp.ridge(X, y, penalty=lam)
shifted = fp.limit(fp.test_error(w, S @ z, beta.T @ S @ z / fp.sqrt(d)))
unshifted = fp.limit(fp.test_error(w, S**0.5 @ z, beta.T @ S**0.5 @ z / fp.sqrt(d)))

AT = dict(n=1.37, d=1, lambda_=0.021, sigma=0.3, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

_RIDGE = {
    "solve": {"kappa": "kappa*(1 - d/n*mean(t/(t + kappa))) - lam"},
    "let": {
        "df2": "d/n*mean(t**2/(t + kappa)**2)",
        "error": "(kappa**2*mean(t/(t + kappa)**2) + sigma**2)/(1 - df2)",
    },
}

FACTS = [
    {
        "kind": "number",
        "model": "unshifted",
        **_RIDGE,
        "value": "error - sigma**2",
        "source": "HastieEtAl2022, Theorem 5",
    },
    {
        "kind": "number",
        "model": "shifted",
        **_RIDGE,
        "value": "kappa**2*mean(t**2/(t + kappa)**2) + d/n*mean(t**3/(t + kappa)**2)*error",
        "source": "TripuraneniAdlamPennington2021: the limit of linear features",
    },
]
