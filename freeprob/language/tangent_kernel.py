r"""The tangent kernel of a network: inner products of its gradients at two samples.

For a network with one output per sample, ``f(x_j)``, the kernel is ``K_jk = sum over weights df(x_j)/dw df(x_k)/dw``. A
weight matrix W that multiplies the columns of A contributes ``(A^T A) o (B^T B)``, where the columns of B are the
derivatives of the outputs with respect to the columns of ``W A``: backpropagation, written down on the graph (Jacot,
Gabriel and Hongler 2018).
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from ..errors import ShapeError, UnsupportedModel
from .activation_derivative import entrywise_derivative
from .blocks import cells
from .ensembles.ones import ones
from .expression import ONE, Expression, walk
from .hadamard import hadamard
from .nodes import Entrywise, Hadamard, Leaf, Normalised, Product, Sum, Transpose
from .normalisation import norm_scaled
from .operations import block, combine, multiply
from .primitive import primitive
from .printing import text
from .scalars import degree

__all__ = ["ntk"]

_Use = tuple[Expression, Expression]  # what a weight matrix acts on, and the derivatives of the outputs behind it


def ntk(network: Expression, data: Expression, *, weights: Sequence[Expression] | None = None) -> Expression:
    """Return the neural tangent kernel of a network.

    Parameters
    ----------
    network : Expression, shape (1, n)
        One output for each sample, for example ``v.T @ fp.relu(W @ X / fp.sqrt(d)) / fp.sqrt(p)``; every operation acts
        on each sample apart.
    data : Expression, shape (d, n)
        The input, of which columns are samples; with the mean of the data, ``X + mu @ ones.T``, which is trained like a
        bias where it is added inside the network; or several classes of samples, ``fp.block([[X1, X2]])``.
    weights : sequence of leaves, optional
        The parameters that are trained; by default all random matrices and vectors of the network beside the data,
        but for patterns of dropout (:func:`freeprob.mask`, :func:`freeprob.bonds`) and other diagonal matrices and
        populations, which are given.

    Returns
    -------
    Expression, shape (n, n)
        A sum of entrywise products of Gram matrices, of which those that vanish in the limit are left out: products of
        errors that reach one weight on paths of different weights, such as a layer and the skip connection past it, and
        the errors that layer and RMS normalisation take away, those along the mean and the sample itself.

    Raises
    ------
    ShapeError
        If the network does not have one output for each sample.
    UnsupportedModel
        If an operation mixes samples or has no derivative, or ``weights`` holds a pattern or a matrix with a law of its
        eigenvalues, whose entries cannot be trained one by one.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d, p = fp.sizes("n d p")
    >>> X, W, v = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W"), fp.gaussian(p, name="v")
    >>> K = fp.ntk(v.T @ fp.relu(W @ X / fp.sqrt(d)) / fp.sqrt(p), X, weights=[v])
    >>> print(K)
    relu(W @ X / sqrt(d)).T @ relu(W @ X / sqrt(d)) / p
    """
    if not isinstance(data, Expression):
        raise TypeError(f"the data of fp.ntk must be an expression, not {type(data).__name__}")
    if isinstance(weights, (Expression, str)):
        raise TypeError("the weights of fp.ntk must be a sequence of leaves, for example [W]")
    if not isinstance(network, Expression) or network.rows != (ONE,) or network.columns != data.columns:
        shape = network.shape_text if isinstance(network, Expression) else type(network).__name__
        columns = "+".join(map(str, data.columns))
        raise ShapeError(f"fp.ntk needs one output for each sample, shape (1) x ({columns}), not {shape}")
    if weights is None:
        inputs = {n for n in walk(data) if isinstance(n, Leaf)}
        weights = [n for n in walk(network) if isinstance(n, Leaf) and n not in inputs and _is_trainable(n)]
    for leaf in weights:
        if not isinstance(leaf, Leaf) or not _is_trainable(leaf):
            raise UnsupportedModel(
                f"tangent_kernel: {leaf} cannot be trained entry by entry: a weight is a leaf such as "
                "fp.gaussian(p, d), and no pattern, no diagonal matrix and no population. Remedy: leave it out of "
                "weights"
            )
    leaves = tuple(leaf for leaf in weights if isinstance(leaf, Leaf))
    if len(data.columns) > 1:
        return _of_classes(network, data, leaves)
    return _Backward(network, data, leaves).kernel()


def _of_classes(network: Expression, data: Expression, weights: tuple[Leaf, ...]) -> Expression:
    """Return the tangent kernel of samples of several classes, one block for each pair of them."""
    outputs, inputs = cells(network), _classes(data)
    if outputs is None or inputs is None:
        raise UnsupportedModel(
            "tangent_kernel: the network or its data have several kinds of columns without an expression of their own. "
            "Remedy: write the data as fp.block([[X1, X2]])"
        )
    passes = [_Backward(out, x, weights).merged() for out, x in zip(outputs[0], inputs, strict=True)]
    terms = []
    for weight in weights:
        found = [uses[weight] for uses in passes]
        if len({len(uses) for uses in found}) > 1:
            raise UnsupportedModel(
                f"tangent_kernel: the weights {weight} occur a different number of times for the samples of two classes"
            )
        for k in range(len(found[0])):
            for j in range(k + 1):
                orders = {(k, j), (j, k)}
                grid = [[_sum_of_products([(a[r], b[s]) for r, s in orders]) for b in found] for a in found]
                terms.append((block(grid), sympy.S.One))
    return _leading(terms)


def _classes(data: Expression) -> list[Expression] | None:
    """Return the samples of each class."""
    grid = cells(data)
    if grid is None or len(grid) == 1:
        return None if grid is None else grid[0]
    return [block([[row[j]] for row in grid]) for j in range(len(data.columns))]


def _sum_of_products(uses: Sequence[tuple[_Use, _Use]]) -> Expression:
    """Return the sum of ``(A^T B) o (E^T F)`` over pairs of uses of weights."""
    return combine([(_product_of_uses(one, other), sympy.S.One) for one, other in uses])


def _product_of_uses(one: _Use, other: _Use) -> Expression:
    (inputs, errors), (others, more) = one, other
    return hadamard(multiply(inputs.T, others), multiply(errors.T, more))


def _leading(terms: Sequence[tuple[Expression, sympy.Expr]]) -> Expression:
    """Return the sum of the terms that do not vanish next to others."""
    if not terms:
        raise UnsupportedModel("tangent_kernel: the network has no weights to train")
    orders = [node.order + degree(scalar) for node, scalar in terms]
    return combine([term for term, order in zip(terms, orders, strict=True) if order == max(orders)])


def _is_trainable(leaf: Leaf) -> bool:
    """Return whether all entries of a leaf are free: patterns and matrices with a law of eigenvalues are given."""
    ensemble = leaf.ensemble
    return not (ensemble.is_constant or ensemble.is_family or ensemble.is_zero_one)


class _Backward:
    """Derivatives of the outputs with respect to nodes, one column for each sample."""

    def __init__(self, network: Expression, data: Expression, weights: tuple[Expression, ...]):
        self.network, self.data, self.weights = network, data, set(weights)
        self.samples = data.columns
        self.gradients: dict[Expression, Expression] = {}
        self.uses: dict[Expression, list[tuple[Expression, Expression]]] = {w: [] for w in weights}

    def kernel(self) -> Expression:
        terms = []
        for uses in self.merged().values():
            terms += [(_product_of_uses(one, other), sympy.S.One) for one in uses for other in uses]
        return _leading(terms)

    def merged(self) -> dict[Expression, list[_Use]]:
        """Return the inputs of each weight matrix with the errors behind it."""
        order = [node for node in walk(self.network) if node.columns == self.samples]
        self.gradients[self.network] = ones(self.samples[0]).T
        for node in reversed(order):
            gradient = self.gradients.get(node)
            if gradient is not None and node is not self.data:
                self.pass_on(node, gradient)
        uses = {}
        for weight, found in self.uses.items():
            merged: dict[Expression, list[tuple[Expression, sympy.Expr]]] = {}
            for inputs, errors in found:  # paths that part behind a weight bring one error together
                merged.setdefault(inputs, []).append((errors, sympy.S.One))
            uses[weight] = [(inputs, combine(errors)) for inputs, errors in merged.items()]
        return uses

    def add(self, node: Expression, gradient: Expression) -> None:
        known = self.gradients.get(node)
        total = [(gradient, sympy.S.One)] if known is None else [(known, sympy.S.One), (gradient, sympy.S.One)]
        self.gradients[node] = combine(total)

    def pass_on(self, node: Expression, gradient: Expression) -> None:
        """Add the gradient of a node to those of its arguments, and note the uses of weights."""
        if isinstance(node, Sum):
            for part, scalar in node.terms():
                self.add(part, combine([(gradient, scalar)]))
        elif isinstance(node, Entrywise):
            for k, argument in enumerate(node.arguments):
                self.add(argument, _times(entrywise_derivative(node, k), gradient))
        elif isinstance(node, Hadamard):
            for k, factor in enumerate(node.arguments):
                others = [f for j, f in enumerate(node.arguments) if j != k]
                self.add(factor, hadamard(gradient, others[0], *others[1:]))
        elif isinstance(node, Normalised) and node.over == "rows":
            self.add(node.arguments[0], norm_scaled(gradient, node))
        elif isinstance(node, Product):
            self.through_product(node, gradient)
        elif node in self.weights:
            raise UnsupportedModel(f"tangent_kernel: {node} has one column for each sample, and no layer acts on it")
        elif not isinstance(node.arguments[0] if isinstance(node, Transpose) else node, Leaf):
            raise UnsupportedModel(
                f"tangent_kernel: {node} ({type(node).__name__}) is no operation on each sample apart with a "
                "derivative here. Remedy: build the network of products with weights, sums and entrywise functions"
            )

    def diluted(self, factor: Expression) -> tuple[Expression, sympy.Expr] | None:
        """Return the weights behind random patterns and the share of their entries that is kept, else None.

        The entries of W have the derivatives of ``B o W`` where B is 1. A sum over entries of the kernel keeps the
        share q of its terms in the limit, so that the kernel is q times ``(A^T A) o (E^T E)``.
        """
        if not isinstance(factor, Hadamard):
            return None
        weights = [f for f in factor.arguments if f in self.weights]
        share = _share_kept([f for f in factor.arguments if f not in self.weights])
        return (weights[0], share) if len(weights) == 1 and share is not None else None

    def through_product(self, node: Product, gradient: Expression) -> None:
        """Split A_1 A_2 ... A_k x: each factor is a layer that acts on what stands to its right."""
        factors = node.arguments
        for k, factor in enumerate(factors[:-1]):
            inner = multiply(*factors[k + 1 :])
            before = _carried_back(factors[:k], gradient)
            plain = factor.arguments[0] if isinstance(factor, Transpose) else factor
            diluted = self.diluted(plain)
            if plain in self.weights:
                pair = (inner, before) if plain is factor else (before, inner)
                self.uses[plain].append(pair)
            elif diluted is not None:
                weights, share = diluted
                inner = combine([(inner, sympy.sqrt(share))])
                self.uses[weights].append((inner, before) if plain is factor else (before, inner))
            elif factor.columns == self.samples:
                raise UnsupportedModel(
                    f"tangent_kernel: {text(node)} mixes samples, and this rule needs operations on each sample apart"
                )
            elif any(leaf in self.weights for leaf in walk(factor)):
                raise UnsupportedModel(
                    f"tangent_kernel: weights inside {factor} are no layer of their own. Remedy: multiply out"
                )
        last = factors[-1]
        if last.columns != self.samples:
            raise UnsupportedModel(f"tangent_kernel: {node} mixes samples")
        self.add(last, _carried_back(factors[:-1], gradient))


def _share_kept(factors: Sequence[Expression]) -> sympy.Expr | None:
    """Return the chance that an entry passes random patterns; None where a factor is no pattern."""
    leaves = [f.arguments[0] if isinstance(f, Transpose) else f for f in factors]
    if not all(isinstance(leaf, Leaf) and leaf.ensemble.name == "bonds" for leaf in leaves):
        return None
    return sympy.Mul(*(leaf.ensemble.entry_mean for leaf in leaves if isinstance(leaf, Leaf)))


def _carried_back(factors: Sequence[Expression], gradient: Expression) -> Expression:
    """Return ``(A_1 ... A_k)^T gradient``, with the scale of the gradient in front: its entries are of order one."""
    scale, core = primitive(gradient)
    return combine([(multiply(*(f.T for f in reversed(factors)), core), scale)])


def _times(derivative: Expression | sympy.Expr, gradient: Expression) -> Expression:
    if isinstance(derivative, Expression):
        scale, core = primitive(gradient)
        return combine([(hadamard(derivative, core), scale)])
    return combine([(gradient, derivative)])
