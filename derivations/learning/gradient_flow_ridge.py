"""Gradient flow for least squares against ridge regression: early stopping is a kind of regularisation.

Paper: Ali, Kolter and Tibshirani, "A continuous-time view of early stopping for least squares regression", AISTATS
2019, Lemma 5 (Bayes risk of gradient flow; here in the limit of Marchenko and Pastur, and out of sample).

======================  =====================================================================================
the paper               here
======================  =====================================================================================
n, p; gamma = p/n       n, d; d/n
X (n x p)               X.T (columns of X are samples)
beta_0, variance r^2/p  ``r * beta / sqrt(d)`` with iid entries of variance 1
t                       ``t``: the loss is |y - X^T w|^2 / (2 n)
tuning parameter 1/t    ``lambda`` of ``ridge``, with the loss divided by n; compare at lambda = 1/t
risk                    ``flow - sigma^2``, ``ridge - sigma^2``: the test errors here hold the noise of the new label
======================  =====================================================================================
"""

import freeprob as fp

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
t, sigma, r = fp.parameters("t sigma r", nonnegative=True)

X, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n)
x, noise = fp.gaussian(d), fp.gaussian(1)

y = r * X.T @ beta / fp.sqrt(d) + sigma * eps
y_x = r * beta.T @ x / fp.sqrt(d) + sigma * noise

flow = fp.limit(fp.test_error(fp.gradient_flow(X, y, t), x, y_x))
train = fp.limit(fp.train_error(fp.gradient_flow(X, y, t), X, y))
ridge = fp.limit(fp.test_error(fp.ridge(X, y, penalty=lam), x, y_x))

AT = dict(n=1.37, d=1, t=3.7, lambda_=0.27, sigma=0.3, r=1)

_LAW = {
    "gamma": "d/n",
    "s": "1 + gamma + 2*sqrt(gamma)*cos(theta)",
    "density": "2*sin(theta)**2/(pi*s)",
}

FACTS = [
    {
        "kind": "number",
        "model": "flow",
        "let": _LAW,
        "value": "sigma**2"
        " + Integral((r**2*exp(-2*t*s) + sigma**2*gamma*(1 - exp(-t*s))**2/s)*density, (theta, 0, pi))",
        "source": "AliKolterTibshirani2019, Lemma 5",
    },
    {
        "kind": "number",
        "model": "ridge",
        "let": _LAW,
        "value": "sigma**2 + Integral((r**2*lam**2 + sigma**2*gamma*s)/(s + lam)**2*density, (theta, 0, pi))",
        "source": "AliKolterTibshirani2019, Lemma 5",
    },
    {
        "kind": "number",
        "model": "train",
        "let": _LAW,
        "value": "Integral((r**2*s + sigma**2*gamma)*exp(-2*t*s)*density, (theta, 0, pi)) + sigma**2*(1 - gamma)",
        "source": "AdvaniSaxeSompolinsky2020, the training error of a student of zero initial weights",
    },
]
