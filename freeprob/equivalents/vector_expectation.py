"""u^T M v -> N tr M delta_uv: the average over independent vectors.

A number built from independent vectors with iid centred entries of unit variance (and from matrices independent of
them) is, to leading order, the sum over pairings of the vectors; each pairing closes words of matrices to unnormalised
traces: ``E[u^T M v v^T M' u] = Tr(M M')``. Quadratic forms concentrate (Hanson-Wright; Rudelson and Vershynin 2013),
so that products of cycles are products of limits and pairings with fewer cycles are of lower order.

Given vectors are not averaged over: words between two of them, ``a^T M u u^T M' b -> a^T M M' b``, are traces with the
given matrix ``b a^T``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import sympy

from ..errors import ScalingError, UnsupportedModel
from ..language.ensembles.given import given
from ..language.expression import ONE, Expression, walk
from ..language.given_array import GivenArray
from ..language.given_sizes import array_of
from ..language.nodes import Block, Identity, Inverse, Leaf, Product, Sum, Trace, Transpose, Zero
from ..language.operations import block, combine, identity, multiply, tr
from ..language.scalars import degree

__all__ = ["LeadingMoments", "TracePolynomial", "expand_vectors", "leading_moments", "trace_polynomial", "word"]


@dataclass(frozen=True)
class TracePolynomial:
    """A rational function of normalised traces.

    Attributes
    ----------
    formula : SymPy expression
        In the placeholders.
    traces : dict of Symbol to Expression
        The expression whose normalised trace each placeholder stands for.
    averaged : bool
        Whether vectors were averaged out.
    outer : dict of Leaf to Expression
        Given matrices that stand for outer products of given vectors.
    """

    formula: sympy.Expr
    traces: dict[sympy.Symbol, Expression]
    averaged: bool
    outer: dict[Leaf, Expression] = field(default_factory=dict)


class _Builder:
    def __init__(self) -> None:
        self.placeholders: dict[Expression, sympy.Symbol] = {}
        self.averaged = False
        self.traced: dict[Expression, tuple[sympy.Expr, sympy.Expr]] = {}
        self.inner: dict[Expression, tuple[sympy.Expr, sympy.Expr]] = {}
        self.denominators: dict[Expression, tuple[sympy.Expr, sympy.Expr]] = {}
        self.outer: dict[tuple[Leaf, Leaf], Leaf] = {}

    def trace(self, node: Expression) -> tuple[sympy.Expr, sympy.Expr]:
        """Return (normalised trace of a vector-free expression, its order in the sizes)."""
        if node not in self.traced:
            self.traced[node] = self._trace(node)
        return self.traced[node]

    def _trace(self, node: Expression) -> tuple[sympy.Expr, sympy.Expr]:
        value = sympy.S.Zero
        order = sympy.S.NegativeInfinity
        for part, scalar in node.terms():
            if isinstance(part, Identity):
                term = sympy.S.One
            else:
                word, factor = rotate(part)
                mirrored, other = rotate(part.T)
                if mirrored in self.placeholders:  # tr(A) = tr(A^T)
                    word, factor = mirrored, other
                if word not in self.placeholders:
                    self.placeholders[word] = sympy.Symbol(f"T{len(self.placeholders) + 1}")
                term = factor * self.placeholders[word]
            value += scalar * term
            order = max(order, degree(scalar) + part.order)
        return value, order

    def number(self, node: Expression) -> sympy.Expr:
        """Return a 1 x 1 expression as a function of placeholders, keeping what has a limit."""
        total: list[sympy.Expr] = []
        for part, scalar in expand_vectors(node).terms():
            if _unpaired(part):
                continue
            words = [(value, order + degree(scalar)) for value, order in self.word(part)]
            _refuse_vanishing_arrays(part, scalar, words)
            for value, order in words:
                if order > 0:
                    raise ScalingError(
                        f"the term {scalar} * {part} of the number grows like N^({order}); divide by a size"
                    )
                if order == 0:
                    total.append(scalar * value)
        return sympy.Add(*total)

    def word(self, part: Expression) -> Iterator[tuple[sympy.Expr, sympy.Expr]]:
        """Yield (value, order) of each pairing of a product of 1 x 1 factors."""
        factors = part.arguments if isinstance(part, Product) else (part,)
        value, order = sympy.S.One, sympy.S.Zero
        chain: list[Expression] = []
        scalars: list[Expression] = []
        for factor in factors:
            if isinstance(factor, Trace):
                node = factor.arguments[0]
                if node not in self.inner:
                    self.inner[node] = self.trace_of_any(node)
                inner, extra = self.inner[node]
                value, order = value * inner, order + extra
            elif isinstance(factor, Inverse) and factor.is_number:
                node = factor.arguments[0]
                if node not in self.denominators:
                    self.denominators[node] = self.denominator(node)
                inner, extra = self.denominators[node]
                value, order = value / inner, order - extra
            elif (number := _scalar_leaf(factor)) is not None:
                scalars.append(number)
            elif not (isinstance(factor, Identity) and factor.is_number):
                chain.append(factor)
        for leaf in dict.fromkeys(scalars):
            power = scalars.count(leaf)
            if power > 2:
                raise UnsupportedModel(
                    f"vector_expectation: the moment of order {power} of the number {leaf} is needed, and this rule "
                    "knows the mean and the variance of its entries alone"
                )
            if power == 1:
                return
            self.averaged = True
        for cycles in _pairings(_segments(chain)):
            term, extra = value, order
            for cycle in cycles:
                matrix, inside = cycle.matrix, [] if cycle.ends is None else [self.outer_product(*cycle.ends)]
                inner, growth = self.trace(multiply(matrix, *inside))
                term, extra = term * cycle.size * inner, extra + 1 + growth
                self.averaged |= cycle.averaged
            yield term, extra

    def outer_product(self, left: Leaf, right: Leaf) -> Expression:
        """Return the given matrix ``right left^T``, counted as of order one, as are traces with it."""
        if (right, left) in self.outer:
            return self.outer[right, left].T
        if (left, right) not in self.outer:
            (u, v) = (array_of(leaf).values for leaf in (left, right))  # type: ignore[union-attr]
            name = f"E_{len(self.outer) + 1}"
            self.outer[left, right] = given(right.rows[0], left.rows[0], GivenArray(v @ u.T), name=name)
        return self.outer[left, right]

    def denominator(self, node: Expression) -> tuple[sympy.Expr, sympy.Expr]:
        """Return (leading value, order) of a number that is divided by; it must concentrate."""
        value, order = self.leading(node)
        if value == 0:
            raise UnsupportedModel(f"vector_expectation: {node} vanishes in the limit, so nothing can be divided by it")
        if any(is_vector(leaf) for leaf in walk(node)):
            spread = sympy.expand(self.leading(multiply(node, node))[0] - value**2)
            if spread != 0:
                raise UnsupportedModel(
                    f"vector_expectation: {node} fluctuates in the limit (its variance is {spread}), so a quotient by "
                    "it is not a function of its mean. Remedy: divide by numbers that concentrate, such as traces and "
                    "squared norms"
                )
        return value, order

    def leading(self, node: Expression) -> tuple[sympy.Expr, sympy.Expr]:
        """Return (leading value, order) of a 1 x 1 expression."""
        return self.leading_of(expand_vectors(node).terms())

    def leading_of(self, parts: Iterable[tuple[Expression, sympy.Expr]]) -> tuple[sympy.Expr, sympy.Expr]:
        """Return (leading value, order) of a sum of products."""
        return _leading(
            (scalar * value, order + degree(scalar))
            for part, scalar in parts
            if not _unpaired(part)
            for value, order in self.word(part)
        )

    def trace_of_any(self, node: Expression) -> tuple[sympy.Expr, sympy.Expr]:
        """Return (leading value, order) of a normalised trace; words with vectors are closed to numbers first."""
        if node.is_number:
            return self.leading(node)
        if not any(is_vector(leaf) for leaf in walk(node)):
            return self.trace(node)
        size = sympy.Add(*node.rows)
        pairs: list[tuple[sympy.Expr, sympy.Expr]] = []
        for part, scalar in expand_vectors(node).terms():
            factors = part.arguments if isinstance(part, Product) else (part,)
            cut = next((i for i, f in enumerate(factors) if f.columns == (ONE,)), None)
            if cut is None:
                words = [self.trace(part)]
            else:
                closed = multiply(*factors[cut + 1 :], *factors[: cut + 1])
                words = [(value / size, order - 1) for value, order in self.word(closed)]
            pairs.extend((scalar * value, order + degree(scalar)) for value, order in words)
        return _leading(pairs)


def _refuse_vanishing_arrays(
    part: Expression, scalar: sympy.Expr, words: Iterable[tuple[sympy.Expr, sympy.Expr]]
) -> None:
    """Refuse a term that vanishes because the norm of a given matrix counts as of order one, which it may not be."""
    top = max((order for value, order in words if value != 0), default=sympy.S.Zero)
    array = next((leaf for leaf in walk(part) if array_of(leaf) is not None and not is_vector(leaf)), None)
    if top < 0 and array is not None:
        raise ScalingError(
            f"the term {scalar} * {part} of the number vanishes like N^({top}), since the norm of the given matrix "
            f"{array} counts as one. Remedy: where its entries are of order one, as those of labels with "
            "several outputs, write fp.sqrt(n) * fp.signal(n, k, array / numpy.sqrt(n)), with n the number of its rows"
        )


def _leading(pairs: Iterable[tuple[sympy.Expr, sympy.Expr]]) -> tuple[sympy.Expr, sympy.Expr]:
    """Return the sum of the values of highest order, and that order."""
    found: dict[sympy.Expr, list[sympy.Expr]] = {}
    for value, order in pairs:
        found.setdefault(order, []).append(value)
    top = max(found, default=sympy.S.NegativeInfinity)
    return sympy.Add(*found.get(top, [])), top


def rotate(part: Expression) -> tuple[Expression, sympy.Expr]:
    """Return (cyclic rotation that ends with an inverse, factor) with tr(part) = factor * tr(rotation)."""
    if not isinstance(part, Product) or isinstance(part.arguments[-1], Inverse):
        return part, sympy.S.One
    factors = part.arguments
    last = next((i for i in range(len(factors) - 1, -1, -1) if isinstance(factors[i], Inverse)), None)
    if last is None:
        return part, sympy.S.One
    rotated = multiply(*factors[last + 1 :], *factors[: last + 1])
    node, scalar = rotated.terms()[0]
    return node, scalar * sympy.Add(*node.rows) / sympy.Add(*part.rows)


def _scalar_leaf(node: Expression) -> Expression | None:
    """Return the leaf when a factor is a 1 x 1 random leaf, for example the label noise of a fresh point."""
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    return leaf if isinstance(leaf, Leaf) and leaf.is_number else None


def is_vector(node: Expression) -> bool:
    """Return whether a node is a vector that is given."""
    return isinstance(node, Leaf) and node.columns == (ONE,)


def _holds_vector(node: Expression) -> bool:
    if isinstance(node, Inverse) and not node.is_number:
        inside = next((leaf for leaf in walk(node) if is_vector(leaf)), None)
        if inside is not None:
            raise UnsupportedModel(
                f"vector_expectation: the vector {inside} occurs inside the inverse {node}; it makes a finite-rank "
                "part of it, which this rule excludes. Remedy: apply the Sherman-Morrison formula by hand"
            )
        return False
    if isinstance(node, Trace) or (node.is_number and isinstance(node, Inverse)):
        return False
    return is_vector(node) or any(_holds_vector(a) for a in node.arguments)


def _placed(part: Expression, spaces: list[tuple], position: int) -> Expression:
    """Return a matrix as one row of blocks, below and above zeros, as a product with a matrix of 0 and 1."""
    if len(spaces) == 1:
        return part
    column = [[identity(s) if k == position else Zero.intern(s, part.rows)] for k, s in enumerate(spaces)]
    return multiply(block(column), part)


def word(factors: Iterable[Expression]) -> Expression:
    """Return a product in which matrices that choose blocks meet: ``[I 0] [I 0]^T -> I`` and ``[I 0] [0 I]^T -> 0``."""
    kept: list[Expression] = []
    for node in factors:
        kept = _longer(kept, node)
    return multiply(*kept)


def _longer(kept: list[Expression], node: Expression) -> list[Expression]:
    """Return the factors of a product with one more."""
    kept = kept.copy()
    for factor in node.arguments if isinstance(node, Product) else (node,):
        row = kept[-1] if kept else factor
        if _chooses(row) and _chooses(factor.T):
            column = (line[0] for line in factor.grid)  # type: ignore[attr-defined]
            chosen = zip(row.grid[0], column, strict=True)  # type: ignore[attr-defined]
            kept[-1] = combine([(multiply(left, right), sympy.S.One) for left, right in chosen])
        else:
            kept.append(factor)
    return kept


def _chooses(node: Expression) -> bool:
    """Return whether a node is one row of blocks, all of them identities and zeros."""
    return (
        isinstance(node, Block)
        and len(node.grid) == 1
        and all(isinstance(part, (Identity, Zero)) for part in node.arguments)
    )


def _sum_of_blocks(node: Block) -> Expression:
    """Return a block matrix as the sum of the blocks that hold vectors, each in its place, and of the rest."""
    heights, widths = [row[0].rows for row in node.grid], [part.columns for part in node.grid[0]]
    terms: list[tuple[Expression, sympy.Expr]] = []
    rest = [list(row) for row in node.grid]
    for i, row in enumerate(node.grid):
        for j, part in enumerate(row):
            if _holds_vector(part):
                rest[i][j] = Zero.intern(part.rows, part.columns)
                column = _placed(part, heights, i)
                terms.append((_placed(column.T, widths, j).T, sympy.S.One))
    if any(not isinstance(part, Zero) for row in rest for part in row):
        terms.append((block(rest), sympy.S.One))
    return combine(terms)


def expand_vectors(node: Expression) -> Expression:
    """Distribute products over those sums and blocks that hold vectors; others stay whole."""
    if isinstance(node, Block) and _holds_vector(node):
        return expand_vectors(_sum_of_blocks(node))
    if isinstance(node, Sum):
        return combine([(expand_vectors(part), scalar) for part, scalar in node.terms()])
    if isinstance(node, Product):
        words: list[tuple[list[Expression], sympy.Expr]] = [([], sympy.S.One)]
        for factor in node.arguments:
            split = _holds_vector(factor) or factor.is_number
            whole = not isinstance(factor, (Sum, Product, Block)) or not split
            parts = ((factor, sympy.S.One),) if whole else expand_vectors(factor).terms()
            longer = ((_longer(before, part), scalar * c) for before, scalar in words for part, c in parts)
            words = [(kept, scalar) for kept, scalar in longer if not isinstance(kept[-1], Zero)]
        products = [(multiply(*factors), scalar) for factors, scalar in words]
        return combine(products) if products else Zero.intern(node.rows, node.columns)
    _holds_vector(node)
    return node


@dataclass(frozen=True)
class _Segment:
    """``left^T matrix right``."""

    left: Expression
    matrix: Expression
    right: Expression


def _segments(chain: list[Expression]) -> list[_Segment]:
    segments: list[_Segment] = []
    start: Expression | None = None
    middle: list[Expression] = []
    for factor in chain:
        if start is None:
            if not (isinstance(factor, Transpose) and is_vector(factor.arguments[0])):
                raise UnsupportedModel(f"{factor} cannot begin a number; a row vector was expected")
            start, middle = factor.arguments[0], []
        elif is_vector(factor):
            matrix = multiply(*middle) if middle else identity(start.rows)
            segments.append(_Segment(start, matrix, factor))
            start = None
        else:
            middle.append(factor)
    if start is not None:
        raise UnsupportedModel("a row vector is not closed by a column vector")
    return segments


@dataclass(frozen=True)
class _Cycle:
    """``size tr(matrix)``, or with two given vectors as ends ``left^T matrix right``, counted as ``size tr``.

    ``averaged`` says whether random vectors were paired.
    """

    size: sympy.Expr
    matrix: Expression
    ends: tuple[Leaf, Leaf] | None
    averaged: bool


def _pairings(segments: list[_Segment]) -> Iterator[list[_Cycle]]:
    """Yield the cycles of every pairing of equal random vectors; nothing when a vector stays alone."""
    ends: dict[Expression, list[tuple[int, bool]]] = {}
    closed = [k for k, s in enumerate(segments) if s.left is s.right and array_of(s.left) is None]
    for k, segment in enumerate(segments):
        if k in closed:  # pairing the ends of one segment with others has fewer cycles, so it is of lower order
            continue
        for vector, at_right in ((segment.left, False), (segment.right, True)):
            if array_of(vector) is None:
                ends.setdefault(vector, []).append((k, at_right))
    if any(len(places) % 2 for places in ends.values()):
        return
    for matching in _matchings([places for places in ends.values()]):
        pairs = [*matching, *(((k, False), (k, True)) for k in closed)]
        partner = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
        yield _cycles(segments, partner)


def _matchings(groups: list[list[tuple[int, bool]]]) -> Iterator[list[tuple]]:
    if not groups:
        yield []
        return
    first, rest = groups[0], groups[1:]
    if not first:
        yield from _matchings(rest)
        return
    for i in range(1, len(first)):
        remaining = first[1:i] + first[i + 1 :]
        for tail in _matchings([remaining, *rest]):
            yield [(first[0], first[i]), *tail]


def _cycles(segments: list[_Segment], partner: dict[tuple[int, bool], tuple[int, bool]]) -> list[_Cycle]:
    """Return what the pairs close: first the paths between given vectors, then the cycles."""
    cycles = []
    free = set(range(len(segments)))
    starts = [(k, True) for k, s in enumerate(segments) if array_of(s.left) is not None]
    starts += [(k, False) for k, s in enumerate(segments) if array_of(s.right) is not None]
    while free:
        k, forward = start = next((place for place in starts if place[0] in free), (min(free), True))
        first = segments[k].left if forward else segments[k].right
        open_ended = start in starts
        factors: list[Expression] = []
        while True:
            free.discard(k)
            segment = segments[k]
            factors.append(segment.matrix if forward else segment.matrix.T)
            last = segment.right if forward else segment.left
            if array_of(last) is not None:
                break
            k, at_right = partner[k, forward]
            forward = not at_right
            if k == start[0]:
                break
        ends = (first, last) if open_ended else None
        averaged = not open_ended or len(factors) > 1
        cycles.append(_Cycle(first.rows[0], multiply(*factors), ends, averaged))  # type: ignore[arg-type]
    return cycles


def trace_polynomial(node: Expression) -> TracePolynomial:
    """Return a 1 x 1 expression as a rational function of normalised traces of vector-free expressions.

    Parameters
    ----------
    node : Expression
        1 x 1, without entrywise functions.

    Raises
    ------
    ScalingError
        If a term diverges.
    UnsupportedModel
        If a vector occurs inside the inverse of a matrix.
    """
    builder = _Builder()
    return _polynomial(builder, builder.number(node))


def _polynomial(builder: _Builder, formula: sympy.Expr) -> TracePolynomial:
    traces = {symbol: expression for expression, symbol in builder.placeholders.items()}
    outer = {leaf: multiply(right, left.T) for (left, right), leaf in builder.outer.items()}
    return TracePolynomial(formula, traces, builder.averaged, outer)


@dataclass(frozen=True)
class LeadingMoments:
    """The mean and the root mean square of a number at their highest orders in the sizes.

    Attributes
    ----------
    mean : TracePolynomial
    order, spread_order : SymPy number
        Of the mean and of the standard deviation; the latter is minus infinity where the number concentrates.
    """

    mean: TracePolynomial
    order: sympy.Expr
    spread_order: sympy.Expr


def leading_moments(node: Expression) -> LeadingMoments:
    """Return the leading mean of a 1 x 1 expression, and how much it fluctuates."""
    builder = _Builder()
    parts = expand_vectors(node).terms()
    value, order = builder.leading_of(parts)
    alike: dict[frozenset[Expression], list[tuple[Expression, sympy.Expr]]] = {}
    for part, scalar in parts:
        alike.setdefault(_unpaired(part), []).append((part, scalar))
    square, twice = builder.leading_of(
        (multiply(part, other), scalar * factor * (1 if i == j else 2))
        for group in alike.values()
        for i, (part, scalar) in enumerate(group)
        for j, (other, factor) in enumerate(group[: i + 1])
    )
    calm = twice == 2 * order and sympy.expand(square - value**2) == 0
    return LeadingMoments(_polynomial(builder, value), order, sympy.S.NegativeInfinity if calm else twice / 2)


def _unpaired(part: Expression) -> frozenset[Expression]:
    """Return the random vectors that occur an odd number of times: two parts whose product has a mean share them."""
    odd: set[Expression] = set()
    for factor in part.arguments if isinstance(part, Product) else (part,):
        leaf = factor.arguments[0] if isinstance(factor, Transpose) else factor
        if is_vector(leaf) and array_of(leaf) is None:
            odd ^= {leaf}
    return frozenset(odd)


def trace_of(node: Expression) -> TracePolynomial:
    """Return the normalised trace of a square expression in the same form."""
    return trace_polynomial(tr(node))
