"""Procedures: SymPy expressions as statements of the intermediate representation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import column_name, coordinates_in
from ..derivation.average import Average as AverageNode
from ..derivation.inverse_entry import SquareMatrix
from ..errors import UnsupportedModel
from . import ir
from .inverses import NamedEntry, NamedInverses

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


_LONG = 2**53
"""A number with longer integers is a decimal, or a product of decimals."""


def tree(expression: sympy.Expr, names: Mapping[sympy.Symbol, str]) -> ir.Tree:
    """Return a SymPy expression as a tree of the intermediate representation.

    Raises
    ------
    UnsupportedModel
        If a function has no counterpart.
    """
    if expression.is_Symbol:
        return ir.Name(names[expression])
    if isinstance(expression, NamedEntry):
        return ir.Name(names[expression.symbol])
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
        top, bottom, factors = [], [], expression.args
        numbers = [f for f in factors if f.is_Rational]
        if any(map(_is_long, numbers)):
            top.append(tree(sympy.Mul(*numbers), names))
            factors = tuple(f for f in factors if not f.is_Rational)
        for factor in factors:
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


def procedure(
    outputs: Sequence[sympy.Expr],
    names: Mapping[sympy.Symbol, str],
    inverses: NamedInverses | None = None,
    first: Sequence[ir.PathAverages] = (),
) -> ir.Procedure:
    """Return a procedure that computes the outputs with common subexpressions shared.

    Parameters
    ----------
    outputs : sequence of SymPy expressions
    names : mapping of Symbol to str
        The identifiers of all symbols.
    inverses : NamedInverses, optional
        What the symbols of entries of inverses stand for, if the outputs have such symbols already.
    first : sequence of PathAverages
        Statements whose targets the outputs use.
    """
    if inverses is None:
        inverses = NamedInverses(outputs)
        outputs = [inverses.named(o) for o in outputs]
    used = {s for o in outputs for s in o.atoms(sympy.Symbol) if s in inverses.nodes}
    behind = {a for matrix in inverses.matrices(used) for _, a in matrix.items()}
    found = set().union(*(o.atoms(AverageNode) for o in (*outputs, *behind)))
    depths = {average: _depth(average, inverses) for average in found}
    averages = sorted(found, key=lambda average: (depths[average], sympy.default_sort_key(average)))
    names = {**names, **{s: s.name for s in used}}
    replaced: dict[sympy.Expr, sympy.Symbol] = {}
    statements: list[ir.Assign | ir.Inverse | ir.Average | ir.PathAverages] = list(first)
    groups: dict[tuple[int, sympy.Symbol, sympy.Symbol], list[AverageNode]] = {}
    for average in averages:
        groups.setdefault((depths[average], average.args[2], average.args[1]), []).append(average)
    for number, ((_, law, variable), members) in enumerate(groups.items()):
        names[variable] = f"_t{number}"
        integrands = [m.args[0].xreplace(replaced) for m in members]
        matrices = inverses.matrices(set().union(*(i.free_symbols for i in integrands)) & used)
        everything = [*integrands, *(a.xreplace(replaced) for matrix in matrices for _, a in matrix.items())]
        functions = sorted(set().union(*(i.atoms(AppliedUndef) for i in everything)), key=sympy.default_sort_key)
        tables = {f: sympy.Symbol(f"_t{number}_{f.func.__name__}") for f in functions}
        everything = [i.xreplace(tables) for i in everything]
        points = {c: sympy.Symbol(f"_t{number}_{c.index}") for i in everything for c in coordinates_in(i)}
        integrands = [i.xreplace(points) for i in everything[: len(members)]]
        names.update({symbol: symbol.name for symbol in (*tables.values(), *points.values())})
        shared, bodies = _common(integrands, f"_b{number}_")
        entry = {**replaced, **tables}
        body: list[ir.Assign | ir.Inverse] = [
            _inverse(matrix.xreplace(entry).xreplace(points), symbols, inverses, names)
            for matrix, symbols in matrices.items()
        ]
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
    final = [o.xreplace(replaced) for o in outputs]
    for matrix, symbols in inverses.matrices(set().union(*(o.free_symbols for o in final)) & used).items():
        statements.append(_inverse(matrix.xreplace(replaced), symbols, inverses, names))
    shared, finals = _common(final, "_x")
    for symbol, value in shared:
        names[symbol] = symbol.name
        statements.append(ir.Assign(symbol.name, tree(value, names)))
    return ir.Procedure(tuple(statements), tuple(tree(f, names) for f in finals))


def _inverse(
    matrix: SquareMatrix,
    symbols: Sequence[sympy.Symbol],
    inverses: NamedInverses,
    names: Mapping[sympy.Symbol, str],
) -> ir.Inverse:
    nodes = [inverses.nodes[s] for s in symbols]
    entries = tuple((i, j, tree(a, names)) for (i, j), a in matrix.items())
    return ir.Inverse(matrix.size, entries, tuple((n.row, n.column) for n in nodes), tuple(names[s] for s in symbols))


def _depth(average: AverageNode, inverses: NamedInverses) -> int:
    """Return how many averages are nested: an inner one must not depend on the variable of an outer one."""
    integrand = average.args[0]
    behind = inverses.matrices(integrand.atoms(sympy.Symbol) & inverses.nodes.keys())
    inner = set().union(
        *(a.atoms(AverageNode) for a in (integrand, *{a for matrix in behind for _, a in matrix.items()}))
    )
    return 1 + max((_depth(a, inverses) for a in inner), default=0)


def _is_long(number: sympy.Rational) -> bool:
    return max(abs(number.p), number.q) > _LONG


def _common(
    expressions: Sequence[sympy.Expr], prefix: str
) -> tuple[list[tuple[sympy.Symbol, sympy.Expr]], list[sympy.Expr]]:
    """Return common subexpressions and what is left; a long number stays one, and is not split into integers."""
    rationals = set().union(*(e.atoms(sympy.Rational) for e in expressions))
    long = {r: sympy.Dummy() for r in sorted(rationals) if _is_long(r)}
    back = {symbol: number for number, symbol in long.items()}
    shared, left = sympy.cse([e.xreplace(long) for e in expressions], symbols=_fresh(prefix), list=True)
    return [(symbol, value.xreplace(back)) for symbol, value in shared], [e.xreplace(back) for e in left]


def _fresh(prefix: str):
    return sympy.numbered_symbols(prefix)
