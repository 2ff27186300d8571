"""Neighbouring factors of products that become one letter, where the letters inside occur nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from ..derivation.record import Step
from ..language.expression import Expression, walk
from ..language.nodes import Product
from ..language.operations import multiply
from ..language.rewriting import rebuild
from .linear_equivalent import LinearEquivalent

__all__ = ["Merge", "merged", "occur_in", "with_merged"]

Merge = Callable[[tuple[Expression, ...]], tuple[int, Expression] | None]
"""Returns how many factors at the beginning of a list become one expression, and that; None where none do."""


def merged(expression: Expression, merge: Merge) -> Expression:
    """Return an expression with neighbouring factors of its products replaced."""
    done: dict[Expression, Expression] = {}
    for node in walk(expression):
        if not isinstance(node, Product):
            arguments = tuple(done[argument] for argument in node.arguments)
            done[node] = node if arguments == node.arguments else rebuild(node, arguments)
            continue
        factors: list[Expression] = []
        rest = node.arguments
        while rest:
            count, image = merge(rest) or (1, done[rest[0]])
            factors.append(image)
            rest = rest[count:]
        done[node] = multiply(*factors)
    return done[expression]


def occur_in(expression: Expression, letters: Collection[Expression]) -> set[Expression]:
    """Return those of some letters that occur in an expression."""
    return set(walk(expression)) & set(letters)


def with_merged(
    linear: LinearEquivalent, merge: Merge, gone: Collection[Expression], steps: tuple[Step, ...]
) -> LinearEquivalent:
    """Return a linear equivalent after the replacement; images that keep a letter that is gone stay as they are."""
    rewritten = {node: merged(image, merge) for node, image in linear.image.items()}
    image = {node: linear.image[node] if occur_in(new, gone) else new for node, new in rewritten.items()}
    expression = merged(linear.expression, merge)
    return replace(linear, expression=expression, image=image, steps=(*linear.steps, *steps))
