r"""Ridge regression on random features of given digits: training and test error, for the very samples.

Paper: Louart, Liao and Couillet, "A random matrix approach to neural networks", The Annals of Applied Probability 28
(2018), Theorem 1 (the resolvent), Theorem 3 (training error) and Conjecture 1 (test error). The data are kept as they
are, and the weights alone are random, so that the limit is a prediction for one data set: 200 of the digits of
scikit-learn, with 200 others as test set (``data/digits.py``), labelled +1 where even and -1 where odd.

======================================  =================================================================
the paper                               here
======================================  =================================================================
n neurons, p; T; \hat T                 p; d; n; m
X (p x T), of bounded norm              ``X`` (d x n), centred pixels of variance 1/d on average
W (n x p), Gaussian                     ``W`` (p x d)
Sigma = sigma(W X)                      ``Phi``
Q = (Sigma^T Sigma / T + gamma)^-1      penalty ``lambda`` = gamma
Phi_AB = E sigma(w^T A)^T sigma(w^T B)  the kernel, computed from the Gram matrix of all samples
======================================  =================================================================
"""

from pathlib import Path

import numpy as np

import freeprob as fp

_digits = np.load(Path(__file__).parent / "data" / "digits.npz")
_order = np.random.default_rng(1).permutation(1797)[:400]
_pixels = _digits["pixels"].astype(float)
_pixels = ((_pixels - _pixels.mean(axis=0)) / _pixels.std() / 8)[_order].T
_parity = np.where(_digits["labels"] % 2 == 0, 1.0, -1.0)[_order]

n, d, p, m = fp.sizes("n d p m")
lam = fp.parameters("lambda", positive=True)

X, X_test = fp.signal(d, n, _pixels[:, :200]), fp.signal(d, m, _pixels[:, 200:])
y, y_test = fp.signal(n, 1, _parity[:200]), fp.signal(m, 1, _parity[200:])

W = fp.gaussian(p, d)
Phi = fp.relu(W @ X)
w = fp.ridge(Phi, y, penalty=lam)
train = fp.limit(fp.train_error(w, Phi, y))
test = fp.limit(fp.test_error(w, Phi.subs({X: X_test}), y_test))

AT = dict(p=150, lambda_=0.01)

FACTS = [
    {"kind": "number", "model": "train", "published": "louart_train", "source": "LouartLiaoCouillet2018, Theorem 3"},
    {"kind": "number", "model": "test", "published": "louart_test", "source": "LouartLiaoCouillet2018, Conjecture 1"},
]
