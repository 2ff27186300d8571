"""The pre-activations of a model, their covariances at one place, and the shifts of their neurons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy

from ..derivation.record import Hypothesis, Refusal
from ..errors import UnsupportedModel
from ..language.expression import Expression, walk
from ..language.leaves import leaves_of
from ..language.nodes import Leaf, Zero
from ..language.operations import combine, identity, tr
from ..language.primitive import primitive
from ..language.printing import Names
from .closed_forms import ClosedForms
from .coefficients import Coefficients
from .entry_products import EntryProducts
from .hidden_finite_rank import refuse_strong_vectors
from .kernel_functions import limit_with_order
from .neurons import NeuronFamily, refuse_shift_beside_functions, split_shared
from .preactivation import RULE, exchangeable_columns, leading_weights, left_gaussian

__all__ = ["Preactivation", "Preactivations", "Reading"]

Hypotheses = tuple[Hypothesis, ...]


@dataclass
class Preactivation:
    """One matrix H = g 1^T + C with Gaussian rows.

    Attributes
    ----------
    core : Expression
        H without a leading scalar, with one row for each neuron.
    lead : SymPy expression
        The scalar: the functions see ``ratio * lead * core``.
    centred : Expression
        The linear equivalent of C.
    shift : Expression or None
        The linear equivalent of g.
    is_symmetric : bool
        Whether H is self-adjoint, with Gaussian entries off its diagonal.
    """

    core: Expression
    lead: sympy.Expr
    centred: Expression
    shift: Expression | None
    is_symmetric: bool = False

    @cached_property
    def weights(self) -> frozenset[Leaf]:
        """The matrices with which the terms of H begin."""
        return leading_weights(self.core)

    @cached_property
    def leaves(self) -> frozenset[Leaf]:
        """All matrices of H."""
        return leaves_of(self.core)


@dataclass(frozen=True)
class Reading:
    """The arguments of an entrywise function.

    Attributes
    ----------
    numbers : tuple of int
        Of the pre-activations.
    ratios : tuple of SymPy expressions
    turned : bool
        Whether the function is applied to the transposes.
    hypotheses : tuple of Hypothesis
    """

    numbers: tuple[int, ...]
    ratios: tuple[sympy.Expr, ...]
    turned: bool
    hypotheses: Hypotheses


class Preactivations:
    """Collects pre-activations while the layers of a model are linearised."""

    def __init__(self, second_moment: ClosedForms, coefficients: Coefficients, names: Names):
        self.second_moment, self.coefficients, self.names = second_moment, coefficients, names
        self.products = EntryProducts(second_moment)
        self.found: list[Preactivation] = []
        self.places: dict[Expression, int] = {}
        self.families: list[NeuronFamily] = []
        self.diagonals: dict[Expression, sympy.Expr] = {}
        self._covariances: dict[tuple[int, int], sympy.Expr] = {}
        self._holders: dict[Leaf, set[int]] = {}
        self._centred_parts: dict[int, int] = {}
        self._shared: dict[tuple[Expression, Expression], sympy.Expr] = {}

    # -- reading -----------------------------------------------------------------------------------
    def read(self, originals: Sequence[Expression], images: Sequence[Expression]) -> Reading:
        """Return the pre-activations of the arguments of a function, all in one orientation.

        Raises
        ------
        UnsupportedModel
            If an argument breaks a hypothesis; the message names it.
        """
        if all(e.is_square and e.T is e for e in originals):
            return self._symmetric(originals, images)
        known = [any(primitive(e.T)[1] in self.places for e in originals), False]
        refusals: list[Refusal | str] = []
        for turned in sorted((False, True), key=lambda flag: known[0] is not flag):
            sides = [e.T if turned else e for e in originals]
            checks = [left_gaussian(e, self.names) for e in sides]
            refused = [c for c in checks if isinstance(c, Refusal)]
            if refused:
                refusals.append(refused[0])
                continue
            parts = [split_shared(image.T if turned else image) for image in images]
            if any(part is None for part in parts):
                refusals.append(
                    f"{RULE}: {originals[0]} has a part that is shared by many entries, but not as one shift for each "
                    "neuron, which this rule needs. Remedy: centre the activation below, for example "
                    "fp.entrywise(f - mean, H)"
                )
                continue
            found = [self._register(e, p) for e, p in zip(sides, parts, strict=True) if p is not None]
            hypotheses = tuple(dict.fromkeys(h for c in checks if not isinstance(c, Refusal) for h in c))
            return Reading(tuple(n for n, _ in found), tuple(r for _, r in found), turned, hypotheses)
        first = refusals[0] if known[0] or isinstance(refusals[0], Refusal) else refusals[-1]
        shared = next((r for r in refusals if isinstance(r, str)), None)
        raise UnsupportedModel(str(shared if shared is not None else first))

    def _symmetric(self, originals: Sequence[Expression], images: Sequence[Expression]) -> Reading:
        """Return self-adjoint arguments, whose entries off the diagonal are asymptotically Gaussian."""
        found = []
        for original, image in zip(originals, images, strict=True):
            if not all(exchangeable_columns(part) for part, _ in original.terms()):
                raise UnsupportedModel(
                    f"{RULE}: the samples behind the kernel {original} must have one law, and this rule needs entries "
                    "of one variance. Remedy: let the product end with a Gaussian data matrix"
                )
            parts = split_shared(image)
            if parts is None or parts[0] is not None:
                raise UnsupportedModel(
                    f"{RULE}: the entries of {original} have a mean that diverges, and this rule needs centred "
                    "entries. Remedy: centre the layer below, or divide by a size in place of its square root"
                )
            limit, scale = limit_with_order(self.second_moment, tr(image))
            if limit is None:
                raise UnsupportedModel(
                    f"{RULE}: the diagonal of {original} has no closed form; this rule needs one. "
                    "Remedy: apply entrywise functions to products and sums only"
                )
            diagonal = limit * scale
            self.diagonals[primitive(original)[1]] = diagonal / primitive(original)[0]
            centred = combine([(image, sympy.S.One), (identity(image.rows), -diagonal)])
            found.append(self._register(original, (None, centred), True))
        words = "the entries off the diagonal of the kernel are asymptotically Gaussian, and weakly dependent"
        return Reading(tuple(n for n, _ in found), tuple(r for _, r in found), False, (Hypothesis(words, "assumed"),))

    def _register(
        self, side: Expression, parts: tuple[Expression | None, Expression], is_symmetric: bool = False
    ) -> tuple[int, sympy.Expr]:
        scale, core = primitive(side)
        if core not in self.places:
            refuse_strong_vectors(side)
            if parts[0] is not None:
                refuse_shift_beside_functions(parts[0], self.families)
            self.places[core] = len(self.found)
            self.found.append(Preactivation(core, scale, parts[1], parts[0], is_symmetric))
            for leaf in self.found[-1].leaves:
                self._holders.setdefault(leaf, set()).add(self.places[core])
        number = self.places[core]
        return number, scale / self.found[number].lead

    def without_shift(self, number: int) -> int:
        """Return the number of the centred part of a pre-activation, as a pre-activation of its own."""
        if number not in self._centred_parts:
            one = self.found[number]
            self._centred_parts[number] = len(self.found)
            self.found.append(Preactivation(one.core, one.lead, one.centred, None))
            for leaf in one.leaves:
                self._holders.setdefault(leaf, set()).add(self._centred_parts[number])
        return self._centred_parts[number]

    # -- covariances -------------------------------------------------------------------------------
    def covariance(self, a: int, b: int) -> sympy.Expr:
        """Return the covariance of the entries at one place, given the shifts, as a symbol or number."""
        a, b = min(a, b), max(a, b)
        if (a, b) not in self._covariances:
            value = self._covariances[a, b] = self._new_covariance(a, b)
            self.products.name(self.found[a].centred, self.found[b].centred, value)
        return self._covariances[a, b]

    def _new_covariance(self, a: int, b: int) -> sympy.Expr:
        first, second = self.found[a], self.found[b]
        if first.core.rows != second.core.rows or first.core.columns != second.core.columns:
            return sympy.S.Zero
        if isinstance(first.centred, Zero) or isinstance(second.centred, Zero):
            return sympy.S.Zero
        if a == b:
            return self.coefficients.variance(
                self.products.limit(first.centred, first.centred),
                "q" if first.shift is None else "v",
                "variance of the entries of the pre-activation"
                if first.shift is None
                else "variance of the centred pre-activation",
            )
        if not self._may_covary(first, second):
            return sympy.S.Zero
        value = self.products.limit(first.centred, second.centred)
        return self.coefficients.variance(value, "w", "covariance of the entries of two pre-activations")

    def _may_covary(self, first: Preactivation, second: Preactivation) -> bool:
        """Return False where independent centred weights make the covariance vanish."""
        if first.weights & second.weights:
            return True
        return bool(first.weights & second.leaves) and bool(second.weights & first.leaves)

    def related(self, number: int) -> set[int]:
        """Return pre-activations that may be correlated with one: those that hold weights with which it begins."""
        found = {number}
        for leaf in self.found[number].weights:
            found |= self._holders.get(leaf, set())
        return found

    def connected(self, numbers: Iterable[int], others: Iterable[int]) -> bool:
        """Return whether two sets of pre-activations share one or are correlated."""
        return any(a == b or self.covariance(a, b) != 0 for a in numbers for b in others)

    # -- shifts ------------------------------------------------------------------------------------
    def family(self, numbers: Sequence[int]) -> tuple[NeuronFamily, dict[Leaf, int]] | None:
        """Return the family of the shifts of some pre-activations, None where there are none.

        The second part says which diagonal matrices the family has replaced.
        """
        shifts = [s for n in numbers if (s := self.found[n].shift) is not None]
        if not shifts:
            return None
        mine = [f for f in self.families if any(self._shift_covariance(s, t) != 0 for s in shifts for t in f.sources)]
        fresh: list[Expression] = []
        for shift in shifts:
            sources = [*(t for f in mine for t in f.sources), *fresh]
            if not any(_proportional(shift, t) for t in sources):
                fresh.append(shift)
        if not mine:
            name = "T" if not self.families else f"T{len(self.families) + 1}"
            family = NeuronFamily(shifts[0].rows[0], fresh[0], name)
            self.families.append(family)
            mine, fresh = [family], fresh[1:]
        family, others = mine[0], mine[1:]
        if not fresh and not others:
            return family, {}
        old = family.extended(fresh, others)
        self.families = [f for f in self.families if f not in others]
        known = [e for one in self.found for e in (one.centred, one.shift) if e is not None]
        image = family.moved([*known, *(source for one in self.families for source in one.sources)], old)
        changed: set[int] = set()
        for number, preactivation in enumerate(self.found):
            before, preactivation.centred = preactivation.centred, image[preactivation.centred]
            if preactivation.centred is not before:
                changed.add(number)
            if preactivation.shift is not None:
                preactivation.shift = image[preactivation.shift]
        for (a, b), value in self._covariances.items():
            if value != 0 and not changed.isdisjoint((a, b)):
                self.products.name(self.found[a].centred, self.found[b].centred, value)
        for one in self.families:  # shifts of the layers above contain the coordinates of this one
            one.sources = [image[source] for source in one.sources]
        return family, old

    def _shift_covariance(self, one: Expression, other: Expression) -> sympy.Expr:
        if one.rows != other.rows:
            return sympy.S.Zero
        key = (one, other) if str(one) <= str(other) else (other, one)
        if key not in self._shared:
            if one is other:
                value, letter, words = self.products.limit(one, one), "r", "variance of the shift of a neuron"
            elif not ({n for n in walk(one) if isinstance(n, Leaf)} & {n for n in walk(other) if isinstance(n, Leaf)}):
                self._shared[key] = sympy.S.Zero
                return sympy.S.Zero
            else:
                value, letter, words = self.products.limit(one, other), "w", "covariance of two shifts of a neuron"
            self._shared[key] = self.coefficients.variance(value, letter, words)
        return self._shared[key]

    def loads(self, number: int, family: NeuronFamily) -> list[sympy.Expr]:
        """Return L with shift = sum_k L_k t_k in the coordinates of a family."""
        shift = self.found[number].shift
        if shift is None:
            return [sympy.S.Zero] * family.rank
        covariances = [[self._shift_covariance(s, t) for t in family.sources] for s in family.sources]
        factor = sympy.Matrix(covariances).cholesky(hermitian=False) if family.rank > 1 else None
        if factor is None:
            return [self._shift_covariance(shift, family.sources[0]) / sympy.sqrt(covariances[0][0])]
        right = sympy.Matrix([self._shift_covariance(shift, t) for t in family.sources])
        return list(factor.lower_triangular_solve(right))


def _proportional(one: Expression, other: Expression) -> bool:
    return primitive(one)[1] is primitive(other)[1]
