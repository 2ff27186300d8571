"""How many quadrature nodes the averages over continuous laws need.

An average over N nodes replaces the law by N atoms. With weak randomness the integrand has poles close to the law's
support, and too few nodes give a wrong number that solves its own equations exactly. So the number of nodes is
doubled until two rules agree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Protocol

import numpy as np

from ..errors import SolveError
from ..program.binding import Binding

__all__ = [
    "CAP",
    "approximate",
    "are_exact",
    "finer_count",
    "growing_counts",
    "refuse_many_variables",
    "resolved_nodes",
]

CAP = 3200
_AGREE = 1e-9
_AGREE_ALONG = 1e-10
"""For averages along paths, whose errors close to an edge are a thousand times those elsewhere."""
_LARGEST = 150_000
"""Largest number of nodes of one law."""
_LARGEST_ALONG = 12_000
"""Largest number of combinations of nodes of one side and one layer."""
_COMBINED = 16
"""How much farther the count goes where a rule has all combinations of the nodes of factors, 2 sqrt(count) for two."""
_MOST_VARIABLES = 3
"""Largest number of variables of one integral, but for those that enter through one function each."""
_ROUNDED = 1e-5
"""A smaller change between the longest rules is taken for rounding."""


class Rule(Protocol):
    """What has a quadrature rule: a law, or one side of a path."""

    def rule_size(self, count: int) -> int:
        """Return the number of nodes of the rule."""

    def rule_is_exact(self, count: int) -> bool:
        """Return whether the rule is the law itself."""


def approximate(binding: Binding) -> bool:
    """Return whether rules of few nodes stand for laws: for continuous ones and for long lists of values."""
    return any(not law.is_atomic or law.has_many_atoms for law in binding.averaged)


def are_exact(laws: Iterable[Rule], count: int) -> bool:
    """Return whether rules of this count are the laws themselves, sums of so many point masses or fewer."""
    return all(law.rule_is_exact(count) for law in laws)


def growing_counts(laws: Collection[Rule], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield first, 2 first, ... up to last, each with the size of the largest rule, where a rule is larger than before.

    Rules of several factors have the same nodes at neighbouring counts; equal answers are then no agreement.
    """
    known: tuple[int, ...] = ()
    count = first
    while count <= last:
        sizes = tuple(law.rule_size(count) for law in laws)
        if sizes != known:
            yield count, max(sizes, default=1)
        count, known = 2 * count, sizes


def finer_count(laws: Collection[Rule], count: int) -> int:
    """Return the next of the counts 2 count, 4 count, ... at which a rule is larger; twice the count if none is."""
    counts = (finer for finer, _ in growing_counts(laws, count, count << 20) if finer > count)
    return 2 * count if are_exact(laws, count) else next(counts, 2 * count)


def refuse_many_variables(binding: Binding) -> None:
    """Refuse integrals over many shifts of neurons, which a rule of all combinations of nodes does not resolve.

    Raises
    ------
    SolveError
    """
    for symbol, count in binding.joint_variables().items():
        if count > _MOST_VARIABLES:
            raise SolveError(
                f"the average over the law {symbol} is an integral over {count} variables at "
                f"once (such as the shifts that the neurons of one residual stream see), and at most {_MOST_VARIABLES} "
                "are resolved in reasonable time. Remedy: blocks of two weights, h + V f(W h), whose layers fall "
                "apart; activations without a mean; or fewer layers that a skip connection joins"
            )


def resolved_nodes(binding: Binding, evaluate: Callable[[int], np.ndarray], first: int) -> int:
    """Return a number of nodes at which an answer no longer depends on it.

    Parameters
    ----------
    binding : Binding
    evaluate : callable
        The answer at some points with a number of nodes.
    first : int
        The number to begin with.

    Raises
    ------
    SolveError
        If the answer still changes at the largest number.
    """
    laws = binding.averaged
    if are_exact(laws, first):
        return first
    compressed = all(law.is_atomic for law in laws)  # long lists of values: few nodes often do, and are much cheaper
    change = np.inf
    # a rule with all combinations of the nodes of factors
    combined = not binding.along and any(law.rule_size(first) >= 4 * first for law in laws)
    start = max(1, first // 2 if binding.along else first // 4 if compressed else first // 16 if combined else first)
    previous, known = None, 0
    limit = _COMBINED * CAP if combined else CAP  # each factor has far fewer nodes than the count
    for count, size in growing_counts(laws, start, limit):
        if size > (_LARGEST_ALONG if binding.along else _LARGEST):
            break
        try:
            current = evaluate(count)
        except SolveError:  # poles of the rule on the axis look like missing solutions
            current = None
        if current is not None and compressed and are_exact(laws, count):
            return count
        if previous is not None and current is not None:
            scale = np.max(np.abs(current)) + 1e-300
            change = np.max(np.abs(current - previous)) / scale
            if change <= (_AGREE_ALONG if binding.along else _AGREE):
                return count
        previous, known = current, size
    names = ", ".join(f"{symbol} = {law}" for symbol, law in binding.laws.items())
    if binding.along:
        raise SolveError(
            f"the averages over the many independent coordinates of the law {names} are not resolved by {known} nodes "
            f"in a layer and beside it: the answer still changes by {change:.0e} of itself. Use smoother activations, "
            "fewer layers that a skip connection joins, or functions of fewer pre-activations in each"
        )
    if combined:
        raise SolveError(
            f"the average over the law {names} is not resolved by {known} quadrature nodes: it is an "
            "integral over several variables at once, whose rule has all combinations of their nodes, and the next one "
            f"would have more than {_LARGEST}. Use laws with atoms, activations that are linear piece by piece, or "
            "fewer layers that a skip connection joins"
        )
    if change <= _ROUNDED:
        raise SolveError(
            f"the answer is not resolved by {CAP} quadrature nodes: it still changes by {change:.0e} of itself, as by "
            "rounding in a small difference of large terms (Remedy: a larger penalty, or noise), or in an "
            "average that converges slowly (Remedy: a law with atoms, or more randomness)"
        )
    raise SolveError(
        f"the average over the law {names} is not resolved by {CAP} quadrature nodes: the randomness added to the "
        "deterministic matrix is too weak (or absent), so that its own spectrum shows. Use a law with atoms, or more "
        "randomness"
    )
