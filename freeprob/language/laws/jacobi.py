"""The law of Jacobi matrices, also known as the MANOVA law, Wachter's law or the free Jacobi law."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from ...errors import MissingValue
from .base import Law
from .bernstein_szego import gauss_angles
from .continuous import ContinuousLaw
from .scalars import require_positive, scalar

__all__ = ["Jacobi"]


class Jacobi(ContinuousLaw):
    """Law of the eigenvalues of (X X^T)(X X^T + Y Y^T)^-1, ``jacobi(alpha, beta)``.

    X is p x n and Y is p x m, both with iid entries of one variance, n/p = alpha and m/p = beta; the eigenvalues lie in
    [0, 1]. The density is sqrt((x - l)(u - x)) (alpha + beta)/(2 pi x (1 - x)) between the edges l, u =
    (sqrt(alpha (alpha + beta - 1)) -+ sqrt(beta))^2/(alpha + beta)^2; in addition there are atoms 1 - alpha at 0 for
    alpha < 1 and 1 - beta at 1 for beta < 1. The eigenvalues of finite matrices have the weight
    x^((n - p - 1)/2) (1 - x)^((m - p - 1)/2), whence the name (K. W. Wachter, Ann. Statist. 8, 1980, section 2;
    B. Collins, Probab. Theory Relat. Fields 133, 2005, theorem 2.2; N. Demni, J. Theoret. Probab. 21, 2008).

    The same law, seen from all of the space, is that of P Q P for free projections P, Q of ranks (normalised
    traces) 1/(alpha + beta) and alpha/(alpha + beta): there it has the mass 1/(alpha + beta), and the rest is at 0.

    Parameters
    ----------
    alpha, beta : scalar
        Columns of X and of Y over their rows; positive with alpha + beta > 1, so that the inverse exists.

    Raises
    ------
    UnsupportedModel
        If a parameter is not positive, finite and real, or their sum is not larger than 1.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> law = laws.jacobi("1/2", 2)
    >>> law.moment(1), law.moment(2), law.atoms
    (1/5, 13/125, {0: 1/2})
    """

    __slots__ = ()
    name = "jacobi"

    def __init__(self, alpha: Any, beta: Any) -> None:
        n, m = scalar(alpha, "the first ratio of jacobi"), scalar(beta, "the second ratio of jacobi")
        for ratio in (n, m):
            require_positive(ratio, f"jacobi has the ratio {ratio}; columns over rows must be positive")
        require_positive(
            n + m - 1,
            f"jacobi({n}, {m}): X X^T + Y Y^T is singular unless alpha + beta > 1; at alpha + beta = 1 the matrix is a "
            "projection, bernoulli(alpha)",
        )
        super().__init__(n, m)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Without atoms, with one at either end, with both, and with hard edges."""
        return cls(3, 2), cls("1/2", 2), cls(4.5, 0.25), cls("3/4", "1/2"), cls(1, 1), cls(30, 40.0)

    def _defect(self, ratio: sympy.Expr, place: str) -> sympy.Expr | None:
        below = (1 - ratio).is_positive if not ratio.is_number else bool(ratio < 1)
        if below is None and (1 - ratio).is_nonpositive is not True:
            raise MissingValue(f"{self} has an atom at {place} only when {ratio} < 1; give a number for {ratio}")
        return 1 - ratio if below else None

    def _lower_atom(self) -> tuple[sympy.Expr, sympy.Expr] | None:
        mass = self._defect(self.arguments[0], "0")
        return None if mass is None else (sympy.Integer(0), mass)

    def _upper_atom(self) -> tuple[sympy.Expr, sympy.Expr] | None:
        mass = self._defect(self.arguments[1], "1")
        return None if mass is None else (sympy.Integer(1), mass)

    def _roots(self, ops: ModuleType) -> tuple[Any, Any]:
        """Return r, s with x = C |1 - r exp(i t)|^2 and 1 - x = C' |1 + s exp(i t)|^2 at the angle t of the density."""
        n, m = self._numbers(ops)
        r, s = ops.sqrt(m / (n * (n + m - 1))), ops.sqrt(n / (m * (n + m - 1)))
        return (r if n >= 1 else 1 / r), (s if m >= 1 else 1 / s)

    def _edges(self, ops: ModuleType) -> tuple[Any, Any]:
        n, m = self._numbers(ops)
        low = ((n - 1) / (ops.sqrt(n * (n + m - 1)) + ops.sqrt(m))) ** 2
        gap = ((m - 1) / (ops.sqrt(m * (n + m - 1)) + ops.sqrt(n))) ** 2
        return low, 1 - gap

    def _support(self) -> tuple[float, float]:
        n, m = self._numbers(np)
        low, high = self._edges(np)
        return (0.0 if n < 1 else float(low)), (1.0 if m < 1 else float(high))

    def _moment(self, k: int) -> sympy.Expr:
        """By the equation z (1 - z) G^2 - ((n + m - 2) z + 1 - n) G + n + m - 1 = 0 in powers of 1/z."""
        n, m = (sympy.Rational(a) if a.is_Float else a for a in self.arguments)
        moments = [sympy.Integer(1)]
        for order in range(1, k + 1):
            known = sympy.Add(*(moments[i] * moments[order - 1 - i] for i in range(order)))
            known -= sympy.Add(*(moments[i] * moments[order - i] for i in range(1, order)))
            moments.append(sympy.cancel((known - (1 - n) * moments[-1]) / (n + m)))
        floats = any(a.has(sympy.Float) for a in self.arguments) and not self.free_symbols
        return sympy.Float(moments[k], 15) if floats else moments[k]

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        return 0 * ops.pi, +ops.pi

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        r, s = self._roots(ops)
        low, high = self._edges(ops)
        sine, cosine = ops.sin(parameter / 2), ops.cos(parameter / 2)
        wave = _softened(r, sine) * _softened(s, cosine)
        return low + (high - low) * sine**2, 8 * (1 + r * s) / ops.pi * wave

    def _rule(self, count: int, digits: int):
        """Gauss rule of the density, and the atoms."""
        r, s = self._roots(np if digits <= 15 else mpmath)
        points, weights = self._pushed(*gauss_angles(count, (r, -s), 1, digits), digits)
        return self._with_atoms(points, weights, digits)

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        n, m = self._numbers(np)
        low, high = self._edges(np)
        line, root = (n + m - 2) * z + 1 - n, (n + m) * np.sqrt(z - low) * np.sqrt(z - high)
        plus, minus = line + root, line - root  # plus * minus = 4 (n + m - 1) z (1 - z)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.abs(plus) >= np.abs(minus), 2 * (n + m - 1) / plus, minus / (2 * z * (1 - z)))

    def _density(self, x: np.ndarray) -> np.ndarray:
        n, m = self._numbers(np)
        low, high = self._edges(np)
        inside = np.sqrt(np.maximum((x - low) * (high - x), 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(inside > 0, (n + m) * inside / (2 * np.pi * x * (1 - x)), 0.0)


def _softened(root: Any, half: Any) -> Any:
    """Return half^2 over the factor (1 - root)^2 + 4 root half^2 of the density, which it softens at its end."""
    return half**2 / ((1 - root) ** 2 + 4 * root * half**2) if root != 1 else (0 * half + 1) / 4
