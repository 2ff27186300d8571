"""Which factors can stand side by side in the words of an expression, without writing the words down.

Products of sums have exponentially many words, but which letters may follow each other is known from the first and the
last letters of each node, as for regular expressions (V. M. Glushkov, Russian Math. Surveys 16, 1961).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence

from ..language.expression import Expression, walk
from ..language.nodes import (
    Diagonal,
    Identity,
    Inverse,
    Leaf,
    MatrixFunction,
    Product,
    SpectralFunction,
    Sum,
    Transpose,
)

__all__ = ["AdjacentFactors"]


class AdjacentFactors:
    """The letters of the words of an expression, and which of them may be neighbours.

    Functions of one family count as one letter, since neighbours of them are multiplied. What may cancel, an isometry
    and its transpose or two functions of one family, makes neighbours of what stands around it; where factors may
    change their order, or inverses cancel, all letters count as neighbours.

    Parameters
    ----------
    expression : Expression
    holding : callable
        Sums are distributed over that hold a leaf for which it is true, as in
        :func:`~freeprob.language.rewriting.expand`.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.adjacent_factors import AdjacentFactors
    >>> n = fp.sizes("n")
    >>> A, B, C, D = (fp.gaussian(n, n) for _ in range(4))
    >>> found = AdjacentFactors((A + B) @ (C + A) @ D, lambda leaf: True)
    >>> found.may_hold([A, C, D]), found.may_hold([C, A])
    (True, False)
    """

    def __init__(self, expression: Expression, holding: Callable[[Leaf], bool]):
        self.letters: set[Hashable] = set()
        self.pairs: set[tuple[Hashable, Hashable]] = set()
        held: set[Expression] = set()
        ends: dict[Expression, tuple[frozenset, frozenset]] = {}
        for node in walk(expression):
            if (isinstance(node, Leaf) and holding(node)) or not held.isdisjoint(node.arguments):
                held.add(node)
            ends[node] = self._ends(node, node in held, ends)
        self.in_order = not any(isinstance(letter, (Diagonal, Inverse, MatrixFunction)) for letter in self.letters)
        self._cancel()

    def _cancel(self) -> None:
        """Add the neighbours of what may cancel, until there are no more."""
        while True:
            before: dict[Hashable, set[Hashable]] = {}
            after: dict[Hashable, set[Hashable]] = {}
            for one, other in self.pairs:
                before.setdefault(other, set()).add(one)
                after.setdefault(one, set()).add(other)
            gone = [pair for pair in self.pairs if _may_cancel(*pair)]
            gone += [(letter, letter) for letter in self.letters if isinstance(letter, Identity)]
            new = {pair for one, other in gone for pair in itertools.product(before.get(one, ()), after.get(other, ()))}
            if new <= self.pairs:
                return
            self.pairs |= new

    def _ends(
        self, node: Expression, distributed: bool, ends: dict[Expression, tuple[frozenset, frozenset]]
    ) -> tuple[frozenset, frozenset]:
        """Return the first and the last letters of the words of a node."""
        parts = [ends[argument] for argument in node.arguments]
        if distributed and isinstance(node, Sum):
            return frozenset().union(*(first for first, _ in parts)), frozenset().union(*(last for _, last in parts))
        if isinstance(node, Product):
            for (_, last), (first, _) in itertools.pairwise(parts):
                self.pairs.update(itertools.product(last, first))
            return parts[0][0], parts[-1][1]
        self.letters.add(_letter(node))
        return (frozenset([_letter(node)]),) * 2

    def may_hold(self, word: Sequence[Expression]) -> bool:
        """Return False where no word of the expression holds these factors side by side."""
        letters = [_letter(node) for node in word]
        if not self.letters.issuperset(letters):
            return False
        return not self.in_order or self.pairs.issuperset(itertools.pairwise(letters))


def _may_cancel(one: Hashable, other: Hashable) -> bool:
    if one is other:
        return isinstance(one, Leaf) and one.ensemble.is_family
    (leaf, turned) = (one, other) if isinstance(one, Leaf) else (other, one)
    return (
        isinstance(leaf, Leaf)
        and leaf.ensemble.is_isometry
        and isinstance(turned, Transpose)
        and turned.arguments[0] is leaf
    )


def _letter(node: Expression) -> Hashable:
    return node.leaf if isinstance(node, SpectralFunction) else node
