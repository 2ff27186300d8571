"""Residual: the numbers solve the equations as they are shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from ...algebra.coordinate import column_name, coordinates_in
from ...derivation.average import Average
from ...derivation.inverse_entry import InverseEntry
from ..check_report import CheckLine
from ..registry import register, without_contours
from ..subject import Subject

__all__ = ["residual"]

_TOLERANCE = 1e-9
_STEP = 1e-6


@register("residual", order=10, applies=without_contours)
def residual(subject: Subject) -> CheckLine:
    """Compare both sides of every equation at many points, evaluated by SymPy apart from the generated program."""
    if subject.along_paths:
        return CheckLine("residual", "skipped", subject.along_paths)
    if not len(subject.unknowns):
        return CheckLine("residual", "skipped", "the number is a closed form, without equations")
    values = _values(subject)
    u = subject.unknowns
    top = np.abs(u).max(axis=0)
    worst, place, count = 0.0, 0j, 0
    system = subject.derivation.system
    symbols = [symbol for component in system.components for symbol in component.unknowns]
    for symbol, equation, left in zip(symbols, system.equations, u, strict=True):
        right = _evaluate(equation.rhs, values, subject)
        if equation.lhs.is_zero:  # the change of the unknown that would solve the equation
            moved = _evaluate(equation.rhs, values | {symbol: left * (1 + _STEP)}, subject)
            size = np.abs(right) / (np.abs(moved - right) / _STEP + 1e-6 * top)
        else:
            size = np.abs(left - right) / (np.abs(left) + 1e-6 * top)
        k = int(np.argmax(np.where(np.isfinite(size), size, np.inf)))
        if not size[k] <= worst:
            worst, place = float(size[k]), complex(subject.points[k])
        count += 1
    fine = worst <= _TOLERANCE
    points = len(subject.points)
    where = f" at {points} points z on and off the axis" if subject.is_spectrum else " at the solution"
    detail = f"the largest relative residual of {count} equation{'s' * (count != 1)}{where} is {worst:.1e}"
    if not fine:
        detail += f" (at z = {place:.6g}), above {_TOLERANCE:.0e}" if subject.is_spectrum else ", too much"
    return CheckLine("residual", "passed" if fine else "failed", detail, {"residual": worst, "points": points})


def _values(subject: Subject) -> dict[sympy.Symbol, Any]:
    system, binding = subject.derivation.system, subject.bound.binding
    values: dict[sympy.Symbol, Any] = {s: float(v) for s, v in binding.values.items()}
    values |= {s: float(v) for s, v in binding.coefficients().items()}
    unknowns = [s for component in system.components for s in component.unknowns]
    values |= dict(zip(unknowns, subject.unknowns, strict=True))
    if system.spectral is not None:
        values[system.spectral] = subject.points
    return values


def _evaluate(expression: sympy.Expr, values: dict[sympy.Symbol, Any], subject: Subject) -> np.ndarray:
    values = dict(values)
    table: dict[sympy.Expr, sympy.Dummy] = {}
    rules = subject.rules if expression.has(Average) else {}
    nested = sorted(expression.atoms(Average), key=lambda a: (len(a.atoms(Average)), sympy.default_sort_key(a)))
    for number, average in enumerate(nested):
        integrand, variable, law = average.args
        nodes, weights = rules[law.name]
        integrand = integrand.xreplace(table)
        spread = values | {variable: np.asarray(nodes)[:, None]}
        tabulated = {f: f.func.__name__ for f in integrand.atoms(AppliedUndef)}
        for columns in (tabulated, {c: column_name(law.name, c.index) for c in coordinates_in(integrand)}):
            places = {f: sympy.Dummy(name) for f, name in columns.items() if integrand.has(f)}
            spread |= {symbol: np.asarray(rules[columns[f]][0])[:, None] for f, symbol in places.items()}
            integrand = integrand.xreplace(places)
        terms = _call(integrand, spread) + np.zeros((len(weights), len(subject.points)))
        table[average] = sympy.Dummy(f"average{number}")
        values[table[average]] = np.asarray(weights) @ terms
    return _call(expression.xreplace(table), values) + np.zeros(len(subject.points))


def _call(expression: sympy.Expr, values: dict[sympy.Symbol, Any]) -> Any:
    places: dict[sympy.Expr, sympy.Dummy] = {}
    inverses: dict[sympy.Basic, np.ndarray] = {}
    for node in expression.atoms(InverseEntry):
        if node.matrix not in inverses:
            found = [(place, _call(entry, values)) for place, entry in node.matrix.items()]
            shape = np.broadcast_shapes(*(np.shape(value) for _, value in found))
            matrix = np.zeros((*shape, node.matrix.size, node.matrix.size), dtype=complex)
            for (i, j), value in found:
                matrix[..., i, j] = value
            inverses[node.matrix] = np.linalg.inv(matrix)
        places[node] = sympy.Dummy()
        values = values | {places[node]: inverses[node.matrix][..., node.row, node.column]}
    expression = expression.xreplace(places)
    needed = sorted(expression.free_symbols, key=str)
    with np.errstate(all="ignore"):
        return sympy.lambdify(needed, expression, "numpy", dummify=True)(*(values[s] for s in needed))
