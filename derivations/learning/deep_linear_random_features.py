"""Ridge regression on the features of a deep linear random network: products of Gaussian matrices of different widths.

Papers: Zavatone-Veth, Tong and Pehlevan, "Contrasting random and learned features in deep Bayesian linear regression",
Physical Review E 105 (2022), on the deep linear random-feature model; Atanasov, Zavatone-Veth and Pehlevan, "Scaling
and renormalization in high-dimensional regression" (2024), on linear random features. Every Gaussian factor is one
more S-transform, which renormalises the penalty once more.

========================================  ==================================================================
the papers                                here
========================================  ==================================================================
D; N_1, N_2; P                            d; p_1, p_2; n
F = F_1 F_2, variances 1/width            ``W_2 @ W_1 / sqrt(d p_1)``
lambda -> 0                               the value 0 of ``lambda``
epsilon_g                                 the error without the noise of the new label
========================================  ==================================================================
"""

import freeprob as fp

n, d, p_1, p_2 = fp.sizes("n d p_1 p_2")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

W_1, W_2 = fp.gaussian(p_1, d), fp.gaussian(p_2, p_1)
X, x, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d), fp.gaussian(n)

y = X.T @ beta / fp.sqrt(d) + sigma * eps
features = W_2 @ W_1 @ X / fp.sqrt(d * p_1)
w = fp.ridge(features, y, penalty=lam)
test = fp.limit(fp.test_error(w, features.subs({X: x}), beta.T @ x / fp.sqrt(d)))
train = fp.limit(fp.train_error(w, features, y))

AT = dict(n=1.37, d=1, p_1=1.9, p_2=0.83, lambda_=0.021, sigma=0.3)

# kappa is the penalty renormalised by data and layers, kappa_1 by the data alone; J is the limit of y^T Q y / n, whose
# derivative is the training error, and generalised cross-validation leads from it to the test error.
_DF = "d/(1 + kappa)"
_RIDGE = {
    "let": {
        "kappa_1": f"p_2/d*kappa*(1 - ({_DF})/p_1)*(1 - ({_DF})/p_2)",
        "ratio": f"1 - ({_DF})/n",
        "J": "(kappa/(1 + kappa) + sigma**2)/kappa_1",
        "error": "-kappa_1**2*diff(J, kappa)/diff(kappa_1*ratio, kappa)",
    },
    "solve": {"kappa": f"kappa*p_2/d*(1 - ({_DF})/n)*(1 - ({_DF})/p_1)*(1 - ({_DF})/p_2) - lam"},
    "source": "AtanasovZavatoneVethPehlevan2024: linear random features, one S-transform for each factor",
}
_RIDGELESS = "ZavatoneVethTongPehlevan2022, generalization error at zero penalty"
_BOTTLENECK = "n/(n - p)*(1 - p/d) + sigma**2*p/(n - p)"

FACTS = [
    {"kind": "number", "model": "test", **_RIDGE, "value": "error - sigma**2"},
    {"kind": "number", "model": "train", **_RIDGE, "value": "ratio**2*error"},
    {
        "kind": "number",
        "model": "test",
        "at": {"lambda_": 0, "n": 0.6, "p_1": 3, "p_2": 2},
        "let": {"wide": "n/(p_1 - n) + n/(p_2 - n)"},
        "value": "(1 - n/d)*(1 + wide) + sigma**2*(n/(d - n) + wide)",
        "source": _RIDGELESS,
    },
    {
        "kind": "number",
        "model": "test",
        "at": {"lambda_": 0},
        "let": {"p": "p_2"},
        "value": _BOTTLENECK,
        "source": _RIDGELESS,
    },
    {
        "kind": "number",
        "model": "test",
        "at": {"lambda_": 0, "p_1": 0.7},
        "let": {"p": "p_1"},
        "value": _BOTTLENECK,
        "source": _RIDGELESS,
    },
    {
        "kind": "number",
        "model": "test",
        "at": {"lambda_": 0, "p_1": 3, "p_2": 2},
        "value": "sigma**2*d/(n - d)",
        "source": _RIDGELESS,
    },
    {"kind": "number", "model": "test", "at": {"lambda_": 0, "n": 0.83}, "value": "oo", "source": _RIDGELESS},
]
