"""Functions of scaled neurons and samples are the functions of the scaled matrices."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.errors import UnsupportedModel

n, d, p = fp.sizes("n d p")
X, W, V = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(p, d)
H, G, ONE = W @ X / fp.sqrt(d), V @ X / fp.sqrt(d), fp.ones(p) @ fp.ones(n).T
D = fp.diagonal(p, fp.laws.atoms({0: "1/4", "1/2": "1/4", -3: "1/2"}))
C = fp.diagonal(n, fp.laws.atoms({1: "1/2", 2: "1/2"}))
E = fp.diagonal(p, fp.laws.atoms({1: 0.5, 2.5: 0.5}))
SIZES = {"n": 6, "d": 5, "p": 8}
u, v = sympy.symbols("u v")


@pytest.mark.parametrize(
    ("made", "function", "arguments"),
    [
        (fp.sigmoid(D @ H), lambda x: 1 / (1 + np.exp(-x)), (D @ H,)),
        (fp.tanh(H @ C), np.tanh, (H @ C,)),
        (fp.tanh(D @ H @ C), np.tanh, (D @ H @ C,)),
        (fp.tanh(D @ H + E @ G), np.tanh, (D @ H + E @ G,)),
        (fp.tanh((fp.identity(p) + D) @ H + ONE), np.tanh, ((fp.identity(p) + D) @ H + ONE,)),
        (fp.entrywise(np.arctan, D**2 @ H), np.arctan, (D**2 @ H,)),
        (fp.entrywise(lambda x: np.cos(x) + 1, D @ H), lambda x: np.cos(x) + 1, (D @ H,)),
        (fp.entrywise(u * sympy.tanh(v), E @ H, G), lambda x, y: x * np.tanh(y), (E @ H, G)),
        (fp.cos(D @ W @ fp.gaussian(d, name="x") / fp.sqrt(d)), None, ()),
    ],
)
def test_is_the_function_of_the_scaled_matrix(made, function, arguments):
    if function is None:
        assert made.columns == (1,)
        return
    values = [a.simulate(sizes=SIZES, seed=3) for a in arguments]
    assert np.allclose(made.simulate(sizes=SIZES, seed=3), function(*values), atol=1e-12)


def test_a_mask_below_a_function():
    P = fp.mask(p, keep="1/3")
    assert fp.tanh(P @ H) is P @ fp.tanh(H)
    assert fp.cos(P @ H) is P @ fp.cos(H) + (fp.identity(p) - P) @ ONE


def test_kernels_are_left_alone():
    gram = C @ X.T @ X @ C / d
    assert fp.entrywise(sympy.exp(u), gram).arguments == (gram,)


def test_scales_with_a_density_are_refused():
    F = fp.tanh(fp.diagonal(p, fp.laws.uniform(1, 2)) @ H)
    with pytest.raises(UnsupportedModel, match=r"scales of their own.*Remedy: use scales of at most six numbers"):
        fp.spectrum(F.T @ F / p)
