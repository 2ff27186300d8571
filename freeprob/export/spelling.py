"""A formula tree written as LaTeX or as one line of plain text, and its width in print."""

from __future__ import annotations

from .notation import Accent, Atom, Fence, Fraction, Group, Node, Root, Row, Scripts, Table

__all__ = ["is_tall", "kind", "latex", "plain", "space_between", "width"]

_SCRIPT = 0.8
_DELIMITER = {True: 0.8, False: 0.6}
_PLAIN = {"−": "-", "⋅": "*", "∗": "*", "⁡": ""}


def latex(row: Row) -> str:
    """Return the LaTeX of a row."""
    return " ".join(_latex(node) for node in row)


def _latex(node: Node) -> str:
    match node:
        case Atom():
            return node.latex
        case Scripts():
            sub = "" if node.sub is None else f"_{{{latex(node.sub)}}}"
            sup = "" if node.sup is None else f"^{{{latex(node.sup)}}}"
            return _latex(node.base) + sub + sup
        case Fraction():
            return rf"\frac{{{latex(node.top)}}}{{{latex(node.bottom)}}}"
        case Root():
            index = "" if node.index is None else f"[{latex(node.index)}]"
            return rf"\sqrt{index}{{{latex(node.body)}}}"
        case Fence():
            left, right = (r"\left", r"\right") if node.grows else ("", "")
            return f"{left}{node.left.latex} {latex(node.body)} {right}{node.right.latex}"
        case Table():
            body = r" \\ ".join(" & ".join(latex(cell) for cell in cells) for cells in node.cells)
            return rf"\begin{{{node.name}}} {body} \end{{{node.name}}}"
        case Accent():
            return rf"\{node.name}{{{latex(node.body)}}}"
        case Group():
            return f"{{{latex(node.body)}}}"


def plain(row: Row) -> str:
    """Return a row as plain text, for terminals and for readers that do not show formulas."""
    parts: list[str] = []
    for i, node in enumerate(row):
        apart = i and (space_between(row[i - 1], node) > 0.16 or _is_factor(row[i - 1], node))
        if apart:
            parts.append(" ")
        parts.append(_plain(node))
    return " ".join("".join(parts).split())


def _plain(node: Node) -> str:
    match node:
        case Atom():
            return _PLAIN.get(node.char, node.char)
        case Scripts():
            sub = "" if node.sub is None else f"_{_tight(node.sub)}"
            sup = "" if node.sup is None else f"^{_tight(node.sup)}"
            primes = node.sup is not None and all(isinstance(s, Atom) and s.char == "′" for s in node.sup)
            return _plain(node.base) + sub + ("'" * len(node.sup or ()) if primes else sup)
        case Fraction():
            return f"{_tight(node.top)}/{_tight(node.bottom)}"
        case Root():
            return f"sqrt({plain(node.body)})" if node.index is None else f"root({plain(node.body)})"
        case Fence():
            return f"{node.left.char}{plain(node.body)}{node.right.char}"
        case Table():
            return "[" + "; ".join(", ".join(plain(cell) for cell in cells) for cells in node.cells) + "]"
        case Accent() | Group():
            return plain(node.body)


def _is_factor(left: Node, right: Node) -> bool:
    scripted = isinstance(left, Scripts) or isinstance(right, Scripts)
    return scripted and kind(left) in ("ord", "fence") and kind(right) == "ord"


def _tight(row: Row) -> str:
    text = plain(row)
    return text if len(row) <= 1 and text.isalnum() else f"({text})"


def width(row: Row, script: bool = False) -> float:
    """Return an upper bound, in em, for the width of a row in Computer Modern."""
    total = 0.0
    for i, node in enumerate(row):
        total += _width(node) * (_SCRIPT if script else 1.0)
        if i and not script:
            total += space_between(row[i - 1], node)
    return total


def _width(node: Node) -> float:
    match node:
        case Atom():
            return node.width
        case Scripts():
            sides = [width(side, script=True) + 0.06 for side in (node.sub, node.sup) if side is not None]
            return _width(node.base) + max(sides)
        case Fraction():
            return max(width(node.top), width(node.bottom)) + 0.25
        case Root():
            return width(node.body) + 1.05 + (0.3 if node.index else 0.0)
        case Fence():
            tall = node.grows and is_tall(node.body)
            edge = _DELIMITER[tall] if node.grows else 0.42
            return width(node.body) + 2 * edge
        case Table():
            columns = zip(*(cells for cells in node.cells if len(cells) == len(node.cells[0])), strict=True)
            return sum(max(width(cell) for cell in column) + 1.0 for column in columns) + 1.8
        case Accent() | Group():
            return width(node.body)


def is_tall(row: Row) -> bool:
    """Return whether brackets around a row must be taller than a line."""
    for node in row:
        match node:
            case Fraction() | Table() | Root():
                return True
            case Scripts():
                if is_tall((node.base,)):
                    return True
            case Fence() | Accent() | Group():
                if is_tall(node.body):
                    return True
            case Atom() if node.kind == "large":
                return True
    return False


def kind(node: Node) -> str:
    """Return the class by which a node is spaced."""
    match node:
        case Atom():
            return node.kind
        case Scripts():
            return kind(node.base)
        case Fraction():
            return "inner"
        case Fence():
            return "inner" if node.grows else "fence"
        case _:
            return "ord"


def space_between(left: Node, right: Node) -> float:
    """Return the space that TeX puts between two nodes, in em."""
    pair = (kind(left), kind(right))
    if "space" in pair:
        return 0.0
    if "rel" in pair:
        return 0.0 if pair == ("rel", "rel") else 0.28
    if "bin" in pair:
        return 0.23
    if pair[0] == "punct" or "inner" in pair:
        return 0.17
    if pair[0] in ("large", "function", "unknown") and pair[1] != "fence":
        return 0.17
    return 0.17 if pair[1] in ("large", "function") and pair[0] != "open" else 0.0
