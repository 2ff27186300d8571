"""A formula tree as MathML Core, which browsers show without fonts, scripts or network."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .glyphs import ACCENTS
from .lines import Line
from .notation import Accent, Atom, Fence, Fraction, Group, Node, Root, Row, Scripts, Table
from .spelling import is_tall, kind

__all__ = ["display", "inline"]

_LIMITS = {"∑", "∏", "⨁", "⨂", "lim", "max", "min", "sup", "inf", "limsup", "liminf"}
_SIZED = (r"\bigl", r"\bigr")


def inline(row: Row) -> str:
    """Return a formula inside a line of text."""
    return f"<math>{_row(row)}</math>"


def display(equations: Iterable[tuple[Line, ...]]) -> str:
    """Return equations, each a tuple of lines, aligned at their signs.

    The lines are rows of an HTML table, because browsers do not align the columns of a MathML table.
    """
    rows: list[str] = []
    for lines in equations:
        for number, line in enumerate(lines):
            first = "" if number or not rows else ' class="next"'
            left = _cell(line.left) if line.left else ""
            gap = f' style="padding-left:{line.indent:.1f}em"' if line.indent else ""
            rows.append(f"<tr{first}><td>{left}</td><td{gap}>{_cell(line.right)}</td></tr>")
    return f'<table class="aligned" role="presentation"><tbody>{"".join(rows)}</tbody></table>'


def _cell(row: Row) -> str:
    return f'<math displaystyle="true">{_row(row)}</math>'


def _row(row: Row) -> str:
    """Return a row as one element."""
    parts = [_node(node) for node in row]
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(_spaced(row, parts))}</mrow>"


def _spaced(row: Row, parts: list[str]) -> list[str]:
    """Return the parts with a thin space between a function name and a bare argument or a factor before it."""
    out = []
    for i, (node, part) in enumerate(zip(row, parts, strict=True)):
        before = row[i - 1] if i else None
        base = before.base if isinstance(before, Scripts) else before
        named = isinstance(base, Atom) and base.kind == "function"
        bracketed = isinstance(node, (Fence, Group)) or (isinstance(node, Atom) and node.kind in ("open", "space"))
        bare = named and not bracketed and not (isinstance(node, Scripts) and isinstance(node.base, Fence))
        if bare or (i and kind(node) == "function" and kind(row[i - 1]) in ("ord", "inner", "fence")):
            out.append('<mspace width="0.17em"/>')
        out.append(part)
    return out


def _node(node: Node) -> str:
    match node:
        case Atom():
            return _atom(node)
        case Scripts():
            return _scripts(node)
        case Fraction():
            return f"<mfrac>{_row(node.top)}{_row(node.bottom)}</mfrac>"
        case Root():
            if node.index is None:
                return f"<msqrt>{_row(node.body)}</msqrt>"
            return f"<mroot>{_row(node.body)}{_row(node.index)}</mroot>"
        case Fence():
            grows = node.grows and is_tall(node.body)
            left, right = (_fence(mark, side, grows) for mark, side in ((node.left, "pre"), (node.right, "post")))
            return f"<mrow>{left}{_row(node.body)}{right}</mrow>"
        case Table():
            return _table(node)
        case Accent():
            below = node.name == "underline"
            tag = "munder" if below else "mover"
            mark = f'<mo stretchy="{str(node.name in ("overline", "underline", "widehat", "widetilde")).lower()}">'
            accent = "" if below else ' accent="true"'
            return f"<{tag}{accent}>{_row(node.body)}{mark}{escape(ACCENTS[node.name])}</mo></{tag}>"
        case Group():
            return _row(node.body)


def _atom(atom: Atom) -> str:
    char = escape(atom.char)
    if atom.kind == "space":
        return f'<mspace width="{atom.width:.2f}em"/>'
    if atom.char.replace(".", "").isdigit() and atom.kind == "ord":
        return f"<mn>{char}</mn>"
    if atom.kind == "text":
        return f"<mtext>{char.replace(' ', '&#160;')}</mtext>"
    if atom.kind in ("bin", "rel", "punct"):
        return f'<mo form="infix">{char}</mo>'
    if atom.kind == "large":
        return f'<mo largeop="true">{char}</mo>'
    if atom.kind in ("open", "close"):
        size = ' minsize="1.2em" maxsize="1.2em"' if atom.latex.startswith(_SIZED) else ""
        form = "prefix" if atom.kind == "open" else "postfix"
        return f'<mo form="{form}" stretchy="{"true" if size else "false"}"{size}>{char}</mo>'
    if atom.char in ("+", "−", "∗", "/", "⋅"):
        form = ' form="prefix"' if atom.char in ("+", "−") else ' lspace="0" rspace="0"' if atom.char == "/" else ""
        return f"<mo{form}>{char}</mo>"
    if atom.char in ("⊤", "′", "⋆", "†", "⊥", "…", "⋯", "|", "‖"):
        return f'<mo stretchy="false" lspace="0" rspace="0">{char}</mo>'
    if not atom.char:
        return "<mrow></mrow>"
    upright = atom.latex.startswith(r"\mathrm") or atom.char in "ΓΔΘΛΞΠΣΥΦΨΩ∞"
    return f'<mi mathvariant="normal">{char}</mi>' if upright and len(atom.char) == 1 else f"<mi>{char}</mi>"


def _fence(mark: Atom, side: str, grows: bool) -> str:
    if not mark.char:
        return ""
    return f'<mo form="{side}fix" stretchy="{str(grows).lower()}" fence="true">{escape(mark.char)}</mo>'


def _scripts(node: Scripts) -> str:
    base = _node(node.base)
    stacked = isinstance(node.base, Atom) and node.base.char in _LIMITS
    names = ("munder", "mover", "munderover") if stacked else ("msub", "msup", "msubsup")
    sides = [side for side in (node.sub, node.sup) if side is not None]
    name = names[2] if len(sides) == 2 else names[0] if node.sub is not None else names[1]
    return f"<{name}>{base}{''.join(_row(side) for side in sides)}</{name}>"


def _table(table: Table) -> str:
    edges = {"pmatrix": "()", "bmatrix": "[]", "vmatrix": "||", "cases": "{ "}.get(table.name, "  ")
    rows = "".join(f"<mtr>{''.join(f'<mtd>{_row(cell)}</mtd>' for cell in cells)}</mtr>" for cells in table.cells)
    left, right = (
        "" if mark == " " else f'<mo form="{side}fix" stretchy="true" fence="true">{mark}</mo>'
        for mark, side in zip(edges, ("pre", "post"), strict=True)
    )
    return f"<mrow>{left}<mtable>{rows}</mtable>{right}</mrow>"
