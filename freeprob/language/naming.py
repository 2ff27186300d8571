"""Names of nodes: from the variables that hold them, and never one name for two things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sympy

from ..algebra.symbols import Eigenvalue
from ..errors import UnsupportedModel
from .expression import Expression, walk
from .nodes import Leaf

__all__ = ["check_symbols", "names_from_frame", "symbols_of"]


def symbols_of(node: Expression, *, eigenvalues: bool = False) -> set[sympy.Symbol]:
    """Return the sizes and parameters in the fields of one node, not of its arguments.

    Parameters
    ----------
    node : Expression
    eigenvalues : bool
        Whether to include the variable of functions of a family.
    """
    found = set(_symbols(node.fields)) | set(_symbols((*node.rows, *node.columns)))
    return found if eigenvalues else {s for s in found if not isinstance(s, Eigenvalue)}


def _symbols(field: Any) -> Iterator[sympy.Symbol]:
    if isinstance(field, Expression):
        return
    if isinstance(field, tuple):
        for part in field:
            yield from _symbols(part)
    elif isinstance(field, sympy.Basic):
        yield from field.free_symbols
    elif hasattr(field, "free_symbols"):
        yield from field.free_symbols


def check_symbols(expression: Expression) -> None:
    """Refuse an expression with two different symbols of one name.

    Raises
    ------
    UnsupportedModel
        For example for a size n and a parameter n, or two parameters n with different assumptions.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.naming import check_symbols
    >>> n, lam = fp.sizes("n"), fp.parameters("n")
    >>> check_symbols(lam * fp.identity(n))
    Traceback (most recent call last):
        ...
    freeprob.errors.UnsupportedModel: two symbols are named n: the size n and the parameter n (real); rename one of ...
    """
    by_name: dict[str, set[sympy.Symbol]] = {}
    for node in walk(expression):
        for symbol in symbols_of(node):
            by_name.setdefault(symbol.name.rstrip("_"), set()).add(symbol)
    for name in sorted(by_name):
        if len(by_name[name]) > 1:
            both = " and ".join(sorted(map(_described, by_name[name]), reverse=True))
            raise UnsupportedModel(
                f"two symbols are named {name}: {both}; rename one of them, or make each symbol once with fp.sizes or "
                "fp.parameters"
            )


def _described(symbol: sympy.Symbol) -> str:
    if type(symbol) is not sympy.Symbol:
        return f"the {type(symbol).__name__.lower()} {symbol}"
    _, facts = symbol.__getnewargs_ex__()
    words = ", ".join(k if v else f"not {k}" for k, v in sorted(facts.items()) if v is not None)
    return f"the parameter {symbol} ({words or 'no assumptions'})"


def names_from_frame(variables: Mapping[str, Any], expression: Expression) -> dict[Expression, str]:
    """Return display names of the leaves and of the named sub-expressions of an expression.

    A leaf keeps the name it was made with; else it gets the name of a variable that holds it (the shortest, then the
    first in the alphabet); else the letter of its ensemble, numbered in order of appearance. Sub-expressions, and the
    expression itself, are named when a variable holds them.

    Parameters
    ----------
    variables : mapping of str to object
        For example ``{**globals(), **locals()}``. Names that begin with an underscore are skipped, and an underscore
        at the end (``lambda_``) is dropped.
    expression : Expression

    Returns
    -------
    dict of Expression to str
        No two nodes have the same name, and none has the name of a size or parameter of the expression.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.naming import names_from_frame
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n)
    >>> K = X.T @ X / n + fp.wigner(n) / fp.sqrt(n)
    >>> sorted(names_from_frame({"X": X, "K": K}, K).values())
    ['H', 'K', 'X']
    """
    nodes = list(walk(expression))
    leaves = [node for node in nodes if isinstance(node, Leaf)]
    nodes += [m for leaf in leaves for m in leaf.ensemble.members(leaf) if m not in nodes]
    candidates = _candidates(variables, nodes)
    names: dict[Expression, str] = {}
    taken = {symbol.name for node in nodes for symbol in symbols_of(node)}
    for leaf in leaves:
        if leaf.name is not None:
            names[leaf] = _numbered(_given_name(leaf, leaves), set(names.values()))
    taken.update(names.values())
    for node in [*leaves, *(node for node in nodes if not isinstance(node, Leaf))]:
        free = [name for name in candidates.get(node, ()) if name not in taken]
        if node not in names and free:
            names[node] = free[0]
            taken.add(free[0])
    unnamed = [leaf for leaf in leaves if leaf not in names]
    for letter in dict.fromkeys(leaf.ensemble.letter for leaf in unnamed):
        _name_by_letter(letter, [leaf for leaf in unnamed if leaf.ensemble.letter == letter], names, taken)
    return {node: names[node] for node in nodes if node in names}


def _candidates(variables: Mapping[str, Any], nodes: Iterable[Expression]) -> dict[Expression, list[str]]:
    """Return the variable names of each node, best first."""
    below = set(nodes)
    found: dict[Expression, list[str]] = {}
    for name, value in variables.items():
        if isinstance(value, Expression) and value in below and not name.startswith("_"):
            found.setdefault(value, []).append(name.rstrip("_"))
    return {node: sorted(set(held), key=lambda name: (len(name), name)) for node, held in found.items()}


def _given_name(leaf: Leaf, leaves: Iterable[Leaf]) -> str:
    """Return the name of a leaf; a constant that occurs in several sizes has its size as index."""
    alike = [other for other in leaves if other.ensemble == leaf.ensemble and other.name == leaf.name]
    return f"{leaf.name}_{leaf.rows[0]}" if leaf.ensemble.is_constant and len(alike) > 1 else str(leaf.name)


def _numbered(name: str, taken: set[str]) -> str:
    """Return the name, or the name with the first number that makes it new."""
    number, new = 1, name
    while new in taken:
        number += 1
        new = f"{name}_{number}"
    return new


def _name_by_letter(letter: str, leaves: list[Expression], names: dict[Expression, str], taken: set[str]) -> None:
    number = 0
    for leaf in leaves:
        new = letter if len(leaves) == 1 else None
        while new is None or new in taken:
            number += 1
            new = f"{letter}_{number}"
        names[leaf] = new
        taken.add(new)
