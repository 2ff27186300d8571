"""Ridge regression on isotropic data: training error, test error and the generalised cross-validation score.

Paper: Dobriban and Wager, "High-dimensional asymptotics of prediction: ridge regression and classification", Annals of
Statistics 46 (2018), Theorem 2.1; Hastie, Montanari, Rosset and Tibshirani, "Surprises in high-dimensional ridgeless
least squares interpolation", Annals of Statistics 50 (2022), Theorem 5 and Corollary 5.

==================  =====================================================================================
the paper           here
==================  =====================================================================================
n, p; gamma = p/n   n, d; d/n
X (n x p)           X.T (columns of X are samples)
|beta|^2 = r^2      ``r * beta / sqrt(d)`` with iid entries of variance 1
lambda              ``lambda``, with the loss divided by n: argmin |y - X^T w|^2 / n + lambda |w|^2
R(lambda) - sigma^2 the excess risk; ``test`` below includes the noise of the new label, as does the R of Dobriban-Wager
==================  =====================================================================================
"""

import freeprob as fp

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
sigma, r = fp.parameters("sigma r", nonnegative=True)

X, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n)
x, noise = fp.gaussian(d), fp.gaussian(1)

y = r * X.T @ beta / fp.sqrt(d) + sigma * eps
y_x = r * beta.T @ x / fp.sqrt(d) + sigma * noise
w = fp.ridge(X, y, penalty=lam)
hat = X.T @ fp.inv(X @ X.T / n + lam * fp.identity(d)) @ X / n

test = fp.limit(fp.test_error(w, x, y_x))
train = fp.limit(fp.train_error(w, X, y))
degrees_of_freedom = fp.limit(fp.tr(hat))
cross_validation = fp.limit(fp.train_error(w, X, y) / (1 - fp.tr(hat)) ** 2)

AT = dict(n=1.37, d=1, lambda_=0.021, sigma=0.3, r=1)

_STIELTJES = {
    "gamma": "d/n",
    "m": "(-(1 - gamma + lam) + sqrt((1 - gamma + lam)**2 + 4*gamma*lam))/(2*gamma*lam)",
    "derivative": "-diff(m, lam)",
}

FACTS = [
    {
        "kind": "number",
        "model": "test",
        "let": _STIELTJES,
        "value": "r**2*lam**2*derivative + sigma**2*gamma*(m - lam*derivative) + sigma**2",
        "source": "HastieEtAl2022, Corollary 5",
    },
    {
        "kind": "number",
        "model": "cross_validation",
        "let": _STIELTJES,
        "value": "r**2*lam**2*derivative + sigma**2*gamma*(m - lam*derivative) + sigma**2",
        "source": "HastieEtAl2022, Theorem 7: the score tends to the test error",
    },
    {
        "kind": "number",
        "model": "degrees_of_freedom",
        "let": _STIELTJES,
        "value": "gamma*(1 - lam*m)",
        "source": "DobribanWager2018, Section 2",
    },
]
