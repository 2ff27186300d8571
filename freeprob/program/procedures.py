"""Procedures: SymPy expressions as statements of the intermediate representation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import column_name, coordinates_in
from ..derivation.average import Average as AverageNode
from ..errors import UnsupportedModel
from . import ir

__all__ = ["SPECTRAL", "SWITCH", "procedure", "tree"]

SPECTRAL = "z"
SWITCH = "switch"

_FUNCTIONS: dict[Any, str] = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tanh: "tanh",
    sympy.erf: "erf",
    sympy.asin: "asin",
}


def tree(expression: sympy.Expr, names: Mapping[sympy.Symbol, str]) -> ir.Tree:
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


def _power(expression: sympy.Expr, names: Mapping[sympy.Symbol, str]) -> ir.Tree:
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


def procedure(outputs: Sequence[sympy.Expr], names: Mapping[sympy.Symbol, str]) -> ir.Procedure:
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


def _depth(average: AverageNode) -> int:
    """Return how many averages are nested: an inner one must not depend on the variable of an outer one."""
    return 1 + max((_depth(inner) for inner in average.args[0].atoms(AverageNode)), default=0)


def _fresh(prefix: str):
    return sympy.numbered_symbols(prefix)
