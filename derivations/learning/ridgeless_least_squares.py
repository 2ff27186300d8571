"""Least squares without a penalty: isotropic data, a part of the features, and features of a latent space.

Paper: Hastie, Montanari, Rosset and Tibshirani, "Surprises in high-dimensional ridgeless least squares interpolation",
Annals of Statistics 50 (2022): isotropic features below and above the threshold n = p, where the error is infinite; the
misspecified model, in which only p of d relevant inputs are seen; the latent space model; the best penalty. The value
of the parameter ``lambda`` at which least squares is meant is 0, the limit from above.

==================================  ========================================================================
the paper                           here
==================================  ========================================================================
n, p; gamma = p/n                   n, p; p/n
X (n x p)                           X.T (columns of X are samples)
|beta|^2 = r^2                      ``r * beta / sqrt(p)`` with iid entries of variance 1
x, w: seen and unseen; kappa        ``X``, ``V``: p and q inputs; kappa = p/(p + q), the signal is spread evenly
latent: W^T W = (p mu / d) I_d      ``W = sqrt(p mu / d) Q``, Q the isometry ``fp.haar(p, d)``; psi = d/p
risk                                the excess: the label of the fresh point has no noise
==================================  ========================================================================
"""

import freeprob as fp

n, p, q, d = fp.sizes("n p q d")
lam, r = fp.parameters("lambda r", positive=True)
mu, sigma = fp.parameters("mu sigma", nonnegative=True)

X, beta, eps, x = fp.gaussian(p, n), fp.gaussian(p), fp.gaussian(n), fp.gaussian(p)

y = r * X.T @ beta / fp.sqrt(p) + sigma * eps
teacher = r * beta.T @ x / fp.sqrt(p)
isotropic = fp.limit(fp.test_error(fp.ridge(X, y, penalty=lam), x, teacher))
best = fp.limit(fp.test_error(fp.ridge(X, y, penalty=sigma**2 * p / (n * r**2)), x, teacher))

V, delta, v = fp.gaussian(q, n), fp.gaussian(q), fp.gaussian(q)
y_both = r * (X.T @ beta + V.T @ delta) / fp.sqrt(p + q) + sigma * eps
misspecified = fp.limit(
    fp.test_error(fp.ridge(X, y_both, penalty=lam), x, r * (beta.T @ x + delta.T @ v) / fp.sqrt(p + q))
)

Q, Z, U = fp.haar(p, d), fp.gaussian(d, n), fp.gaussian(p, n)
theta, z, u = fp.gaussian(d), fp.gaussian(d), fp.gaussian(p)
W = fp.sqrt(p * mu / d) * Q
features = W @ Z + U
y_latent = r * Z.T @ theta / fp.sqrt(d) + sigma * eps
latent = fp.limit(fp.test_error(fp.ridge(features, y_latent, penalty=lam), W @ z + u, r * theta.T @ z / fp.sqrt(d)))

AT = dict(n=1, p=1.9, q=0.7, d=0.6, lambda_=0, sigma=0.3, r=1.3, mu=0.8)

_SEEN = {"gamma": "p/n", "kappa": "p/(p + q)", "unseen": "r**2*(1 - kappa)"}
_LATENT = {
    "gamma": "p/n",
    "psi": "d/p",
    "top": "1 + mu/psi",
    "missed": "r**2/top",  # what no linear function of the features explains: it acts as noise
    "signal": "r**2*(mu/psi)/top**2",  # |beta|^2, all of it among the large eigenvalues
}
_ISOTROPIC = "HastieEtAl2022, isotropic features"
_MISSPECIFIED = "HastieEtAl2022, misspecified model with isotropic features"
_LATENT_SPACE = "HastieEtAl2022, latent space model by Theorem 2"

FACTS = [
    {
        "kind": "number",
        "model": "isotropic",
        "let": {"gamma": "p/n"},
        "value": "r**2*(1 - 1/gamma) + sigma**2/(gamma - 1)",
        "source": _ISOTROPIC,
    },
    {
        "kind": "number",
        "model": "isotropic",
        "at": {"p": 0.6},
        "let": {"gamma": "p/n"},
        "value": "sigma**2*gamma/(1 - gamma)",
        "source": _ISOTROPIC,
    },
    {"kind": "number", "model": "isotropic", "at": {"p": 1}, "value": "oo", "source": _ISOTROPIC},
    {
        "kind": "number",
        "model": "best",
        "let": {
            "gamma": "p/n",
            "penalty": "gamma*sigma**2/r**2",
            "m": "(-(1 - gamma + penalty) + sqrt((1 - gamma + penalty)**2 + 4*gamma*penalty))/(2*gamma*penalty)",
        },
        "value": "sigma**2*gamma*m",
        "source": "HastieEtAl2022, optimally tuned ridge, isotropic features; DobribanWager2018, Theorem 2.1",
    },
    {
        "kind": "number",
        "model": "misspecified",
        "let": _SEEN,
        "value": "unseen + r**2*kappa*(1 - 1/gamma) + (unseen + sigma**2)/(gamma - 1)",
        "source": _MISSPECIFIED,
    },
    {
        "kind": "number",
        "model": "misspecified",
        "at": {"p": 0.6},
        "let": _SEEN,
        "value": "unseen + (unseen + sigma**2)*gamma/(1 - gamma)",
        "source": _MISSPECIFIED,
    },
    {"kind": "number", "model": "misspecified", "at": {"p": 1}, "value": "oo", "source": _MISSPECIFIED},
    {
        "kind": "number",
        "model": "latent",
        "let": _LATENT
        | {
            "flat": "(1 - psi)/(1 + c*gamma)**2 + psi*top/(1 + c*gamma*top)**2",
            "square": "(1 - psi)/(1 + c*gamma)**2 + psi*top**2/(1 + c*gamma*top)**2",
            "bias": "signal*(1 + gamma*c*square/flat)*top/(1 + c*gamma*top)**2",
            "variance": "(sigma**2 + missed)*gamma*c*square/flat",
        },
        "solve": {"c": "(1 - psi)/(1 + c*gamma) + psi/(1 + c*gamma*top) - 1 + 1/gamma"},
        "value": "missed + bias + variance",
        "source": _LATENT_SPACE,
    },
    {
        "kind": "number",
        "model": "latent",
        "at": {"p": 0.8},
        "let": _LATENT,
        "value": "missed + (sigma**2 + missed)*gamma/(1 - gamma)",
        "source": _LATENT_SPACE,
    },
    {"kind": "number", "model": "latent", "at": {"p": 1}, "value": "oo", "source": _LATENT_SPACE},
]
