"""A linear classifier of two Gaussian classes in the course of its training by gradient descent.

Paper: Liao and Couillet, "The dynamics of learning: a random matrix approach", ICML 2018, Theorem 1 (as integrals over
the eigenvalues: the outlier that the means make is one of them).

=======================================  ================================================================
the paper                                here
=======================================  ================================================================
p; n; c = p/n                            p; n
classes C_1, C_2 of means -mu, +mu       ``sqrt(rho / p) mu y^T``: labels y of mean square 1, |mu|^2 = rho
gradient descent of |y - X^T w|^2/(2n)   ``fp.gradient_flow`` at the time ``t`` (the paper's alpha t)
initial weights, variance sigma^2/p      ``s * start / sqrt(p)``
E                                        ``mean``: that of the score of a new point of the class +mu
V                                        ``variance`` of the score; a point is misclassified with
                                         probability Q(E / sqrt(V)), Q the tail of the normal law
=======================================  ================================================================
"""

import freeprob as fp

n, p = fp.sizes("n p")
t, s, rho = fp.parameters("t s rho", nonnegative=True)

Z, mu, y, start = fp.gaussian(p, n), fp.gaussian(p), fp.gaussian(n), fp.gaussian(p)

X = fp.sqrt(rho) * mu @ y.T / fp.sqrt(p) + Z
w = fp.gradient_flow(X, y, t, start=s * start / fp.sqrt(p))
mean = fp.limit(fp.sqrt(rho) * w.T @ mu / fp.sqrt(p))
variance = fp.limit(w.T @ w)

AT = dict(n=1, p=0.43, rho=1.7, s=0.3, t=3)

_LAW = {
    "c": "p/n",
    "a": "1 + c + 2*sqrt(c)*cos(theta)",
    "spike": "c + 1 + rho + c/rho",
    "mass": "Max(rho**2 - c, 0)/rho",
    "bulk": "2*c*sin(theta)**2/(pi*(spike - a))",
    "plain": "2*sin(theta)**2/(pi*a)",
}

FACTS = [
    {
        "kind": "number",
        "model": "mean",
        "let": _LAW,
        "value": "Integral((1 - exp(-t*a))/a*bulk, (theta, 0, pi)) + mass*(1 - exp(-t*spike))/spike",
        "source": "LiaoCouillet2018, Theorem 1",
    },
    {
        "kind": "number",
        "model": "variance",
        "let": _LAW,
        "value": "(rho + c)/rho*(Integral(((1 - exp(-t*a))/a)**2*bulk, (theta, 0, pi))"
        " + mass*((1 - exp(-t*spike))/spike)**2) + s**2*Integral(exp(-2*t*a)*plain, (theta, 0, pi))",
        "source": "LiaoCouillet2018, Theorem 1",
    },
]
