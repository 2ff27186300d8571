"""H K H -> the free product of K and H^2, where H^2 is free Poisson of ratio 1: R(g) = v/(1 - v g).

The square of a semicircular element is free Poisson of rate 1 (Nica and Speicher 2006, Proposition 12.13), and
``tr (H K H)^k = tr (H^2 K)^k``. No other matrix has a rule for its powers here, but functions of a population.
"""

from __future__ import annotations

from ....derivation.record import Citation, Formula, Refusal, Step
from ....language.expression import Expression
from ....language.nodes import Identity, Leaf
from ..part import Part, Reading
from ..sandwich import sandwich
from .free_product import product_part
from .gaussian_sandwich import CompoundPoisson
from .point import Point
from .semicircle import is_wigner

__all__ = ["wigner_square"]


def wigner_square(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read H K H with a Wigner matrix H."""
    found = sandwich(expression)
    if found is None or not isinstance(found.outer, Leaf) or not is_wigner(found.outer):
        return Refusal("wigner_square", f"{reader.text(expression)} is not H K H with a Wigner matrix H")
    leaf = found.outer
    size = leaf.rows[0]
    square = leaf @ leaf
    poisson = Step(
        rule="wigner_square",
        statement="H^2, H Wigner of variance v -> R(g) = v/(1 - v g)",
        status="asymptotic",
        before=(Formula(None, square),),
        references=(Citation("NicaSpeicher2006", "Proposition 12.13"),),
    )
    one = Part(square, CompoundPoisson(size, size, Point(size**0)), frozenset({leaf}), (poisson,))
    if isinstance(found.inner, Identity):
        return one
    inner = reader.read(found.inner)
    if isinstance(inner, Refusal):
        return inner
    if leaf in inner.leaves:
        return Refusal(
            "wigner_square",
            f"{reader.text(leaf)} occurs inside {reader.text(found.inner)} too; only the square of a Wigner matrix has "
            "a rule, not its other powers.",
        )
    product = product_part(expression, one, inner, reader)
    if isinstance(product, Refusal):
        return product
    return Part(expression, product.node, frozenset({leaf}), product.steps)
