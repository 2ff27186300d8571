r"""B o A -> q A + (1 - q) tr(A) I + sqrt(q (1 - q) v) Xi for a random pattern B of 0 and 1 with mean q.

``B o A`` is the entrywise product. Given A, the entries of ``(B - q) o A`` are independent (those of a symmetric
pattern above the diagonal), centred, of variance ``q (1 - q) A_ij^2``. If the law of A does not change when rows or
columns are permuted, the A_ij^2 have one mean v (off the diagonal), and if the entries are delocalised, sums of them
over rows concentrate, so that the matrix acts like one of iid entries, ``sqrt(q (1 - q) v) Xi``, free of A: its
operator-valued variance is the same (Hachem, Loubaton and Najim 2007 for variance profiles; Cheng and Singer 2013 for
random kernel matrices). For A of n columns and bounded norm,

    v = (tr A A^T - (tr A)^2) / n       (the second term for square A: its diagonal entries concentrate on tr A).

On the diagonal, a pattern that keeps it leaves tr A, of which q A holds q tr A already; one that dilutes it leaves
``tr(A) D``, D diagonal with entries of law Bernoulli(q). For a symmetric pattern on a matrix that is not symmetric,
Xi is elliptic with ``tau = (tr A^2 - (tr A)^2) / (tr A A^T - (tr A)^2)``.

For A with iid Gaussian entries this is universality alone: the pairs ``(A_ij, B_ij A_ij - q A_ij)`` are iid and
uncorrelated. For A = 1 1^T it is a random graph. Percolated Wigner and Wishart matrices: Granziol 2020.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

from ..derivation.coefficient import Coefficient
from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..errors import UnsupportedModel
from ..language.ensembles.elliptic import elliptic
from ..language.ensembles.gaussian import gaussian
from ..language.ensembles.mask import mask
from ..language.ensembles.ones import ones
from ..language.ensembles.wigner import wigner
from ..language.expression import ONE, Expression, walk
from ..language.hadamard import hadamard, is_all_ones
from ..language.nodes import Entrywise, Hadamard, Leaf, Normalised, Sum, Transpose, Zero
from ..language.operations import combine, identity, multiply, tr
from ..language.primitive import primitive
from ..language.printing import Names, text
from ..language.rewriting import expand, rebuild
from .coefficients import variance_coefficient
from .linear_equivalent import LinearEquivalent

__all__ = ["BondDilution"]

RULE = "bond_dilution"

ClosedForm = Callable[[Expression], sympy.Expr | None]
"""Returns the limit of a 1 x 1 linear expression in closed form, or None."""

Masks = tuple[Expression, ...]


def _leaf(mask: Expression) -> Leaf:
    leaf = mask.arguments[0] if isinstance(mask, Transpose) else mask
    assert isinstance(leaf, Leaf)
    return leaf


def _is_mask(node: Expression) -> bool:
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    return isinstance(leaf, Leaf) and leaf.ensemble.name == "bonds"


def _all_ones(like: Expression) -> Expression:
    rows, columns = like.rows[0], like.columns[0]
    sides: list[Expression] = [ones(rows)] if rows != ONE else []
    sides += [ones(columns).T] if columns != ONE else []
    return multiply(*sides)


def _split(node: Expression) -> tuple[Masks, Expression] | None:
    """Return the random patterns in an entrywise product and the product of the rest, or None if there are none."""
    factors = node.arguments if isinstance(node, Hadamard) else (node,)
    masks = tuple(factor for factor in factors if _is_mask(factor))
    if not masks:
        return None
    rest = [factor for factor in factors if not _is_mask(factor)]
    if not rest:
        return masks, _all_ones(node)
    return masks, rest[0] if len(rest) == 1 else hadamard(rest[0], rest[1], *rest[2:])


def _is_nonlinear(node: Expression) -> bool:
    return any(isinstance(inner, (Entrywise, Normalised)) for inner in walk(node))


class BondDilution:
    """The rule for random patterns, with a memory of the matrices that they dilute.

    Patterns of a matrix that holds entrywise functions wait until its linear equivalent is known.

    Parameters
    ----------
    closed_form : callable
        The limit of a 1 x 1 linear expression in closed form, or None where there is none.
    names : mapping of Expression to str, optional
        Names of matrices in messages and in the record.
    """

    def __init__(self, closed_form: ClosedForm, names: Names):
        self.closed_form = closed_form
        self.names = names
        self.image: dict[Expression, Expression] = {}
        self.used: dict[Expression, tuple[Masks, Expression]] = {}
        self.diluted: dict[Masks, Expression] = {}
        self.coefficients: list[Coefficient] = []
        self.steps: list[Step] = []
        self.deferred: set[Leaf] = set()

    def __call__(self, expression: Expression) -> LinearEquivalent:
        """Return an expression without random patterns, but those of matrices that hold entrywise functions.

        Raises
        ------
        UnsupportedModel
            If a hypothesis fails, or an entrywise product has no rule; the message names it.
        """
        if not any(isinstance(node, Hadamard) or _is_mask(node) for node in walk(expression)):
            return LinearEquivalent(expression, {node: node for node in walk(expression)}, (), ())
        waiting, self.deferred = self.deferred, set()
        before = len(self.coefficients), len(self.steps)
        result = self.run(expression)
        self.deferred |= waiting & {n for n in walk(result) if isinstance(n, Leaf)}
        return LinearEquivalent(
            result, dict(self.image), tuple(self.coefficients[before[0] :]), tuple(self.steps[before[1] :])
        )

    def run(self, node: Expression) -> Expression:
        """Return the image of a node; terms of a sum under one pattern are diluted together."""
        if node not in self.image:
            self.image[node] = self.rewritten(node)
        return self.image[node]

    def rewritten(self, node: Expression) -> Expression:
        """Return the image of a node that is new."""
        if isinstance(node, Sum):
            return self.sum(node)
        parts = _split(node)
        if parts is not None and not _is_nonlinear(node):
            return self.dilute(parts[0], self.run(parts[1]))
        if parts is not None:
            return self.defer(parts[0], parts[1])
        arguments = tuple(self.run(argument) for argument in node.arguments)
        return node if arguments == node.arguments else rebuild(node, arguments)

    def sum(self, node: Expression) -> Expression:
        """Return the image of a sum; its terms under one pattern are diluted together."""
        groups: dict[Masks, list[tuple[Expression, sympy.Expr]]] = {}
        terms: list[tuple[Expression, sympy.Expr]] = []
        for part, scalar in node.terms():
            parts = _split(part)
            if parts is None:
                terms.append((self.run(part), scalar))
            else:
                groups.setdefault(parts[0], []).append((parts[1], scalar))
        for masks, members in groups.items():
            if any(_is_nonlinear(rest) for rest, _ in members):
                terms += [(self.defer(masks, rest), scalar) for rest, scalar in members]
            else:
                matrix = combine([(self.run(rest), scalar) for rest, scalar in members])
                terms.append((self.dilute(masks, matrix), sympy.S.One))
        return combine(terms)

    def defer(self, masks: Masks, rest: Expression) -> Expression:
        """Return the entrywise product of patterns and a matrix that holds functions, for a later pass."""
        for leaf in map(_leaf, masks):
            if leaf in self.used:
                raise self.occurs_twice(leaf)
            self.deferred.add(leaf)
        return hadamard(masks[0], self.run(rest), *masks[1:])

    def occurs_twice(self, leaf: Leaf) -> UnsupportedModel:
        """Return the error for a pattern of two matrices."""
        return UnsupportedModel(
            f"{RULE}: the pattern {text(leaf, self.names)} dilutes two different matrices, and this rule needs a "
            "pattern that is independent of all else. Remedy: collect its terms in one sum, or use two patterns"
        )

    # -- the rule ----------------------------------------------------------------------------------
    def dilute(self, masks: Masks, matrix: Expression) -> Expression:
        """Return the image of the entrywise product of patterns and a matrix."""
        if isinstance(matrix, Zero):
            return matrix
        if any(isinstance(mask, Transpose) for mask in masks) and all(mask.T is _leaf(mask) for mask in masks):
            turned = sorted(map(_leaf, masks), key=lambda leaf: leaf.index)
            return self.dilute(tuple(turned), matrix.T).T
        lead, core = primitive(matrix)
        if masks in self.diluted:
            known = self.used[_leaf(masks[0])][1]
            if known is core:
                return combine([(self.diluted[masks], lead)])
            other, turned_core = primitive(known.T)
            if turned_core is core and all(mask.T is mask for mask in masks):
                return combine([(self.diluted[masks].T, lead / other)])
        self.check(masks, core)
        image = self.diluted[masks] = self.equivalent(masks, core)
        return combine([(image, lead)])

    def check(self, masks: Masks, core: Expression) -> None:
        """Raise UnsupportedModel where a hypothesis fails on the graph."""
        for leaf in map(_leaf, masks):
            if leaf in self.used or leaf in self.deferred or sum(leaf is _leaf(mask) for mask in masks) > 1:
                raise self.occurs_twice(leaf)
        for leaf in map(_leaf, masks):
            self.used[leaf] = masks, core
        outer = {*core.rows, *core.columns} - {ONE}
        for part, _ in expand(core).terms():
            if is_all_ones(part):
                continue
            inner = [node for node in walk(part) if isinstance(node, Leaf)]
            vector = next((v for v in inner if v.columns == (ONE,) and core.columns != (ONE,)), None)
            fixed = next((a for a in inner if outer & {*a.rows, *a.columns} and not a.ensemble.is_exchangeable), None)
            if vector is not None:
                raise UnsupportedModel(
                    f"{RULE}: {text(part, self.names)} holds the vector {text(vector, self.names)}, so its entries "
                    "differ in size from row to row, and this rule needs entries of one size. Remedy: add what has "
                    "finite rank outside the entrywise product"
                )
            if fixed is not None:
                raise UnsupportedModel(
                    f"{RULE}: {text(fixed, self.names)} ({fixed.ensemble}) acts on the rows or columns of "
                    f"{text(core, self.names)}; its entries depend on the basis in which it is given, and this rule "
                    "needs a matrix whose law does not change when rows or columns are permuted. Remedy: dilute the "
                    "random matrices beside it, or give the space between them a size of its own"
                )

    def moment(self, number: Expression, core: Expression) -> sympy.Expr:
        """Return the limit of a number made of the matrix."""
        value = self.closed_form(number)
        if value is None:
            raise UnsupportedModel(
                f"{RULE}: the mean square of the entries of {text(core, self.names)} has no closed form, and this "
                "rule needs one. Remedy: dilute products and sums of Gaussian matrices, without inverses"
            )
        return value

    def equivalent(self, masks: Masks, core: Expression) -> Expression:
        """Return ``q A + (1 - q) tr(A) I`` and the noise."""
        leaves = [_leaf(mask) for mask in masks]
        keep = sympy.Mul(*(leaf.ensemble.entry_mean for leaf in leaves))
        rows, columns = core.rows[0], core.columns[0]
        size, order = (columns, core.order) if columns != ONE else (rows, core.order)
        if any(is_all_ones(part) for part, _ in core.terms()):
            order = sympy.Rational(1, 2)
        scale = size**order
        normal = combine([(core, 1 / scale)])
        square = core.is_square
        total = tr(multiply(normal, normal.T)) if columns != ONE else multiply(normal.T, normal)
        centre = self.moment(tr(normal), core) if square else sympy.S.Zero
        spread = sympy.expand(self.moment(total, core) - centre**2)
        pieces = [(core, keep)]
        if centre != 0:
            pieces += self.diagonal(leaves, keep, centre * scale, rows)
        if spread != 0 and keep != 1:
            name = "Xi_" + "".join(sorted(text(leaf, self.names) for leaf in leaves))
            tau = self.mirror(leaves, keep, normal, centre, spread) if square else sympy.S.Zero
            variance = self.named(keep * (1 - keep) * sympy.factor_terms(spread), f"v_{name[3:]}")
            noise = _noise(rows, columns, tau, name)
            pieces.append((noise, sympy.sqrt(variance / size) * scale))
        image = combine(pieces)
        self.record(masks, core, image)
        return image

    def diagonal(
        self, leaves: list[Leaf], keep: sympy.Expr, centre: sympy.Expr, size: sympy.Expr
    ) -> list[tuple[Expression, sympy.Expr]]:
        """Return what a pattern leaves of the diagonal ``centre * I`` beyond ``keep * centre * I``."""
        random = [leaf for leaf in leaves if not leaf.ensemble.has_unit_diagonal]
        if not random:
            return [(identity(size), (1 - keep) * centre)]
        chance = sympy.Mul(*(leaf.ensemble.entry_mean for leaf in random))
        name = "D_" + "".join(sorted(text(leaf, self.names) for leaf in random))
        return [(mask(size, chance, name=name), centre), (identity(size), -keep * centre)]

    def mirror(
        self, leaves: list[Leaf], keep: sympy.Expr, normal: Expression, centre: sympy.Expr, spread: sympy.Expr
    ) -> sympy.Expr:
        """Return the correlation of mirrored entries of the noise: that of the patterns times that of the matrix."""
        single = sympy.Mul(*(leaf.ensemble.entry_mean for leaf in leaves if not leaf.ensemble.mirror))
        shared = sympy.factor(single - keep) / (1 - keep) if single != 1 else sympy.S.One
        if all(not leaf.ensemble.mirror for leaf in leaves):
            return sympy.S.Zero
        if expand(normal.T) is expand(normal):
            return shared
        cross = sympy.expand(self.moment(tr(multiply(normal, normal)), normal) - centre**2)
        return sympy.cancel(shared * cross / spread)

    def named(self, value: sympy.Expr, letter: str) -> sympy.Expr:
        """Return a value, or a symbol for it where it holds an average over a law."""
        if not value.atoms(sympy.Function):
            return value
        symbol = sympy.Symbol(letter, positive=True)
        self.coefficients.append(variance_coefficient(symbol, value, "variance of what a random pattern removes"))
        return symbol

    def record(self, masks: Masks, core: Expression, image: Expression) -> None:
        """Note the step."""
        letters = ", ".join(text(_leaf(mask), self.names) for mask in masks)
        product = core
        if is_all_ones(core):
            product = masks[0] if len(masks) == 1 else Hadamard.intern(masks)
        elif not isinstance(core, Sum):
            product = hadamard(masks[0], core, *masks[1:])
        self.steps.append(
            Step(
                rule=RULE,
                statement="B o A -> q A + (1 - q) tr(A) I + sqrt(q (1 - q) v) Xi",
                status="asymptotic",
                before=(Formula(None, product),) if product is not core else (Formula(None, core, f"under {letters}"),),
                after=(Formula(None, image),),
                hypotheses=(
                    Hypothesis(f"{letters} occurs here only and is independent of all else", "proved on the graph"),
                    Hypothesis("the law of A does not change when rows or columns are permuted", "proved on the graph"),
                    Hypothesis("mean squares of rows and diagonal entries of A concentrate", "assumed"),
                    Hypothesis("all sizes grow in proportion", "asserted by the user"),
                ),
                references=(
                    Citation("Granziol2020"),
                    Citation("ChengSinger2013"),
                    Citation("HachemLoubatonNajim2007"),
                ),
            )
        )


def _noise(rows: sympy.Expr, columns: sympy.Expr, tau: sympy.Expr, name: str) -> Expression:
    if tau == 0:
        return gaussian(rows, columns, name=name)
    return wigner(rows, name=name) if tau == 1 else elliptic(rows, tau, name=name)
