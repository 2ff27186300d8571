"""Finite-rank parts that the Gaussian equivalence does not show.

Two of them matter for outliers, not for the bulk. With mean 0 but E f'' != 0 a function of ``H = W X / sqrt(d)`` holds
``1 e^T + e' 1^T`` with e the fluctuations of the squared norms of the columns of X, and e' of the rows of W: rank two,
of the order of the bulk (with a mean, they only turn its direction a little). The mean of a layer below shifts the
neurons of the next one, and the shifts are correlated with its weights. A finite-rank part of a pre-activation with
entries of order one is worse, it is not Gaussian at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy

from ..derivation.record import Refusal
from ..errors import UnsupportedModel
from ..language.expression import ONE, Expression, walk
from ..language.given_sizes import array_of
from ..language.hadamard import is_all_ones
from ..language.nodes import HALF, is_outer_product
from ..language.printing import text
from ..language.rewriting import expand
from ..language.scalars import degree
from .kernel_functions import is_kernel
from .linear_equivalent import LinearEquivalent
from .mean_directions import is_ones

__all__ = ["is_curved", "met_means", "outliers_refused", "refuse_strong_vectors"]

_FLAT = 1e-9


def is_curved(activation: Any, variances: Iterable[Any]) -> bool:
    """Return whether E f''(h) = E f(h) (h^2 - q) / q^2 differs from 0 for h ~ N(0, q) at some of the variances."""
    if activation.parity == -1:
        return False

    def second(q: float) -> float:
        return float(activation.expectation(lambda h, f: f * (h**2 / q - 1.0), q))

    return any(abs(second(float(q))) > _FLAT for q in variances)


def refuse_strong_vectors(preactivation: Expression) -> None:
    """Refuse a finite-rank part of a pre-activation whose entries are not small."""
    for part, scalar in expand(preactivation).terms():
        if is_outer_product(part) and not _is_shared(part) and part.order + degree(scalar) > HALF:
            raise UnsupportedModel(
                f"gaussian_equivalence: the finite-rank part {part} of the pre-activation {preactivation} has entries "
                "of order one, which are not Gaussian, and this rule needs asymptotically Gaussian entries. Remedy: "
                "divide that part by the square root of a size"
            )


def _is_shared(part: Expression) -> bool:
    """Return whether a part is ``g 1^T``, a shift of each neuron, which the equivalent keeps."""
    return is_all_ones(part.arguments[-1])


def met_means(number: Expression, curved: Iterable[Expression]) -> frozenset[sympy.Expr]:
    """Return the spaces of functions with hidden parts along which a number holds means, as those of labels."""
    spaces = {size for node in curved for size in (*node.rows, *node.columns)}
    return frozenset(leaf.rows[0] for leaf in walk(number) if is_ones(leaf) and leaf.rows[0] in spaces)


def outliers_refused(linear: LinearEquivalent, names: Mapping[Expression, str]) -> Refusal | None:
    """Say which entrywise functions have finite-rank parts of which the linear equivalent gives no account."""
    if linear.refused:
        return linear.refused[0]
    vectors = [leaf for leaf in walk(linear.expression) if leaf.columns == (ONE,) and array_of(leaf) is not None]
    if vectors:
        return Refusal(
            "outliers",
            f"{text(vectors[0], names)} is a given vector, in a position of its own to the given matrices, and this "
            "rule covers random vectors.",
            "use fp.gaussian(size) for a generic direction",
        )
    if linear.tables:
        return Refusal(
            "outliers",
            "the mean of a layer below shifts the neurons of the next one; the shifts are correlated with its weights, "
            "which moves no bulk eigenvalue but may move outliers.",
            "centre the activation below, fp.entrywise(f - mean, H)",
        )
    if linear.curved:
        shown = text(linear.curved[0], {k: v for k, v in names.items() if k is not linear.curved[0]})
        if is_kernel(linear.curved[0]):
            return Refusal(
                "outliers",
                f"the entries of {shown} off the diagonal have a mean of order 1/n alone, from the second order of the "
                "function, a part of rank one that may make an outlier, and this rule does not model it.",
                "use a kernel with f'' = 0 there, or one with a mean",
            )
        return Refusal(
            "outliers",
            f"{shown} has mean 0 but E f'' != 0: fluctuations of the norms of its inputs make a part of rank two that "
            "moves no bulk eigenvalue but may make outliers, and this rule does not model it.",
            "use an odd activation, or one with a mean",
        )
    return None
