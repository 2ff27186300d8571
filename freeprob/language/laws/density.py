"""A law given by its density on a bounded interval."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from ...errors import SolveError, UnsupportedModel
from .base import Law
from .continuous import ContinuousLaw
from .contour import complex_logistic
from .quadrature import cauchy_integral, legendre, tanh_sinh
from .scalars import precise, require_positive, scalar, text

__all__ = ["Density"]

_X = sympy.Symbol("x", real=True)
_DISTANCE = sympy.Symbol("u", positive=True)

_MOMENTS, _SAME_MOMENTS, _MOMENT_NODES = 6, 1e-11, 400
"""Moments on an arc that are compared with those of a rule of real nodes, and how closely they must agree."""


class Density(ContinuousLaw):
    """Law with a given density on a bounded interval, ``density(f, (a, b))``.

    The integral of f must be 1 to 1e-6 and is then divided out exactly. Edges where f has a root or an integrable
    pole are handled; f should be smooth inside (a, b).

    Parameters
    ----------
    f : SymPy expression in one symbol, or callable
        A callable maps a NumPy array to an array of the same shape; it has double precision only and cannot be
        written as data.
    interval : pair of numbers
        The ends a < b of the support, finite.

    Raises
    ------
    UnsupportedModel
        If f is negative, does not integrate to 1, or the interval is not finite.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language import laws
    >>> x = sympy.Symbol("x")
    >>> laws.density(6 * x * (1 - x), (0, 1)).moment(2)
    3/10
    """

    __slots__ = ()
    name = "density"

    def __init__(self, f: Any, interval: tuple[Any, Any]) -> None:
        _require_finite(f, interval)
        lower, upper = (scalar(end, "an end of the interval of density") for end in interval)
        if lower.free_symbols | upper.free_symbols:
            raise UnsupportedModel(f"density on ({lower}, {upper}): give numbers for the ends, or use uniform(a, b)")
        require_positive(upper - lower, f"density on ({lower}, {upper}) needs a < b; swap the ends")
        super().__init__(_canonical(f), (lower, upper))
        self._check()

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Return a polynomial, an arcsine edge, a pole that is no square root, and a callable."""
        x = sympy.Symbol("x")
        return (
            cls(6 * x * (1 - x), (0, 1)),
            cls(1 / (sympy.pi * sympy.sqrt((x - 1) * (3 - x))), (1, 3)),
            cls(sympy.Rational(3, 10) * x ** sympy.Rational(-7, 10), (0, 1)),
            cls(sympy.exp(x) / (sympy.E - 1), (0, 1)),
            cls(_callable_example, (-1, 1)),
        )

    def __str__(self) -> str:
        f, (a, b) = self.arguments
        name = text(f) if isinstance(f, sympy.Expr) else getattr(f, "__name__", "callable")
        return f"density({name}, ({text(a)}, {text(b)}))"

    def latex(self) -> str:
        r"""Return the density as a measure, for example ``6 x \left(1 - x\right) dx`` with its interval."""
        f, (a, b) = self.arguments
        name = getattr(f, "__name__", "f").replace("_", r"\_").replace("<lambda>", "f")
        body = sympy.latex(f) if isinstance(f, sympy.Expr) else rf"\mathrm{{{name}}}(x)"
        body = rf"\left({body}\right)" if isinstance(f, sympy.Add) else body
        return rf"{body}\, 1_{{\left[{sympy.latex(a)}, {sympy.latex(b)}\right]}}(x)\, dx"

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """Empty: a density has numbers only."""
        return set()

    def subs(self, mapping: Any) -> Law:
        """Return the law itself."""
        return self

    def _is_callable(self) -> bool:
        return not isinstance(self.arguments[0], sympy.Expr)

    def _digits(self) -> int:
        return 15 if self._is_callable() else 10**6

    def _numbers(self, ops: ModuleType) -> tuple[Any, ...]:
        ends = self.arguments[1]
        return tuple(map(precise, ends)) if ops is mpmath else tuple(map(float, ends))

    def _support(self) -> tuple[float, float]:
        return self._numbers(np)

    def _evaluate(self, left: Any, right: Any, ops: ModuleType) -> Any:
        """Return f, not normalised, at x = a + left = b - right; a pole at an edge keeps full relative accuracy."""
        f, (a, b) = self.arguments
        if ops is mpmath:
            if self._is_callable():
                x = np.array([float(precise(a) + left)])
                return mpmath.mpf(float(np.asarray(f(x)).ravel()[0]))
            return mpmath.re(
                _compiled(f, a, 1, "mpmath")(left) if left < right else _compiled(f, b, -1, "mpmath")(right)
            )
        near_a = left < right
        if self._is_callable():
            x = np.where(near_a, float(a) + left, float(b) - right)
            return np.broadcast_to(np.asarray(f(x)), x.shape)
        out = np.empty(np.shape(left), dtype=complex)
        out[near_a] = _compiled(f, a, 1, None)(left[near_a])
        out[~near_a] = _compiled(f, b, -1, None)(right[~near_a])
        return out

    def _check(self) -> None:
        a, b = self._support()
        angle = np.pi * (np.arange(257) + 0.5) / 257
        near, far, _ = tanh_sinh(129)
        left, right = (
            (b - a) * np.concatenate([root**2, share])
            for root, share in ((np.sin(angle / 2), near), (np.cos(angle / 2), far))
        )
        if self._is_callable():  # a callable cannot tell points nearer to an edge than rounding
            kept = (a + left > a) & (b - right < b)
            left, right = left[kept], right[kept]
        with np.errstate(all="ignore"):
            try:
                values = self._evaluate(left, right, np)
            except (TypeError, ValueError) as error:
                raise UnsupportedModel(
                    f"{self}: the density must map a NumPy array to an array of the same shape ({error}); "
                    "wrap a scalar function in numpy.vectorize, or give a SymPy expression"
                ) from None
        if np.iscomplexobj(values) and np.any(np.abs(values.imag) > 1e-12 * (1 + np.abs(values.real))):
            raise UnsupportedModel(f"{self}: the density is not real on the interval")
        values = values.real
        if not np.all(np.isfinite(values)):
            raise UnsupportedModel(f"{self} is a non-finite law: the density is infinite, NaN or not real inside")
        if values.min() < -1e-12 * np.abs(values).max():
            raise UnsupportedModel(f"{self}: the density is negative, e.g. at {a + left[values.argmin()]:.6g}")
        mass = float(_mass(self, 15))
        if not abs(mass - 1) <= 1e-6:
            raise UnsupportedModel(f"{self}: the density integrates to {mass:.8g}, not to 1; divide it by its integral")

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        return 0 * ops.pi, +ops.pi

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        if ops is not mpmath:
            x, weight = self._raw(parameter, np)
            return x, weight / float(_mass(self, 15))
        x, weight = self._raw(parameter, mpmath)
        return x, weight / _mass(self, mpmath.mp.dps)

    def _raw(self, angle: Any, ops: ModuleType) -> tuple[Any, Any]:
        """Return x = a + (b - a) sin^2(angle/2) and f dx/dangle, not normalised."""
        if ops is mpmath:
            with mpmath.workprec(2 * mpmath.mp.prec + 20):  # keeps x - a to full relative accuracy
                a, b = self._numbers(mpmath)
                left, right = (b - a) * mpmath.sin(angle / 2) ** 2, (b - a) * mpmath.cos(angle / 2) ** 2
                try:
                    return a + left, self._evaluate(left, right, mpmath) * (b - a) / 2 * mpmath.sin(angle)
                except ZeroDivisionError:  # the pole itself, of measure zero
                    return a + left, mpmath.mpf(0)
        a, b = self._numbers(np)
        left, right = (b - a) * np.sin(angle / 2) ** 2, (b - a) * np.cos(angle / 2) ** 2
        with np.errstate(all="ignore"):
            values = self._evaluate(left, right, np).real * (b - a) / 2 * np.sin(angle)
        return np.where(left < right, a + left, b - right), np.nan_to_num(values, posinf=0.0, neginf=0.0)

    def _arc(self) -> tuple[Any, Any] | None:
        """Return the rule on an arc if the expression has the moments of the density there: it may not be analytic."""
        if self._is_callable():
            return None
        points, weights = (np.asarray(column) for column in self._bent_rule())
        a, b = self._support()
        nodes, masses = (np.asarray(column) for column in self.nodes(_MOMENT_NODES))
        scaled, known = (2 * points - a - b) / (b - a), (2 * nodes - a - b) / (b - a)
        with np.errstate(all="ignore"):
            errors = [abs(weights @ scaled**k - masses @ known**k) for k in range(1, _MOMENTS + 1)]
        return (points, weights) if max(errors) < _SAME_MOMENTS else None

    def _bent(self, logit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        (f, (low, high)), (a, b) = self.arguments, self._support()
        share, rest = complex_logistic(logit)
        left, near = (b - a) * share, logit.real < 0
        density = np.empty(left.shape, dtype=complex)
        with np.errstate(all="ignore"):
            density[near] = _compiled(f, low, 1, None)(left[near])
            density[~near] = _compiled(f, high, -1, None)((b - a) * rest[~near])
        return np.where(near, a + left, b - (b - a) * rest), density * left * rest

    def analytic_density(self, x: np.ndarray) -> np.ndarray | None:
        """Return the density at complex points; None for a callable."""
        if self._is_callable():
            return None
        f, (low, _) = self.arguments
        with np.errstate(all="ignore"):
            return _compiled(f, low, 1, None)(x - float(low)) / float(_mass(self, 15))

    def _rule(self, count: int, digits: int):
        if digits > 15 and self._is_callable():
            raise UnsupportedModel(
                f"{self}: a callable density has double precision only, not {digits} digits; give a SymPy expression"
            )
        if not _needs_double_exponential(self):
            return self._legendre_rule(count, digits)
        return _double_exponential_rule(self, count, digits)

    def _moment(self, k: int) -> sympy.Expr:
        if not self._is_callable():
            f, (low, high) = self.arguments
            exact = _exact_moment(f, low, high, k)
            if exact is not None:
                return exact / _exact_moment(f, low, high, 0)
        digits = 14 if self._is_callable() else 30
        with mpmath.workdps(digits + 10):
            return sympy.Float(self._integral(lambda x: x**k, digits), max(15, digits))

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        return cauchy_integral(self._normalised, *self._support(), z)

    def _normalised(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return self._evaluate(left, right, np).real / float(_mass(self, 15))

    def _density(self, x: np.ndarray) -> np.ndarray:
        a, b = self._support()
        inside = (x >= a) & (x <= b)
        out = np.zeros(x.shape)
        out[inside] = self._normalised(x[inside] - a, b - x[inside])
        return out

    def _arguments_to_data(self) -> list:
        if self._is_callable():
            raise UnsupportedModel(f"{self} is Python code and cannot be written as data; give a SymPy expression")
        return super()._arguments_to_data()


def _callable_example(x: np.ndarray) -> np.ndarray:
    return 0.75 * (1 - x**2)


def _require_finite(f: Any, interval: tuple[Any, Any]) -> None:
    ends = [sympy.sympify(end) if not isinstance(end, str) else sympy.Integer(0) for end in interval]
    if any(end.is_infinite for end in ends):
        shown = f if isinstance(f, sympy.Expr) else getattr(f, "__name__", "f")
        raise UnsupportedModel(
            f"density({shown}, ({interval[0]}, {interval[1]})) is a non-finite law: its support is unbounded, but the "
            "limits are those of bounded matrices; cut it off at a finite value beyond which there is little mass, and "
            "divide the density by the mass that is left"
        )


def _canonical(f: Any) -> Any:
    """Return an expression in the one symbol x, or the callable itself."""
    if not isinstance(f, sympy.Basic) and callable(f):
        return f
    f = scalar(f, "the density")
    variables = sorted(f.free_symbols, key=lambda s: (s.name, s.sort_key()))
    if len(variables) > 1:
        names = ", ".join(s.name for s in variables)
        raise UnsupportedModel(f"density({f}) has the symbols {names}; give numbers for all but the variable")
    return f.subs(variables[0], _X) if variables else f


@lru_cache(maxsize=128)
def _compiled(f: sympy.Expr, end: sympy.Expr, sign: int, module: str | None) -> Callable[[Any], Any]:
    """Compile f(end + sign u) as a function of the distance u, with the roots expanded so that the end cancels."""
    moved = f.subs(_X, end + sign * _DISTANCE)
    moved = moved.replace(
        lambda e: e.is_Pow and not e.exp.is_integer and e.base.has(_DISTANCE), lambda e: sympy.expand(e.base) ** e.exp
    )
    return sympy.lambdify([_DISTANCE], moved, module)


@lru_cache(maxsize=128)
def _mass(law: Density, digits: int) -> mpmath.mpf:
    """Return the integral of f as given, to this many digits (double precision for a callable)."""
    f, (a, b) = law.arguments
    if law._is_callable():
        return mpmath.mpf(_float_mass(law))
    with mpmath.workdps(digits + 10):
        exact = _exact_moment(f, a, b, 0)
        if exact is not None:
            return precise(exact)
        _float_mass(law)  # a divergent integral is seen here at once
        value, error = mpmath.quad(lambda t: law._raw(t, mpmath)[1], [0, mpmath.pi], error=True, maxdegree=10)
    return _accept(value, error / max(1, abs(value)), mpmath.mpf(10) ** -digits if digits > 15 else 1e-7, law)


def _accept(value: Any, error: Any, tolerance: Any, law: Density) -> Any:
    if error <= tolerance:
        return value
    message = f"{law}: its integral converges only to {float(error):.1e}; make the density smooth inside"
    raise UnsupportedModel(message) if tolerance >= 1e-7 else SolveError(message)


def _float_mass(law: Density) -> float:
    rules = [_angle_masses(law), _double_exponential_masses(law)]
    coarse, fine = min(rules, key=lambda pair: abs(pair[1] - pair[0]))
    return _accept(fine, abs(fine - coarse), 1e-7, law)


def _angle_masses(law: Density) -> tuple[float, float]:
    masses = []
    for count in (192, 256):
        points, weights = legendre(count)
        masses.append(float(np.pi / 2 * (weights @ law._raw(np.pi / 2 * (1 + points), np)[1])))
    return masses[0], masses[1]


def _double_exponential_masses(law: Density) -> tuple[float, float]:
    coarse, fine = (float(np.sum(_double_exponential_terms(law, count)[1])) for count in (256, 384))
    return coarse, fine


def _double_exponential_terms(law: Density, count: int) -> tuple[np.ndarray, np.ndarray]:
    a, b = law._support()
    left, right, weights = tanh_sinh(count)
    left, right = (b - a) * left, (b - a) * right
    with np.errstate(all="ignore"):
        masses = law._evaluate(left, right, np).real * (b - a) * weights
    return np.where(left < right, a + left, b - right), np.nan_to_num(masses, posinf=0.0, neginf=0.0)


@lru_cache(maxsize=64)
def _needs_double_exponential(law: Density) -> bool:
    """Tell whether the angle fails to remove the singularity of an edge."""
    coarse, fine = _angle_masses(law)
    if abs(fine - coarse) < 1e-11:
        return False
    coarse_de, fine_de = _double_exponential_masses(law)
    return abs(fine_de - coarse_de) < abs(fine - coarse)


def _double_exponential_rule(law: Density, count: int, digits: int):
    if digits <= 15:
        x, masses = _double_exponential_terms(law, count)
        return x, masses / masses.sum()
    a, b = law._numbers(mpmath)
    points: list[Any] = []
    parts: list[Any] = []
    for left, right, weight in zip(*tanh_sinh(count, digits + 10), strict=True):
        points.append(a + (b - a) * left)
        parts.append(law._evaluate((b - a) * left, (b - a) * right, mpmath) * weight)
    total = mpmath.fsum(parts)
    return points, [part / total for part in parts]


def _exact_moment(f: sympy.Expr, a: sympy.Expr, b: sympy.Expr, k: int) -> sympy.Expr | None:
    """Integrate x^k f exactly when f is a sum of powers of x; None otherwise."""
    total = sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(f)):
        coefficient, power = term.as_independent(_X, as_Add=False)
        base, exponent = power.as_base_exp() if power != 1 else (_X, sympy.Integer(0))
        if base != _X or not exponent.is_Rational:
            return None
        q = exponent + k + 1
        natural = q.is_Integer and q > 0
        if not (natural or a.is_positive or (a.is_zero and q > 0)):
            return None
        total += coefficient * (sympy.log(b / a) if q == 0 else (b**q - a**q) / q)
    return total
