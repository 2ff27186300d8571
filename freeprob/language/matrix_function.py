"""Functions of a self-adjoint matrix: ``f(M)`` has the eigenvectors of M and the eigenvalues f(x)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from ..algebra.symbols import Eigenvalue, Size
from ..errors import NotSelfAdjoint, ScalingError, ShapeError, UnsupportedModel
from .expression import Expression
from .nodes import Identity, MatrixFunction, Zero, factor_text, inner_size
from .operations import combine, identity
from .scalars import as_scalar

__all__ = ["MATRIX_VARIABLE", "funm", "matrix_function"]

MATRIX_VARIABLE = Eigenvalue("x")
"""The variable of a function of a matrix: its eigenvalue."""

_NOT_ANALYTIC = (sympy.Abs, sympy.sign, sympy.Max, sympy.Min, sympy.Heaviside, sympy.Piecewise, sympy.conjugate)


def matrix_function(matrix: Expression, formula: sympy.Expr) -> Expression:
    """Return the function of a self-adjoint matrix that a formula in :data:`MATRIX_VARIABLE` describes.

    Multiples of the identity and scalar factors move from the matrix into the formula, so that ``exp(-t M)`` is the
    function ``exp(-t x)`` of M, whatever t.
    """
    if not isinstance(matrix, Expression):
        raise TypeError(f"fp.funm needs a function and an expression, not {type(matrix).__name__}")
    if not matrix.is_square or matrix.is_number:
        raise ShapeError(f"only a square matrix has functions; {matrix} is {matrix.shape_text}")
    core, scale, shift = _normal_form(matrix)
    formula = formula.subs(MATRIX_VARIABLE, scale * MATRIX_VARIABLE + shift)
    if core is None:
        return combine([(identity(matrix.rows), formula.subs(MATRIX_VARIABLE, 0))])
    if not formula.has(MATRIX_VARIABLE):
        return combine([(identity(matrix.rows), formula)])
    if core.T is not core:
        raise NotSelfAdjoint(
            f"{matrix} is not equal to its transpose {matrix.T}; functions need a self-adjoint matrix, such as "
            "A + A.T or A @ A.T"
        )
    if core.order > 0:
        missing = factor_text(inner_size(core), -core.order)
        raise ScalingError(
            f"the eigenvalues of {core} grow like N^({core.order}), so a function of them has no limit; a factor of "
            f"order N^({-core.order}) is missing, for example {missing}"
        )
    _check_analytic(formula, core)
    slope = formula.diff(MATRIX_VARIABLE)
    if not slope.has(MATRIX_VARIABLE):
        return combine([(core, slope), (identity(matrix.rows), formula.subs(MATRIX_VARIABLE, 0))])
    return MatrixFunction.intern(core, formula, MATRIX_VARIABLE)


def _check_analytic(formula: sympy.Expr, matrix: Expression) -> None:
    for kind in _NOT_ANALYTIC:
        found = next((part for part in formula.atoms(kind) if part.has(MATRIX_VARIABLE)), None)
        if found is not None:
            raise UnsupportedModel(
                f"matrix_function: {found} is not analytic, and a function of {matrix} is a contour integral of its "
                "resolvent. Remedy: use an analytic function, or fp.spectrum(M).at(...).integrate(f) for a trace"
            )
    if formula.has(sympy.I) or formula.has(sympy.nan, sympy.zoo, sympy.oo):
        raise UnsupportedModel(f"matrix_function: {formula} is not a real function of the eigenvalues of {matrix}")


def _normal_form(matrix: Expression) -> tuple[Expression | None, sympy.Expr, sympy.Expr]:
    """Return (core, scale, shift) with ``matrix = scale * core + shift * I``; core is None for multiples of I."""
    shift = sympy.S.Zero
    rest: list[tuple[Expression, sympy.Expr]] = []
    for part, scalar in matrix.terms():
        if isinstance(part, Identity):
            shift += scalar
        else:
            rest.append((part, scalar))
    if not rest or isinstance(matrix, Zero):
        return None, sympy.S.Zero, shift
    scale = _without_sizes(rest[0][1])
    if any(_without_sizes(scalar / scale).free_symbols for _, scalar in rest):  # no common factor
        scale = sympy.S.One
    return combine([(part, scalar / scale) for part, scalar in rest]), scale, shift


def _without_sizes(scalar: sympy.Expr) -> sympy.Expr:
    """Return the factor of a scalar that holds no sizes."""
    factors = sympy.Mul.make_args(scalar)
    return sympy.Mul(*(f for f in factors if not any(isinstance(s, Size) for s in f.free_symbols)))


_NAMED: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
    "cos": sympy.cos,
    "cosh": sympy.cosh,
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "sinh": sympy.sinh,
    "sqrt": sympy.sqrt,
    "tanh": sympy.tanh,
}


def funm(function: Any, matrix: Expression, variable: sympy.Symbol | None = None) -> Expression:
    """Return a function of a self-adjoint matrix, for example ``fp.funm("exp", -t * K)``.

    Parameters
    ----------
    function : str, SymPy expression, or callable
        A name (``"exp"``, ``"log"``, ``"sqrt"``, ``"cos"``, ``"sin"``, ``"cosh"``, ``"sinh"``, ``"tanh"``), a SymPy
        expression in the eigenvalue such as ``(1 - exp(-t*x))/x``, or a function that makes one of a symbol
        (``sympy.exp``, ``lambda x: ...``). It must be analytic on a neighbourhood of the limiting spectrum of the
        matrix; removable singularities are no singularities.
    matrix : Expression
        Square, self-adjoint, of order one in the sizes.
    variable : Symbol, optional
        The symbol of the eigenvalue in a SymPy expression. By default its only symbol, or the one named ``x`` where
        it has parameters too.

    Returns
    -------
    Expression
        Of the shape of the matrix, for use in any 1 x 1 expression whose limit is taken.

    Raises
    ------
    NotSelfAdjoint
        If the matrix is not equal to its transpose.
    ScalingError
        If its norm diverges.
    ShapeError
        If it is not square.
    UnsupportedModel
        If the function is not analytic, or its variable cannot be told from its parameters.

    Notes
    -----
    ``f(M) = -(1/2 pi i) oint f(z) (M - z)^-1 dz`` around the spectrum (Dunford and Taylor; Higham 2008, section 1.2.3).

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> t = fp.parameters("t", nonnegative=True)
    >>> X = fp.gaussian(d, n, name="X")
    >>> K = X @ X.T / n
    >>> print(fp.funm("exp", -t * K))
    funm(exp(-x*t), X @ X.T / n)
    >>> decay = fp.limit(fp.tr(fp.funm("exp", -t * K)))
    >>> round(float(decay.at(n=2, d=1, t=1)), 10)
    0.4525101661
    """
    if isinstance(function, str):
        if function not in _NAMED:
            raise UnsupportedModel(
                f"matrix_function: there is no function named {function!r}; there are {', '.join(_NAMED)}. Remedy: "
                "give a SymPy expression in x"
            )
        return matrix_function(matrix, _NAMED[function](MATRIX_VARIABLE))
    if not isinstance(function, sympy.Expr) and callable(function):
        return matrix_function(matrix, _applied(function))
    formula = as_scalar(function)
    return matrix_function(matrix, formula.subs(_variable_of(formula, variable), MATRIX_VARIABLE))


def _applied(function: Callable[[sympy.Symbol], Any]) -> sympy.Expr:
    remedy = "Remedy: write it with SymPy's functions"
    try:
        made = function(MATRIX_VARIABLE)
    except (TypeError, AttributeError) as error:  # NumPy's functions do not take symbols
        raise UnsupportedModel(
            f"matrix_function: {function!r} does not take a SymPy symbol ({error}). {remedy}"
        ) from error
    if not isinstance(made, sympy.Expr):
        raise UnsupportedModel(f"matrix_function: {function!r} does not return a SymPy expression. {remedy}")
    return made


def _variable_of(formula: sympy.Expr, variable: sympy.Symbol | None) -> sympy.Symbol:
    symbols = sorted(formula.free_symbols, key=str)
    if variable is not None:
        return variable
    if len(symbols) == 1:
        return symbols[0]
    named = [s for s in symbols if s.name == MATRIX_VARIABLE.name]
    if len(named) == 1 or not symbols:
        return named[0] if named else MATRIX_VARIABLE
    raise UnsupportedModel(
        f"matrix_function: {formula} has the symbols {', '.join(map(str, symbols))}, and none of them is named x. "
        "Remedy: name the eigenvalue x, or give it as the third argument"
    )
