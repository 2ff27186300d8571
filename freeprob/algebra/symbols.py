"""Symbol table: sizes, parameters and the few symbols that equations share.

Every commuting symbol of the package is made here, so that two symbols of one name never differ in their
assumptions.
"""

from __future__ import annotations

from typing import Any

import sympy

__all__ = [
    "TAU",
    "ContourPoint",
    "ContourWeight",
    "Eigenvalue",
    "M",
    "Size",
    "Z",
    "integration_variable",
    "parameters",
    "sizes",
    "unknown",
]


class Size(sympy.Symbol):
    """A dimension that goes to infinity together with all other sizes of a model.

    A size is a positive SymPy symbol; only ratios of sizes matter in a limit.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Size:  # noqa: D102
        return super().__new__(cls, name, positive=True)

    def __getnewargs_ex__(self):
        return (self.name,), {}


class Eigenvalue(sympy.Symbol):
    """The eigenvalue of a self-adjoint family, in formulas of functions of it.

    It differs from every symbol that a user can make, so a parameter may have the same name.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Eigenvalue:  # noqa: D102
        return super().__new__(cls, name, real=True)

    def __getnewargs_ex__(self):
        return (self.name,), {}


class ContourPoint(sympy.Symbol):
    """A spectral parameter that runs along a contour around the spectrum of a matrix.

    It is bound by a contour integral and needs no value.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> ContourPoint:  # noqa: D102
        return super().__new__(cls, name)

    def __getnewargs_ex__(self):
        return (self.name,), {}


class ContourWeight(sympy.Symbol):
    """Stands for the value of a function at a contour point until the integral is written down."""

    __slots__ = ()

    def __new__(cls, name: str) -> ContourWeight:  # noqa: D102
        return super().__new__(cls, name)

    def __getnewargs_ex__(self):
        return (self.name,), {}


def _names(text: str) -> list[str]:
    names = text.replace(",", " ").split()
    if not names:
        raise ValueError("no name was given; write for example sizes('n d p')")
    return names


def sizes(names: str) -> Any:
    """Make sizes from blank- or comma-separated names.

    Parameters
    ----------
    names : str
        For example ``"n d p"``.

    Returns
    -------
    Size or tuple of Size
        One size for one name, else a tuple.

    Examples
    --------
    >>> from freeprob.algebra.symbols import sizes
    >>> n, d = sizes("n d")
    >>> n / d
    n/d
    """
    made = tuple(Size(name) for name in _names(names))
    return made[0] if len(made) == 1 else made


def parameters(names: str, **assumptions: bool) -> Any:
    """Make scalar parameters (SymPy symbols); real unless said otherwise.

    Parameters
    ----------
    names : str
        For example ``"lambda sigma"``.
    **assumptions : bool
        SymPy assumptions, for example ``positive=True``.

    Returns
    -------
    Symbol or tuple of Symbol

    Examples
    --------
    >>> from freeprob.algebra.symbols import parameters
    >>> parameters("lambda sigma", positive=True)
    (lambda, sigma)
    """
    facts = assumptions or {"real": True}
    made = tuple(sympy.Symbol(name, **facts) for name in _names(names))
    return made[0] if len(made) == 1 else made


Z = sympy.Symbol("z")
"""The spectral parameter."""

M = sympy.Symbol("m")
"""The Stieltjes transform m(z)."""

TAU = sympy.Symbol("tau_switch", real=True)
"""Multiplies every covariance; 0 switches the randomness off, 1 is the model (MATH 2.6)."""


def unknown(name: str) -> sympy.Symbol:
    """Return the symbol of an unknown of a self-consistent system."""
    return sympy.Symbol(name)


def integration_variable(index: int) -> Eigenvalue:
    """Return the real variable of the spectral law of the family with this number."""
    return Eigenvalue("t" if index == 0 else f"t_{index}")
