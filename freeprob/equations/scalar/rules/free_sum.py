"""A + B -> R(g) = R_A(g) + R_B(g): R-transforms of free matrices add (Voiculescu 1986, Theorem 4.5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sympy

from ....algebra.symbols import TAU
from ....derivation.record import Citation, Formula, Refusal, Step
from ....language.expression import Expression
from ....language.nodes import Identity, Leaf, Sum
from ....language.operations import combine, family_function
from ....language.rewriting import transpose
from ..node import Node, Unknowns, curved_part
from ..part import Part, Reading, conflict, freeness
from .point import Point
from .scaling import scaled

__all__ = ["FreeSum", "free_sum"]


@dataclass(frozen=True)
class FreeSum(Node):
    """The law of a sum of free summands (free additive convolution)."""

    parts: tuple[Node, ...]

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return the sum, all at the same argument; equal laws are counted."""
        return sympy.Add(*(count * part.r_transform(g, unknowns) for part, count in Counter(self.parts).items()))

    def subordinated(self, z: sympy.Expr, m: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return E[1/(b - w)], ``w = z - R(-m)``, b of the one law whose R-transform is not rational, R of the others.

        R of a law with gaps has a pole where m vanishes in a gap of the sum, and this equation has none (Pastur 1972;
        Biane 1997, Proposition 2). None where no law, or more than one, is of that kind.
        """
        apart = curved_part(self.parts, unknowns)
        if apart is None:
            return None
        part, rest = apart
        return part.stieltjes(z - FreeSum(rest).r_transform(-TAU * m, unknowns), sympy.S.One, unknowns)

    @property
    def is_nonnegative(self) -> bool | None:
        """True when all summands are; otherwise not known."""
        return True if all(part.is_nonnegative for part in self.parts) else None

    @property
    def is_infinitely_divisible(self) -> bool:
        """When all summands are."""
        return all(part.is_infinitely_divisible for part in self.parts)

    def described(self) -> str:
        """Return the law in words."""
        return f"the free sum of {', '.join(map(str, self.parts))}"


def free_sum(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read a linear combination of self-adjoint terms that are free of each other."""
    if not isinstance(expression, Sum):
        return Refusal("free_sum", f"{reader.text(expression)} is not a sum")
    shift, groups = _terms(expression)
    parts: list[Part] = []
    nodes: list[Node] = [Point(shift)] if shift != 0 else []
    for term, factor in groups:
        if transpose(term) is not term:
            return Refusal("free_sum", f"the term {reader.text(term)} of {reader.text(expression)} is not self-adjoint")
        part = reader.read(term)
        if isinstance(part, Refusal):
            return part
        parts.append(part)
        nodes.append(scaled(part.node, factor))
    obstacle = conflict(parts, reader)
    if obstacle:
        return Refusal("free_sum", f"{obstacle}; R-transforms do not add.")
    node = nodes[0] if len(nodes) == 1 else FreeSum(tuple(nodes))
    shield = frozenset().union(*(part.shield for part in parts))
    inner = tuple(step for part in parts for step in part.steps)
    return Part(expression, node, shield, (_step(expression, shift, groups, parts, reader), *inner))


def _terms(expression: Sum) -> tuple[sympy.Expr, list[tuple[Expression, sympy.Expr]]]:
    """Return the multiple of the identity, and the other terms with factors; functions of one matrix are joined."""
    shift = sympy.S.Zero
    families: dict[Leaf, list[tuple[Expression, sympy.Expr]]] = {}
    others: list[tuple[Expression, sympy.Expr]] = []
    for term, factor in expression.terms():
        found = family_function(term)
        if isinstance(term, Identity):
            shift += factor
        elif found is not None:
            families.setdefault(found[0], []).append((term, factor))
        else:
            others.append((term, factor))
    joined = [pairs[0] if len(pairs) == 1 else (combine(pairs), sympy.S.One) for pairs in families.values()]
    return shift, [*joined, *others]


def _step(
    expression: Expression,
    shift: sympy.Expr,
    groups: list[tuple[Expression, sympy.Expr]],
    parts: list[Part],
    reader: Reading,
) -> Step:
    rows = [Formula(None, combine([pair])) for pair in groups]
    if len(parts) < 2:
        words = "scaling" if shift == 0 else "shift"
        statement = "s A + a I -> R(g) = s R_A(s g) + a" if shift != 0 else "s A -> R(g) = s R_A(s g)"
        place = Citation("NicaSpeicher2006", "Remark 12.7")
        return Step(words, statement, "exact", (Formula(None, expression),), tuple(rows), (), (place,))
    hypotheses, source = freeness(parts, reader)
    return Step(
        rule="free_sum",
        statement="A + B, free -> R(g) = R_A(g) + R_B(g)",
        status="asymptotic",
        before=(Formula(None, expression),),
        after=tuple(rows),
        hypotheses=hypotheses,
        references=(Citation("Voiculescu1986", "Theorem 4.5"), source),
    )
