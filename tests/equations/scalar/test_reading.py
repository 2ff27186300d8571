"""What the rules refuse, and why."""

import pytest

import freeprob as fp
from freeprob.errors import UnsupportedModel

from .models import MODELS, A, D, P, R, S, T, V, W, X, d, n

FIXED = fp.identity(n) + fp.mask(n, "1/2") @ fp.gaussian(n, n) / fp.sqrt(n)
PRODUCT = W @ fp.wigner(d) / d
ELLIPTIC = fp.elliptic(d, "1/2")
D2 = fp.mask(d, "1/4", name="D_2")
REFUSED = {
    "share the letter X: they are not free; R-transforms do not add": X @ X.T / n + S @ X @ X.T @ S / n,
    "share the letter S: they are not free; S-transforms do not multiply": S @ (S + W / fp.sqrt(d)) @ S,
    "share the letter (P, D_2): they are not free": P + D2 @ W @ D2 / fp.sqrt(d),
    "is not self-adjoint": PRODUCT + PRODUCT.T,
    "is not Z K Z^T with a matrix Z of independent": ELLIPTIC @ ELLIPTIC.T / d,
    "X occurs inside": X @ X.T @ X @ X.T / n**2,
    "only the square of a Wigner matrix has a rule": W @ W @ W @ W / d**2,
    "is not positive by construction": fp.inv(W / fp.sqrt(d) + 3 * fp.identity(d)),
    "must begin and end with Gaussian or Haar": FIXED @ FIXED.T,
    "there is no rule for a block": fp.block([[0 * fp.identity(d), X / fp.sqrt(n)], [X.T / fp.sqrt(n), T]]),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refusals_name_the_hypothesis(reason):
    with pytest.raises(UnsupportedModel, match="scalar free calculus") as caught:
        fp.spectrum(REFUSED[reason], via="scalar")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "matrix",
    [
        A + R @ A @ R.T,  # the rotation makes it free
        S + W @ S @ W / d,  # semicircular around S is free from S
        D + R @ D2 @ R.T,  # diagonal matrices in bases of their own
        V @ V.T @ T @ V @ V.T,  # a free projection
    ],
)
def test_letters_that_hide_others_keep_parts_free(matrix):
    law = fp.spectrum(matrix, via="scalar")
    assert law.steps[-1].rule == "stieltjes_transform"


def test_every_citation_and_hypothesis_is_recorded():
    for name, model in MODELS.items():
        for step in fp.spectrum(model, via="scalar").steps[1:]:
            assert step.references or step.rule in ("scaling",), (name, step.rule)


def test_unknowns_are_described():
    law = fp.spectrum(MODELS["separable"], via="scalar")
    assert all(u.meaning is not None or u.description for u in law.system.unknowns)
    assert any("S" in line for line in law.meanings())
