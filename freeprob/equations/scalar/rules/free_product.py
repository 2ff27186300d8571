"""f(S) K f(S) -> S(t) = S_A(t) S_K(t), A = f(S)^2: S-transforms of free matrices multiply.

With ``S(t) = 1/r`` at ``t = g r`` this is ``r = r_A r_K`` at one t: ``g_A r_A = g_K r_K = g r``, that is
``g_A = g r_K`` and ``g_K = g r_A`` (Voiculescu 1987). In this form one factor may have mean zero, where the S-transform
has two branches (Rao and Speicher 2007; Arizmendi and Perez-Abreu 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ....algebra.symbols import TAU
from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....language.expression import Expression
from ....language.operations import family_function, multiply
from ..node import Node, Unknowns, curved_part
from ..part import Part, Reading, conflict, freeness
from ..sandwich import sandwich
from .point import Point
from .scaling import scaled

__all__ = ["FreeProduct", "free_product", "product_of", "product_part"]


@dataclass(frozen=True)
class FreeProduct(Node):
    """The law of ``A^(1/2) B A^(1/2)`` for free A >= 0 and self-adjoint B (free multiplicative convolution)."""

    parts: tuple[Node, ...]

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return the product of the factors, each at its own argument.

        One law next to factors with a rational S-transform needs one unknown, on its own curve.
        """
        level = sympy.Dummy("t")
        known = [part.at_level(level) for part in self.parts]
        others = [part for part, r in zip(self.parts, known, strict=True) if r is None]
        if len(others) == 1:
            factor = sympy.Mul(*(r for r in known if r is not None))
            found = others[0].along(lambda t: g * factor.xreplace({level: t}), unknowns)
            if found is not None:
                r, t = found
                return r * factor.xreplace({level: t})
        symbols = [unknowns.new("r", f"R-transform of {part} at its own argument") for part in self.parts]
        for symbol, part in zip(symbols, self.parts, strict=True):
            rest = sympy.Mul(*(other for other in symbols if other is not symbol))
            unknowns.equate(symbol, part.r_transform(g * rest, unknowns))
        return sympy.Mul(*symbols)

    def subordinated(self, z: sympy.Expr, m: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return E[1/(r b - z)] with ``r = 1/S(t)`` of the other factors, b of one law, t its level at z/r.

        The levels of all factors agree (Silverstein and Bai 1995 for a Marchenko-Pastur factor; Biane 1997,
        Proposition 2). None unless S of all factors but one is rational.
        """
        apart = curved_part(self.parts, unknowns)
        if apart is None or any(part.at_level(z) is None for part in apart[1]):
            return None
        law, others = apart
        if law.level(z, sympy.S.One, unknowns) is None:
            return None
        r = unknowns.new("r", f"1/S of {' and '.join(map(str, others))} at the level of m")
        t = TAU * law.level(z, r, unknowns)
        unknowns.equate(r, sympy.Mul(*(part.at_level(t) for part in others)))
        return law.stieltjes(z, r, unknowns)

    def at_level(self, t: sympy.Expr) -> sympy.Expr | None:
        """Return the product, where all factors are known."""
        known = [r for part in self.parts if (r := part.at_level(t)) is not None]
        return sympy.Mul(*known) if len(known) == len(self.parts) else None

    @property
    def is_nonnegative(self) -> bool | None:
        """When all factors are."""
        signs = [part.is_nonnegative for part in self.parts]
        return None if None in signs else all(signs)

    def described(self) -> str:
        """Return the law in words."""
        return f"the free product of {', '.join(map(str, self.parts))}"


def product_of(*nodes: Node) -> Node:
    """Return the free product; multiples of the identity become factors."""
    factor = sympy.Mul(*(node.place for node in nodes if isinstance(node, Point)))
    others = [node for node in nodes if not isinstance(node, Point)]
    flat = [part for node in others for part in (node.parts if isinstance(node, FreeProduct) else (node,))]
    if not flat:
        return Point(factor)
    return scaled(flat[0] if len(flat) == 1 else FreeProduct(tuple(flat)), factor)


def product_part(
    expression: Expression, first: Part, second: Part, reader: Reading, sources: tuple[Citation, ...] = ()
) -> Part | Refusal:
    """Return the free product of two parts as the law of an expression."""
    obstacle = conflict([first, second], reader)
    if obstacle:
        return Refusal("free_product", f"{obstacle}; S-transforms do not multiply.")
    hypotheses, source = freeness([first, second], reader)
    step = Step(
        rule="free_product",
        statement="A^{1/2} B A^{1/2}, free -> R(g) = R_A(g R_B) R_B(g R_A), that is S = S_A S_B",
        status="asymptotic",
        before=(Formula(None, expression),),
        after=(Formula(None, first.expression), Formula(None, second.expression)),
        hypotheses=(*hypotheses, Hypothesis("A is positive semi-definite", "proved on the graph")),
        references=(
            Citation("Voiculescu1987", "Theorem 2.6"),
            Citation("RaoSpeicher2007", "Theorem 4"),
            Citation("ArizmendiPerezAbreu2009"),
            *sources,
            source,
        ),
    )
    node = product_of(first.node, second.node)
    return Part(expression, node, first.shield | second.shield, (step, *first.steps, *second.steps))


def free_product(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read f(S) K f(S) with a family S that is free from K."""
    found = sandwich(expression)
    if found is None or family_function(found.outer) is None:
        return Refusal(
            "free_product",
            f"{reader.text(expression)} is not f(S) K f(S) with a function f of a matrix S with a spectral law",
        )
    square = reader.read(multiply(found.outer, found.outer))
    if isinstance(square, Refusal):
        return square
    inner = reader.read(found.inner)
    return inner if isinstance(inner, Refusal) else product_part(expression, square, inner, reader)
