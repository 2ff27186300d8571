"""Expressions as plain text and as LaTeX.

One traversal serves both: a dialect says how a product, a transpose, an inverse, a function or a trace is written.
Names of nodes come from, in this order, the ``names`` mapping, the leaf's own name, and the letter of its ensemble
with the number of the leaf.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import singledispatchmethod
from typing import Any

import sympy

from ..algebra.coordinate import Coordinate, coordinates_in
from .expression import ONE, Expression
from .nodes import (
    Block,
    Diagonal,
    Entrywise,
    Hadamard,
    Identity,
    Inverse,
    Leaf,
    MatrixFunction,
    Normalised,
    NormScaled,
    OffDiagonal,
    Product,
    SpectralFunction,
    SquaredDistances,
    Sum,
    Trace,
    Transpose,
    Zero,
)
from .operations import spectral_function

__all__ = ["Names", "latex", "text"]

Names = Mapping[Expression, str]

_SUM, _PRODUCT, _POWER, _ATOM = range(4)

_DEEPEST = 48
_LONGEST = 2000
"""What is nested deeper, or comes after as many nodes, is left out: a residual network has 2^depth paths."""


class _Printer(ABC):
    """Writes an expression with the fewest brackets that keep its meaning; a dialect fills in the abstract methods."""

    ellipsis: str

    def __init__(self, names: Names | None):
        self.names = names or {}
        self.depth = 0
        self.written = 0

    def write(self, node: Expression, needed: int = _SUM) -> str:
        """Return the node, in brackets if its operator binds weaker than ``needed``."""
        if node in self.names:
            return self.leaf_name(self.names[node])
        if self.depth >= _DEEPEST or self.written >= _LONGEST:
            return self.ellipsis
        self.depth += 1
        self.written += 1
        body, strength = self.body(node)
        self.depth -= 1
        return self.bracket(body) if strength < needed else body

    @singledispatchmethod
    def body(self, node: Expression) -> tuple[str, int]:
        """Return the text of a node and how strongly its operator binds."""
        raise TypeError(f"{type(node).__name__} cannot be printed")

    @body.register
    def _(self, node: Leaf) -> tuple[str, int]:
        return self.leaf_name(node.name or f"{node.ensemble.letter}{node.index}"), _ATOM

    @body.register
    def _(self, node: Transpose) -> tuple[str, int]:
        return self.transpose(self.write(node.arguments[0], _ATOM)), _POWER

    @body.register
    def _(self, node: SpectralFunction) -> tuple[str, int]:
        if node.formula.is_Mul:
            factors = [spectral_function(node.leaf, factor) for factor in node.formula.args]
            return self.product([self.write(factor, _PRODUCT + 1) for factor in factors]), _PRODUCT
        base, exponent = node.formula.as_base_exp()
        if exponent != 1 and base.is_real:
            return self.real_power(spectral_function(node.leaf, base), exponent)
        symbol = sympy.Symbol(self.write(node.leaf, _ATOM))
        named = {} if isinstance(node.formula, Coordinate) else self.coordinates(node)
        return self.scalar(node.formula.xreplace(named).subs(node.fields[2], symbol)), _ATOM

    def coordinates(self, node: SpectralFunction) -> dict[sympy.Expr, sympy.Symbol]:
        """Return the matrices of a commuting family of which a node is a function, as symbols of their names."""
        inner = {c: spectral_function(node.leaf, c) for c in coordinates_in(node.formula)}
        return {c: sympy.Symbol(self.write(matrix, _ATOM)) for c, matrix in inner.items()}

    @body.register
    def _(self, node: Identity) -> tuple[str, int]:
        return ("1" if node.rows == (ONE,) else self.identity(node)), _ATOM

    @body.register
    def _(self, node: Zero) -> tuple[str, int]:
        return "0", _ATOM

    @body.register
    def _(self, node: Sum) -> tuple[str, int]:
        parts: list[str] = []
        for term, scalar in node.terms():
            negative = all(part.could_extract_minus_sign() for part in sympy.Add.make_args(scalar))
            size = -scalar if negative else scalar
            sign = ("-" if not parts else " - ") if negative else ("" if not parts else " + ")
            parts.append(sign + self.scaled(size, term))
        return "".join(parts), (_SUM if len(parts) > 1 or parts[0].startswith("-") else _PRODUCT)

    @body.register
    def _(self, node: Product) -> tuple[str, int]:
        runs: list[list] = []
        for factor in node.arguments:
            if runs and runs[-1][0] is factor:
                runs[-1][1] += 1
            else:
                runs.append([factor, 1])
        pieces = [
            self.write(factor, _PRODUCT + 1) if count == 1 else self.power(self.write(factor, _ATOM), str(count))
            for factor, count in runs
        ]
        return self.product(pieces), (_PRODUCT if len(pieces) > 1 else _POWER)

    @body.register
    def _(self, node: Inverse) -> tuple[str, int]:
        return self.inverse(node.arguments[0])

    @body.register
    def _(self, node: Entrywise) -> tuple[str, int]:
        return self.function(node.activation, ", ".join(self.write(a) for a in node.arguments)), _ATOM

    @body.register
    def _(self, node: MatrixFunction) -> tuple[str, int]:
        return self.matrix_function(node), _ATOM

    @body.register
    def _(self, node: Diagonal) -> tuple[str, int]:
        return self.diagonal(self.write(node.vector)), _ATOM

    @body.register
    def _(self, node: Hadamard) -> tuple[str, int]:
        return self.entrywise_product(node.arguments)

    @body.register
    def _(self, node: OffDiagonal) -> tuple[str, int]:
        return self.named("off_diagonal", self.write(node.arguments[0])), _ATOM

    @body.register
    def _(self, node: Normalised) -> tuple[str, int]:
        name = "rms_norm" if not node.centred else "layer_norm" if node.over == "rows" else "batch_norm"
        if node.centred or node.over == "rows":
            return self.named(name, self.write(node.arguments[0])), _ATOM
        return self.transpose(self.named(name, self.write(node.arguments[0].T))), _POWER

    @body.register
    def _(self, node: NormScaled) -> tuple[str, int]:
        return self.named("norm_scaled", f"{self.write(node.arguments[0])}, {self.write(node.norms)}"), _ATOM

    @body.register
    def _(self, node: SquaredDistances) -> tuple[str, int]:
        return self.named("squared_distances", ", ".join(self.write(a) for a in dict.fromkeys(node.arguments))), _ATOM

    @body.register
    def _(self, node: Trace) -> tuple[str, int]:
        return self.trace(self.write(node.arguments[0])), _ATOM

    @body.register
    def _(self, node: Block) -> tuple[str, int]:
        return self.blocks([[self.write(part) for part in row] for row in node.grid]), _ATOM

    @abstractmethod
    def bracket(self, body: str) -> str: ...

    @abstractmethod
    def leaf_name(self, name: str) -> str: ...

    @abstractmethod
    def identity(self, node: Identity) -> str: ...

    @abstractmethod
    def scalar(self, value: sympy.Expr) -> str: ...

    @abstractmethod
    def transpose(self, body: str) -> str: ...

    @abstractmethod
    def power(self, body: str, exponent: str) -> str: ...

    @abstractmethod
    def product(self, pieces: list[str]) -> str: ...

    @abstractmethod
    def inverse(self, node: Expression) -> tuple[str, int]: ...

    @abstractmethod
    def real_power(self, node: Expression, exponent: sympy.Expr) -> tuple[str, int]: ...

    @abstractmethod
    def function(self, activation: Any, body: str) -> str: ...

    @abstractmethod
    def matrix_function(self, node: MatrixFunction) -> str: ...

    @abstractmethod
    def named(self, word: str, body: str) -> str: ...

    @abstractmethod
    def entrywise_product(self, factors: Sequence[Expression]) -> tuple[str, int]: ...

    @abstractmethod
    def diagonal(self, body: str) -> str: ...

    @abstractmethod
    def trace(self, body: str) -> str: ...

    @abstractmethod
    def blocks(self, table: list[list[str]]) -> str: ...

    @abstractmethod
    def scaled(self, size: sympy.Expr, term: Expression) -> str: ...


class _Text(_Printer):
    ellipsis = "..."

    def bracket(self, body: str) -> str:
        return f"({body})"

    def leaf_name(self, name: str) -> str:
        return name

    def identity(self, node: Identity) -> str:
        return "I"

    def scalar(self, value: sympy.Expr) -> str:
        return str(value)

    def transpose(self, body: str) -> str:
        return f"{body}.T"

    def power(self, body: str, exponent: str) -> str:
        return f"{body}**{exponent}"

    def product(self, pieces: list[str]) -> str:
        return " @ ".join(pieces)

    def inverse(self, node: Expression) -> tuple[str, int]:
        return f"inv({self.write(node)})", _ATOM

    def real_power(self, node: Expression, exponent: sympy.Expr) -> tuple[str, int]:
        if exponent == -1:
            return self.inverse(node)
        if exponent == sympy.Rational(1, 2):
            return f"sqrt({self.write(node)})", _ATOM
        body = str(exponent) if exponent.is_Integer and exponent > 0 else f"({exponent})"
        return self.power(self.write(node, _ATOM), body), _POWER

    def function(self, activation: Any, body: str) -> str:
        name = str(activation)
        return f"{name}({body})" if name.isidentifier() else f"entrywise({name}, {body})"

    def matrix_function(self, node: MatrixFunction) -> str:
        return f"funm({node.formula}, {self.write(node.matrix)})"

    def named(self, word: str, body: str) -> str:
        return f"{word}({body})"

    def entrywise_product(self, factors: Sequence[Expression]) -> tuple[str, int]:
        return f"hadamard({', '.join(self.write(factor) for factor in factors)})", _ATOM

    def diagonal(self, body: str) -> str:
        return f"diag({body})"

    def trace(self, body: str) -> str:
        return f"tr({body})"

    def blocks(self, table: list[list[str]]) -> str:
        return "[" + ", ".join("[" + ", ".join(row) + "]" for row in table) + "]"

    def scaled(self, size: sympy.Expr, term: Expression) -> str:
        numerator, denominator = sympy.fraction(size)
        top = "" if numerator == 1 else f"{_guard(numerator)} * "
        bottom = "" if denominator == 1 else f" / {_guard(denominator)}"
        if isinstance(term, Identity) and term.rows == (ONE,):
            return self.bracket(str(size)) if size.is_Add else str(size)
        return f"{top}{self.write(term, _PRODUCT)}{bottom}"


def _guard(value: sympy.Expr) -> str:
    body = str(value)
    return f"({body})" if value.is_Add or value.is_Mul else body


class _Latex(_Printer):
    ellipsis = r"\ldots"

    def bracket(self, body: str) -> str:
        return rf"\left({body}\right)"

    def leaf_name(self, name: str) -> str:
        return sympy.latex(sympy.Symbol(name))

    def identity(self, node: Identity) -> str:
        return "I_{" + "+".join(sympy.latex(s) for s in node.rows) + "}"

    def scalar(self, value: sympy.Expr) -> str:
        return sympy.latex(value)

    def transpose(self, body: str) -> str:
        return f"{body}^{{\\top}}"

    def power(self, body: str, exponent: str) -> str:
        return f"{body}^{{{exponent}}}"

    def product(self, pieces: list[str]) -> str:
        return " ".join(pieces)

    def inverse(self, node: Expression) -> tuple[str, int]:
        return self.power(self.write(node, _ATOM), "-1"), _POWER

    def real_power(self, node: Expression, exponent: sympy.Expr) -> tuple[str, int]:
        body = str(exponent) if exponent.is_Rational else self.scalar(exponent)
        return self.power(self.write(node, _ATOM), body), _POWER

    def function(self, activation: Any, body: str) -> str:
        return rf"{activation.latex}\left({body}\right)"

    def matrix_function(self, node: MatrixFunction) -> str:
        formula, x = sympy.latex(node.formula), sympy.latex(node.fields[2])
        return rf"\left.{formula}\right|_{{{x} = {self.write(node.matrix)}}}"

    def named(self, word: str, body: str) -> str:
        name = word.replace("_", r"\_")
        return rf"\operatorname{{{name}}}\left({body}\right)"

    def entrywise_product(self, factors: Sequence[Expression]) -> tuple[str, int]:
        return r" \odot ".join(self.write(factor, _PRODUCT + 1) for factor in factors), _PRODUCT

    def diagonal(self, body: str) -> str:
        return rf"\operatorname{{diag}}\left({body}\right)"

    def trace(self, body: str) -> str:
        return rf"\operatorname{{tr}}\left[{body}\right]"

    def blocks(self, table: list[list[str]]) -> str:
        rows = r" \\ ".join(" & ".join(row) for row in table)
        return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"

    def scaled(self, size: sympy.Expr, term: Expression) -> str:
        if isinstance(term, Identity) and term.rows == (ONE,):
            return self.bracket(self.scalar(size)) if size.is_Add else self.scalar(size)
        body = self.write(term, _PRODUCT)
        if size == 1:
            return body
        numerator, denominator = sympy.fraction(size)
        if numerator == 1 and not size.is_Rational:
            return rf"\frac{{1}}{{{self.scalar(denominator)}}} {body}"
        head = self.bracket(self.scalar(size)) if size.is_Add else self.scalar(size)
        return f"{head} {body}"


def text(node: Expression, names: Names | None = None) -> str:
    """Return an expression as plain text.

    Parameters
    ----------
    node : Expression
    names : mapping of Expression to str, optional
        Names of nodes, of leaves or of whole sub-expressions.
    """
    return _Text(names).write(node)


def latex(node: Expression, names: Names | None = None) -> str:
    """Return an expression as LaTeX (math mode)."""
    return _Latex(names).write(node)
