"""Independent copies of sources of randomness: averages of products, ensembles of learners."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from ..errors import ShapeError, UnsupportedModel
from .ensembles.base import new_leaf
from .expression import Expression, walk
from .nodes import Leaf, Product, SpectralFunction
from .operations import combine, multiply
from .rewriting import substitute
from .scalars import as_scalar

__all__ = ["ensemble", "independent_copy", "overlap", "source_leaf", "square_root"]

_DETERMINISTIC = frozenset({"population", "commuting", "signal", "ones", "given"})


def source_leaf(source: Any) -> Leaf:
    """Return the leaf that is a source of randomness, or refuse what is none.

    Raises
    ------
    UnsupportedModel
        If it is no leaf, or a deterministic matrix: a population, a signal, a vector of ones.
    """
    leaf = source.leaf if isinstance(source, SpectralFunction) else source
    if not isinstance(leaf, Leaf):
        raise UnsupportedModel(
            f"independent_copy: {source} is not a leaf, so it is not clear which randomness to copy. Remedy: give the "
            "leaves that it is made of"
        )
    if leaf.ensemble.is_constant or leaf.ensemble.name in _DETERMINISTIC:
        raise UnsupportedModel(
            f"independent_copy: {source} ({leaf.ensemble}) is deterministic, so it has no independent copy. Remedy: "
            "give the random leaves; a matrix that is drawn anew for each learner is fp.rotated or fp.diagonal"
        )
    return leaf


def independent_copy(expression: Expression, sources: Iterable[Expression]) -> Expression:
    """Return the expression with other, independent samples of some leaves.

    Parameters
    ----------
    expression : Expression
    sources : iterable of leaves
        Each is replaced by a new leaf of the same ensemble; all other leaves are shared.

    Returns
    -------
    Expression

    Raises
    ------
    UnsupportedModel
        If a source is not a random leaf.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, y = fp.gaussian(d, n, name="X"), fp.gaussian(n, name="y")
    >>> other = fp.independent_copy(X @ y, [X])
    >>> other is X @ y, other.shape
    (False, (d, 1))
    """
    leaves = dict.fromkeys(source_leaf(source) for source in sources)
    present = {node for node in walk(expression) if isinstance(node, Leaf)}
    fresh = {
        leaf: new_leaf(leaf.ensemble, leaf.rows[0], leaf.columns[0], leaf.name and f"{leaf.name}'")
        for leaf in leaves
        if leaf in present
    }
    return substitute(expression, fresh) if fresh else expression


def square_root(square: Expression) -> tuple[sympy.Expr, Expression]:
    """Return (c, e) of an expression that is written as a square ``c e.T @ e``.

    Raises
    ------
    ShapeError
        If the expression is not of this form.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.copies import square_root
    >>> n = fp.sizes("n")
    >>> y = fp.gaussian(n, name="y")
    >>> square_root(y.T @ y / n)
    (1/n, y)
    """
    terms = square.terms() if square.is_number else ()
    if len(terms) == 1 and isinstance(terms[0][0], Product):
        product, scalar = terms[0]
        factors = product.arguments
        for cut in range(1, len(factors)):
            left, right = multiply(*factors[:cut]), multiply(*factors[cut:])
            if left is right or left is right.T:
                return scalar, right
    raise ShapeError(
        f"{square}, of shape {square.shape_text}, is not written as a square e.T @ e; fp.test_error and fp.train_error "
        "return such squares"
    )


def overlap(square: Expression, independent: Iterable[Expression]) -> Expression:
    """Return ``c e.T @ e'`` of a square ``c e.T @ e``: e' is e with independent samples of some leaves.

    Its limit is the mean over all other randomness of the square of the conditional mean of e: independent samples
    average out before the square is taken.

    Parameters
    ----------
    square : Expression, shape (1, 1)
        ``fp.test_error(...)``, ``fp.train_error(...)`` or any ``e.T @ e``.
    independent : iterable of leaves

    Raises
    ------
    ShapeError
        If the expression is not a square.
    UnsupportedModel
        If a source is not a random leaf.

    Examples
    --------
    Of a ridge regression, the squared bias is the overlap of two learners with independent data:

    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, beta, x = fp.gaussian(d, n, name="X"), fp.gaussian(d, name="beta"), fp.gaussian(d, name="x")
    >>> w = fp.ridge(X, X.T @ beta / fp.sqrt(d), penalty=1)
    >>> risk = fp.test_error(w, x, beta.T @ x / fp.sqrt(d))
    >>> print(round(float(fp.limit(risk).at(n=1, d=1)), 6))
    0.447214
    >>> print(round(float(fp.limit(fp.overlap(risk, [X])).at(n=1, d=1)), 6))
    0.381966
    """
    scalar, root = square_root(square)
    left = root if root.is_number else root.T
    return combine([(multiply(left, independent_copy(root, independent)), scalar)])


def ensemble(square: Expression, members: Any, independent: Iterable[Expression]) -> Expression:
    """Return the error of the average of several predictors that differ by independent samples of some leaves.

    The error e of the average is the average of the errors, so its mean square is that of one member over K plus the
    overlap of two members times 1 - 1/K.

    Parameters
    ----------
    square : Expression, shape (1, 1)
        The squared error of one member, ``fp.test_error(...)`` or ``fp.train_error(...)``.
    members : scalar
        Their number K: an integer or a parameter; ``sympy.oo`` for infinitely many.
    independent : iterable of leaves
        What each member draws for itself: weights (deep ensembles), ``fp.mask`` on samples or features (bagging), ...
        All else is shared, also the labels.

    Returns
    -------
    Expression, shape (1, 1)
        It has the mean of the error of the ensemble; one sample of it, ``simulate``, uses two members.

    Raises
    ------
    ShapeError
        If the expression is not a square.
    UnsupportedModel
        If a source is not a random leaf, or the number of members is below 1.

    Notes
    -----
    Deep ensembles: S. d'Ascoli, M. Refinetti, G. Biroli and F. Krzakala, ICML 2020. Bagging: P. Patil, J.-H. Du and
    A. K. Kuchibhotla, JMLR 24 (2023).

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d, p = fp.sizes("n d p")
    >>> K = fp.parameters("K", positive=True)
    >>> X, W, x, beta = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(d), fp.gaussian(d)
    >>> Phi = fp.tanh(W @ X / fp.sqrt(d))
    >>> w = fp.ridge(Phi, X.T @ beta / fp.sqrt(d), penalty=0.01)
    >>> risk = fp.test_error(w, Phi.subs({X: x}), beta.T @ x / fp.sqrt(d))
    >>> fp.limit(fp.ensemble(risk, K, [W])).curve(K=[1, 2, 10], n=2, d=1, p=2).round(4)
    array([0.1563, 0.0911, 0.039 ])
    """
    two = overlap(square, independent)
    if members is sympy.oo:
        return two
    count = as_scalar(members)
    if (count - 1).is_negative:
        raise UnsupportedModel(f"ensemble: an average of {members} predictors does not exist; give at least 1")
    return square / count + two * (1 - 1 / count)
