"""Gaussian moments of activations as coefficients: their values, closed forms and formulas for code.

Functions f_i of ``ratio_i * h`` with one pre-activation h of variance q have noises with covariance
``E[f_i f_j] - E f_i E f_j - ratio_i ratio_j q c_i c_j``; a triangular (Cholesky) factor makes them independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import sympy

from ..derivation.coefficient import Coefficient, GaussianMean
from ..language.activations import X
from ..language.scalars import as_scalar

__all__ = [
    "CholeskyEntry",
    "Moment",
    "exact_noise",
    "mean_formula",
    "noise_formula",
    "sorted_symbols",
    "variance_coefficient",
]


def sorted_symbols(functions: list[tuple[Any, sympy.Expr]]) -> tuple[sympy.Symbol, ...]:
    """Return the free symbols of the scales, in order of name."""
    symbols = set().union(*(scale.free_symbols for _, scale in functions))
    return tuple(sorted(symbols, key=lambda s: s.name))


def variance_coefficient(
    symbol: sympy.Symbol, value: sympy.Expr, words: str = "variance of the entries of the pre-activation"
) -> Coefficient:
    """Return the coefficient that stands for a variance."""
    return Coefficient(
        symbol,
        rf"{sympy.latex(value)} \quad\text{{({words})}}",
        f"{words}, {value}",
        (value,),
        _identity,
        value,
        value,
    )


def _identity(value: Any, digits: int = 15) -> Any:
    return value


def exact_noise(activation: Any, q: sympy.Expr) -> sympy.Expr | None:
    """Return the standard deviation of the nonlinear part in closed form, if one is known."""
    moments = [activation.second_moment(q), activation.mean(q), activation.slope(q)]
    if any(m is None for m in moments):
        return None
    second, mean, slope = moments
    return sympy.sqrt(sympy.factor_terms(sympy.expand(second - mean**2 - q * slope**2)))


def mean_formula(activation: Any, kind: str, q: sympy.Expr) -> Any:
    """Return a Gaussian moment for code: its closed form where float64 can evaluate it, else an integral."""
    exact = getattr(activation, kind)(q)
    if activation.formula is None or (exact is not None and _is_for_floats(exact)):
        return exact
    f = activation.formula
    if kind == "slope":
        return GaussianMean(X * f, X, q) / q
    return GaussianMean(f**2 if kind == "second_moment" else f, X, q)


def _is_for_floats(closed: sympy.Expr) -> bool:
    """Return whether code can hold a closed form: not with erfi, nor exp(q) (1 - erf(sqrt(q))), whose digits cancel."""
    grows = any(not node.args[0].could_extract_minus_sign() for node in closed.atoms(sympy.exp))
    return not closed.has(sympy.erfi) and not (grows and closed.has(sympy.erf))


def noise_formula(functions: list[tuple[Any, sympy.Expr]], column: int, variance: sympy.Expr) -> sympy.Expr | None:
    """Return entry (last, column) of the Cholesky factor of the noise covariance, for code."""
    if any(f.formula is None for f, _ in functions):
        return None

    def covariance(i: int, j: int) -> sympy.Expr:
        (f, a), (g, b) = functions[i], functions[j]
        if i == j:
            product = mean_formula(f, "second_moment", a**2 * variance)
        else:
            product = GaussianMean(f.formula.subs(X, a * X) * g.formula.subs(X, b * X), X, variance)
        means = [mean_formula(f, "mean", a**2 * variance), mean_formula(g, "mean", b**2 * variance)]
        slopes = [mean_formula(f, "slope", a**2 * variance), mean_formula(g, "slope", b**2 * variance)]
        return product - means[0] * means[1] - a * b * variance * slopes[0] * slopes[1]

    factor: dict[tuple[int, int], sympy.Expr] = {}
    for i in range(len(functions)):
        for j in range(i + 1):
            rest = covariance(i, j) - sympy.Add(*(factor[i, k] * factor[j, k] for k in range(j)))
            if i == j:
                factor[i, i] = sympy.sqrt(rest) if rest != 0 else sympy.S.Zero
            else:
                factor[i, j] = rest / factor[j, j] if factor[j, j] != 0 else sympy.S.Zero
    return factor[len(functions) - 1, column]


@dataclass(frozen=True)
class Moment:
    """Evaluates one Gaussian moment of an activation."""

    activation: Any
    kind: str

    def __call__(self, q: Any, digits: int = 15) -> Any:
        """Return the moment at variance q."""
        return getattr(self.activation, f"numeric_{self.kind}")(q, digits)


@dataclass(frozen=True)
class CholeskyEntry:
    """Entry (last, column) of the Cholesky factor of the noise covariance of functions of one pre-activation."""

    functions: tuple[tuple[Any, sympy.Expr], ...]
    column: int

    def __call__(self, variance: Any, *values: Any, digits: int = 15) -> Any:
        """Return the entry at a variance of the pre-activation and values of the symbols in the ratios."""
        bind = dict(zip(sorted_symbols(list(self.functions)), values, strict=True))
        with mpmath.workdps(digits + 5):
            q0 = mpmath.mpf(variance)
            scales = [mpmath.mpf(as_scalar(s).subs(bind).evalf(digits + 5)) for _, s in self.functions]
            size = len(self.functions)
            covariance = mpmath.matrix(size, size)
            for i, (f, _) in enumerate(self.functions):
                for j in range(i + 1):
                    g = self.functions[j][0]
                    covariance[i, j] = _noise_covariance(f, g, scales[i], scales[j], q0, digits)
            factor = mpmath.matrix(size, size)
            for i in range(size):
                for j in range(i + 1):
                    rest = covariance[i, j] - mpmath.fsum(factor[i, k] * factor[j, k] for k in range(j))
                    if i == j:
                        factor[i, i] = mpmath.sqrt(rest) if rest > 0 else mpmath.mpf(0)
                    else:
                        factor[i, j] = rest / factor[j, j] if factor[j, j] != 0 else mpmath.mpf(0)
            return factor[size - 1, self.column]


def _noise_covariance(f: Any, g: Any, a: Any, b: Any, q: Any, digits: int) -> Any:
    """Return Cov of the noises of f(a h) and g(b h) with h of variance q."""
    if a == b:
        product = f.numeric_second_moment(a**2 * q, digits) if f == g else f.numeric_product(g, a**2 * q, digits)
    else:
        product = f.expectation(lambda h, fh: fh * _evaluate(g, h * _like(b / a, h)), a**2 * q, digits)
    means = f.numeric_mean(a**2 * q, digits) * g.numeric_mean(b**2 * q, digits)
    slopes = f.numeric_slope(a**2 * q, digits) * g.numeric_slope(b**2 * q, digits)
    return product - means - a * b * q * slopes


def _like(ratio: Any, sample: Any) -> Any:
    return ratio if isinstance(sample, mpmath.mpf) else float(ratio)


def _evaluate(activation: Any, value: Any) -> Any:
    """Return f(value) for an array, or for an mpmath number where the formula is known."""
    if isinstance(value, mpmath.mpf) and activation.formula is not None:
        return sympy.lambdify(X, activation.formula, "mpmath")(value)
    return activation(value)
