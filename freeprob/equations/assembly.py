"""From traces of rational expressions to a self-consistent system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import place_name
from ..algebra.symbols import TAU, ContourPoint, ContourWeight, M, Size
from ..algebra.symbols import unknown as unknown_symbol
from ..derivation.average import Average
from ..derivation.coefficient import Coefficient
from ..derivation.table import Table
from ..language.expression import Expression
from ..language.nodes import Leaf
from ..language.printing import text
from ..pencil.linear_pencil import LinearPencil
from ..pencil.meaning import entry_meaning
from ..pencil.realisation import realise
from .dyson import DysonEquation, Entry
from .free_letter import FreeLetter
from .reduction import eliminate_simple, strongly_connected
from .system import SelfConsistentSystem, Unknown

__all__ = ["Assembly", "assemble", "described", "unknown_names", "with_symbols"]


@dataclass(frozen=True)
class Assembly:
    """A system and what it came from.

    Attributes
    ----------
    system : SelfConsistentSystem
    pencil : LinearPencil
    eliminated : dict of Symbol to SymPy expression
    entries : int
        The number of entries of G that do not vanish.
    solution : dict of (variable, source) to SymPy expression
        Entries of G in terms of the unknowns, one for each class that the system knows.
    auxiliaries : dict of (Leaf, key) to SymPy expression
        The same for the auxiliary unknowns of letters.
    unit : Size or None
        The only size of the equations, which is put to 1.
    letters : tuple of FreeLetter
        The letters that enter through their R-transform.
    """

    system: SelfConsistentSystem
    pencil: LinearPencil
    eliminated: dict[sympy.Symbol, sympy.Expr]
    entries: int
    solution: dict[Entry, sympy.Expr]
    auxiliaries: dict[tuple[Leaf, tuple], sympy.Expr]
    unit: Size | None
    letters: tuple[FreeLetter, ...] = ()


def assemble(
    traces: Sequence[Expression],
    readout: sympy.Expr,
    placeholders: Sequence[sympy.Symbol],
    *,
    laws: dict[Leaf, sympy.Symbol],
    spectral: sympy.Symbol | None = None,
    coefficients: tuple[Coefficient, ...] = (),
    tables: tuple[Table, ...] = (),
    positive: bool = False,
    labels: Mapping[Expression, str] | None = None,
) -> Assembly:
    """Return the self-consistent system of a read-out of normalised traces.

    Parameters
    ----------
    traces : sequence of Expression
        Products or inverses without entrywise functions and vectors.
    readout : SymPy expression
        The answer in terms of the placeholders.
    placeholders : sequence of Symbol
        One for each trace.
    laws : dict of Leaf to Symbol
        The symbol that names the law of each family and of each signal.
    spectral : Symbol, optional
        The spectral parameter, when the answer is a Stieltjes transform.
    coefficients : tuple of Coefficient
    tables : tuple of Table
    positive : bool
        Whether the matrix is positive semi-definite by construction.
    labels : mapping of Expression to str, optional
        Names of matrices in descriptions.
    """
    labels = labels or {}
    pencil = realise(traces)
    dyson = DysonEquation(pencil, laws, labels)
    values = {
        placeholder: sympy.Add(*(weight * dyson.symbol(v, r) for v, r, weight in entry.entries))
        for placeholder, entry in zip(placeholders, pencil.readouts, strict=True)
    }
    answer = readout.xreplace(values)
    raw = dyson.close(dyson.unknowns_in(answer))
    arguments = [a for coefficient in (*dyson.coefficients, *coefficients) for a in coefficient.arguments]
    sizes = {s for e in (answer, *raw.values(), *arguments) for s in e.free_symbols if isinstance(s, Size)}
    unit = sizes.pop() if len(sizes) == 1 else None
    if unit is not None:  # only ratios of sizes matter
        one = {unit: sympy.S.One}
        answer, raw = answer.subs(one), {u: right.subs(one) for u, right in raw.items()}
    single = answer if spectral is not None and answer in raw else None
    reduced, eliminated = eliminate_simple(raw, keep={single} if single is not None else set())
    answer = answer.xreplace(eliminated)
    names = unknown_names(dyson, reduced, single)
    equations = {names[u]: right.xreplace(names) for u, right in reduced.items()}
    unknowns = tuple(described(dyson, u, names[u], labels) for u in reduced)
    answer = answer.xreplace(names).subs(TAU, 1)
    averaged = [leaf for leaf in pencil.families if pencil.sides(leaf)[0] not in dyson.given]
    averaged += [family.leaf for basis, family in dyson.families.items() if basis in dyson.given]
    averaged += [leaf for leaf in pencil.bi_invariant if not leaf.ensemble.is_isometry]
    named = dyson.split({laws[leaf]: leaf.ensemble.law for leaf in averaged}) | dyson.given_laws
    system = SelfConsistentSystem(
        spectral=spectral,
        unknowns=unknowns,
        components=strongly_connected(equations),
        readout=answer,
        sizes=(),
        parameters=(),
        coefficients=(),
        laws=named,
        positive=positive,
        conditions=dyson.conditions,
    )
    found = names | {u: r.xreplace(names) for u, r in eliminated.items()}
    return Assembly(
        with_symbols(system, (*dyson.coefficients, *coefficients), tables),
        pencil,
        {u: found[u] for u in eliminated},
        int((dyson.classes > 0).sum()),
        {dyson.representatives[int(u.name[1:])]: value for u, value in found.items() if dyson.is_entry(u)},
        {
            (dyson.letters[dyson.auxiliaries[u][0]].leaf, dyson.auxiliaries[u][1]): value
            for u, value in found.items()
            if u in dyson.auxiliaries
        },
        unit,
        tuple(dyson.used_letters),
    )


def unknown_names(
    dyson: DysonEquation, unknowns: Iterable[sympy.Symbol], single: sympy.Expr | None, taken: Iterable[str] = ()
) -> dict[sympy.Symbol, sympy.Symbol]:
    """Return the final names of unknowns: m, and letters numbered by what they are, after those that are taken."""
    names: dict[sympy.Symbol, sympy.Symbol] = {}
    counts: dict[str, int] = {}
    for name in taken:
        prefix = name.rpartition("_")[0]
        counts[prefix] = counts.get(prefix, 0) + 1
    for u in unknowns:
        if u == single:
            names[u] = M
            continue
        prefix = dyson.letters[dyson.auxiliaries[u][0]].prefix if u in dyson.auxiliaries else "g"
        prefix = "e" if u in dyson.pivots else prefix
        counts[prefix] = counts.get(prefix, 0) + 1
        names[u] = unknown_symbol(f"{prefix}_{counts[prefix]}")
    return names


def described(dyson: DysonEquation, u: sympy.Symbol, name: sympy.Symbol, labels: Mapping[Expression, str]) -> Unknown:
    """Return an unknown of the equations under its final name, with its meaning."""
    if u in dyson.auxiliaries:
        index, key = dyson.auxiliaries[u]
        letter = dyson.letters[index]
        description = letter.description(key, text(letter.leaf, labels))
        return Unknown(name, _no_meaning, letter.space(key), description)
    if u in dyson.pivots:
        _, place = dyson.pivots[u]
        return Unknown(
            name,
            _no_meaning,
            dyson.pencil.spaces[place[0]],
            f"entry {place} of the pencil minus its mean self-energy when the variables before both are eliminated",
        )
    entry = dyson.representatives[int(u.name[1:])]
    return Unknown(name, partial(entry_meaning, dyson.pencil, *entry), dyson.pencil.spaces[entry[0]])


def _no_meaning() -> None:
    return None


def with_symbols(
    system: SelfConsistentSystem,
    coefficients: tuple[Coefficient, ...],
    tables: tuple[Table, ...],
    also: tuple[sympy.Expr, ...] = (),
) -> SelfConsistentSystem:
    """Fill in the sizes, parameters and coefficients that the equations, and other expressions, use."""
    own = {u.symbol for u in system.unknowns} | {TAU} | set(system.laws)
    if system.spectral is not None:
        own.add(system.spectral)
    used = set(system.readout.free_symbols).union(*(expression.free_symbols for expression in also))
    for component in system.components:
        for right in component.right:
            used |= right.free_symbols
    found = _tables_used(system, coefficients, tables, also)
    for _, table in found:
        for argument in table.arguments:
            used |= argument.free_symbols
    for law in system.laws.values():
        used |= law.free_symbols - law.law_symbols
    kept: list[Coefficient] = []
    for coefficient in reversed(coefficients):
        if coefficient.symbol in used:
            kept.append(coefficient)
            for argument in coefficient.arguments:
                used |= argument.free_symbols
    kept.reverse()
    used -= own | {c.symbol for c in kept}
    for condition in system.conditions:
        used |= condition.value.free_symbols
    used -= {s for s in used if isinstance(s, ContourWeight)}
    points = {s for s in used if isinstance(s, ContourPoint)}
    by_name = sorted(used - points, key=lambda s: s.name)
    return replace(
        system,
        sizes=tuple(s for s in by_name if isinstance(s, Size)),
        parameters=tuple(s for s in by_name if not isinstance(s, Size)),
        coefficients=tuple(kept),
        tables=found,
        contours=tuple(sorted(points, key=lambda s: int(s.name[2:]))),
    )


def _tables_used(
    system: SelfConsistentSystem,
    coefficients: tuple[Coefficient, ...],
    tables: tuple[Table, ...],
    also: tuple[sympy.Expr, ...],
) -> tuple[tuple[tuple[str, ...], Table], ...]:
    """Return the tables that occur in averages, each with the names of the places at which it is needed."""
    by_name = {table.name: table for table in tables}
    expressions = [right for component in system.components for right in component.right]
    expressions += also
    expressions += [argument for coefficient in coefficients for argument in coefficient.arguments]
    found: dict[str, tuple[str, ...]] = {}
    for expression in expressions:
        for average in expression.atoms(Average):
            inner = {other: sympy.Dummy() for other in average.args[0].atoms(Average)}  # counted by themselves
            for function in average.args[0].xreplace(inner).atoms(AppliedUndef):
                name, places = function.func.__name__, tuple(place_name(average.args[2].name, a) for a in function.args)
                if found.setdefault(name, places) != places:
                    raise ValueError(f"the table {name} is used at {places} and at {found[name]}")
    return tuple((found[name], by_name[name]) for name in sorted(found) if name in by_name)
