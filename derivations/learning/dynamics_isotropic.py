"""A linear student learns a noisy linear teacher by gradient descent from random initial weights.

Paper: Advani, Saxe and Sompolinsky, "High-dimensional dynamics of generalization error in neural networks", Neural
Networks 132 (2020): the generalisation and training errors of gradient flow in time.

==================================  =====================================================================
the paper                           here
==================================  =====================================================================
P examples, N inputs; alpha = P/N   n, d; n/d
teacher, variance of its weights    ``beta / sqrt(d)``: the signal has variance 1
noise of the labels                 ``sigma``
initial weights                     ``s * start / sqrt(d)``
time in units of the learning rate  ``t``: the loss is |y - X^T w|^2 / (2 n)
==================================  =====================================================================
"""

import freeprob as fp

n, d = fp.sizes("n d")
t, sigma, s = fp.parameters("t sigma s", nonnegative=True)

X, beta, eps, start = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
x = fp.gaussian(d)

y = X.T @ beta / fp.sqrt(d) + sigma * eps
w = fp.gradient_flow(X, y, t, start=s * start / fp.sqrt(d))
test = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))
train = fp.limit(fp.train_error(w, X, y))

AT = dict(n=1.7, d=1, t=2.3, sigma=0.4, s=0.6)

_LAW = {
    "gamma": "d/n",
    "a": "1 + gamma + 2*sqrt(gamma)*cos(theta)",
    "density": "2*sin(theta)**2/(pi*a)",
}

FACTS = [
    {
        "kind": "number",
        "model": "test",
        "let": _LAW,
        "value": "Integral(((1 + s**2)*exp(-2*t*a) + sigma**2*gamma*(1 - exp(-t*a))**2/a)*density, (theta, 0, pi))",
        "source": "AdvaniSaxeSompolinsky2020, the generalisation error in time",
    },
    {
        "kind": "number",
        "model": "train",
        "let": _LAW,
        "value": "Integral(((1 + s**2)*a + sigma**2*gamma)*exp(-2*t*a)*density, (theta, 0, pi)) + sigma**2*(1 - gamma)",
        "source": "AdvaniSaxeSompolinsky2020, the training error in time",
    },
]
