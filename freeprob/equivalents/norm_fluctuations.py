r"""f(W B) with E f = 0 holds e 1^T, e_j = E f''(h) (q_j - q) / 2: the variances q_j of single neurons fluctuate.

The pre-activations of the neuron j have the variance ``q_j = w_j^T M w_j`` over the samples, with their second
moment M, and not its mean q. The relative deviations are a vector of independent entries of variance ``2 E K^2 / q^2``,
where K is the covariance of the pre-activations of two samples, of order ``N^(-1/2)``. So the mean of f over the
samples, 0 to leading order, is ``E f(h) (h^2/q - 1) (q_j/q - 1) / 2``: a part of rank one, of the order of the bulk,
along the samples. It moves no bulk eigenvalue, and matters to numbers that hold a mean over the samples, as that of
labels. Fresh data of the same law see the same vector.

The other direction, fluctuations of the norms of the samples, is ``1 s^T``; it matters to means over the neurons.
"""

from __future__ import annotations

import sympy

from ..algebra.symbols import Size
from ..errors import UnsupportedModel
from ..language.ensembles.gaussian import gaussian
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Leaf, Product
from ..language.operations import combine, multiply, tr
from ..language.primitive import primitive
from ..language.rewriting import substitute
from .closed_forms import ClosedForms
from .coefficients import Coefficients
from .preactivation import RULE, is_gaussian_factor

__all__ = ["NormFluctuations"]

_SAMPLES = Size("N_0")
"""How many samples there are in the reference, of which the answer is independent."""


class NormFluctuations:
    """The relative fluctuations of the variances of neurons, one vector for each matrix of weights."""

    def __init__(self, moments: ClosedForms, coefficients: Coefficients) -> None:
        self.moments, self.coefficients = moments, coefficients
        self.drawn: dict[tuple[sympy.Expr, int], Leaf] = {}
        self.known: dict[Expression, tuple[Expression, Leaf, sympy.Expr]] = {}

    def of(self, node: Expression, centred: Expression) -> tuple[Leaf, sympy.Expr]:
        """Return (u, c): the relative deviations of the variances of the neurons are ``c u``.

        Parameters
        ----------
        node : Expression
            The function, for messages.
        centred : Expression
            The linear equivalent of its pre-activation, weights first.

        Raises
        ------
        UnsupportedModel
            If the pre-activation is no product of one Gaussian matrix of weights with Gaussian data, or the same
            weights see data of another law.
        """
        weights, below = self._split(node, centred)
        reference = primitive(self._on_reference(node, below))[1]
        if weights not in self.known:
            variance = self._variance(node, reference)
            self.known[weights] = reference, gaussian(centred.rows[0]), variance
        seen, leaf, variance = self.known[weights]
        if seen is not reference:
            raise self._refusal(node, f"the weights {weights} act on samples of two laws")
        return leaf, variance

    @staticmethod
    def _refusal(node: Expression, reason: str) -> UnsupportedModel:
        return UnsupportedModel(
            f"{RULE}: {node} has mean 0 but E f'' != 0, so that fluctuations of the variances of its neurons meet a "
            f"mean over the samples, as that of labels, and {reason}, which this rule does not cover. Remedy: use an "
            "odd activation or one with a mean, or centre the labels"
        )

    def _split(self, node: Expression, centred: Expression) -> tuple[Expression, Expression]:
        """Return W and B of ``W B``."""
        weights, terms = set(), []
        for part, scalar in centred.terms():
            first = part.arguments[0] if isinstance(part, Product) else part
            if is_gaussian_factor(first) is None or not isinstance(part, Product):
                raise self._refusal(node, f"{part} is no product of Gaussian weights with a layer")
            weights.add(first)
            terms.append((multiply(*part.arguments[1:]), scalar))
        if len(weights) != 1:
            raise self._refusal(node, "the neurons have several matrices of weights")
        return weights.pop(), combine(terms)

    def _on_reference(self, node: Expression, below: Expression) -> Expression:
        """Return a layer on samples that stand for all of the same law."""
        table: dict[Expression, Expression] = {}
        counts: dict[sympy.Expr, int] = {}
        for leaf in walk(below):
            if not isinstance(leaf, Leaf):
                continue
            if leaf.columns != below.columns:
                if leaf.columns == (ONE,) or leaf.rows == below.columns:
                    raise self._refusal(node, f"{leaf} is no data matrix with one column for each sample")
                continue
            if leaf.ensemble.name != "gaussian" or len(leaf.rows) > 1 or leaf.rows == below.columns:
                raise self._refusal(node, f"the data {leaf} are not Gaussian")
            size = leaf.rows[0]
            counts[size] = counts.get(size, 0) + 1
            if (size, counts[size]) not in self.drawn:
                self.drawn[size, counts[size]] = gaussian(size, _SAMPLES)
            table[leaf] = self.drawn[size, counts[size]]
        return substitute(below, table)

    def _variance(self, node: Expression, reference: Expression) -> sympy.Expr:
        """Return the standard deviation of the relative fluctuations, of order ``N^(-1/2)``."""
        gram = multiply(reference.T, reference)
        scale = reference.rows[0] ** (-gram.order) if gram.order != 0 else sympy.S.One
        gram = combine([(gram, scale)])
        mean, square = (self.moments.closed_form(tr(matrix)) for matrix in (gram, multiply(gram, gram)))
        if mean is None or square is None:
            raise self._refusal(node, "the second moment of its inputs has no closed form")
        size = reference.rows[0]
        pairs = sympy.expand(sympy.expand(square - mean**2) / _SAMPLES * size)
        if _SAMPLES in pairs.free_symbols:
            raise self._refusal(node, "the covariances of its samples have no limit")
        words = f"variance of the relative fluctuations of the variances of neurons, times {size}"
        return sympy.sqrt(self.coefficients.variance(2 * pairs / mean**2, "r", words) / size)
