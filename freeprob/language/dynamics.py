"""Training dynamics of least squares as functions of matrices: nothing here is a separate theory.

All methods start at ``w_0`` and minimise ``|y - F.T w|^2 / (2 n) + penalty |w|^2 / 2`` with the gradient
``A w - b``, where ``A = F F.T / n + penalty I`` and ``b = F y / n``. After some time the distance to the minimum is
``w - w_* = r(A) (w_0 - w_*)`` with a function r(x) of the method, ``r(0) = 1``, its residual polynomial. So

    w = q(A) b + r(A) w_0,        q(x) = (1 - r(x)) / x,

which has no singularity at 0: directions that the data do not see stay where they were.
"""

from __future__ import annotations

from typing import Any

import sympy

from ..errors import ShapeError, UnsupportedModel
from .expression import Expression, dimension_text
from .matrix_function import MATRIX_VARIABLE, matrix_function
from .operations import identity
from .scalars import as_scalar, is_scalar

__all__ = ["chebyshev_iteration", "first_order_method", "gradient_descent", "gradient_flow"]

X = MATRIX_VARIABLE


def first_order_method(
    features: Expression, targets: Expression, residual: Any, *, penalty: Any = 0, start: Expression | None = None
) -> Expression:
    """Return the weights ``q(A) F y / n + r(A) w_0`` of a method with a given residual polynomial.

    Parameters
    ----------
    features : Expression, shape (p, n)
        One column for each sample.
    targets : Expression, shape (n, 1) or (n, k)
    residual : SymPy expression, or callable
        The residual polynomial r(x), or any function analytic near the spectrum with ``r(0) = 1``; as for
        :func:`freeprob.funm`.
    penalty : scalar, optional
        Of ``|w|^2``, as in :func:`freeprob.ridge`.
    start : Expression, shape (p, 1) or (p, k), optional
        The initial weights, for example ``s * fp.gaussian(p) / fp.sqrt(p)``; by default 0.

    Returns
    -------
    Expression, shape (p, 1) or (p, k)

    Raises
    ------
    ShapeError
        If features, targets and start do not fit.
    UnsupportedModel
        If ``r(0)`` is not 1, or the penalty is a matrix.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X, y = fp.gaussian(d, n, name="X"), fp.gaussian(n, name="y")
    >>> print(fp.first_order_method(X, y, lambda x: (1 - x / 4) ** 2))
    funm((1 - (1 - x/4)**2)/x, X @ X.T / n) @ X @ y / n
    """
    if targets.rows != features.columns:
        raise ShapeError(
            f"training needs features (p x n) and targets (n x 1), not {features.shape_text} and {targets.shape_text}"
        )
    if start is not None and (start.rows, start.columns) != (features.rows, targets.columns):
        wanted = f"({dimension_text(features.rows)}) x ({dimension_text(targets.columns)})"
        raise ShapeError(f"the initial weights must have one row for each feature, {wanted}, not {start.shape_text}")
    if not is_scalar(penalty):
        raise UnsupportedModel(
            "training: the penalty is a matrix, and this rule needs a multiple of |w|^2. Remedy: change variables in "
            "the features so that the penalty becomes one"
        )
    made = residual(X) if callable(residual) and not isinstance(residual, sympy.Expr) else residual
    formula = as_scalar(made)
    if not _is_one(formula.subs(X, 0)):
        raise UnsupportedModel(
            f"training: r(0) = {formula.subs(X, 0)} for r = {formula}, and a method that moves along gradients alone "
            "has r(0) = 1. Remedy: write the weights with fp.funm"
        )
    n = features.shape[1]
    matrix = features @ features.T / n + as_scalar(penalty) * identity(features.rows)
    weights = matrix_function(matrix, (1 - formula) / X) @ features @ targets / n
    return weights if start is None else weights + matrix_function(matrix, formula) @ start


def _is_one(value: sympy.Expr) -> bool:
    """Return whether a scalar is 1 at some values of its symbols, whole numbers for those that are whole."""
    symbols = sorted(value.free_symbols, key=lambda s: s.name)
    at = {s: 3 if s.is_integer else sympy.Rational(3 + k, 17 + k) for k, s in enumerate(symbols)}
    return value == 1 or bool(abs(value.subs(at).evalf(30) - 1) < 1e-20)


def gradient_flow(
    features: Expression, targets: Expression, time: Any, *, penalty: Any = 0, start: Expression | None = None
) -> Expression:
    """Return the weights of gradient flow, ``dw/dt = F (y - F.T w) / n - penalty w``, at a time.

    Parameters
    ----------
    features : Expression, shape (p, n)
        One column for each sample.
    targets : Expression, shape (n, 1) or (n, k)
    time : scalar
        For example a parameter t; an eigenvalue x of ``F F.T / n`` is learned at the time 1/x.
    penalty : scalar, optional
        Of ``|w|^2``: for large times the weights are those of :func:`freeprob.ridge`.
    start : Expression, shape (p, 1) or (p, k), optional
        The initial weights; by default 0.

    Returns
    -------
    Expression, shape (p, 1) or (p, k)

    Raises
    ------
    ShapeError
        If features, targets and start do not fit.

    Notes
    -----
    ``w(t) = (1 - exp(-t A)) A^-1 F y / n`` with ``A = F F.T / n`` from 0 (Ali, Kolter and Tibshirani 2019).

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> t = fp.parameters("t", nonnegative=True)
    >>> X, beta, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
    >>> w = fp.gradient_flow(X, X.T @ beta / fp.sqrt(d), time=t)
    >>> risk = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))
    >>> risk.curve(n=2, d=1, t=[0, 1, 10, 100]).round(6)
    array([1.      , 0.267591, 0.006578, 0.      ])
    """
    return first_order_method(features, targets, sympy.exp(-as_scalar(time) * X), penalty=penalty, start=start)


def gradient_descent(
    features: Expression,
    targets: Expression,
    steps: Any,
    rate: Any,
    *,
    momentum: Any = 0,
    penalty: Any = 0,
    start: Expression | None = None,
) -> Expression:
    """Return the weights of gradient descent after some steps, with or without momentum.

    One step is ``w_(k+1) = w_k - rate * gradient + momentum * (w_k - w_(k-1))`` with the gradient
    ``F (F.T w - y) / n + penalty w``, and ``w_(-1) = w_0`` (the heavy ball of Polyak 1964).

    Parameters
    ----------
    features : Expression, shape (p, n)
        One column for each sample.
    targets : Expression, shape (n, 1) or (n, k)
    steps : int or scalar
        May be a parameter; its values are to be whole numbers.
    rate : scalar
        The step size; without momentum it converges below 2 over the largest eigenvalue.
    momentum : scalar, optional
    penalty : scalar, optional
        Of ``|w|^2``, as in :func:`freeprob.ridge`.
    start : Expression, shape (p, 1) or (p, k), optional
        The initial weights; by default 0.

    Returns
    -------
    Expression, shape (p, 1) or (p, k)

    Raises
    ------
    ShapeError
        If features, targets and start do not fit.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> k = fp.parameters("k", integer=True, nonnegative=True)
    >>> X, beta, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
    >>> w = fp.gradient_descent(X, X.T @ beta / fp.sqrt(d), steps=k, rate=0.5)
    >>> risk = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))
    >>> risk.curve(n=2, d=1, k=[0, 1, 2, 20]).round(5)
    array([1.     , 0.375  , 0.22656, 0.00585])
    """
    k, eta, mu = as_scalar(steps), as_scalar(rate), as_scalar(momentum)
    if mu == 0:
        residual = (1 - eta * X) ** k
    else:
        residual = _two_term(1 + mu - eta * X, mu, 1 - eta * X, k)
    return first_order_method(features, targets, residual, penalty=penalty, start=start)


def chebyshev_iteration(
    features: Expression,
    targets: Expression,
    steps: Any,
    interval: tuple[Any, Any],
    *,
    penalty: Any = 0,
    start: Expression | None = None,
) -> Expression:
    """Return the weights of the Chebyshev semi-iteration, the best method for eigenvalues in an interval.

    Its residual polynomial is ``T_k((b + a - 2 x) / (b - a))``, with the Chebyshev polynomial T_k, over its value
    at 0.

    Parameters
    ----------
    features : Expression, shape (p, n)
        One column for each sample.
    targets : Expression, shape (n, 1) or (n, k)
    steps : int or scalar
        May be a parameter; its values are to be whole numbers.
    interval : (scalar, scalar)
        Bounds a < b of the eigenvalues of ``F F.T / n + penalty I``, 0 < a; they may be parameters.
    penalty : scalar, optional
        Of ``|w|^2``, as in :func:`freeprob.ridge`.
    start : Expression, shape (p, 1) or (p, k), optional
        The initial weights; by default 0.

    Returns
    -------
    Expression, shape (p, 1) or (p, k)

    Raises
    ------
    ShapeError
        If features, targets and start do not fit.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> k = fp.parameters("k", integer=True, nonnegative=True)
    >>> X, beta, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
    >>> w = fp.chebyshev_iteration(X, X.T @ beta / fp.sqrt(d), steps=k, interval=(0.08, 2.92))
    >>> risk = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))
    >>> risk.curve(n=2, d=1, k=[0, 1, 2, 20]).round(6)
    array([1.00000e+00, 3.33333e-01, 2.86412e-01, 3.00000e-06])
    """
    low, high = (as_scalar(bound) for bound in interval)
    k = as_scalar(steps)
    u = (high + low - 2 * X) / (high - low)
    at_zero = (high + low) / (high - low)
    residual = _chebyshev(u, k) / _chebyshev(at_zero, k)
    return first_order_method(features, targets, residual, penalty=penalty, start=start)


def _chebyshev(u: sympy.Expr, k: sympy.Expr) -> sympy.Expr:
    return _two_term(2 * u, sympy.S.One, u, k)


def _two_term(sum_of_roots: sympy.Expr, product: sympy.Expr, first: sympy.Expr, k: sympy.Expr) -> sympy.Expr:
    """Return r_k of ``r_(k+1) = s r_k - p r_(k-1)`` with ``r_0 = 1`` and a given r_1.

    It is written with the roots of ``q^2 = s q - p``, which enter symmetrically: for whole k it is a polynomial in s.
    """
    if k in (0, 1):
        return first**k
    root = sympy.sqrt(sum_of_roots**2 - 4 * product)
    large, small = (sum_of_roots + root) / 2, (sum_of_roots - root) / 2
    return ((first - small) * large**k + (large - first) * small**k) / root
