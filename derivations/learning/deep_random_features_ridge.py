"""Ridge regression on the features of a deep random network with two hidden layers.

Paper: Schroder, Cui, Dmitriev and Loureiro, "Deterministic equivalent and error universality of deep random features
learning", ICML 2023, Theorem 3.3; Bosch, Panahi and Hassibi 2023.

======================================  =================================================================
the paper                               here
======================================  =================================================================
W_l (k_l x k_(l-1)), variance 1/k_(l-1) ``W_l / sqrt(width)``, iid entries of variance 1
phi_l = sigma_l(W_l phi_(l-1))          ``Phi``, last layer divided by sqrt(width)
sum_i (y_i - a.phi_i)^2 + lambda |a|^2  ``penalty = lambda / n``: the loss is a sum, not a mean
theta* with |theta*| = F                F * beta / sqrt(d)
======================================  =================================================================
"""

import freeprob as fp

n, d, p_1, p_2 = fp.sizes("n d p_1 p_2")
lam = fp.parameters("lambda", positive=True)
F, sigma = fp.parameters("F sigma", nonnegative=True)

W_1, W_2, X, x = fp.gaussian(p_1, d), fp.gaussian(p_2, p_1), fp.gaussian(d, n), fp.gaussian(d)
beta, eps, noise = fp.gaussian(d), fp.gaussian(n), fp.gaussian(1)

y = F * X.T @ beta / fp.sqrt(d) + sigma * eps
y_x = F * beta.T @ x / fp.sqrt(d) + sigma * noise

hidden = fp.tanh(W_1 @ X / fp.sqrt(d))
Phi = fp.tanh(W_2 @ hidden / fp.sqrt(p_1)) / fp.sqrt(p_2)
a = fp.ridge(Phi, y, penalty=lam / n)

test = fp.limit(fp.test_error(a, Phi.subs({X: x}), y_x))
train = fp.limit(fp.train_error(a, Phi, y))

AT = dict(d=1, p_1=1.9, p_2=1.3, n=2.5, lambda_=0.21, sigma=0.3, F=1)

FACTS = [
    {
        "kind": "number",
        "model": "test",
        "value": "0.56755903215659069",
        "source": "SchroderEtAl2023, Theorem 3.3, at the values of AT, by the recursion over layers and the exact "
        "identity of generalised cross-validation",
    },
    {
        "kind": "number",
        "model": "train",
        "value": "0.34477454901762967",
        "source": "SchroderEtAl2023, Theorem 3.3, at the values of AT, solved independently",
    },
]
