"""Graphs as data: JSON text and back, exactly.

A text lists the symbols and then the nodes, arguments before the nodes that use them; the last node is the expression.
Each node gives its kind and the fields of that kind by name. A string is a scalar, ``{"node": 3}`` another node.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sympy

from ..algebra.symbols import Eigenvalue, Size
from ..errors import FreeprobError, ShapeError
from .activations import JointActivation
from .activations import from_data as activation_from_data
from .ensembles import ENSEMBLES
from .expression import ONE, Expression, walk
from .laws import Law
from .naming import check_symbols, symbols_of
from .nodes import Leaf
from .numbering import holder, next_number
from .rewriting import rebuild
from .scalar_text import read_scalar, symbol_words, write_scalar

__all__ = ["from_json", "to_json"]

_FORMAT = "freeprob expression"
_VERSION = 1
_SYMBOLS: dict[str, type[Size] | type[Eigenvalue]] = {"size": Size, "eigenvalue": Eigenvalue}


def to_json(expression: Expression) -> str:
    """Return an expression as JSON text.

    Raises
    ------
    UnsupportedModel
        If it has two symbols of one name, or a Python callable as activation.
    ValueError
        If a scalar is not elementary.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n, name="X")
    >>> fp.from_json(fp.to_json(X @ X.T / n)) is X @ X.T / n
    True
    """
    if not isinstance(expression, Expression):
        raise TypeError(f"fp.to_json needs an expression, not {type(expression).__name__}")
    check_symbols(expression)
    symbols = {s for node in walk(expression) for s in symbols_of(node, eigenvalues=True)}
    writer = _Writer(symbol_words(symbols))
    for node in walk(expression):
        writer.add(node)
    described = {word: _symbol_data(symbol) for symbol, word in writer.words.items()}
    lines = ",\n".join(f"  {_dump(data)}" for data in writer.nodes)
    return (
        f'{{\n "format": {_dump(_FORMAT)},\n "version": {_VERSION},\n "symbols": {_dump(described)},\n'
        f' "nodes": [\n{lines}\n ]\n}}\n'
    )


def _dump(data: Any) -> str:
    return json.dumps(data, allow_nan=False)


def _symbol_data(symbol: sympy.Symbol) -> dict[str, Any]:
    for kind, cls in _SYMBOLS.items():
        if type(symbol) is cls:
            return {"kind": kind, "name": symbol.name}
    if type(symbol) is not sympy.Symbol:
        raise ValueError(f"the symbol {symbol} is a {type(symbol).__name__}; make parameters with fp.parameters")
    (name,), facts = symbol.__getnewargs_ex__()
    known = {fact: facts[fact] for fact in sorted(facts) if facts[fact] is not None}
    return {"kind": "parameter", "name": name, "assumptions": known}


class _Writer:
    def __init__(self, words: dict[sympy.Symbol, str]):
        self.words = words
        self.numbers: dict[Expression, int] = {}
        self.nodes: list[dict[str, Any]] = []

    def add(self, node: Expression) -> None:
        names = _field_names(type(node))
        self.numbers[node] = len(self.nodes)
        fields = {name: self.data(field) for name, field in zip(names, node.fields, strict=True)}
        self.nodes.append({"kind": type(node).__name__, **fields})

    def data(self, field: Any) -> Any:
        if isinstance(field, Expression):
            return {"node": self.numbers[field]}
        if isinstance(field, tuple):
            return [self.data(part) for part in field]
        if isinstance(field, sympy.Expr):
            return write_scalar(field, self.words)
        if isinstance(field, str):
            return {"text": field}
        return field if field is None or isinstance(field, int) else field.to_data()


def _field_names(kind: type[Expression]) -> tuple[str, ...]:
    return tuple(inspect.signature(kind._setup).parameters)[1:]


def from_json(text: str, fresh: bool = False) -> Expression:
    """Return the expression that :func:`to_json` wrote.

    Leaves are recognised by their number: a leaf of this process with the same number and definition is that leaf, so
    a text written here gives back the same object. A number that belongs to a different live leaf here is replaced by
    a new one.

    Parameters
    ----------
    text : str
    fresh : bool
        Make all leaves but constants new, independent of every leaf of this process. Use it for a graph from
        elsewhere that is to be combined with leaves made here: a leaf from elsewhere that happens to have the number
        and the definition of one made here is taken for that one otherwise.

    Raises
    ------
    ValueError
        If the text is malformed; the message names the node.

    Examples
    --------
    >>> import freeprob as fp
    >>> H = fp.wigner(fp.sizes("n"), name="H")
    >>> copy = fp.from_json(fp.to_json(H), fresh=True)
    >>> copy is H, copy
    (False, H)
    """
    try:
        data = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the text is not JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise ValueError(f'the text is not a graph of freeprob: "format" must be "{_FORMAT}"')
    if data.get("version") != _VERSION:
        raise ValueError(f'"version" is {data.get("version")!r}; this freeprob reads version {_VERSION}')
    if not isinstance(data.get("nodes"), list) or not data["nodes"]:
        raise ValueError('"nodes" must be a list with at least one node')
    with _place("symbols"):
        symbols = _read_symbols(data["symbols"])
    return _Reader(symbols).read(data["nodes"], fresh)


@contextmanager
def _place(path: str) -> Iterator[None]:
    """Name the place of the text in any error."""
    try:
        yield
    except (FreeprobError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        reason = f"{error} is missing" if type(error) is KeyError else str(error)
        raise ValueError(f"{path}: {reason}") from error


def _read_symbols(data: Mapping[str, Any]) -> dict[str, sympy.Symbol]:
    symbols: dict[str, sympy.Symbol] = {}
    for word, entry in data.items():
        kind, name = entry["kind"], entry["name"]
        if not isinstance(name, str) or not name:
            raise ValueError(f"the name of {word} must be text")
        if kind in _SYMBOLS:
            symbols[word] = _SYMBOLS[kind](name)
        elif kind == "parameter":
            facts = entry["assumptions"]
            if not all(isinstance(v, bool) for v in facts.values()):
                raise ValueError(f"the assumptions of {word} must be true or false")
            symbols[word] = sympy.Symbol(name, **facts)
        else:
            raise ValueError(f"{word} is of unknown kind {kind!r}; known are size, parameter, eigenvalue")
    return symbols


class _Reader:
    def __init__(self, symbols: Mapping[str, sympy.Symbol]):
        self.symbols = symbols
        self.nodes: list[Expression] = []
        self.objects: dict[str, Callable[[Any], Any]] = {
            "node": lambda data: self.node(data["node"]),
            "text": _read_text,
            "ensemble": _read_ensemble,
            "activation": activation_from_data,
            "expression": activation_from_data,
            "function": JointActivation.from_data,
            "law": Law.from_data,
        }

    def read(self, entries: list[Any], fresh: bool) -> Expression:
        """Return the last node; leaves are made first, in the order of their numbers."""
        kinds = {cls.__name__: cls for cls in _final_kinds(Expression)}
        classes: list[type[Expression]] = []
        for i, entry in enumerate(entries):
            with _place(f"nodes[{i}]"):
                classes.append(kinds[_expect(entry["kind"], kinds, "kind")])
        given: dict[int, tuple[Any, ...]] = {}
        for i, entry in enumerate(entries):
            if classes[i] is Leaf:
                with _place(f"nodes[{i}] (Leaf)"):
                    given[i] = _leaf_fields(self.fields(Leaf, entry))
        leaves = _make_leaves(given, fresh)
        for i, (cls, entry) in enumerate(zip(classes, entries, strict=True)):
            with _place(f"nodes[{i}] ({cls.__name__})"):
                self.nodes.append(leaves[i] if cls is Leaf else self.make(cls, entry))
        return self.nodes[-1]

    def make(self, cls: type[Expression], entry: Mapping[str, Any]) -> Expression:
        node = cls.intern(*self.fields(cls, entry))
        if not all(isinstance(s, Size) or s is ONE for s in (*node.rows, *node.columns)):
            raise ShapeError(f"{node.shape_text} is not a shape of sizes")
        return rebuild(node, node.arguments) if node.arguments else node

    def fields(self, cls: type[Expression], entry: Mapping[str, Any]) -> list[Any]:
        names = _field_names(cls)
        unknown = sorted(set(entry) - {"kind", *names})
        if unknown:
            raise ValueError(f"unknown field {unknown[0]!r}; a {cls.__name__} has {', '.join(names)}")
        found = []
        for name in names:
            with _place(f"field {name}"):
                found.append(self.value(entry[name]))
        return found

    def value(self, data: Any) -> Any:
        if data is None or (isinstance(data, int) and not isinstance(data, bool)):
            return data
        if isinstance(data, str):
            return read_scalar(data, self.symbols)
        if isinstance(data, list):
            return tuple(self.value(part) for part in data)
        if isinstance(data, dict):
            for key, read in self.objects.items():
                if key in data:
                    return read(data)
        raise ValueError(f"{data!r} is neither a scalar, a node, an ensemble nor an activation")

    def node(self, number: Any) -> Expression:
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(self.nodes):
            raise ValueError(f"node {number!r} does not come before this one")
        return self.nodes[number]


def _final_kinds(cls: type[Expression]) -> list[type[Expression]]:
    below = cls.__subclasses__()
    return [cls] if not below else [kind for sub in below for kind in _final_kinds(sub)]


def _expect(value: Any, known: Iterable[str], what: str) -> Any:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"unknown {what} {value!r}; known are {', '.join(sorted(known))}")
    return value


def _read_text(data: Mapping[str, Any]) -> str:
    if not isinstance(data["text"], str):
        raise ValueError(f"{data['text']!r} is not text")
    return data["text"]


def _read_ensemble(data: dict[str, Any]) -> Any:
    return ENSEMBLES[_expect(data["ensemble"], ENSEMBLES, "ensemble")].from_data(data)


def _leaf_fields(fields: list[Any]) -> tuple[Any, ...]:
    """Return the fields of a leaf after a check of shape, number and name."""
    ensemble, rows, columns, number, name = fields
    if not hasattr(ensemble, "check_rows"):
        raise ValueError(f"{ensemble!r} is no ensemble")
    if not all(isinstance(s, Size) or s is ONE for s in (rows, columns)):
        raise ShapeError(f"({rows}) x ({columns}) is not a shape of sizes")
    if ensemble.symmetric and rows != columns:
        raise ShapeError(f"{ensemble} needs a square shape, not ({rows}) x ({columns})")
    ensemble.check_rows(rows, columns)
    if not isinstance(number, int) or number < 0 or (number == 0) != ensemble.is_constant:
        raise ValueError(f"index is {number!r}; it must be 0 for a constant and a positive integer for other leaves")
    if not (name is None or isinstance(name, str)):
        raise ValueError(f"name is {name!r}, not text")
    return tuple(fields)


def _make_leaves(given: Mapping[int, tuple[Any, ...]], fresh: bool) -> dict[int, Expression]:
    """Return the leaves by place in the text; new numbers keep the order of the old ones."""
    leaves: dict[int, Expression] = {}
    seen: set[int] = set()
    for i in sorted(given, key=lambda i: given[i][3]):
        ensemble, rows, columns, number, name = fields = given[i]
        if number in seen:
            raise ValueError(f"nodes[{i}] (Leaf): a second leaf has index {number}")
        if number == 0:
            leaves[i] = Leaf.intern(*fields)
            continue
        seen.add(number)
        live = holder(number)
        if fresh or (live is not None and live.fields != fields):
            fields = (ensemble, rows, columns, next_number(), name)
        leaves[i] = Leaf.intern(*fields)
    return leaves
