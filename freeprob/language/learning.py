"""Learning problems as sugar over the graph: nothing here is a separate theory."""

from __future__ import annotations

from typing import Any

import sympy

from ..errors import ScalingError, ShapeError, UnsupportedModel
from .activations import as_activation, as_joint_activation, joint_arguments
from .activations.base import X
from .ensembles.ones import ones
from .expression import ONE, Expression
from .operations import block, combine, identity, inv, multiply, tr, zeros
from .scalars import is_scalar

__all__ = [
    "degrees_of_freedom",
    "gcv",
    "kernel_ridge",
    "kernel_vector",
    "ridge",
    "smoother",
    "test_error",
    "train_error",
]


def ridge(
    features: Expression, targets: Expression, penalty: Any, *, sample_weights: Expression | None = None
) -> Expression:
    """Return the ridge estimator ``argmin_w |y - F.T w|^2 / n + penalty |w|^2``.

    Parameters
    ----------
    features : Expression, shape (p, n)
        One column for each sample.
    targets : Expression, shape (n, 1) or (n, k)
        With k outputs, each has weights of its own.
    penalty : scalar or Expression, shape (p, p)
        Positive; a matrix P stands for the penalty ``w.T P w``. With 0, ordinary least squares; for the limit of small
        penalties (the interpolator of least norm) keep a parameter and give it the value 0 in ``.at``.
    sample_weights : Expression, shape (n, n), optional
        A diagonal matrix D of weights of the samples: the loss is ``(y - F.T w).T D (y - F.T w) / n``.

    Returns
    -------
    Expression, shape (p, 1) or (p, k)
        ``inv(F D F.T / n + penalty I) F D y / n``.

    Raises
    ------
    ShapeError
        If features and targets do not have the same number of samples.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, y = fp.gaussian(d, n, name="X"), fp.gaussian(n, name="y")
    >>> fp.ridge(X, y, penalty=2).shape
    (d, 1)
    """
    if targets.rows != features.columns:
        raise ShapeError(
            f"ridge needs features (p x n) and targets (n x 1), not {features.shape_text} and {targets.shape_text}"
        )
    weighted = features if sample_weights is None else features @ sample_weights
    return _inverse(weighted, features, penalty) @ weighted @ targets / features.shape[1]


def _inverse(weighted: Expression, features: Expression, penalty: Any) -> Expression:
    weight = penalty * identity(features.rows) if is_scalar(penalty) else penalty
    return inv(weighted @ features.T / features.shape[1] + weight)


def smoother(features: Expression, penalty: Any) -> Expression:
    """Return the matrix that maps targets to fitted values in ridge regression, ``F.T inv(F F.T / n + P) F / n``.

    Parameters
    ----------
    features : Expression, shape (p, n)
    penalty : scalar or Expression, shape (p, p)

    Returns
    -------
    Expression, shape (n, n)
    """
    return features.T @ _inverse(features, features, penalty) @ features / features.shape[1]


def degrees_of_freedom(features: Expression, penalty: Any, order: int = 1) -> Expression:
    """Return the effective degrees of freedom of ridge regression as a fraction of the number of samples.

    Parameters
    ----------
    features : Expression, shape (p, n)
    penalty : scalar or Expression, shape (p, p)
    order : int
        1 for ``Tr S / n`` of the smoother S, 2 for ``Tr S^2 / n``.

    Returns
    -------
    Expression, shape (1, 1)

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n)
    >>> [round(float(fp.limit(fp.degrees_of_freedom(X, 1, k)).at(n=2, d=1)), 6) for k in (1, 2)]
    [0.219224, 0.112885]
    """
    if order not in (1, 2):
        raise ValueError(f"degrees of freedom have order 1 or 2, not {order!r}")
    hat = smoother(features, penalty)
    return tr(hat @ hat if order == 2 else hat)


def gcv(features: Expression, targets: Expression, penalty: Any) -> Expression:
    """Return the generalised cross-validation score, ``train_error / (1 - df)^2``.

    In the limit it equals the test error, with the noise of the label, of a fresh sample of the same law, under the
    hypotheses of P. Patil, Y. Wei, A. Rinaldo and R. Tibshirani (AISTATS 2021): the samples are independent and equal
    in law, and the penalty is positive.

    Parameters
    ----------
    features : Expression, shape (p, n)
    targets : Expression, shape (n, 1)
    penalty : scalar or Expression, shape (p, p)

    Returns
    -------
    Expression, shape (1, 1)

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, beta, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
    >>> y = X.T @ beta / fp.sqrt(d)
    >>> test = fp.test_error(fp.ridge(X, y, penalty=1), x, beta.T @ x / fp.sqrt(d))
    >>> [round(float(fp.limit(number).at(n=2, d=1)), 6) for number in (fp.gcv(X, y, 1), test)]
    [0.348875, 0.348875]
    """
    train = train_error(ridge(features, targets, penalty), features, targets)
    return train / (1 - degrees_of_freedom(features, penalty)) ** 2


def kernel_ridge(kernel: Expression, targets: Expression, penalty: Any) -> Expression:
    """Return the dual weights of kernel ridge regression, ``inv(K + penalty I) y``.

    The prediction at a fresh point is ``a.T @ k_x``, where k_x holds the kernel of the point and the samples with the
    normalisation of K; fitted values are ``K @ a``.

    Parameters
    ----------
    kernel : Expression, shape (n, n)
        Of order one, for example ``Phi.T @ Phi / n``.
    targets : Expression, shape (n, 1) or (n, k)
    penalty : scalar

    Returns
    -------
    Expression, shape (n, 1) or (n, k)

    Raises
    ------
    ShapeError
        If the kernel is not square, or the targets have another number of samples.

    Examples
    --------
    With the kernel of features it is ridge regression on the features:

    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, beta, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
    >>> y, y_x = X.T @ beta / fp.sqrt(d), beta.T @ x / fp.sqrt(d)
    >>> dual = fp.test_error(fp.kernel_ridge(X.T @ X / n, y, penalty=1), X.T @ x / n, y_x)
    >>> primal = fp.test_error(fp.ridge(X, y, penalty=1), x, y_x)
    >>> [round(float(fp.limit(risk).at(n=2, d=1)), 6) for risk in (dual, primal)]
    [0.348875, 0.348875]
    """
    if not kernel.is_square or targets.rows != kernel.rows:
        raise ShapeError(
            f"kernel_ridge needs a kernel (n x n) and targets (n x 1), not {kernel.shape_text} and {targets.shape_text}"
        )
    return inv(kernel + penalty * identity(kernel.rows)) @ targets


def kernel_vector(function: Any, products: Expression) -> Expression:
    """Return an equivalent of the inner-product kernel of a fresh point and the samples, ``f(0) 1 + f'(0) X.T x / d``.

    Beside ``K = fp.entrywise(f, X.T @ X / d)`` a prediction ``a.T @ k_x`` has the same limit with it as with
    ``f(X.T x / d)``: higher orders of f are averaged out by the dual weights. With f(0) = 0 the second order has a
    mean, ``f''(0) |X.T x / d|^2 / (2 n)``, that matters beside a mean of the labels.

    Parameters
    ----------
    function : activation, SymPy expression in one symbol, or name
        Differentiable at 0, with a formula.
    products : Expression, shape (n, 1)
        Inner products of order N^(-1/2), ``X.T @ x / d``, of independent centred samples and point.

    Returns
    -------
    Expression, shape (n, 1)
        Its samples are those of the linear equivalent.

    Raises
    ------
    ShapeError
        If the products are not a vector.
    ScalingError
        If they are not of the order of those of a kernel.
    UnsupportedModel
        If f has no finite derivative at 0 or no formula.

    Notes
    -----
    N. El Karoui, "The spectrum of kernel random matrices", Annals of Statistics 38 (2010), for the matrix K.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, beta, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
    >>> a = fp.kernel_ridge(fp.exp(X.T @ X / d), X.T @ beta / fp.sqrt(d), penalty=0.2)
    >>> k_x = fp.kernel_vector("exp", X.T @ x / d)
    >>> round(float(fp.limit(fp.test_error(a, k_x, beta.T @ x / fp.sqrt(d))).at(n=2, d=1)), 6)
    0.19236
    """
    if products.columns != (ONE,) or products.is_number:
        raise ShapeError(f"the kernel of one point needs inner products (n x 1), not {products.shape_text}")
    if products.order != 0:
        raise ScalingError(
            f"inner products {products} of a kernel are of order N^(-1/2), those of a point divided by its dimension, "
            "for example X.T @ x / d"
        )
    # as a kernel, a formula is needed near 0 only: 1/(1 + x) has no Gaussian moments
    activation = as_joint_activation(function, 1) if isinstance(function, sympy.Expr) else as_activation(function)
    value, slope, curvature = (_at_zero(activation, order) for order in range(3))
    if slope is None or value is None:
        raise UnsupportedModel(f"kernel_vector: {function} is not known to be differentiable at 0")
    one = ones(products.rows[0])
    if value != 0:
        return combine([(one, value), (products, slope)])
    if not curvature:  # 0, or none: beside a mean of the labels the kernel is refused
        return slope * products
    square = products.T @ products / products.shape[0]
    return combine([(products, slope), (multiply(one, square), curvature / 2)])


def _at_zero(activation: Any, order: int) -> sympy.Expr | None:
    """Return a derivative at 0, None where it is not known to exist."""
    if activation.formula is None:
        return None
    formula = activation.formula.subs(joint_arguments(1)[0], X)
    sides = {sympy.limit(formula.diff(X, order), X, 0, side) for side in "+-"}
    found = sides.pop()
    return found if not sides and found.is_finite and found.is_real else None


def train_error(weights: Expression, features: Expression, targets: Expression) -> Expression:
    """Return the mean squared residual ``|y - F.T w|^2 / n`` on the training set, averaged over the outputs.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, y = fp.gaussian(d, n, name="X"), fp.gaussian(n, name="y")
    >>> fp.train_error(fp.ridge(X, y, penalty=2), X, y).shape
    (1, 1)
    """
    residual = targets - features.T @ weights
    if set(residual.columns) != {ONE}:
        return tr(residual.T @ residual) / features.shape[1]
    columns = [residual @ output for output in _outputs(len(residual.columns))]
    squares = [(column.T @ column, 1 / (len(columns) * features.shape[1])) for column in columns]
    return combine(squares)


def _outputs(count: int) -> list[Expression]:
    """Return the columns of the identity matrix, each of which chooses one of a few outputs."""
    if count == 1:
        return [identity(ONE)]
    return [block([[identity(ONE) if j == k else zeros(ONE, ONE)] for j in range(count)]) for k in range(count)]


def test_error(weights: Expression, point: Expression, target: Expression) -> Expression:
    """Return the squared error ``(y - w.T phi)^2`` at a fresh point, or its mean over the points of a test set.

    Parameters
    ----------
    weights : Expression, shape (p, 1) or (p, k)
    point : Expression, shape (p, 1) or (p, m)
        Features of the fresh point, or of the m points of a test set, one column for each: the same network on a new
        leaf. The limit is the average over a random point; a given test set (``fp.signal(d, m, array)``) is kept.
    target : Expression, shape (1, 1) or (k, 1), for a test set (m, 1) or (m, k)
        The label of the fresh point (with its noise, if the error is to include it). Of several outputs, the error is
        averaged.

    Raises
    ------
    ShapeError
        If a test set has another number of labels than points.

    Examples
    --------
    >>> import freeprob as fp
    >>> d, n, m = fp.sizes("d n m")
    >>> X, Z, beta = fp.gaussian(d, n), fp.gaussian(d, m), fp.gaussian(d)
    >>> w = fp.ridge(X, X.T @ beta / fp.sqrt(d), penalty=1)
    >>> round(float(fp.limit(fp.test_error(w, Z, Z.T @ beta / fp.sqrt(d))).at(n=2, d=1, m=1)), 6)
    0.348875
    """
    if point.columns != (ONE,):
        if target.rows != point.columns:
            raise ShapeError(
                f"a test set needs points (p x m) and labels (m x 1), not {point.shape_text} and {target.shape_text}"
            )
        return train_error(weights, point, target)
    error = target - weights.T @ point
    return error * error if error.is_number else error.T @ error / error.shape[0]


test_error.__test__ = False  # type: ignore[attr-defined]  # pytest must not collect it
