"""The derivatives that implicit differentiation needs: in unknowns, sizes, parameters and coefficients.

With ``u = f(u, p)`` and the number ``r(u, p)``,

    (1 - df/du) du/dp = df/dp        dr/dp = (partial) dr/dp + dr/du du/dp
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from ..algebra.derivative import derivative
from ..algebra.symbols import TAU
from ..derivation.average import Average
from ..equations.system import SelfConsistentSystem
from ..errors import UnsupportedModel
from ..language.laws.atoms import Atoms
from . import ir
from .dependence import all_symbols
from .lowering import lower_expressions
from .paths import path_laws

__all__ = ["Sensitivity", "sensitivity"]


@dataclass(frozen=True)
class Sensitivity:
    """Derivatives as a procedure, and where its outputs belong.

    Attributes
    ----------
    symbols : tuple of Symbol
        Sizes and parameters in which the number is differentiated.
    coefficients : tuple of Symbol
        Coefficients that depend on them.
    procedure : Procedure
    equations : tuple of (int, int)
        Place of each output in df/d(unknowns, symbols, coefficients): row and column.
    readout : tuple of (int, int)
        Place of each output that follows in dr/d(unknowns, symbols, coefficients), one row for each read-out.
    """

    symbols: tuple[sympy.Symbol, ...]
    coefficients: tuple[sympy.Symbol, ...]
    procedure: ir.Procedure
    equations: tuple[tuple[int, int], ...]
    readout: tuple[tuple[int, int], ...]


def sensitivity(
    system: SelfConsistentSystem, symbols: Sequence[sympy.Symbol], readouts: Sequence[sympy.Expr] | None = None
) -> Sensitivity:
    """Return the derivatives of a system.

    Parameters
    ----------
    system : SelfConsistentSystem
    symbols : sequence of Symbol
        Sizes and parameters.
    readouts : sequence of SymPy expression, optional
        What is differentiated; by default the read-out of the system.

    Raises
    ------
    UnsupportedModel
        If one of them is a parameter of a law that is not a sum of atoms, or of a function of its eigenvalues.
    """
    unknowns = [u for component in system.components for u in component.unknowns]
    if path_laws(system):
        raise UnsupportedModel(
            "gradient: the equations average over many independent coordinates along a path of layers, and such "
            "averages are not differentiated in parameters. Remedy: differences of .curve"
        )
    expand = {law: _atoms(system, law, symbols) for law in sorted(system.laws, key=str)}
    _check_tables(system, symbols)
    coefficients = [c.symbol for c in system.coefficients if all_symbols(system, c.arguments) & set(symbols)]
    columns = [*unknowns, *symbols, *coefficients]
    outputs: list[sympy.Expr] = []
    places, readout = [], []
    for row, right in enumerate(r for component in system.components for r in component.right):
        for column, entry in _gradient(right.subs(TAU, 1), columns, symbols, expand):
            places.append((row, column))
            outputs.append(entry)
    for row, read in enumerate(readouts if readouts is not None else (system.readout,)):
        for column, entry in _gradient(read, columns, symbols, expand):
            readout.append((row, column))
            outputs.append(entry)
    procedure = lower_expressions(system, outputs)
    return Sensitivity(tuple(symbols), tuple(coefficients), procedure, tuple(places), tuple(readout))


def _gradient(expression, columns, symbols, expand):
    """Yield (column, derivative) for derivatives that are not identically zero."""
    free = expression.free_symbols
    for column, symbol in enumerate(columns):
        if symbol not in free and not (symbol in symbols and any(law in free for law in expand)):
            continue
        found = derivative(_expanded(expression, expand) if symbol in symbols else expression, symbol)
        if found != 0:
            yield column, found


def _atoms(system: SelfConsistentSystem, law: sympy.Symbol, symbols: Sequence[sympy.Symbol]) -> Atoms | None:
    """Return a law with atoms that depends on the symbols; None where it does not depend on them."""
    found = sorted(map(str, all_symbols(system, [law]) & set(symbols)))
    if not found:
        return None
    if not isinstance(system.laws[law], Atoms):
        raise UnsupportedModel(
            f"gradient: {', '.join(found)} is a parameter of the law {law} = {system.laws[law]}, and only atoms are "
            "differentiated. Remedy: differences of .curve, or leave this name out of the gradient"
        )
    derived = {c.symbol for c in system.coefficients}
    if derived & system.laws[law].free_symbols:
        raise UnsupportedModel(
            f"gradient: {', '.join(found)} enters the law {law} = {system.laws[law]} through a coefficient. Remedy: "
            "differences of .curve, or leave this name out of the gradient"
        )
    return system.laws[law]


def _expanded(expression: sympy.Expr, expand: dict[sympy.Symbol, Atoms | None]) -> sympy.Expr:
    """Return an expression with averages over some laws as sums over their atoms."""
    while True:
        averages = [a for a in expression.atoms(Average) if expand.get(a.args[2]) is not None]
        if not averages:
            return expression
        inner = min(averages, key=lambda a: (len(a.atoms(Average)), sympy.default_sort_key(a)))
        integrand, variable, law = inner.args
        atoms = expand[law]
        assert atoms is not None
        total = sympy.Add(*(weight * integrand.subs(variable, place) for place, weight in atoms.arguments[0]))
        expression = expression.xreplace({inner: total})


def _check_tables(system: SelfConsistentSystem, symbols: Sequence[sympy.Symbol]) -> None:
    for _, table in system.tables:
        found = sorted(map(str, all_symbols(system, table.arguments) & set(symbols)))
        if found:
            raise UnsupportedModel(
                f"gradient: {', '.join(found)} enters {table.words}, which is known by numbers only. Remedy: "
                "differences of .curve, or leave this name out of the gradient"
            )
