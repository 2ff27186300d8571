"""A chapter of equivalents: resolvent, quadratic form, linear regression, Gram matrix of random features.

Paper: Liao and Mahoney, "Random matrix theory for deep learning: beyond eigenvalues of linear models" (2025),
arXiv:2506.13139. Its rows in our words: a deterministic equivalent for the resolvent of a sample covariance matrix,
used in a trace and in a quadratic form; the high-dimensional errors of linear regression; the linear equivalent of a
nonlinear Gram matrix, used in the trace of its resolvent.

======================================  ====================================================================
the paper                               here
======================================  ====================================================================
p, n; c = p/n                           d, n; d/n
X = C^(1/2) Z                           ``S**0.5 @ Z``; the eigenvalues of S have the law H
Q(-gamma) = (X X^T / n + gamma)^-1      ``Q``, gamma = ``lambda``
a^T Q b                                 ``quadratic_form`` with a = b = ``S^(1/2) beta / sqrt(d)``
nonlinear Gram sigma(WX)^T sigma(WX)    ``tanh`` features of isotropic inputs, width p
======================================  ====================================================================
"""

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, beta, eps, z = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
X, x, a = S**0.5 @ Z, S**0.5 @ z, S**0.5 @ beta / fp.sqrt(d)

Q = fp.inv(X @ X.T / n + lam * fp.identity(d))
trace = fp.limit(fp.tr(Q))
quadratic_form = fp.limit(a.T @ Q @ a)
squared = fp.limit(a.T @ Q @ Q @ a)

y = X.T @ beta / fp.sqrt(d) + sigma * eps
w = fp.ridge(X, y, penalty=lam)
train = fp.limit(fp.train_error(w, X, y))
test = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))

W = fp.gaussian(p, d)
Phi = fp.tanh(W @ Z / fp.sqrt(d))
gram = fp.limit(fp.tr(fp.inv(Phi.T @ Phi / p + lam * fp.identity(n))))

AT = dict(n=1.37, d=1, p=1.9, lambda_=0.21, sigma=0.3, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

# The equivalent of lambda Q is kappa (S + kappa)^-1.
_KAPPA = {"solve": {"kappa": "kappa*(1 - d/n*mean(t/(t + kappa))) - lam"}}
_RISK = {"df2": "d/n*mean(t**2/(t + kappa)**2)", "error": "(kappa**2*mean(t/(t + kappa)**2) + sigma**2)/(1 - df2)"}
_EQUIVALENT = "LiaoMahoney2025, deterministic equivalent of a sample covariance matrix"
_REGRESSION = "LiaoMahoney2025, high-dimensional linear regression; HastieEtAl2022, Theorem 5"

FACTS = [
    {"kind": "number", "model": "trace", **_KAPPA, "value": "kappa/lam*mean(1/(t + kappa))", "source": _EQUIVALENT},
    {
        "kind": "number",
        "model": "quadratic_form",
        **_KAPPA,
        "value": "kappa/lam*mean(t/(t + kappa))",
        "source": _EQUIVALENT,
    },
    {
        "kind": "number",
        "model": "squared",
        **_KAPPA,
        "let": {
            "l": "kappa*(1 - d/n*mean(t/(t + kappa)))",
            "direct": "mean(t/(t + kappa))/(1 - d/n*mean(t/(t + kappa)))",  # the form, as a function of kappa
        },
        "value": "-diff(direct, kappa)/diff(l, kappa)",
        "source": _EQUIVALENT + ", its derivative in lambda",
    },
    {
        "kind": "number",
        "model": "train",
        **_KAPPA,
        "let": _RISK,
        "value": "(lam/kappa)**2*error",
        "source": _REGRESSION,
    },
    {"kind": "number", "model": "test", **_KAPPA, "let": _RISK, "value": "error - sigma**2", "source": _REGRESSION},
    {
        "kind": "number",
        "model": "gram",
        "activation": "tanh",
        # given Z the rows are iid with the kernel slope^2 Z^T Z / d + star^2, eigenvalues s: g is E 1/(s + kappa)
        "solve": {
            "kappa": "kappa*(1 - n/p*(1 - kappa*g)) - lam",
            "g": "n/d*(star**2 + kappa)*slope**2*g**2 + (slope**2*(1 - n/d) + star**2 + kappa)*g - 1",
        },
        "value": "kappa/lam*g",
        "source": "PenningtonWorah2017; LiaoMahoney2025, linear equivalent of nonlinear random features",
    },
]
