r"""Long formulas broken into lines that fit a given width.

A row that is too wide is cut before signs, after commas and, where nothing else helps, between factors (the next
line then begins with a multiplication dot). What is too wide to stand on one line is opened first: a bracket becomes
a pair of delimiters of fixed size, a fraction ``A/B`` becomes ``A (B)^{-1}``, a root becomes a power. The cuts are
chosen together, by dynamic programming over the lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .notation import Atom, Fence, Fraction, Group, Node, Root, Row, Scripts, Table, parse
from .spelling import kind, space_between, width

__all__ = ["Line", "aligned"]

INDENT = 1.6
_STEP = 0.8
_NEVER = float("inf")
_EQUALS = Atom("=", "=", "rel", 0.79)
_EXP = parse(r"\exp")[0]
_CHUNK = 12
_DOT = Atom(r"\cdot", "⋅", "ord", 0.5)
_MINUS_ONE, _HALF = parse("-1"), parse("1/2")


@dataclass(frozen=True)
class Line:
    """One line of a formula.

    Attributes
    ----------
    left : Row
        What stands left of the alignment point; empty in continuation lines.
    right : Row
    indent : float
        Indentation of ``right``, in em.
    room : float
        Width that ``right`` may take, in em.
    """

    left: Row
    right: Row
    indent: float = 0.0
    room: float = 0.0

    @property
    def too_wide(self) -> bool:
        """Whether nothing could be cut to make the line fit."""
        return width(self.right) > self.room


@dataclass(frozen=True)
class _Piece:
    node: Node
    depth: int


def aligned(rows: Sequence[tuple[str | None, str | None]], available: float) -> list[tuple[Line, ...]]:
    """Break equations that are aligned at their signs.

    Parameters
    ----------
    rows : sequence of (left, right)
        LaTeX of the two sides; a missing side is None. A left side that takes more than a third of the width
        is not aligned: it begins a line of its own.
    available : float
        Width of a line in em.

    Returns
    -------
    list of tuple of Line
        The lines of each equation.
    """
    parsed = [(None if left is None else parse(left), None if right is None else parse(right)) for left, right in rows]
    heads = [width(left) for left, right in parsed if left is not None and right is not None]
    head = max((w for w in heads if w <= 0.33 * available), default=0.0)
    room = available - head - (0.3 if head else 0.0)
    groups = []
    for left, right in parsed:
        if left is None or right is None:
            groups.append(_lines((), right or left or (), room))
        elif width(left) <= head:
            groups.append(_lines(left, (_EQUALS, *right), room))
        else:
            groups.append(_lines((), (*left, _EQUALS, *right), room))
    return groups


def _lines(left: Row, right: Row, room: float) -> tuple[Line, ...]:
    if width(right) <= room:
        return (Line(left, right, 0.0, room),)
    pieces = _open(right, room - INDENT - 3 * _STEP, 0)
    cuts = _best_cuts(pieces, room)
    lines = []
    for start, stop in zip(cuts, [*cuts[1:], len(pieces)], strict=True):
        indent = _indent(pieces, start)
        lines.append(Line(left if start == 0 else (), _row(pieces, start, stop), indent, room - indent))
    return tuple(lines)


# -- opening what is too wide ----------------------------------------------------------------------
def _open(row: Row, room: float, depth: int) -> list[_Piece]:
    pieces: list[_Piece] = []
    for node in row:
        if width((node,)) <= room:
            pieces.append(_Piece(node, depth))
        else:
            pieces.extend(_opened(node, room, depth))
    return pieces


def _opened(node: Node, room: float, depth: int) -> list[_Piece]:
    match node:
        case Fence():
            return _bracket(node.body, room, depth, node.left, node.right)
        case Group():
            return _open(node.body, room, depth)
        case Fraction():
            top = [] if node.top == parse("1") else _factor(node.top, room, depth)
            return top + _bracket(node.bottom, room, depth, sup=_MINUS_ONE)
        case Root():
            power = _HALF if node.index is None else parse("1/") + node.index
            return _bracket(node.body, room, depth, sup=power)
        case Atom(latex=digits) if digits.isdigit():
            starts = range(0, len(digits), _CHUNK)
            return [_Piece(node, depth) for i in starts for node in parse(digits[i : i + _CHUNK])]
        case Scripts(base=Atom(char="e"), sub=None, sup=tuple() as power):
            return [_Piece(_EXP, depth), *_bracket(power, room, depth)]
        case Scripts(base=Fence() as fence):
            return _bracket(fence.body, room, depth, fence.left, fence.right, node.sub, node.sup)
        case Scripts(base=Group() as group):
            return _bracket(group.body, room, depth, sub=node.sub, sup=node.sup)
        case Table(cells=((only,),)):
            return _bracket(only, room, depth)
        case _:
            return [_Piece(node, depth)]


def _factor(row: Row, room: float, depth: int) -> list[_Piece]:
    """Return a row as a factor of a product: in brackets when it is a sum."""
    signed = isinstance(row[0], Atom) and row[0].latex in ("-", "+")
    if signed or any(kind(node) in ("bin", "rel") for node in row):
        return _bracket(row, room, depth)
    return _open(row, room, depth)


def _bracket(
    body: Row,
    room: float,
    depth: int,
    left: Atom | None = None,
    right: Atom | None = None,
    sub: Row | None = None,
    sup: Row | None = None,
) -> list[_Piece]:
    """Return a bracketed row whose delimiters have a fixed size, so that it can be cut inside."""
    opening = _sized(left or Atom("(", "(", "open", 0.4), "l", "open")
    closing: Node = _sized(right or Atom(")", ")", "close", 0.4), "r", "close")
    if sub is not None or sup is not None:
        closing = Scripts(closing, sub, sup)
    whole = _Piece(opening, depth), *_open(body, room, depth + 1), _Piece(closing, depth + 1)
    return list(whole)


def _sized(mark: Atom, side: str, role: str) -> Atom:
    bare = re.sub(r"^\\[bB]igg?[lrm]?", "", mark.latex)
    return Atom(rf"\big{side}{bare}", mark.char, role, 0.6)


# -- choosing the cuts -----------------------------------------------------------------------------
def _penalty(before: _Piece, piece: _Piece) -> float:
    """Return the cost of a cut between two pieces; infinite where the meaning or the looks would suffer."""
    left, right = kind(before.node), kind(piece.node)
    base = _NEVER
    if right == "rel":
        base = 0.0
    elif left in ("bin", "rel", "open", "large", "function", "unknown") or right in ("close", "punct", "space"):
        base = _NEVER
    elif right == "bin":
        base = 0.0
    elif left == "punct":
        base = 0.4
    elif not _is_product(before.node, piece.node):
        base = 1.5
    elif left in ("close", "inner") and right in ("open", "inner"):
        base = 0.6
    elif left != "space" and right != "fence" and not isinstance(piece.node, Group):
        base = 2.5
    return base + 0.6 * piece.depth


def _indent(pieces: list[_Piece], start: int) -> float:
    return 0.0 if start == 0 else INDENT + _STEP * min(pieces[start].depth, 3)


def _row(pieces: list[_Piece], start: int, stop: int) -> Row:
    row = tuple(piece.node for piece in pieces[start:stop])
    if start and _is_product(pieces[start - 1].node, row[0]):
        row = (_DOT, *row)
    return row


def _is_product(before: Node, after: Node) -> bool:
    digits = isinstance(before, Atom) and isinstance(after, Atom) and (before.latex + after.latex).isdigit()
    apart = kind(before) in ("punct", "bin", "rel", "open") or kind(after) in ("bin", "rel", "punct", "close")
    return not digits and not apart


def _best_cuts(pieces: list[_Piece], available: float) -> list[int]:
    """Return the starts of the lines that minimise the number of lines, the cost of the cuts and the raggedness."""
    count = len(pieces)
    before, reach = _positions(pieces)
    best = [0.0] + [_NEVER] * count
    origin = [0] * (count + 1)
    for start in range(count):
        if best[start] == _NEVER:
            continue
        room = available - _indent(pieces, start)
        for stop in range(start + 1, count + 1):
            length = reach[stop] - before[start]
            cut = 0.0 if stop == count else _penalty(pieces[stop - 1], pieces[stop])
            cost = best[start] + 1.0 + cut + _badness(length, room, stop == count)
            if cost < best[stop]:
                best[stop], origin[stop] = cost, start
            if length > room and best[stop] < _NEVER:
                break
    cuts, stop = [], count
    while stop:
        stop = origin[stop]
        cuts.append(stop)
    return cuts[::-1]


def _positions(pieces: list[_Piece]) -> tuple[list[float], list[float]]:
    """Return where a line that starts at each piece begins, and where one that stops before it ends."""
    before, reach, at = [0.0], [0.0], 0.0
    for i, piece in enumerate(pieces):
        if i:
            at += space_between(pieces[i - 1].node, piece.node)
            dotted = _is_product(pieces[i - 1].node, piece.node)
            before.append(at - (_DOT.width + 0.2 if dotted else 0.0))
        at += width((piece.node,))
        reach.append(at)
    return before, reach


def _badness(length: float, room: float, last: bool) -> float:
    if length > room:
        return 1e4 * (1 + length - room)
    return 0.0 if last else ((room - length) / room) ** 2
