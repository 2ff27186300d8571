"""The operator-valued Dyson equation of a pencil, entry by entry.

For each basis s the matrix ``G_s`` of limits of normalised traces of blocks of ``L^-1`` solves

    G_s = (A_s - eta_s(G) + sum_l rho_l)^-1,      or      G_s = E_t (A_s - eta_s(G) + sum_l rho_l + C(t))^-1

when a deterministic family with law of t acts on s (Helton, Rashidi Far and Speicher 2007; Helton, Mai and Speicher
2018 for rational expressions; Belinschi, Mai and Speicher 2017). Further families on s, and rectangular letters that
are not Gaussian, are free of it and enter through their R-transforms rho_l (:mod:`.free_letter`). In a sum of families
all enter so: to average over one of them would leave equations that are nearly dependent where an entry of G vanishes.
Only the entries that the answer needs are written down. With B = A - eta(G) + rho, entries inside a strongly connected
block of B come from the inverse of that block when it is small and from ``B G = 1`` otherwise; entries between blocks
from block back-substitution, which is linear. With many variables on a basis, as in deep residual networks, entries
come from an elimination (:mod:`.selected_inverse`), so that their number grows with the depth and not with its square.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
import sympy

from ..algebra.symbols import TAU, integration_variable, unknown
from ..derivation.average import Average
from ..derivation.coefficient import Coefficient
from ..equivalents.positivity import is_positive_semidefinite
from ..errors import UnsupportedModel
from ..language.expression import Expression
from ..language.given_sizes import array_of
from ..language.laws.measure import Measure
from ..language.nodes import Leaf
from ..language.operations import FAMILY_VARIABLE
from ..pencil.linear_pencil import LinearPencil
from .block_inverse import BlockInverse
from .covariance import CovarianceTerm, covariance_map
from .free_letter import Condition, Entry, FreeLetter, Scope
from .given_basis import GivenBasis, WordInverse, feedback
from .invariant_partition import invariant_partition, is_singular_without_randomness
from .marginals import Marginals
from .rules.bi_invariant import BiInvariant
from .rules.haar import HaarOrthogonal
from .rules.subordination import Subordination
from .selected_inverse import SelectedInverse
from .singular_values import SingularValues

__all__ = ["DysonEquation", "Entry", "given_bases"]

_EXPLICIT = 3
"""Blocks up to this size are inverted in closed form."""

_LONG = 10
"""On a basis with more variables only the entries of G on the pattern of an elimination are written down."""


@dataclass(frozen=True)
class Family:
    """The family that is averaged over on its space: its letter, its variable and the symbol that names the law."""

    leaf: Leaf
    variable: sympy.Symbol
    law: sympy.Symbol
    members: dict[Entry, sympy.Expr]


@dataclass(frozen=True)
class PairedFamily:
    """A rectangular letter that is averaged over on both of its spaces at once.

    The singular directions of the two spaces are paired: ``G_a`` and ``G_b`` are corners of the average of one matrix
    on both, but for the directions of the larger space that have no partner.
    """

    leaf: Leaf
    variable: sympy.Symbol
    law: sympy.Symbol | None
    members: dict[Entry, sympy.Expr]
    singular: SingularValues
    bases: tuple[int, int]


class DysonEquation:
    """Writes the equation of each needed entry of the solution.

    Parameters
    ----------
    pencil : LinearPencil
    law_symbols : dict of Leaf to Symbol
        The name of the law of each family and of each signal.
    labels : mapping of Expression to str, optional
        Names of matrices in messages.
    """

    def __init__(
        self,
        pencil: LinearPencil,
        law_symbols: dict[Leaf, sympy.Symbol],
        labels: Mapping[Expression, str] | None = None,
    ):
        self.pencil = pencil
        self.terms = covariance_map(pencil)
        self.families: dict[int, Family] = {}
        self.paired: dict[int, PairedFamily] = {}
        places = given_bases(pencil)
        couplings = feedback(pencil, self.terms) if places else []
        self.given = {basis: GivenBasis(pencil, basis, couplings, labels or {}) for basis in places}
        self.letters: tuple[FreeLetter, ...] = tuple(self._free_letters(law_symbols))
        given = tuple(self.given.values())
        self.regularised = _regularised(pencil, self.letters, given)
        partition = invariant_partition(pencil, self.terms, self.regularised, self.letters, given)
        self.classes, self.auxiliary_classes = partition.entries, partition.auxiliary
        self.auxiliaries = {
            unknown(f"P{index}"): place for place, index in reversed(self.auxiliary_classes.items()) if index
        }
        self.scope = Scope(self.symbol, self._auxiliary)
        self.equations: dict[sympy.Symbol, sympy.Expr] = {}
        self._by_entry: dict[Entry, list[CovarianceTerm]] = {}
        for term in self.terms:
            self._by_entry.setdefault((term.row, term.column), []).append(term)
        self._letters_at: dict[Entry, list[FreeLetter]] = {}
        for letter in self.letters:
            for place in letter.places:
                self._letters_at.setdefault(place, []).append(letter)
        self._bases: dict[Entry, sympy.Expr] = {}
        self._inverses: dict[int, BlockInverse] = {}
        self._marginals: dict[int, Marginals] = {}
        self._paired_inverses: dict[Leaf, BlockInverse] = {}
        self._word_inverses: dict[int, WordInverse] = {}
        self.pivots: dict[sympy.Symbol, tuple[SelectedInverse, Entry]] = {}
        self.selected = self._selected()
        self.representatives = self._representatives()

    def _free_letters(self, law_symbols: dict[Leaf, sympy.Symbol]) -> Iterable[FreeLetter]:
        """Yield the letters with an R-transform; one family on each basis is averaged over instead."""
        pencil = self.pencil
        bases = [set(pencil.sides(leaf)) for leaf in (*pencil.bi_invariant, *pencil.families)]
        shared = {basis for basis, count in Counter(itertools.chain.from_iterable(bases)).items() if count > 1}
        variables = (integration_variable(k) for k in itertools.count())
        _check_arrays(pencil, set(self.given))
        for number, (leaf, entries) in enumerate(pencil.bi_invariant.items()):
            if leaf.ensemble.is_isometry and leaf.is_square:
                yield HaarOrthogonal(leaf, entries)
                continue
            isometry = leaf.ensemble.is_isometry
            variable, law = next(variables), None if isometry else law_symbols[leaf]
            rows, columns = pencil.sides(leaf)
            if rows == columns or {rows, columns} & shared:
                yield BiInvariant(leaf, entries, variable, law, number)
                continue
            members = {(e.row, e.column): e.scalar * (1 if isometry else variable) for e in entries}
            family = PairedFamily(leaf, variable, law, members, SingularValues(leaf, number), (rows, columns))
            self.paired |= {rows: family, columns: family}
        for leaf, found in pencil.families.items():
            basis, variable = pencil.sides(leaf)[0], next(variables)
            if basis in self.given:
                if self.given[basis].inside == [leaf]:
                    self.families[basis] = Family(leaf, variable, law_symbols[leaf], {})
                continue
            members = {}
            for member in found:
                formula = member.scalar * member.formula.subs(FAMILY_VARIABLE, variable)
                entry = (member.row, member.column)
                members[entry] = members.get(entry, sympy.S.Zero) + formula
            in_a_sum = len({i for i, _ in members}) == len({j for _, j in members}) == 1
            if basis not in shared or (basis not in self.families and not in_a_sum):
                self.families[basis] = Family(leaf, variable, law_symbols[leaf], members)
                continue
            yield Subordination(leaf, members, variable, law_symbols[leaf])

    def _selected(self) -> dict[int, SelectedInverse]:
        """Return the elimination on each basis with many variables, unless a family is averaged over there."""
        found = {}
        wanted = [(term.variable, term.source) for term in self.terms]
        wanted += [(variable, source) for readout in self.pencil.readouts for variable, source, _ in readout.entries]
        for basis in sorted(set(self.pencil.bases) - self.families.keys() - self.paired.keys() - self.given.keys()):
            variables = self.pencil.variables(basis)
            if len(variables) > _LONG:
                inside = [
                    place for place in wanted if self.pencil.bases[place[0]] == basis and self.symbol(*place) != 0
                ]
                found[basis] = SelectedInverse(
                    variables, self.base, self.symbol, self._pivot(basis), inside, self.pencil.resolvents.keys()
                )
        return found

    def _pivot(self, basis: int) -> Callable[[int, int], sympy.Symbol]:
        """Return what names the entries that elimination on a basis changes."""
        names: dict[Entry, sympy.Symbol] = {}

        def name(i: int, j: int) -> sympy.Symbol:
            if (i, j) not in names:
                names[i, j] = symbol = unknown(f"E{len(self.pivots)}")
                self.pivots[symbol] = self.selected[basis], (i, j)
            return names[i, j]

        return name

    def _on_pattern(self, entry: Entry) -> bool:
        """Return whether the equation of an entry needs few others."""
        selected = self.selected.get(self.pencil.bases[entry[0]])
        return selected is None or entry in selected.pattern

    def _precedence(self, entry: Entry) -> tuple:
        """Return a key: of equal entries the first one has the best equation.

        On the pattern of an elimination an entry is a function of earlier ones in the order of back-substitution: the
        first of a class cannot be expressed by itself.
        """
        selected = self.selected.get(self.pencil.bases[entry[0]])
        place = selected.precedence(entry) if selected is not None and entry in selected.pattern else (0, 0)
        return (not self._on_pattern(entry), selected is not None, *place, entry[0] != entry[1], entry)

    def _representatives(self) -> list[Entry]:
        """Return the entry that stands for each class."""
        entries = sorted(((int(i), int(j)) for i, j in np.argwhere(self.classes)), key=self._precedence)
        first: dict[int, Entry] = {}
        for entry in entries:
            first.setdefault(int(self.classes[entry]), entry)
        return [first.get(k, (-1, -1)) for k in range(self.classes.max(initial=0) + 1)]

    def symbol(self, variable: int, source: int) -> sympy.Expr:
        """Return the unknown of an entry, 0 for a structural zero."""
        index = int(self.classes[variable, source])
        return unknown(f"G{index}") if index else sympy.S.Zero

    def _auxiliary(self, letter: FreeLetter, key: tuple) -> sympy.Expr:
        index = self.auxiliary_classes[self.letters.index(letter), key]
        return unknown(f"P{index}") if index else sympy.S.Zero

    def base(self, row: int, column: int) -> sympy.Expr:
        """Return entry (row, column) of B = A - eta(G) + rho."""
        place = (row, column)
        if place not in self._bases:
            self._bases[place] = self._base(row, column)
        return self._bases[place]

    def _base(self, row: int, column: int) -> sympy.Expr:
        parts = [self.pencil.constant.get((row, column), sympy.S.Zero)]
        if row == column and row in self.regularised:
            parts.append(1 - TAU)
        for term in self._by_entry.get((row, column), ()):
            symbol = self.symbol(term.variable, term.source)
            if symbol != 0:
                parts.append(-TAU * term.scalar * symbol)
        value = sympy.Add(*parts)
        for letter in self._letters_at.get((row, column), ()):
            value += letter.rho(row, column, self.scope)
        return value

    def inverse(self, basis: int) -> BlockInverse:
        """Return the inverse of B on a basis, with the family that acts there."""
        if basis not in self._inverses:
            family = self.families.get(basis)
            members = family.members if family else {}
            self._inverses[basis] = BlockInverse(
                self.pencil.variables(basis), lambda i, j: self.base(i, j) + members.get((i, j), sympy.S.Zero)
            )
        return self._inverses[basis]

    def marginals(self, basis: int) -> Marginals:
        """Return the laws of the family on a basis: those of coordinates that meet in a block of B."""
        if basis not in self._marginals:
            family = self.families[basis]
            parts = nx.weakly_connected_components(self.inverse(basis).couplings)
            law = family.leaf.ensemble.law
            self._marginals[basis] = Marginals(family.law, law, family.variable, parts, family.members)
        return self._marginals[basis]

    def split(self, laws: Mapping[sympy.Symbol, Measure]) -> dict[sympy.Symbol, Measure]:
        """Return laws by name, those of families that are averaged over replaced by the marginals in the equations."""
        found = dict(laws)
        for basis, family in self.families.items():
            if basis not in self.given and family.law in found:
                del found[family.law]
                found |= self.marginals(basis).laws
        return found

    def paired_inverse(self, family: PairedFamily) -> BlockInverse:
        """Return the inverse of B on the two spaces of a rectangular letter, at paired directions."""
        if family.leaf not in self._paired_inverses:
            bases = self.pencil.bases
            both = [v for basis in family.bases for v in self.pencil.variables(basis)]

            def entry(i: int, j: int) -> sympy.Expr:
                value = self.base(i, j) if bases[i] == bases[j] else sympy.S.Zero
                return value + family.members.get((i, j), sympy.S.Zero)

            self._paired_inverses[family.leaf] = BlockInverse(both, entry)
        return self._paired_inverses[family.leaf]

    def _given_right(self, basis: int, variable: int, source: int) -> sympy.Expr:
        """Return an entry of G on a space of given matrices."""
        given, family = self.given[basis], self.families.get(basis)
        if basis not in self._word_inverses:
            self._word_inverses[basis] = WordInverse(
                given, lambda i, j: self.base(i, j) + given.members.get((i, j), sympy.S.Zero)
            )
        words = self._word_inverses[basis](variable, source)
        return given.average(words, (family.law, family.variable) if family else None)

    @property
    def given_laws(self) -> dict[sympy.Symbol, Measure]:
        """The joint laws of given matrices that the written equations hold."""
        return {symbol: law for given in self.given.values() for symbol, law in given.laws.items()}

    def _paired_right(self, basis: int, variable: int, source: int) -> sympy.Expr:
        """Return an entry of G on a side of a rectangular letter: paired and unpaired directions."""
        family = self.paired[basis]
        value = self.paired_inverse(family)(variable, source)
        if family.law is not None:
            value = Average(value, family.variable, family.law)
        fraction = family.singular.fraction(self.pencil.spaces[variable])
        if fraction == 1:
            return value
        return fraction * value + (1 - fraction) * self.inverse(basis)(variable, source)

    def right(self, variable: int, source: int) -> sympy.Expr:
        """Return the right-hand side of the equation of an entry."""
        basis = self.pencil.bases[variable]
        if basis in self.paired:
            return self._paired_right(basis, variable, source)
        if basis in self.given:
            return self._given_right(basis, variable, source)
        if basis in self.selected and self._on_pattern((variable, source)):
            return self.selected[basis].right((variable, source))
        inverse = self.inverse(basis)
        if basis in self.families:
            law, renamed = self.marginals(basis).of(variable)
            return Average(inverse(variable, source).xreplace(renamed), self.families[basis].variable, law)
        block = inverse.block_of[variable]
        if source in block:
            if len(block) <= _EXPLICIT:
                return inverse.inside(variable, source)
            return self._implicit(block, variable, source)
        others = [k for k in self.pencil.variables(basis) if k not in block]
        total = sympy.S.Zero
        for inner in block:
            left = self.symbol(variable, inner)
            if left != 0:
                total -= left * sympy.Add(*(self.base(inner, k) * self.symbol(k, source) for k in others))
        return total

    def _implicit(self, block: tuple[int, ...], variable: int, source: int) -> sympy.Expr:
        """Return the equation ``B G = 1`` at (variable, source), solved for the diagonal term."""
        pivot = self.base(variable, variable)
        rest = sympy.Add(*(self.base(variable, k) * self.symbol(k, source) for k in block if k != variable))
        if pivot == 0:
            return rest + self.symbol(variable, source) - sympy.Integer(variable == source)
        return (sympy.Integer(variable == source) - rest) / pivot

    def close(self, needed: Iterable[sympy.Symbol]) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the equations of the needed unknowns and of all that they use, in order of discovery."""
        queue = sorted(needed, key=_number)
        while queue:
            symbol = queue.pop(0)
            if symbol in self.equations:
                continue
            if symbol in self.auxiliaries:
                letter, key = self.auxiliaries[symbol]
                right = self.letters[letter].right(key, self.scope)
            elif symbol in self.pivots:
                selected, place = self.pivots[symbol]
                right = selected.elimination(place)
            else:
                right = self.right(*self.representatives[int(symbol.name[1:])])
            self.equations[symbol] = right
            queue.extend(sorted(self.unknowns_in(right), key=_number))
        return self.equations

    def is_entry(self, symbol: sympy.Symbol) -> bool:
        """Return whether an unknown is an entry of G."""
        return symbol not in self.auxiliaries and symbol not in self.pivots

    def unknowns_in(self, expression: sympy.Expr) -> set[sympy.Symbol]:
        """Return the unknowns that occur in an expression."""
        return {s for s in expression.free_symbols if s in self.auxiliaries or s in self.pivots or _is_entry(s)}

    @property
    def coefficients(self) -> tuple[Coefficient, ...]:
        """Coefficients that the letters bring in."""
        paired = {family.leaf: family.singular.coefficients for family in self.paired.values()}
        return tuple(c for found in [*paired.values(), *(x.coefficients for x in self.letters)] for c in found)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What the sizes must satisfy."""
        paired = {family.leaf: family.singular.conditions for family in self.paired.values()}
        return tuple(c for found in [*paired.values(), *(x.conditions for x in self.letters)] for c in found)

    @property
    def used_letters(self) -> list[FreeLetter]:
        """The letters whose R-transform the written equations hold."""
        used = {self.auxiliaries[symbol][0] for symbol in self.equations if symbol in self.auxiliaries}
        return [letter for k, letter in enumerate(self.letters) if k in used]


def _number(symbol: sympy.Symbol) -> tuple[str, int]:
    return symbol.name[:1], int(symbol.name[1:])


def given_bases(pencil: LinearPencil) -> list[int]:
    """Return the bases on which given matrices meet that are not functions of one population."""
    found = [pencil.bases[e.row] for entries in pencil.given.values() for e in entries]
    found += [pencil.bases[e.column] for entries in pencil.given.values() for e in entries]
    arrays = Counter(pencil.sides(leaf)[0] for leaf in pencil.families if array_of(leaf) is not None)
    return sorted({*found, *(basis for basis, count in arrays.items() if count > 1)})


def _check_arrays(pencil: LinearPencil, given: set[int]) -> None:
    """Refuse matrices on one space with given arrays to which they are in no generic position, or not known to be."""
    places: dict[int, list[Leaf]] = {}
    for leaf in (*pencil.bi_invariant, *pencil.families):
        for basis in pencil.sides(leaf):
            places.setdefault(basis, []).append(leaf)
    for basis, leaves in places.items():
        arrays = [leaf for leaf in leaves if array_of(leaf) is not None]
        signals = [leaf for leaf in arrays if leaf in pencil.bi_invariant]
        others = [leaf for leaf in leaves if leaf in pencil.bi_invariant or array_of(leaf) is None]
        if (basis in given and others) or (signals and len(arrays) > 1):
            leaf = others[0]
            raise UnsupportedModel(
                f"dyson_equation: {leaf} acts on a space with several given matrices, and this rule needs all matrices "
                "there, but Gaussian ones, to be self-adjoint arrays or to be multiplied to such, as in X @ X.T. "
                "Remedy: write the model in these products, or give the law of its singular values alone"
            )
        diagonal = [leaf for leaf in leaves if leaf.ensemble.is_family and leaf.ensemble.is_diagonal]
        if arrays and diagonal:
            raise UnsupportedModel(
                f"dyson_equation: the diagonal matrix {diagonal[0]} acts on the space of the given matrix {arrays[0]}, "
                "whose eigenvectors need not be spread over the coordinates. Remedy: where they are, give the law of "
                "the given matrix alone, fp.laws.empirical(...)"
            )


def _regularised(
    pencil: LinearPencil, letters: tuple[FreeLetter, ...], given: tuple[GivenBasis, ...]
) -> tuple[int, ...]:
    """Return the variables whose inverse is kept regular by ``(1 - tau) I`` while the randomness is switched on.

    Needed when an inverse is singular without randomness, as that of ``X X^T / n``. For positive semi-definite
    matrices the path of the inverse stays finite as long as its end does.
    """
    if not is_singular_without_randomness(pencil, letters, given):
        return ()
    for node in pencil.resolvents.values():
        if not is_positive_semidefinite(node):
            raise UnsupportedModel(
                f"dyson_equation: the inverse of {node} is singular when its random matrices are switched off, and "
                "the matrix is not positive semi-definite by construction, so the path to the solution may meet a "
                "singular matrix. Remedy: add a multiple of fp.identity(...) inside the inverse"
            )
    return tuple(sorted(pencil.resolvents))


def _is_entry(symbol: sympy.Symbol) -> bool:
    return symbol == unknown(symbol.name) and symbol.name[:1] == "G" and symbol.name[1:].isdigit()
