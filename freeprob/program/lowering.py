"""Lowering: the equations of a system become a numeric program."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence

import sympy

from ..algebra.symbols import TAU
from ..equations.system import SelfConsistentSystem
from . import ir
from .balance import balanced
from .components import lower_component
from .path_statements import PathStatements
from .paths import paths_of
from .procedures import SPECTRAL, SWITCH, procedure

__all__ = ["identifiers", "lower", "lower_expressions"]

RESERVED = (
    *("np", "unknowns", "inputs", "weights", "residuals", "jacobian", "NODES", "WEIGHTS", "MODEL", "_erf", "_inputs"),
    *("x", "h", "top", "arrays", "shape", "points", "point", "result", "a", "max", "zip", "list", "float", "math"),
    *("_prepared", "_scalar", "_gaussian_mean", "solve_value", "density_values", "stieltjes_values", "inverse_entries"),
    *("complex", "_answer", "path_averages", "PathSite", "chained", "combined", "spread"),
)
"""Names that generated code uses itself."""


def identifiers(symbols: Iterable[sympy.Symbol], taken: Iterable[str] = ()) -> dict[sympy.Symbol, str]:
    """Return a valid and unique Python identifier for each symbol (``lambda`` becomes ``lambda_``)."""
    used = set(taken)
    names: dict[sympy.Symbol, str] = {}
    for symbol in symbols:
        name = "".join(c if c.isalnum() or c == "_" else "_" for c in symbol.name) or "symbol"
        if name[0].isdigit() or keyword.iskeyword(name):
            name = f"_{name}" if name[0].isdigit() else f"{name}_"
        while name in used:
            name += "_"
        used.add(name)
        names[symbol] = name
    return names


def _names(
    system: SelfConsistentSystem,
) -> tuple[list[sympy.Symbol], list[sympy.Symbol], dict[sympy.Symbol, str]]:
    """Return unknowns, inputs and the identifiers of all symbols."""
    unknowns = [u for component in system.components for u in component.unknowns]
    inputs = [*system.sizes, *system.parameters, *(c.symbol for c in system.coefficients), *system.contours]
    names = {**{u: f"u{k}" for k, u in enumerate(unknowns)}, TAU: SWITCH}
    if system.spectral is not None:
        names[system.spectral] = SPECTRAL
    names.update(identifiers(inputs, taken=[*names.values(), SPECTRAL, *RESERVED]))
    return unknowns, inputs, names


def lower_expressions(system: SelfConsistentSystem, expressions: Sequence[sympy.Expr]) -> ir.Procedure:
    """Return a procedure that computes expressions in the symbols of a system, beside its read-out."""
    names = _names(system)[2]
    along = PathStatements(expressions, paths_of(system), (), names)
    return procedure([e.xreplace(along.named) for e in expressions], along.names, first=along.statements)


def lower(system: SelfConsistentSystem) -> ir.Program:
    """Return the numeric program of a system.

    Parameters
    ----------
    system : SelfConsistentSystem

    Returns
    -------
    Program
        Inputs are the sizes, the parameters, the coefficients and the contour points of the system, in that order.
    """
    unknowns, inputs, names = _names(system)
    paths = paths_of(system)
    along = PathStatements([system.readout], paths, (), names)
    index = {u: k for k, u in enumerate(unknowns)}
    return ir.Program(
        unknowns=tuple(names[u] for u in unknowns),
        inputs=tuple(names[s] for s in inputs),
        spectral=system.spectral is not None,
        components=tuple(lower_component(component, names, index, paths) for component in system.components),
        readout=procedure([balanced(system.readout).xreplace(along.named)], along.names, first=along.statements),
        laws=tuple(law.name for law in sorted(system.laws, key=str)),
        positive=system.positive,
    )
