"""Functions of several pre-activations, entry by entry: gates, bilinear units, maxout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language.activations.decimals import with_exact_numbers
from freeprob.language.activations.text import read_expression

__all__ = ["JointActivation", "as_joint_activation", "joint_arguments"]


def joint_arguments(count: int) -> tuple[sympy.Symbol, ...]:
    """Return the arguments ``x1, x2, ...`` of a function of several pre-activations.

    Examples
    --------
    >>> from freeprob.language.activations.joint import joint_arguments
    >>> joint_arguments(2)
    (x1, x2)
    """
    return tuple(sympy.Symbol(f"x{k}", real=True) for k in range(1, count + 1))


@dataclass(frozen=True, eq=False)
class JointActivation:
    """f(x1, ..., xk) of k pre-activations.

    Parameters
    ----------
    count : int
        The number k of arguments.
    formula : Expr or None
        f in the symbols of :func:`joint_arguments`; None for a Python function.
    function : callable, optional
        A function of k arrays, when there is no formula.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.joint import as_joint_activation
    >>> u, v = sympy.symbols("u v")
    >>> maxout = as_joint_activation(sympy.Max(u, v), 2)
    >>> print(maxout, maxout([1.0, -2.0], [0.5, 3.0]))
    Max(x1, x2) [1. 3.]
    """

    count: int
    formula: sympy.Expr | None
    function: Callable | None = None

    @property
    def is_of_kernel(self) -> bool:
        """Whether this is a function of one argument, which is needed near the limits of the entries of a kernel."""
        return self.count == 1

    @property
    def name(self) -> str:
        """The formula as text, or the name of the function."""
        return str(self.formula) if self.formula is not None else getattr(self.function, "__name__", "f").strip("<>")

    @property
    def latex(self) -> str:
        """The function in LaTeX."""
        if self.formula is None:
            return rf"\operatorname{{{self.name}}}".replace("_", r"\_")
        arguments = ", ".join(map(sympy.latex, joint_arguments(self.count)))
        return rf"\left(({arguments}) \mapsto {sympy.latex(self.formula)}\right)"

    def _key(self) -> tuple:
        return self.count, self.formula, id(self.function)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JointActivation) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return self.name

    def __call__(self, *arrays: Any) -> np.ndarray:
        """Return f of each entry, in float64."""
        values = [np.asarray(array, dtype=np.float64) for array in arrays]
        evaluate = self.function if self.function is not None else _vectorised(self.formula, self.count)
        shape = np.broadcast_shapes(*(value.shape for value in values))
        return np.array(np.broadcast_to(evaluate(*values), shape), dtype=np.float64)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary with the formula as text."""
        if self.formula is None:
            raise UnsupportedModel(
                f"activation {self.name}: a Python callable cannot be serialised; give it as a SymPy expression"
            )
        return {"function": str(self.formula), "arguments": self.count}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> JointActivation:
        """Return the function that :meth:`to_data` described."""
        return as_joint_activation(read_expression(data["function"]), int(data["arguments"]))


@lru_cache(maxsize=256)
def _vectorised(formula: sympy.Expr, count: int) -> Callable:
    return sympy.lambdify(joint_arguments(count), formula, ["scipy", "numpy"])


def as_joint_activation(function: Any, count: int) -> JointActivation:
    """Return a function of several pre-activations.

    Parameters
    ----------
    function : SymPy expression or Lambda, or callable of arrays
        The symbols of an expression are taken in alphabetical order (``x2`` before ``x10``); a ``sympy.Lambda`` says
        which argument is which.
    count : int
        The number of arguments.

    Raises
    ------
    UnsupportedModel
        If it is no function of so many arguments, or has infinite or undefined values.
    """
    if isinstance(function, JointActivation):
        joint = function
    elif isinstance(function, (sympy.Lambda, sympy.Basic)):
        joint = JointActivation(count, _in_arguments(function, count))
    elif callable(function) and not isinstance(function, type):
        joint = JointActivation(count, None, function)
    else:
        raise UnsupportedModel(
            f"activation {function!r}: a function of {count} pre-activations is a SymPy expression in {count} symbols, "
            "a sympy.Lambda, or a function of arrays"
        )
    if joint.count != count:
        raise UnsupportedModel(f"activation {joint}: it is a function of {joint.count} arguments, not of {count}")
    _check_values(joint)
    return joint


def _in_arguments(function: Any, count: int) -> sympy.Expr:
    if isinstance(function, sympy.Lambda):
        symbols, expression = list(function.signature), function.expr
    else:
        expression = function
        symbols = sorted(expression.free_symbols, key=lambda s: (len(s.name), s.name))
    if len(symbols) != count:
        names = ", ".join(map(str, symbols)) or "none"
        raise UnsupportedModel(
            f"activation {function}: {count} matrices are given, but it has {len(symbols)} symbols ({names}); "
            "sympy.Lambda((u, v), ...) names the arguments, also such as do not occur"
        )
    renamed = dict(zip(symbols, joint_arguments(count), strict=True))
    return with_exact_numbers(expression.subs(renamed, simultaneous=True))


def _check_values(joint: JointActivation) -> None:
    points = np.random.default_rng(0).normal(0, 2, (joint.count, 3, 4))
    try:
        with np.errstate(all="ignore"):
            values = joint(*points)
    except Exception as error:  # any failure of the user's function is reported as such
        raise UnsupportedModel(
            f"activation {joint}: it failed on float64 arrays with {type(error).__name__}: {error}; write it with "
            "NumPy functions of arrays"
        ) from error
    finite = np.isfinite(values)
    if not (finite.any() if joint.count == 1 else finite.all()):  # one argument: a kernel matrix, needed at two points
        raise UnsupportedModel(f"activation {joint}: it is not real and finite at every real point")
    if np.all(values[finite] == values[finite].flat[0]):
        raise UnsupportedModel(f"activation {joint}: it is constant; use a number instead")
