r"""A displayed formula as a tree, read from the small LaTeX dialect that the package writes.

SymPy and the graph printer both write LaTeX; from this one tree a formula is measured, broken into lines and
written as MathML, so that all documents show the same formula. A command outside the dialect becomes an
ordinary word: LaTeX prints it as written, MathML shows its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from .glyphs import ACCENTS, ALPHABETS, COMMANDS, FONT_NAMES, SPACES, letter_width, roman_width

__all__ = ["Accent", "Atom", "Fence", "Fraction", "Group", "Node", "Root", "Row", "Scripts", "Table", "parse"]


@dataclass(frozen=True)
class Atom:
    """One symbol: its LaTeX, its character, its class and its width in em.

    The class is one of ``ord``, ``bin``, ``rel``, ``open``, ``close``, ``punct``, ``large``, ``function``, ``space``,
    ``text``, ``unknown``.
    """

    latex: str
    char: str
    kind: str
    width: float


@dataclass(frozen=True)
class Scripts:
    """A base with a subscript and a superscript, either of which may be None."""

    base: Node
    sub: Row | None
    sup: Row | None


@dataclass(frozen=True)
class Fraction:
    """A fraction."""

    top: Row
    bottom: Row


@dataclass(frozen=True)
class Root:
    """A root; ``index`` is None for the square root."""

    body: Row
    index: Row | None


@dataclass(frozen=True)
class Fence:
    """A row between two delimiters; ``grows`` for a pair written with left and right."""

    left: Atom
    body: Row
    right: Atom
    grows: bool


@dataclass(frozen=True)
class Table:
    """Rows of cells, as in a block matrix; ``name`` is the LaTeX environment."""

    name: str
    cells: tuple[tuple[Row, ...], ...]


@dataclass(frozen=True)
class Accent:
    """A mark above (or below) a row; ``name`` is the command."""

    name: str
    body: Row


@dataclass(frozen=True)
class Group:
    """A row in braces: it behaves as one ordinary symbol."""

    body: Row


Node = Atom | Scripts | Fraction | Root | Fence | Table | Accent | Group
Row = tuple[Node, ...]

_WORD = re.compile(r"\\(text|textrm|textit|operatorname|mathrm)\*?\s*\{([^{}]*)\}")
_TOKEN = re.compile(
    _WORD.pattern.replace("(text", "(?:text").replace("([^", "(?:[^")
    + r"|\\[A-Za-z]+\*?|\\.|\s+|[0-9]+(?:\.[0-9]+)?|.",
    re.DOTALL,
)
_SIZED = {f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("l", "r", "m", "")}
_IGNORED = {"displaystyle", "textstyle", "limits", "nolimits", "nonumber", "notag", "left", "right", "middle"}
_STOPS = ("", "}", "&", r"\right", r"\end", r"\\")
_ROMAN = {"operatorname": "function", "mathrm": "ord", "text": "text", "textrm": "text", "textit": "text"}
_PLAIN = {"+": "bin", "-": "bin", "*": "bin", "=": "rel", "<": "rel", ">": "rel", "(": "open", "[": "open"}
_PLAIN |= {")": "close", "]": "close", ",": "punct", ";": "punct", ":": "rel", "|": "ord", "/": "ord", ".": "ord"}
_SHOWN = {"-": "−", "*": "∗"}
_PAIRS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}


@lru_cache(maxsize=4096)
def parse(latex: str) -> Row:
    r"""Return the tree of a formula in math mode; unbalanced input is read as far as it makes sense.

    Parameters
    ----------
    latex : str

    Examples
    --------
    >>> parse(r"\frac{a}{b}")[0].bottom[0].char
    'b'
    """
    reader = _Reader([t for t in _TOKEN.findall(latex) if not t.isspace()])
    items: list[Node] = []
    while not reader.done:
        items.extend(reader.row(()))
        reader.take()
    return tuple(items)


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[str]):
        self.tokens = tokens
        self.at = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    @property
    def next(self) -> str:
        return "" if self.done else self.tokens[self.at]

    def take(self) -> str:
        token = self.next
        self.at += 1
        return token

    def row(self, stop: tuple[str, ...]) -> Row:
        """Read nodes up to one of the tokens ``stop``, which is left in place."""
        items: list[Node] = []
        while not self.done and self.next not in stop:
            if self.next in ("}", r"\right", r"\end"):
                break
            node = self.node()
            if node is not None:
                items.append(self.scripts(node))
        return _pair(items)

    def argument(self) -> Row:
        if self.next == "{":
            self.take()
            body = self.row(("}",))
            self.take()
            return body
        if self.next in _STOPS:
            return ()
        node = self.node()
        return () if node is None else (node,)

    def scripts(self, base: Node) -> Node:
        sub: Row | None = None
        sup: Row | None = None
        while self.next in ("_", "^", "'"):
            mark = self.take()
            if mark == "_":
                sub = (sub or ()) + self.argument()
            elif mark == "^":
                sup = (sup or ()) + self.argument()
            else:
                sup = (sup or ()) + (Atom(r"\prime", "′", "ord", 0.28),)
        return base if sub is None and sup is None else Scripts(base, sub, sup)

    def node(self) -> Node | None:
        token = self.take()
        word = _WORD.fullmatch(token)
        if word is not None:
            return _word(*word.groups())
        if token.startswith("\\") and len(token) > 1:
            return self.command(token[1:].rstrip("*"))
        if token == "{":
            body = self.row(("}",))
            self.take()
            return body[0] if len(body) == 1 and not isinstance(body[0], Fence) else Group(body)
        if token in ("_", "^", "'"):
            self.at -= 1
            return Atom("{}", "", "ord", 0.0)
        if token in ("&", "$"):
            return None
        if token == "~":
            return Atom("~", " ", "space", 0.34)
        kind = _PLAIN.get(token, "ord")
        width = 0.51 * len(token) if token[0].isdigit() else letter_width(token)
        return Atom(token, _SHOWN.get(token, token), kind, width)

    def command(self, name: str) -> Node | None:
        if name in ("frac", "tfrac", "dfrac"):
            return Fraction(self.argument(), self.argument())
        if name == "sqrt":
            index = None
            if self.next == "[":
                self.take()
                index = self.row(("]",))
                self.take()
            return Root(self.argument(), index)
        if name == "left":
            left = self.delimiter("open")
            body = self.row((r"\right",))
            self.take()
            return Fence(left, body, self.delimiter("close"), True)
        if name in _SIZED:
            mark = self.delimiter("close" if name.endswith("r") else "open")
            return Atom(f"\\{name}{mark.latex}", mark.char, mark.kind, mark.width)
        if name == "begin":
            return self.table()
        if name in ACCENTS:
            return Accent(name, self.argument())
        if name in FONT_NAMES:
            return self.font(name)
        if name in SPACES:
            return Atom(f"\\{name}", " ", "space", SPACES[name])
        if name in COMMANDS:
            char, kind, width = COMMANDS[name]
            return Atom(f"\\{name}", char, kind, width)
        return None if name in _IGNORED else Atom(f"\\{name}", name, "unknown", roman_width(name) + 0.5)

    def delimiter(self, kind: str) -> Atom:
        token = self.take()
        if token == ".":
            return Atom(".", "", kind, 0.12)
        char = COMMANDS.get(token[1:], (token[1:], "", 0))[0] if token.startswith("\\") else token
        return Atom(token, char, kind, 0.51)

    def font(self, name: str) -> Node:
        start = self.at
        body = self.argument()
        source = "".join(self.tokens[start : self.at]).removeprefix("{").removesuffix("}")
        if name in _ROMAN:
            return _word(name, source)
        letters = ALPHABETS.get(name, {})
        shown = "".join(letters.get(a.char, a.char) if isinstance(a, Atom) else "" for a in body)
        if len(body) == 1 and isinstance(body[0], Scripts):
            return Group(body)
        return Atom(f"\\{name}{{{source}}}", shown, "ord", 1.2 * roman_width(shown))

    def table(self) -> Node:
        name = "".join(a.char for a in self.argument() if isinstance(a, Atom))
        if name == "array":
            self.argument()
        rows: list[tuple[Row, ...]] = []
        cells: list[Row] = []
        while not self.done:
            cells.append(self.row(("&", r"\\", r"\end")))
            mark = self.take()
            if mark in (r"\\", r"\end", ""):
                rows.append(tuple(cells))
                cells = []
            if mark == r"\end":
                self.argument()
                break
        if rows and rows[-1] == ((),):
            rows.pop()
        return Table("matrix" if name == "array" else name, tuple(rows))


def _word(name: str, word: str) -> Atom:
    """Return an upright word."""
    shown = word.replace(r"\,", " ").replace("\\", "")
    return Atom(f"\\{name}{{{word}}}", shown, _ROMAN.get(name, "text"), roman_width(shown))


def _pair(items: list[Node]) -> Row:
    """Turn balanced plain brackets into fences, and a sign that begins a row into an ordinary symbol."""
    stack: list[list[Node]] = [[]]
    for item in items:
        base = item.base if isinstance(item, Scripts) else item
        if isinstance(item, Atom) and item.kind == "open" and item.char in _PAIRS:
            stack.append([item])
        elif isinstance(base, Atom) and base.kind == "close" and len(stack) > 1:
            left, *body = stack.pop()
            fence: Node = Fence(cast(Atom, left), _signs(body), base, False)
            if isinstance(item, Scripts):
                fence = Scripts(fence, item.sub, item.sup)
            stack[-1].append(fence)
        else:
            stack[-1].append(item)
    return _signs([item for level in stack for item in level])


def _signs(items: list[Node]) -> Row:
    return tuple(_unary(item, items[i - 1] if i else None) for i, item in enumerate(items))


def _unary(item: Node, before: Node | None) -> Node:
    leads = before is None or (isinstance(before, Atom) and before.kind in ("bin", "rel", "open", "punct", "large"))
    if leads and isinstance(item, Atom) and item.kind == "bin":
        return Atom(item.latex, item.char, "ord", item.width)
    return item
