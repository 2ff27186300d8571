"""Models that both routes derive, and values at which they are compared."""

import freeprob as fp

n, d, p, q = fp.sizes("n d p q")
AT = {"n": 1, "d": 0.7, "p": 1.3, "q": 0.9}

TWO = fp.laws.atoms({1: "1/2", 3: "1/2"})
SIGNED = fp.laws.atoms({-1: "3/10", "7/5": "7/10"})

X, G = fp.gaussian(d, n, name="X"), fp.gaussian(n, p, name="G")
W, H = fp.wigner(d, name="W"), fp.wigner(d, name="H")
S, T = fp.population(d, TWO, name="S"), fp.population(n, fp.laws.uniform(1, 2), name="T")
A, B = fp.rotated(d, TWO, name="A"), fp.rotated(d, SIGNED, name="B")
R, V = fp.haar(d, name="O"), fp.haar(n, d, name="V")
D, P = fp.diagonal(d, fp.laws.uniform(0, 1), name="D"), fp.mask(d, "1/2", name="P")
ONE = fp.identity(d)


def _features():
    hidden = fp.relu(fp.gaussian(p, d) @ X / fp.sqrt(d))
    return hidden.T @ hidden / p


def _kernel():
    hidden = fp.tanh(fp.gaussian(p, d) @ X / fp.sqrt(d))
    outer = fp.erf(fp.gaussian(q, p) @ hidden / fp.sqrt(p))
    return outer.T @ outer / q


MODELS = {
    "covariance": X @ X.T / n,
    "gram": X.T @ X / n,
    "population": S**0.5 @ X @ X.T @ S**0.5 / n,
    "separable": S**0.5 @ X @ T @ X.T @ S**0.5 / n,
    "signed middle": X.T @ B @ X / n,
    "sum with Wigner": X @ X.T / n + W / fp.sqrt(d),
    "deformed": B + W / fp.sqrt(d),
    "functions of one matrix": S + 2 * S**2 + ONE + W / fp.sqrt(d),
    "two factors": X @ G @ G.T @ X.T / (n * p),
    "Wigner between": S**0.5 @ W @ S**0.5 / fp.sqrt(d),
    "Wigner outside": W @ S @ W / d,
    "mean zero": fp.sqrt(3) * W @ H @ W / (d * fp.sqrt(d)),
    "features": _features(),
    "kernel": _kernel(),
    "inverse": fp.inv(X @ X.T / n + ONE),
    "inverse and Wigner": fp.inv(X @ X.T / n + ONE) + W / fp.sqrt(d),
    "free rotation": A + R @ A @ R.T,
    "two families": A @ B @ A,
    "compression": V.T @ T @ V,
    "mask": P @ W @ P / fp.sqrt(d),
    "diagonal": D + X @ X.T / n,
    "other side": V @ A @ V.T + G @ G.T / p,
}
"""By name."""


def values(law):
    """Return the values that a law needs."""
    return {name: AT[name] for name in law.needs}
