"""The best penalty of ridge regression on correlated data is the same for every covariance.

Paper: Dobriban and Wager, "High-dimensional asymptotics of prediction: ridge regression and classification", Annals of
Statistics 46 (2018), Theorem 2.1: for weights with iid entries of variance alpha^2/p and noise of variance sigma^2 the
best penalty is gamma sigma^2/alpha^2, and the error there is 1/(lambda v(-lambda)), v the Stieltjes transform of
the companion law of Marchenko, Pastur and Silverstein.

==================  =====================================================================================
the paper           here
==================  =====================================================================================
n, p; gamma = p/n   n, p; p/n
Sigma               ``S``; the law of its eigenvalues is H
w                   ``alpha * beta / sqrt(p)``, iid entries
sigma^2 = 1         ``sigma``: the paper's error and penalty in units of sigma^2
lambda              ``lambda``, with the loss divided by n: argmin |y - X^T w|^2 / n + lambda |w|^2
r(lambda)           ``test`` and, at the best penalty, ``best``: with the noise of the new label
==================  =====================================================================================
"""

import freeprob as fp

n, p = fp.sizes("n p")
lam, alpha = fp.parameters("lambda alpha", positive=True)
sigma = fp.parameters("sigma", positive=True)

S = fp.population(p, fp.laws.symbolic("H"))
Z, beta, eps = fp.gaussian(p, n), fp.gaussian(p), fp.gaussian(n)
z, noise = fp.gaussian(p), fp.gaussian(1)

X, x = S**0.5 @ Z, S**0.5 @ z
y = alpha * X.T @ beta / fp.sqrt(p) + sigma * eps
y_x = alpha * beta.T @ x / fp.sqrt(p) + sigma * noise

test = fp.limit(fp.test_error(fp.ridge(X, y, penalty=lam), x, y_x))
best = fp.limit(fp.test_error(fp.ridge(X, y, penalty=sigma**2 * p / (n * alpha**2)), x, y_x))

AT = dict(n=1.37, p=1, lambda_=0.021, sigma=0.3, alpha=1.2, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

# v = v(-lambda): 1/v = lambda + gamma E t/(1 + t v); its derivative v' in the argument at -lambda.
_SILVERSTEIN = {
    "let": {
        "gamma": "p/n",
        "slope": "1/(1/v**2 - gamma*mean(t**2/(1 + t*v)**2))",
        "best_lam": "gamma*sigma**2/alpha**2",
    },
}
_ERROR = "(sigma**2 + (lam*alpha**2/gamma - sigma**2)*(1 - lam*slope/v))/(lam*v)"

FACTS = [
    {
        "kind": "number",
        "model": "test",
        **_SILVERSTEIN,
        "solve": {"v": "1/v - lam - p/n*mean(t/(1 + t*v))"},
        "value": _ERROR,
        "source": "DobribanWager2018, Theorem 2.1",
    },
    {
        "kind": "number",
        "model": "best",
        **_SILVERSTEIN,
        "solve": {"v": "1/v - p*sigma**2/(n*alpha**2) - p/n*mean(t/(1 + t*v))"},
        "value": "sigma**2/(best_lam*v)",
        "source": "DobribanWager2018, Theorem 2.1",
    },
    {
        "kind": "number",
        "model": "best",
        "at": {"p": 3.1, "sigma": 0.7},
        **_SILVERSTEIN,
        "solve": {"v": "1/v - p*sigma**2/(n*alpha**2) - p/n*mean(t/(1 + t*v))"},
        "value": "sigma**2/(best_lam*v)",
        "source": "DobribanWager2018, Theorem 2.1",
    },
]
