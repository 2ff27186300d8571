"""Normalisation layers: each sample, or each neuron, divided by its own norm."""

from __future__ import annotations

import sympy

from ..errors import UnsupportedModel
from .blocks import cells
from .expression import Expression
from .nodes import Normalised, NormScaled, Zero
from .operations import block, combine

__all__ = ["batch_norm", "layer_norm", "norm_scaled", "normalised", "rms_norm"]


def layer_norm(features: Expression) -> Expression:
    r"""Return features of which each sample is centred and scaled to variance 1 over its neurons.

    ``y_ij = (h_ij - mean_i h_ij) / std_i h_ij`` (J. L. Ba, J. R. Kiros and G. E. Hinton, *Layer normalization*, 2016),
    without its gain and bias, which are operations of their own: ``fp.diagonal(p, law) @ y + b @ fp.ones(n).T``.

    Parameters
    ----------
    features : Expression, shape (p, n)
        Columns are samples; or one vector.

    Raises
    ------
    ShapeError
        If there is only one neuron, or the matrix is a block matrix.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d, p = fp.sizes("n d p")
    >>> X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
    >>> Y = fp.layer_norm(fp.relu(W @ X / fp.sqrt(d)))
    >>> Y
    layer_norm(relu(W @ X / sqrt(d)))
    >>> round(float(fp.spectrum(Y.T @ Y / p).at(n=1, d=2, p=3).moments(1)[0]), 12)
    1.0
    """
    return _checked("layer_norm", features, "rows", "subtracted")


def batch_norm(features: Expression) -> Expression:
    r"""Return features of which each neuron is centred and scaled to variance 1 over the samples.

    ``y_ij = (h_ij - mean_j h_ij) / std_j h_ij`` with means over all samples, the batch (S. Ioffe and C. Szegedy, *Batch
    normalization*, 2015), without its gain and bias.

    Parameters
    ----------
    features : Expression, shape (p, n)
        Columns are samples.

    Raises
    ------
    ShapeError
        If there is only one sample, or the matrix is a block matrix.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d, p = fp.sizes("n d p")
    >>> X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
    >>> fp.relu(fp.batch_norm(W @ X))
    relu(batch_norm(W @ X))
    """
    return _checked("batch_norm", features, "columns", "subtracted")


def rms_norm(features: Expression) -> Expression:
    r"""Return features of which each sample is divided by the root mean square over its neurons.

    ``y_ij = h_ij / sqrt(mean_i h_ij^2)`` (B. Zhang and R. Sennrich, *Root mean square layer normalization*, 2019); a
    sample on the sphere of radius sqrt(p).

    Parameters
    ----------
    features : Expression, shape (p, n)
        Columns are samples; or one vector.

    Raises
    ------
    ShapeError
        If there is only one neuron, or the matrix is a block matrix.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.rms_norm(fp.gaussian(d, n))
    >>> (X.simulate({"n": 3, "d": 4}) ** 2).mean(axis=0).round(12)
    array([1., 1., 1.])
    """
    return _checked("rms_norm", features, "rows", "kept")


def _checked(name: str, features: Expression, over: str, mean: str) -> Expression:
    if not isinstance(features, Expression):
        raise TypeError(f"fp.{name} needs an expression, not {type(features).__name__}")
    if isinstance(features, Zero):
        raise UnsupportedModel(f"fp.{name}: the zero matrix has norm 0, and cannot be normalised")
    return normalised(features, over, mean)


def normalised(node: Expression, over: str, mean: str) -> Expression:
    """Return the canonical node: a scalar whose sign is known goes, as it changes nothing but the sign.

    Samples of several classes side by side are normalised each by itself.
    """
    many, one = (node.columns, node.rows) if over == "rows" else (node.rows, node.columns)
    if len(many) > 1 and len(one) == 1 and (grid := cells(node)) is not None:
        return block([[normalised(cell, over, mean) for cell in row] for row in grid])
    terms = node.terms()
    if len(terms) == 1:
        part, scalar = terms[0]
        if scalar.is_positive or scalar.is_negative:
            return combine([(Normalised.intern(part, over, mean), sympy.sign(scalar))])
    return Normalised.intern(node, over, mean)


def norm_scaled(node: Expression, norms: Expression) -> Expression:
    """Return a matrix over the norms of the columns (or rows) of features, of which ``norms`` is the normalised matrix.

    The norms are those of a multiple of it too, and a normalised matrix of several classes is refused.
    """
    terms = norms.terms()
    if len(terms) != 1 or not isinstance(terms[0][0], Normalised):
        raise UnsupportedModel(f"{norms} is no matrix with one norm for each sample, and has no norms to divide by")
    pairs = [(NormScaled.intern(part, terms[0][0]), scalar) for part, scalar in node.terms()]
    return combine(pairs) if pairs else node
