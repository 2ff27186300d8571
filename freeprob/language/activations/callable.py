"""An activation given by a vectorised Python function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language.activations.base import Activation
from freeprob.language.activations.expression import ExpressionActivation

__all__ = ["CallableActivation"]


@dataclass(frozen=True, eq=False)
class CallableActivation(Activation):
    """f given by a Python function that maps an array to an array of the same shape, entry by entry.

    Its moments are found by adaptive quadrature in float64: they have about 13 digits however many are asked for
    (``precise_digits``), and the function cannot be written to JSON. Two such activations are equal if they hold the
    same function object.

    Parameters
    ----------
    function : callable
        Tried on an array when the activation is made.
    label : str, optional
        The printed name; by default the function's own.
    prime : Activation, SymPy expression or callable, optional
        Its derivative, needed where the theory asks for one; compared with the function through E f' = E[h f(h)]/q.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.activations.callable import CallableActivation
    >>> swish = CallableActivation(lambda h: h / (1 + np.exp(-h)), label="swish")
    >>> print(swish, round(swish.numeric_slope(1.0), 12), swish.precise_digits)
    swish 0.5 13
    >>> print(CallableActivation(np.arctan, prime=lambda h: 1 / (1 + h**2)).derivative())
    arctan'
    """

    function: Callable
    label: str | None = None
    prime: Any = None

    formula = None
    precise_digits: ClassVar[float] = 13

    def __post_init__(self):
        label = self.label or getattr(self.function, "__name__", type(self.function).__name__)
        object.__setattr__(self, "label", label.strip("<>"))
        self._check_values()
        self.require(not self.is_constant, "it is constant: its slope and its variance are zero; use a number instead")
        q = 1.0
        try:
            self.numeric_second_moment(q)
        except UnsupportedModel:
            q = 0.01  # exp(h**2) has moments at small variances only; 1/h has none at all
            self.numeric_second_moment(q)
        if self.prime is not None:
            self._set_derivative(q)

    def _set_derivative(self, q: float) -> None:
        """Make the derivative an activation; refuse one that cannot be it."""
        prime = self.prime
        if not isinstance(prime, Activation):
            known = isinstance(prime, sympy.Expr)
            prime = ExpressionActivation(prime) if known else CallableActivation(prime, f"{self.name}'")
        object.__setattr__(self, "prime", prime)
        slopes = prime.numeric_mean(q), self.numeric_slope(q)
        self.require(
            abs(slopes[0] - slopes[1]) <= 1e-8 * (1 + abs(slopes[1])),
            f"E g(h) = {slopes[0]:.9g} for the given derivative g, but E[h f(h)]/q = {slopes[1]:.9g} at q = {q:g}: g "
            "is not the derivative of f, or f jumps",
        )

    def _check_values(self) -> None:
        points = np.array([[-3.3, -2.1, -1.2, -0.71, -0.13], [0.17, 0.63, 1.4, 2.7, 3.9]])
        try:
            with np.errstate(all="ignore"):
                values, parts = self.function(points.copy()), self.function(points[::-1, 1:4].copy())
        except Exception as error:  # any failure of the user's function is reported as such
            raise UnsupportedModel(
                f"activation {self.name}: it failed on a float64 array of shape {points.shape} with "
                f"{type(error).__name__}: {error}; write it with NumPy functions of arrays"
            ) from error
        shape = np.shape(values)
        self.require(
            shape == points.shape and np.shape(parts) == (2, 3),
            f"it turned an array of shape {points.shape} into one of shape {shape}; it must keep the shape",
        )
        values = np.asarray(values)
        self.require(values.dtype.kind in "fiub", f"its values must be real numbers, got dtype {values.dtype}")
        self.require(
            bool(np.all(np.isfinite(values))),
            "it has infinite or undefined values, so E f(h)^2 is infinite; use a function that is finite everywhere",
        )
        self.require(
            bool(np.allclose(np.asarray(parts), values[::-1, 1:4], rtol=1e-6)),
            "it does not act entry by entry: the value at one entry depends on the others",
        )

    @property
    def name(self) -> str:
        """The label."""
        return self.label or ""

    @property
    def latex(self) -> str:
        """The label as an operator name."""
        text = self.name.replace("_", r"\_")
        return rf"\operatorname{{{text}}}"

    def _key(self) -> tuple:
        return (id(self.function), self.label, self.prime)

    def __str__(self) -> str:
        return self.name

    def _evaluate(self, h):
        return np.asarray(self.function(h.copy()), dtype=np.float64)

    def to_data(self) -> dict[str, Any]:
        """Refuse: code is not data."""
        raise UnsupportedModel(
            f"activation {self.name}: a Python callable cannot be serialised; give it as a registered name or as a "
            "SymPy expression"
        )
