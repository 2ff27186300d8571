"""Where the variance of a random-features model comes from: the weights, the data, the noise, and their interactions.

Papers: Adlam and Pennington, "Understanding double descent requires a fine-grained bias-variance decomposition",
NeurIPS 2020, which introduces the symmetric decomposition; d'Ascoli, Refinetti, Biroli and Krzakala, "Double trouble in
double descent", ICML 2020. The model is that of Mei and Montanari, CPAM 75 (2022), Theorem 2, as in
``random_features_ridge``.

======================================  =================================================================
the papers                               here
======================================  =================================================================
features (initialisation)               ``W``
training inputs                         ``X`` with ``nonlinear``, the part of the labels that is not linear in X
label noise                             ``eps``
P, X, eps, PX, X eps, PX eps            ``parts[{"W"}]``, ``parts[{"data"}]``, ...; P alone with eps vanishes
bias                                    ``parts.bias``; it holds G^2, the nonlinear part of the target
======================================  =================================================================
"""

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
F, G, sigma = fp.parameters("F G sigma", nonnegative=True)

W, X, x = fp.gaussian(p, d), fp.gaussian(d, n), fp.gaussian(d)
beta = fp.gaussian(d)
eps, noise = fp.gaussian(n), fp.gaussian(1)
nonlinear, nonlinear_x = fp.gaussian(n), fp.gaussian(1)

Phi = fp.relu(W @ X / fp.sqrt(d))
y = F * X.T @ beta / fp.sqrt(d) + G * nonlinear + sigma * eps
y_x = F * beta.T @ x / fp.sqrt(d) + G * nonlinear_x + sigma * noise
a = fp.ridge(Phi, y, penalty=p / d * lam)
test = fp.limit(fp.test_error(a, Phi.subs({X: x}), y_x))

parts = fp.variance_due_to(test, {"W": W, "data": (X, nonlinear), "eps": eps})
bias = parts.bias
V_W, V_X, V_WX = parts["W"], parts["data"], parts[{"W", "data"}]
V_Xeps, V_WXeps = parts[{"data", "eps"}], parts[{"W", "data", "eps"}]
V_eps, V_Weps = parts["eps"], parts[{"W", "eps"}]

AT = dict(d=1, p=1.9, n=3.1, lambda_=0.021, sigma=0.3, G=0.4, F=1)

_SOURCE = "AdlamPennington2020Variance; DAscoliEtAl2020: evaluated through the eigenframework of SimonEtAl2023"

FACTS = [
    {"kind": "number", "model": "V_W", "value": "0.14161239072333489", "source": _SOURCE},
    {"kind": "number", "model": "V_X", "value": "0.044941801896152366", "source": _SOURCE},
    {"kind": "number", "model": "V_WX", "value": "0.15833658101826158", "source": _SOURCE},
    {"kind": "number", "model": "V_Xeps", "value": "0.014588653236599979", "source": _SOURCE},
    {"kind": "number", "model": "V_WXeps", "value": "0.029088891076141046", "source": _SOURCE},
]
