r"""f(W X) -> Z K^(1/2), K_ij = E f(w.x_i) f(w.x_j): random features of given data.

X is a given matrix, its columns are samples, and W has iid Gaussian entries. The rows of f(W X) are independent and
equal in law, and vectors f(w^T X) with f Lipschitz concentrate, so that resolvents have the deterministic equivalent of
a sample covariance matrix of the population K (Louart, Liao and Couillet 2018, Theorem 1; K is not centred: a mean of
the features is a part of rank one, which acts as in a Gaussian model of the same K). Features of several sets of points,
or several functions, under one W are one such matrix of all their columns, so that training and test points share
rows: ``f(W X_a) -> Z R_a`` with ``R_a^T R_b = K_ab``, which gives the test error of Conjecture 1 there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
from ..language.expression import ONE, Expression, walk
from ..language.given_sizes import array_of, given_sizes
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
    inputs: dict[Leaf, np.ndarray]

    def covariance(self, other: _Features) -> np.ndarray:
        """Return the covariance of one row of the pre-activations of two nodes."""
        shape = (next(iter(m.shape[1] for m in f.inputs.values())) for f in (self, other))
        total = np.zeros(tuple(shape))
        for leaf, matrix in self.inputs.items():
            if leaf in other.inputs:
                total += matrix.T @ other.inputs[leaf]
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
    Z @ K**(1/2)
    """
    sizes = given_sizes(expression)
    touched = _above_given(expression)
    if not any(node in touched for node in walk(expression) if isinstance(node, Entrywise)):
        return LinearEquivalent(expression, {}, (), ())
    features = [
        _read(node, sizes, names) for node in walk(expression) if isinstance(node, Entrywise) and node in touched
    ]
    _check_weights_elsewhere(expression, features, names)
    mapping: dict[Expression, Expression] = {}
    steps = []
    for group in _groups(features):
        found = _equivalent(group, expression, len(mapping) > 0)
        mapping |= found
        steps.append(_step(group, found, names))
    image = images(expression, mapping)
    return LinearEquivalent(image[expression], image, (), tuple(steps))


def _above_given(expression: Expression) -> set[Expression]:
    """Return the nodes that depend on given arrays."""
    found: set[Expression] = set()
    for node in walk(expression):
        if array_of(node) is not None or not found.isdisjoint(node.arguments):
            found.add(node)
    return found


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
    inputs: dict[Leaf, np.ndarray] = {}
    for part, scalar in node.arguments[0].terms():
        factors = part.arguments if isinstance(part, Product) else (part,)
        leaf = is_gaussian_factor(factors[0])
        rest = factors[1:]
        plain = leaf is not None and not isinstance(factors[0], Transpose) and leaf not in inputs
        if leaf is None or not plain or not rest or not all(_is_numeric(factor) for factor in rest):
            raise UnsupportedModel(
                f"{RULE}: the pre-activation of {shown} must be a sum of products W @ X of Gaussian weights, each in one "
                f"term, and given data, and {text(part, names)} is not of that form. Remedy: apply one layer of random "
                "features to given data"
            )
        number = scalar.subs(sizes)
        if number.free_symbols:
            raise UnsupportedModel(
                f"{RULE}: the scale of the pre-activation of {shown} holds {sorted(map(str, number.free_symbols))}, and "
                "the kernel of given data needs numbers. Remedy: put a number in its place"
            )
        inputs[leaf] = float(number) * simulate(multiply(*rest), {str(s): c for s, c in sizes.items()}, {}, 0)
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
    shared = sorted((str(names.get(leaf, leaf)) for leaf in weights & reached))
    if shared:
        raise UnsupportedModel(
            f"{RULE}: the weights {', '.join(shared)} of features of given data also occur outside of these features "
            "(as on random data), and this rule covers weights that act on given data alone. Remedy: give all data, "
            "also those of the test, as arrays"
        )


def _groups(features: list[_Features]) -> Iterable[list[_Features]]:
    """Yield the functions that share weights, directly or through others."""
    classes: UnionFind = UnionFind()
    for f in features:
        classes.union(f.node, *f.inputs)
    grouped: dict[Expression, list[_Features]] = {}
    for f in features:
        grouped.setdefault(classes[f.node], []).append(f)
    return grouped.values()


def _kernel(group: list[_Features]) -> np.ndarray:
    """Return the second moment of a row of all features of a group."""
    blocks = [[f.covariance(g) for g in group] for f in group]
    variances = [np.diag(row[k]) for k, row in enumerate(blocks)]
    functions = [f.node.activation for f in group]
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


def _equivalent(group: list[_Features], expression: Expression, numbered: bool) -> dict[Expression, Expression]:
    """Return what the functions of one group become."""
    kernel = _kernel(group)
    rows = group[0].node.rows[0]
    if len(group) == 1:
        node = group[0].node
        space = node.columns[0]
        return {node: gaussian(rows, space, name="Z") @ population(space, kernel, name="K") ** sympy.Rational(1, 2)}
    values, vectors = np.linalg.eigh(kernel)
    kept = values > _RANK * len(values) * values[-1]
    root = np.sqrt(values[kept])[:, None] * vectors[:, kept].T
    space = _new_size(expression, numbered)
    letter = gaussian(rows, space, name="Z")
    found: dict[Expression, Expression] = {}
    start = 0
    for k, f in enumerate(group, start=1):
        count = next(iter(f.inputs.values())).shape[1]
        block = signal(space, f.node.columns[0], root[:, start : start + count], name=f"R_{k}")
        found[f.node] = letter @ block
        start += count
    return found


def _new_size(expression: Expression, numbered: bool) -> Size:
    """Return a size with a name that the model does not have: the rank of the kernel of all points."""
    taken = {s.name for node in walk(expression) for s in symbols_of(node)}
    names = ("r" if not numbered and k == 1 else f"r_{k}" for k in range(1, 100))
    return Size(next(name for name in names if name not in taken))


def _step(group: list[_Features], found: dict[Expression, Expression], names: Names) -> Step:
    weights = ", ".join(dict.fromkeys(text(leaf, names) for f in group for leaf in f.inputs))
    alone = len(group) == 1
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
        references=(
            Citation("LouartLiaoCouillet2018", "Theorem 1" if alone else "Theorem 1 and Conjecture 1"),
        ),
    )
