"""On which sizes and parameters expressions depend, through coefficients, laws and tables too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sympy
from sympy.core.function import AppliedUndef

from ..derivation.average import Average
from ..equations.system import SelfConsistentSystem
from ..language.laws.measure import Measure

__all__ = ["all_symbols"]


def all_symbols(
    system: SelfConsistentSystem,
    expressions: Iterable[sympy.Expr],
    given: Mapping[sympy.Symbol, Measure] | None = None,
) -> set[sympy.Symbol]:
    """Return all symbols on which expressions depend, directly or not.

    Parameters
    ----------
    system : SelfConsistentSystem
    expressions : iterable of SymPy expressions
        The symbol of a law stands for the law.
    given : mapping of Symbol to law, optional
        Laws that are values of symbolic laws, and may hold parameters.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.program.dependence import all_symbols
    >>> n, d = fp.sizes("n d")
    >>> q, lam = fp.parameters("q lambda", positive=True)
    >>> P = fp.mask(n, keep=q)
    >>> X = fp.gaussian(d, n) @ P
    >>> system = fp.limit(fp.tr(fp.inv(X @ X.T / n + lam * fp.identity(d)))).system
    >>> sorted(map(str, all_symbols(system, system.laws)))
    ['H', 'q']
    """
    coefficients = {c.symbol: c.arguments for c in system.coefficients}
    tables = {table.name: table.arguments for _, table in system.tables}
    laws = dict(system.laws)
    pending, seen = list(expressions), set()
    while pending:
        expression = pending.pop()
        functions = {f.func.__name__ for f in expression.atoms(AppliedUndef)}
        for name in functions & tables.keys():
            pending += [a for a in tables[name] if a not in seen]
            seen |= set(tables[name])
        named = {average.args[2] for average in expression.atoms(Average)}
        for symbol in (expression.free_symbols | named) - seen:
            seen.add(symbol)
            pending += coefficients.get(symbol, ())
            if symbol in laws:
                pending += laws[symbol].free_symbols
                for inner in laws[symbol].law_symbols:
                    pending += (given or {}).get(inner, laws[symbol]).free_symbols
    return seen
