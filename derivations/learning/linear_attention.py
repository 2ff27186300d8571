"""Linear attention learns to regress in context: the error of a trained layer on a new task.

Paper: Zhang, Frei and Bartlett, "Trained transformers learn linear models in-context", JMLR 25 (2024), Theorems 4.1
and 4.2. The layer predicts x^T Gamma X y / M from a context of M pairs; gradient flow on many contexts of
length N finds Gamma = ((1 + 1/N) Lambda + tr(Lambda)/N)^-1, so that the layer is not the best one at other lengths.
Here the context is as long as the dimension, in proportion; noise of the labels adds sigma^2 d/N to the penalty.

======================================  =================================================================
the paper                               here
======================================  =================================================================
d; N; M                                 d; N; M
Lambda                                  ``S``, eigenvalues of the law H, of mean ``level``
w ~ N(0, I)                             ``beta / sqrt(d)``: the paper's errors, divided by d
W^KQ, W^PV at convergence               ``Gamma``
======================================  =================================================================
"""

import freeprob as fp

N, M, d = fp.sizes("N M d")
level = fp.parameters("level", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, beta, eps, z = fp.gaussian(d, M), fp.gaussian(d), fp.gaussian(M), fp.gaussian(d)

X, x = S**0.5 @ Z, S**0.5 @ z
y = X.T @ beta / fp.sqrt(d) + sigma * eps
Gamma = fp.inv(S + d / N * (level + sigma**2) * fp.identity(d))
test = fp.limit(fp.test_error(Gamma @ X @ y / M, x, beta.T @ x / fp.sqrt(d)))

AT = dict(N=2, M=3.1, d=1, level=1.395, sigma=0.3, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

_LAYER = {
    "c": "d/N*(mean(t) + sigma**2)",
    "lost": "mean(t*c**2/(t + c)**2)",
    "drawn": "d/M*(mean(t) + sigma**2)*mean(t**2/(t + c)**2)",
}

FACTS = [
    {
        "kind": "number",
        "model": "test",
        "at": {"sigma": 0},
        "let": _LAYER,
        "value": "lost + drawn",
        "source": "ZhangFreiBartlett2024, Theorem 4.2: tasks that are linear",
    },
    {
        "kind": "number",
        "model": "test",
        "at": {"sigma": 0, "M": 2},
        "let": _LAYER,
        "value": "c*mean(t/(t + c))",
        "source": "ZhangFreiBartlett2024, Theorem 4.2: contexts as long as those of the training",
    },
    {"kind": "number", "model": "test", "let": _LAYER, "value": "lost + drawn", "source": "the same, noisy labels"},
]
