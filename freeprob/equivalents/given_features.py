r"""f(W X) -> Z K^(1/2), K_ij = E f(w.x_i) f(w.x_j): random features of given data.

X is a given matrix, its columns are samples, and W has iid Gaussian entries. The rows of f(W X) are independent and
equal in law, and vectors f(w^T X) with f Lipschitz concentrate, so that resolvents have the deterministic equivalent
of a sample covariance matrix of the population K (Louart, Liao and Couillet 2018, Theorem 1; K is not centred: a mean
of the features is a part of rank one, which acts as in a Gaussian model of the same K). Features of several sets of
points, or several functions, under one W are one such matrix of all their columns, so that training and test points
share rows: ``f(W X_a) -> Z R_a`` with ``R_a^T R_b = K_ab``, which gives the test error of Conjecture 1 there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from networkx.utils import UnionFind

from ..algebra.symbols import Size
from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..errors import UnsupportedModel
from ..language.activations.correlated_product import product_means
from ..language.ensembles.gaussian import gaussian
from ..language.ensembles.population import population
from ..language.ensembles.signal import signal
from ..language.expression import ONE, Dimension, Expression, walk
from ..language.given_array import GivenArray
from ..language.given_sizes import array_of, given_sizes
from ..language.leaves import leaves_of
from ..language.naming import symbols_of
from ..language.nodes import Entrywise, Leaf, Product, Transpose
from ..language.operations import multiply
from ..language.printing import Names, text
from ..language.rewriting import images
from ..language.simulation import simulate
from .linear_equivalent import LinearEquivalent
from .preactivation import is_gaussian_factor

__all__ = ["given_features"]

RULE = "given_features"
_RANK = 1e-13


@dataclass(frozen=True)
class _Features:
    """``f(sum of W A)``: the node and the given matrix that each Gaussian letter W multiplies."""

    node: Entrywise
    inputs: dict[Leaf, GivenArray]


@dataclass(frozen=True)
class _Block:
    """A function of given inputs, whatever the letters are called that multiply them."""

    activation: Any
    columns: Dimension
    inputs: tuple[tuple[int, GivenArray], ...]

    @property
    def count(self) -> int:
        """The number of points."""
        return self.inputs[0][1].shape[1]

    def covariance(self, other: _Block) -> np.ndarray:
        """Return the covariance of one row of two pre-activations that share letters of one number."""
        total = np.zeros((self.count, other.count))
        theirs = dict(other.inputs)
        for number, array in self.inputs:
            if number in theirs and theirs[number].shape[0] == array.shape[0]:
                total += array.values.T @ theirs[number].values
        return total


def given_features(expression: Expression, names: Names) -> LinearEquivalent:
    """Replace entrywise functions of Gaussian weights times given data by matrices with correlated Gaussian rows.

    Parameters
    ----------
    expression : Expression
    names : mapping of Expression to str
        Names of matrices in the record.

    Returns
    -------
    LinearEquivalent
        With an empty ``image`` where there is nothing to do.

    Raises
    ------
    UnsupportedModel
        If the weights also occur elsewhere, or a function lies above given data in another way.

    Examples
    --------
    >>> import numpy as np
    >>> import freeprob as fp
    >>> from freeprob.equivalents.given_features import given_features
    >>> n, d, p = fp.sizes("n d p")
    >>> X, W = fp.signal(d, n, np.eye(2)), fp.gaussian(p, d, name="W")
    >>> given_features(fp.tanh(W @ X), {}).expression
    Z @ sqrt(K)
    """
    sizes = given_sizes(expression)
    nodes = [node for node in walk(expression) if isinstance(node, Entrywise) and _has_given_data(node)]
    if not nodes:
        return LinearEquivalent(expression, {}, (), ())
    features = [_read(node, sizes, names) for node in nodes]
    _check_weights_elsewhere(expression, features, names)
    groups = [_Group.of(features) for features in _sharing_weights(features)]
    mapping: dict[Expression, Expression] = {}
    steps = []
    spaces: list[Size] = []
    for together in _sharing_blocks(groups):
        roots = _roots(together, expression, spaces)
        for group in together:
            found = group.images(roots)
            mapping |= found
            steps.append(_step(group, found, names))
    image = images(expression, mapping)
    return LinearEquivalent(image[expression], image, (), tuple(steps))


def _has_given_data(node: Entrywise) -> bool:
    """Return whether a term of the pre-activation is Gaussian weights times given data."""
    for argument in node.arguments:
        for part, _ in argument.terms():
            rest = part.arguments[1:] if isinstance(part, Product) else ()
            given = any(array_of(leaf) is not None for leaf in leaves_of(*rest))
            if given and is_gaussian_factor(part.arguments[0]) is not None and all(map(_is_numeric, rest)):
                return True
    return False


def _is_numeric(node: Expression) -> bool:
    return all(array_of(leaf) is not None or leaf.ensemble.is_constant for leaf in walk(node) if isinstance(leaf, Leaf))


def _read(node: Entrywise, sizes: dict[Size, int], names: Names) -> _Features:
    """Return the parts of a function of Gaussian weights times given data."""
    shown = text(node, names)
    if len(node.arguments) != 1 or node.is_of_kernel or ONE in (node.rows[0], node.columns[0]):
        raise UnsupportedModel(
            f"{RULE}: {shown} depends on given data, and this rule covers a function of one matrix of pre-activations "
            "W @ X with Gaussian W and given X. Remedy: evaluate functions of given data before they enter the model"
        )
    inputs: dict[Leaf, GivenArray] = {}
    for part, scalar in node.arguments[0].terms():
        factors = part.arguments if isinstance(part, Product) else (part,)
        leaf = is_gaussian_factor(factors[0])
        rest = factors[1:]
        plain = leaf is not None and not isinstance(factors[0], Transpose) and leaf not in inputs
        if leaf is None or not plain or not rest or not all(_is_numeric(factor) for factor in rest):
            raise UnsupportedModel(
                f"{RULE}: the pre-activation of {shown} must be a sum of products W @ X of Gaussian weights, each in "
                f"one term, and given data, and {text(part, names)} is not of that form. Remedy: apply one layer of "
                "random features to given data"
            )
        number = scalar.subs(sizes)
        if number.free_symbols:
            raise UnsupportedModel(
                f"{RULE}: the scale of the pre-activation of {shown} holds {sorted(map(str, number.free_symbols))}, "
                "and the kernel of given data needs numbers. Remedy: put a number in its place"
            )
        values = simulate(multiply(*rest), {str(s): c for s, c in sizes.items()}, {}, 0)
        inputs[leaf] = GivenArray(float(number) * np.asarray(values))
    return _Features(node, inputs)


def _check_weights_elsewhere(expression: Expression, features: list[_Features], names: Names) -> None:
    """Refuse weights that occur outside of the functions of given data."""
    own = {f.node for f in features}
    weights = {leaf for f in features for leaf in f.inputs}
    reached: set[Expression] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if node in reached or node in own:
            continue
        reached.add(node)
        stack.extend(node.arguments)
    shared = sorted(str(names.get(leaf, leaf)) for leaf in weights & reached)
    if shared:
        raise UnsupportedModel(
            f"{RULE}: the weights {', '.join(shared)} of features of given data also occur outside of these features "
            "(as on random data), and this rule covers weights that act on given data alone. Remedy: give all data, "
            "also those of the test, as arrays"
        )


@dataclass(frozen=True)
class _Group:
    """Functions that share weights, each with its block of columns."""

    blocks: dict[Entrywise, _Block]
    weights: tuple[Leaf, ...]

    @classmethod
    def of(cls, features: list[_Features]) -> _Group:
        """Return the blocks of some functions; letters are numbered in order."""
        weights = tuple(sorted({leaf for f in features for leaf in f.inputs}, key=lambda leaf: leaf.index))
        blocks = {
            f.node: _Block(
                f.node.activation,
                f.node.columns[0],
                tuple((k, f.inputs[leaf]) for k, leaf in enumerate(weights) if leaf in f.inputs),
            )
            for f in features
        }
        return cls(blocks, weights)

    def images(self, roots: dict[_Block, Expression]) -> dict[Expression, Expression]:
        """Return ``Z R`` for each function, with one Gaussian matrix Z."""
        first = next(iter(self.blocks))
        space = next(iter(roots.values())).rows[0]
        letter = gaussian(first.rows[0], space, name="Z")
        return {node: letter @ roots[block] for node, block in self.blocks.items()}


def _sharing_weights(features: list[_Features]) -> Iterable[list[_Features]]:
    """Yield the functions that share weights, directly or through others."""
    classes: UnionFind = UnionFind()
    for f in features:
        classes.union(f.node, *f.inputs)
    grouped: dict[Expression, list[_Features]] = {}
    for f in features:
        grouped.setdefault(classes[f.node], []).append(f)
    return grouped.values()


def _sharing_blocks(groups: list[_Group]) -> Iterable[list[_Group]]:
    """Yield the groups that have a block in common, as copies of one network: they are written on one space."""
    classes: UnionFind = UnionFind()
    for k, group in enumerate(groups):
        classes.union(k, *group.blocks.values())
    grouped: dict[Any, list[_Group]] = {}
    for k, group in enumerate(groups):
        grouped.setdefault(classes[k], []).append(group)
    return grouped.values()


def _kernel(group: list[_Block]) -> np.ndarray:
    """Return the second moment of a row of all features of some blocks."""
    blocks = [[f.covariance(g) for g in group] for f in group]
    variances = [np.diag(row[k]) for k, row in enumerate(blocks)]
    functions = [f.activation for f in group]
    for f in dict.fromkeys(functions):
        rows = [k for k, other in enumerate(functions) if other == f]
        for g in dict.fromkeys(functions):
            columns = [k for k, other in enumerate(functions) if other == g]
            whole = product_means(
                f,
                g,
                np.concatenate([variances[k] for k in rows]),
                np.concatenate([variances[k] for k in columns]),
                np.block([[blocks[i][j] for j in columns] for i in rows]),
            )
            heights, widths = (np.cumsum([len(variances[k]) for k in part])[:-1] for part in (rows, columns))
            for i, band in zip(rows, np.split(whole, heights, axis=0), strict=True):
                for j, block in zip(columns, np.split(band, widths, axis=1), strict=True):
                    blocks[i][j] = block
    kernel = np.block(blocks)
    return 0.5 * (kernel + kernel.T)


def _roots(groups: list[_Group], expression: Expression, spaces: list[Size]) -> dict[_Block, Expression]:
    """Return R for each block, with ``R_a^T R_b`` the kernel of two blocks."""
    blocks = list(dict.fromkeys(block for group in groups for block in group.blocks.values()))
    kernel = _kernel(blocks)
    if len(blocks) == 1:
        return {blocks[0]: population(blocks[0].columns, kernel, name="K") ** sympy.Rational(1, 2)}
    values, vectors = np.linalg.eigh(kernel)
    kept = values > _RANK * len(values) * values[-1]
    root = np.sqrt(values[kept])[:, None] * vectors[:, kept].T
    spaces.append(_new_size(expression, len(spaces)))
    starts = np.cumsum([block.count for block in blocks])[:-1]
    return {
        block: signal(spaces[-1], block.columns, part, name=f"R_{k}")
        for k, (block, part) in enumerate(zip(blocks, np.split(root, starts, axis=1), strict=True), start=1)
    }


def _new_size(expression: Expression, number: int) -> Size:
    """Return a size with a name that the model does not have: the rank of the kernel of all points."""
    taken = {s.name for node in walk(expression) for s in symbols_of(node)}
    free = (name for k in itertools.count(1) if (name := "r" if k == 1 else f"r_{k}") not in taken)
    return next(itertools.islice((Size(name) for name in free), number, None))


def _step(group: _Group, found: dict[Expression, Expression], names: Names) -> Step:
    weights = ", ".join(text(leaf, names) for leaf in group.weights)
    alone = len(group.blocks) == 1
    return Step(
        rule=RULE,
        statement="f(W X) -> Z K^(1/2), K_ij = E f(w.x_i) f(w.x_j)"
        if alone
        else "f(W X_a) -> Z R_a, R_a^T R_b = K_ab = E f(w.x_a) f(w.x_b)",
        status="asymptotic",
        before=tuple(Formula(None, node) for node in found),
        after=tuple(Formula(node, image) for node, image in found.items()),
        hypotheses=(
            Hypothesis(f"{weights} has iid Gaussian entries and acts on given data alone", "proved on the graph"),
            Hypothesis("the functions are Lipschitz, so that the rows of the features concentrate", "assumed"),
            Hypothesis("the given data have a bounded operator norm, and as many columns as rows in order", "assumed"),
        ),
        references=(Citation("LouartLiaoCouillet2018", "Theorem 1" if alone else "Theorem 1 and Conjecture 1"),),
    )
