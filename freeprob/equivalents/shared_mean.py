r"""f(g 1^T + H) -> D_m 1 1^T + D_c H + D_s Theta when the pre-activation has a part shared by all samples.

The mean ``mu`` of a layer below makes ``W (mu 1 1^T) = g 1^T``: neuron i sees the same shift ``g_i = sqrt(r) t_i`` at
every sample, with t_i independent standard normal. Given the shifts, neuron i applies the function
``f(sqrt(r) t_i + .)`` to centred pre-activations of variance v, so that the Gaussian equivalence holds with
coefficients that depend on the neuron: with xi standard normal,

    c(t) = E f'(sqrt(r) t + sqrt(v) xi),   m(t) = E f(sqrt(r) t + sqrt(v) xi),
    s(t)^2 = E f(sqrt(r) t + sqrt(v) xi)^2 - m(t)^2 - v c(t)^2.

The diagonal matrices D_c, D_m, D_s are functions of one family with law N(0, 1): a mixture of activations across
neurons (Adlam, Levinson and Pennington 2022, with random coefficients).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy

from ..language import laws
from ..language.activations import X
from ..language.ensembles.diagonal import diagonal
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Leaf, Product, Transpose, Zero
from ..language.operations import combine, multiply
from ..language.rewriting import expand, substitute

__all__ = ["NeuronMoment", "neuron_family", "split_shared"]

_REACH = 9.0


@lru_cache(maxsize=1)
def _normal_law() -> Any:
    """Return the standard normal law, cut off where its density is below 1e-18."""
    return laws.density(sympy.exp(-(X**2) / 2) / sympy.sqrt(2 * sympy.pi), (-_REACH, _REACH))


def neuron_family(size: sympy.Expr, name: str) -> Leaf:
    """Return the diagonal matrix of the shifts of the neurons, in units of their standard deviation."""
    return diagonal(size, _normal_law(), name=name)


def _is_ones(node: Expression) -> bool:
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    return isinstance(leaf, Leaf) and leaf.ensemble.name == "ones"


def split_shared(image: Expression) -> tuple[Expression, Expression] | None:
    """Return (shift of the neurons, centred part) of a pre-activation with one row for each neuron.

    Returns
    -------
    (Expression, Expression) or None
        The shift is a vector over the neurons; None when the shared part is not of the form ``g 1^T``.
    """
    leaves = {node for node in walk(image) if isinstance(node, Leaf) and _is_ones(node)}
    centred = substitute(image, {leaf: Zero.intern(leaf.rows, leaf.columns) for leaf in leaves})
    shift: list[tuple[Expression, sympy.Expr]] = []
    for part, scalar in expand(image).terms():
        if not any(_is_ones(node) for node in walk(part)):
            continue
        factors = part.arguments if isinstance(part, Product) else (part,)
        if image.columns != (ONE,):
            if not (isinstance(factors[-1], Transpose) and _is_ones(factors[-1])) or len(factors) < 2:
                return None
            factors = factors[:-1]
        shift.append((multiply(*factors), scalar))
    if not shift or isinstance(centred, Zero):
        return None
    return combine(shift), centred


@dataclass(frozen=True)
class NeuronMoment:
    """Evaluates c(t), m(t) or s(t) of an activation at shifts sqrt(r) t and variance v."""

    activation: Any
    kind: str

    def __call__(self, nodes: Any, shared: Any, variance: Any, digits: int = 15) -> Any:
        """Return the values at the nodes."""
        if digits <= 15:
            return self._floats(np.asarray(nodes, dtype=float), float(shared), float(variance))
        with mpmath.workdps(digits + 5):
            return [self._precise(t, mpmath.mpf(shared), mpmath.mpf(variance), digits) for t in nodes]

    def _floats(self, t: np.ndarray, shared: float, variance: float) -> np.ndarray:
        root, spread = np.sqrt(shared), np.sqrt(variance)
        mean = np.empty_like(t)
        slope = np.empty_like(t)
        second = np.empty_like(t)
        for k, value in enumerate(t):
            x, w = _panels(tuple((b - root * value) / spread for b in self.activation.breakpoints))
            f = self.activation(root * value + spread * x)
            mean[k], slope[k], second[k] = w @ f, w @ (x * f) / spread, w @ f**2
        return self._select(mean, slope, second, variance, np.sqrt, lambda a: np.maximum(a, 0.0))

    def _precise(self, t: Any, shared: Any, variance: Any, digits: int) -> Any:
        shift, total = mpmath.sqrt(shared) * t, shared + variance

        def average(power: int, weight: int) -> Any:
            def tilted(h: Any, f: Any) -> Any:
                density = mpmath.exp(-((h - shift) ** 2) / (2 * variance) + h * h / (2 * total))
                return f**power * (h - shift) ** weight * density

            return self.activation.expectation(tilted, total, digits) * mpmath.sqrt(total / variance)

        return self._select(
            average(1, 0),
            average(1, 1) / variance,
            average(2, 0),
            variance,
            mpmath.sqrt,
            lambda a: max(a, mpmath.mpf(0)),
        )

    def _select(self, mean: Any, slope: Any, second: Any, variance: Any, root: Any, clip: Any) -> Any:
        if self.kind == "mean":
            return mean
        if self.kind == "slope":
            return slope
        return root(clip(second - mean**2 - variance * slope**2))


@lru_cache(maxsize=1024)
def _panels(breaks: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return a Gauss-Legendre rule for the standard normal law whose panels meet at the breaks."""
    reach = 12.0
    inner = [b for b in breaks if -reach < b < reach]
    ends = np.unique(np.concatenate([np.linspace(-reach, reach, 25), inner]))
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half, middle = 0.5 * np.diff(ends)[:, None], 0.5 * (ends[1:] + ends[:-1])[:, None]
    x = (middle + half * nodes).ravel()
    return x, (half * weights).ravel() * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
