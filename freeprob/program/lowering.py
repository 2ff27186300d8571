"""Lowering: the equations of a system become a numeric program."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import column_name, coordinates_in
from ..algebra.derivative import derivative
from ..algebra.symbols import TAU
from ..derivation.average import Average as AverageNode
from ..equations.system import SelfConsistentSystem
from ..errors import UnsupportedModel
from . import ir

__all__ = ["SPECTRAL", "SWITCH", "identifiers", "lower", "lower_expressions", "tree"]

SPECTRAL = "z"
SWITCH = "switch"
RESERVED = (
    *("np", "unknowns", "inputs", "weights", "residuals", "jacobian", "NODES", "WEIGHTS", "MODEL", "_erf", "_inputs"),
    *("x", "h", "top", "arrays", "shape", "points", "point", "result", "a", "max", "zip", "list", "float", "math"),
    *("_prepared", "_scalar", "_gaussian_mean", "solve_value", "density_values", "stieltjes_values"),
)
"""Names that generated code uses itself."""

_FUNCTIONS: dict[Any, str] = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tanh: "tanh",
    sympy.erf: "erf",
    sympy.asin: "asin",
}


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


def tree(expression: sympy.Expr, names: dict[sympy.Symbol, str]) -> ir.Tree:
    """Return a SymPy expression as a tree of the intermediate representation.

    Raises
    ------
    UnsupportedModel
        If a function has no counterpart.
    """
    if expression.is_Symbol:
        return ir.Name(names[expression])
    if expression.is_Rational:
        return ir.Number(int(expression.p), int(expression.q))
    if expression.is_Float:
        exact = sympy.Rational(str(expression))
        return ir.Number(int(exact.p), int(exact.q))
    if expression is sympy.S.Pi:
        return ir.Call("pi", ir.Number(1))
    if expression.is_Add:
        return ir.Sum(tuple(tree(a, names) for a in expression.args))
    if expression.is_Mul:
        top, bottom = [], []
        for factor in expression.args:
            base, exponent = factor.as_base_exp()
            if exponent.is_Rational and exponent.is_negative and base is not sympy.S.Exp1:
                bottom.append(tree(sympy.Pow(base, -exponent), names))
            else:
                top.append(tree(factor, names))
        numerator = _product(top)
        return ir.Quotient(numerator, _product(bottom)) if bottom else numerator
    if expression.is_Pow:
        return _power(expression, names)
    if expression is sympy.E:
        return ir.Call("exp", ir.Number(1))
    for cls, name in _FUNCTIONS.items():
        if isinstance(expression, cls):
            return ir.Call(name, tree(expression.args[0], names))
    raise UnsupportedModel(f"the function {expression.func} in {expression} cannot be evaluated by generated code")


def _product(factors: Sequence[ir.Tree]) -> ir.Tree:
    return factors[0] if len(factors) == 1 else ir.Product(tuple(factors)) if factors else ir.Number(1)


def _power(expression: sympy.Expr, names: dict[sympy.Symbol, str]) -> ir.Tree:
    base, exponent = expression.as_base_exp()
    if exponent.is_negative:
        return ir.Quotient(ir.Number(1), tree(sympy.Pow(base, -exponent), names))
    inner = tree(base, names)
    if exponent.is_Integer:
        return ir.Power(inner, int(exponent))
    if exponent.is_Rational and exponent.q == 2:
        root = ir.Call("sqrt", inner)
        return root if exponent.p == 1 else ir.Power(root, int(exponent.p))
    return ir.Call("exp", ir.Product((tree(exponent, names), ir.Call("log", inner))))


def procedure(outputs: Sequence[sympy.Expr], names: dict[sympy.Symbol, str]) -> ir.Procedure:
    """Return a procedure that computes the outputs with common subexpressions shared."""
    averages = sorted(
        set().union(*(o.atoms(AverageNode) for o in outputs)) if outputs else set(),
        key=lambda average: (_depth(average), sympy.default_sort_key(average)),
    )
    names = dict(names)
    replaced: dict[sympy.Expr, sympy.Symbol] = {}
    statements: list[ir.Assign | ir.Average] = []
    groups: dict[tuple[int, sympy.Symbol, sympy.Symbol], list[AverageNode]] = {}
    for average in averages:
        groups.setdefault((_depth(average), average.args[2], average.args[1]), []).append(average)
    for number, ((_, law, variable), members) in enumerate(groups.items()):
        names[variable] = f"_t{number}"
        integrands = [m.args[0].xreplace(replaced) for m in members]
        functions = sorted(set().union(*(i.atoms(AppliedUndef) for i in integrands)), key=sympy.default_sort_key)
        tables = {f: sympy.Symbol(f"_t{number}_{f.func.__name__}") for f in functions}
        integrands = [i.xreplace(tables) for i in integrands]
        points = {c: sympy.Symbol(f"_t{number}_{c.index}") for i in integrands for c in coordinates_in(i)}
        integrands = [i.xreplace(points) for i in integrands]
        names.update({symbol: symbol.name for symbol in (*tables.values(), *points.values())})
        shared, bodies = sympy.cse(integrands, symbols=_fresh(f"_b{number}_"), list=True)
        body = []
        for symbol, value in shared:
            names[symbol] = symbol.name
            body.append(ir.Assign(symbol.name, tree(value, names)))
        targets = tuple(f"_a{number}_{k}" for k in range(len(members)))
        for member, target in zip(members, targets, strict=True):
            replaced[member] = sympy.Symbol(target)
            names[replaced[member]] = target
        statements.append(
            ir.Average(
                law.name,
                names[variable],
                tuple(body),
                tuple(tree(b, names) for b in bodies),
                targets,
                (
                    *((symbol.name, f.func.__name__) for f, symbol in tables.items()),
                    *((symbol.name, column_name(law.name, c.index)) for c, symbol in points.items()),
                ),
            )
        )
    shared, finals = sympy.cse([o.xreplace(replaced) for o in outputs], symbols=_fresh("_x"), list=True)
    for symbol, value in shared:
        names[symbol] = symbol.name
        statements.append(ir.Assign(symbol.name, tree(value, names)))
    return ir.Procedure(tuple(statements), tuple(tree(f, names) for f in finals))


def _residuals(unknowns: Sequence[sympy.Symbol], rights: Sequence[sympy.Expr]) -> list[sympy.Expr]:
    """Return ``u - right``, or ``u D - N`` for a quotient N/D in a component with R-transforms.

    R-transforms have poles where an entry of G vanishes. Next to these D vanishes too, and Newton's method converges
    in a far larger neighbourhood without the quotient.
    """
    transforms = any(u in sympy.Add.make_args(right) for u, right in zip(unknowns, rights, strict=True))
    residuals = []
    for u, right in zip(unknowns, rights, strict=True):
        numerator, denominator = sympy.fraction(right) if transforms and (right.is_Mul or right.is_Pow) else (right, 1)
        residuals.append(u * denominator - numerator)
    return residuals


def _depth(average: AverageNode) -> int:
    """Return how many averages are nested: an inner one must not depend on the variable of an outer one."""
    return 1 + max((_depth(inner) for inner in average.args[0].atoms(AverageNode)), default=0)


def _fresh(prefix: str):
    return sympy.numbered_symbols(prefix)


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
    return procedure(expressions, _names(system)[2])


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
    index = {u: k for k, u in enumerate(unknowns)}
    components = []
    for component in system.components:
        local = list(component.unknowns)
        residuals = _residuals(local, component.right)
        pattern, jacobian = [], []
        for i, residual in enumerate(residuals):
            for j, u in enumerate(local):
                if residual.has(u):
                    pattern.append((i, j))
                    jacobian.append(derivative(residual, u))
        components.append(
            ir.Component(
                tuple(index[u] for u in local),
                procedure([*residuals, *jacobian], names),
                tuple(pattern),
                component.linear,
            )
        )
    return ir.Program(
        unknowns=tuple(names[u] for u in unknowns),
        inputs=tuple(names[s] for s in inputs),
        spectral=system.spectral is not None,
        components=tuple(components),
        readout=procedure([system.readout], names),
        laws=tuple(law.name for law in sorted(system.laws, key=str)),
        positive=system.positive,
    )
