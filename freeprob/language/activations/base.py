"""Activations: entrywise functions f and the Gaussian moments that the theory needs of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

import mpmath
import numpy as np
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language.activations.closed_form import Q, gaussian_expectation
from freeprob.language.activations.decimals import exact_number
from freeprob.language.activations.derivative import derivative_formula
from freeprob.language.activations.growth import float_variance_limit, variance_limit
from freeprob.language.activations.moments import expectation, numeric_moment, numeric_product, real_number
from freeprob.language.activations.pieces import X, breakpoints, has_choice, parity

__all__ = ["Activation", "Q", "X", "gaussian_product"]


class Activation(ABC):
    r"""An entrywise function f: R -> R of a pre-activation h ~ N(0, q).

    A new activation is one file in this folder: a frozen dataclass (``eq=False``) with ``name``, ``latex``,
    ``formula`` and ``_evaluate``, and a module-level ``ACTIVATION``, an instance of it. Its moments then follow from
    the formula, in closed form where :func:`gaussian_expectation` finds one and by quadrature elsewhere;
    ``_mean``, ``_slope`` and ``_second_moment`` may state the closed forms of the literature, and ``_derivative`` a
    form of f' that does not overflow. A parameter is a field with a default, made exact by ``set_number``.

    Activations are added, subtracted, multiplied and divided, also by numbers and expressions of one symbol; see
    :mod:`.calculus` for these and for ``derivative()``, ``compose(g)``, ``centred(q)`` and ``standardised(q)``.

    Attributes
    ----------
    name : str
        Printable, for example ``"relu"``.
    latex : str
        LaTeX of the function, for example ``\operatorname{relu}``.
    formula : Expr or None
        f as a SymPy expression of the real symbol ``X``; None for an opaque Python callable.
    precise_digits : float
        Digits that the numeric moments can reach at most: ``inf`` with a formula, 13 without.
    """

    if TYPE_CHECKING:  # class variables, fields or properties

        @property
        def name(self) -> str:
            """The name."""

        @property
        def latex(self) -> str:
            """The function in LaTeX."""

        @property
        def formula(self) -> Any:
            """The function of ``X``, or None."""

        def derivative(self) -> Activation:  # this and the following are attached by calculus.py
            """Return f' almost everywhere."""

        def compose(self, inner: Any) -> Activation:
            """Return x -> f(g(x))."""

        def centred(self, q: Any, digits: int = 30) -> Activation:
            """Return f - E f(h)."""

        def standardised(self, q: Any, digits: int = 30) -> Activation:
            """Return (f - E f(h))/sd f(h)."""

        def __add__(self, other: Any) -> Activation: ...
        def __radd__(self, other: Any) -> Activation: ...
        def __sub__(self, other: Any) -> Activation: ...
        def __rsub__(self, other: Any) -> Activation: ...
        def __mul__(self, other: Any) -> Activation: ...
        def __rmul__(self, other: Any) -> Activation: ...
        def __truediv__(self, other: Any) -> Activation: ...
        def __rtruediv__(self, other: Any) -> Activation: ...
        def __pow__(self, other: Any) -> Activation: ...
        def __neg__(self) -> Activation: ...

    __array_ufunc__ = None  # NumPy scalars leave sums and products to the activation
    precise_digits: ClassVar[float] = math.inf
    is_of_kernel: ClassVar[bool] = False
    array_functions: ClassVar[tuple[str, ...]] = ()
    """NumPy or SciPy functions that are this activation, as ``"numpy.tanh"``."""

    @abstractmethod
    def _evaluate(self, h: np.ndarray) -> np.ndarray:
        """Return f of each entry of a float64 array."""

    def _key(self) -> tuple:
        """Return what distinguishes two activations of one class."""
        return tuple((type(value), value) for value in self.parameters.values())

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self), self._key()))

    def __str__(self) -> str:
        values = [getattr(self, field.name) for field in fields(cast(Any, self)) if field.default is not MISSING]
        usual = [field.default for field in fields(cast(Any, self)) if field.default is not MISSING]
        return self.name if values == usual else f"{self.name}({', '.join(map(str, values))})"

    def __call__(self, array: Any) -> np.ndarray:
        """Return f of each entry, in float64."""
        return self._evaluate(np.asarray(array, dtype=np.float64))

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters by name; empty for most activations."""
        return {field.name: getattr(self, field.name) for field in fields(cast(Any, self))}

    def with_parameters(self, **parameters: Any) -> Activation:
        """Return the same activation with other parameters.

        Raises
        ------
        TypeError
            If it has no parameter of a name.
        """
        unknown = sorted(set(parameters) - set(self.parameters))
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise TypeError(f"{self.name} has no parameter {', '.join(unknown)}; its parameters: {known}")
        return replace(cast(Any, self), **parameters)

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The kinks and jumps that are known, in increasing order."""
        return () if self.formula is None else tuple(float(point) for point in breakpoints(self.formula))

    @property
    def variance_limit(self) -> float:
        """The variance q from which on E f(h)^2 is infinite; ``inf`` for all usual activations."""
        return _float_limit(self) if self.formula is None else variance_limit(self.formula)

    @property
    def parity(self) -> int:
        """1 if f is seen to be even, -1 if odd, else 0."""
        return 0 if self.formula is None else parity(self.formula)

    @property
    def is_constant(self) -> bool:
        """Whether f takes one value on a wide set of points; then slope and variance vanish."""
        if self.formula is not None and X not in self.formula.free_symbols:
            return True
        points = np.array([1e-3, 0.1, 0.37, 1.1, 2.3, 7.7, 41.0, 1003.0])
        edges = np.array(self.breakpoints)
        points = np.concatenate([-points, points, edges - 0.1, edges + 0.1])
        with np.errstate(all="ignore"):
            values = self._evaluate(points)
        values = values[np.isfinite(values)]
        return bool(len(values) and np.all(values == values[0]))

    # Closed forms

    def _mean(self, q: sympy.Expr) -> sympy.Expr | None:
        """Return E f(h) where a closed form is known."""
        if self.parity == -1:
            return sympy.S.Zero
        return self._expectation(self.formula, q)

    def _slope(self, q: sympy.Expr) -> sympy.Expr | None:
        """Return E[h f(h)]/q where a closed form is known."""
        if self.parity == 1:
            return sympy.S.Zero
        value = self._expectation(X * self.formula, q)
        return None if value is None else sympy.expand_mul(value / q)

    def _second_moment(self, q: sympy.Expr) -> sympy.Expr | None:
        """Return E f(h)^2 where a closed form is known."""
        return self._expectation(self.formula**2, q)

    @staticmethod
    def _expectation(integrand: sympy.Expr, q: sympy.Expr) -> sympy.Expr | None:
        value = gaussian_expectation(integrand)
        return None if value is None else value.subs(Q, q)

    def mean(self, q: Any) -> sympy.Expr | None:
        """E f(h), h ~ N(0, q): a SymPy expression in q, or None if no closed form is known."""
        return self._closed(self._mean, q)

    def slope(self, q: Any) -> sympy.Expr | None:
        """E f'(h) = E[h f(h)]/q (Stein), h ~ N(0, q): a SymPy expression in q, or None."""
        return self._closed(self._slope, q)

    def second_moment(self, q: Any) -> sympy.Expr | None:
        """E f(h)^2, h ~ N(0, q): a SymPy expression in q, or None."""
        return self._closed(self._second_moment, q)

    def _closed(self, hook: Callable, q: Any) -> sympy.Expr | None:
        q = sympy.sympify(q)
        if q.is_number:
            real_number(self, q)
        return None if self.formula is None else hook(q)

    # Numbers

    def numeric_mean(self, q: Any, digits: int = 15) -> float | mpmath.mpf:
        """E f(h), h ~ N(0, q), as a number: float up to 15 digits, else mpf."""
        return numeric_moment(self, "mean", q, digits)

    def numeric_slope(self, q: Any, digits: int = 15) -> float | mpmath.mpf:
        """E f'(h) = E[h f(h)]/q, h ~ N(0, q), as a number: float up to 15 digits, else mpf."""
        return numeric_moment(self, "slope", q, digits)

    def numeric_second_moment(self, q: Any, digits: int = 15) -> float | mpmath.mpf:
        """E f(h)^2, h ~ N(0, q), as a number: float up to 15 digits, else mpf."""
        return numeric_moment(self, "second_moment", q, digits)

    def numeric_product(self, other: Activation, q: Any, digits: int = 15) -> float | mpmath.mpf:
        """E[f(h) g(h)], h ~ N(0, q), for two functions of one pre-activation."""
        return numeric_product(self, other, gaussian_product(self, other, Q), q, digits)

    def expectation(self, functional: Callable, q: Any, digits: int = 15) -> float | mpmath.mpf:
        """E F(h, f(h)), h ~ N(0, q).

        Parameters
        ----------
        functional : callable
            F of two arguments: NumPy arrays, and beyond 15 digits mpmath numbers.
        q : number
            Variance.
        digits : int
            Decimal digits.

        Returns
        -------
        float or mpf
        """
        return expectation(self, functional, q, digits)

    # Derivative

    def _derivative(self) -> sympy.Expr:
        """Return f' as an expression of ``X``, almost everywhere; refuse if f jumps."""
        return derivative_formula(self.formula)

    @property
    def constant_slope(self) -> sympy.Expr | None:
        """The number f' where f is seen to be a straight line, else None."""
        if self.formula is None or has_choice(self.formula):
            return None
        slope = sympy.expand(self._derivative())
        return None if X in slope.free_symbols else slope

    # Data

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary; :func:`from_data` reads it back."""
        data: dict[str, Any] = {"activation": self.name}
        if self.parameters:
            data["parameters"] = {key: str(value) for key, value in self.parameters.items()}
        return data

    def set_number(self, parameter: str, positive: bool = False) -> None:
        """Make a parameter an exact number; a float is read as the decimal that it prints as."""
        value = exact_number(getattr(self, parameter))
        self.require(
            value.is_number and value.is_real is True, f"the parameter {parameter} must be a real number, got {value}"
        )
        self.require(
            not positive or value.is_positive is True, f"the parameter {parameter} must be positive, got {value}"
        )
        object.__setattr__(self, parameter, value)

    def require(self, condition: bool, message: str) -> None:
        """Raise UnsupportedModel, naming the activation, unless the condition holds."""
        if not condition:
            raise UnsupportedModel(f"activation {self.name}: {message}")


@lru_cache(maxsize=256)
def _float_limit(activation: Activation) -> float:
    return float_variance_limit(activation._evaluate)


def gaussian_product(f: Activation, g: Activation, q: Any) -> sympy.Expr | None:
    """E[f(h) g(h)], h ~ N(0, q), in closed form, or None if none is known.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation, gaussian_product
    >>> q = sympy.Symbol("q", positive=True)
    >>> gaussian_product(as_activation("erf"), as_activation("linear"), q)
    2*q/(sqrt(pi)*sqrt(2*q + 1))
    """
    q = sympy.sympify(q)
    for activation in (f, g):
        if q.is_number:
            real_number(activation, q)
        if activation.formula is None:
            return None
    if f == g:
        return f.second_moment(q)
    if f.parity * g.parity == -1:
        return sympy.S.Zero
    value = gaussian_expectation(f.formula * g.formula)
    return None if value is None else value.subs(Q, q)
