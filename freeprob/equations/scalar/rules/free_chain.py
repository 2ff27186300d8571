"""F_1^T ... F_m^T K F_m ... F_1 -> R = prod of factors at one level: chains of free matrices of any length.

The nonzero eigenvalues of ``F^T K F`` are those of ``K F F^T``, a free product, and ``N t`` is the same on both spaces
(t = g r). So at the level t on the space of size N_0, with t_s = t N_0/N_s on a space of size N_s,

    r = r_K(t_K) prod_F r_F,   r_F = N_1 (1 + t_1) for Gaussian F of N_1 rows,
                               1 for an isometry, (N_1/N_0) (1 + t_1)/(1 + t_0) for its transpose,
                               r_{F F^T}(t) for a square F.

Factors of one law on one space have the same r: there is one unknown for each law, whatever the depth (Voiculescu 1987;
for products of Gaussian matrices Muller 2002; for Jacobians Pennington, Schoenholz and Ganguli 2018).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import sympy

from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....language.expression import Expression, walk
from ....language.nodes import Identity, Leaf, Product, Sum
from ....language.operations import FAMILY_VARIABLE, family_function, multiply
from ....language.rewriting import transpose
from ..node import Node, Unknowns
from ..part import Part, Reading
from ..sandwich import is_gaussian, letter_of
from .point import Point
from .r_diagonal_sum import RDiagonalSum
from .spectral_law import SpectralLawNode

__all__ = ["FreeChain", "free_chain", "long_chain"]

_LONG = 4


@dataclass(frozen=True)
class FreeChain(Node):
    """The law of a chain.

    Parameters
    ----------
    laws : tuple of (Node, ratio, power)
        Laws on spaces of size N_0/ratio, and how many factors have them.
    ratios : tuple of (coefficient, ratio, power)
        Factors ``coefficient + ratio t`` to a power.
    """

    laws: tuple[tuple[Node, sympy.Expr, int], ...]
    ratios: tuple[tuple[sympy.Expr, sympy.Expr, int], ...]

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return the product of the factors at the level t = g r."""
        t = unknowns.new("t", f"level of {self}")
        rational = sympy.Mul(*((c + ratio * t) ** power for c, ratio, power in self.ratios))
        factors = []
        for law, ratio, power in self.laws:
            known = _at_level(law, ratio * t)
            if known is None:
                known = unknowns.new("r", f"R-transform of {law} at its own argument")
                unknowns.equate(known, law.r_transform(ratio * t / known, unknowns))
            factors.append(known**power)
        r = rational * sympy.Mul(*factors)
        unknowns.equate(t, g * r)
        return r

    @property
    def is_nonnegative(self) -> bool | None:
        """When the laws are."""
        signs = [law.is_nonnegative for law, _, _ in self.laws]
        return None if None in signs else all(signs)

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """The symbols of laws and ratios."""
        scalars = [x for c, ratio, _ in self.ratios for x in (c, ratio)] + [ratio for _, ratio, _ in self.laws]
        return set().union(*(s.free_symbols for s in scalars), *(law.free_symbols for law, _, _ in self.laws))

    def described(self) -> str:
        """Return the law in words."""
        kinds = ", ".join(f"{law}" + (f" ({power} times)" if power > 1 else "") for law, _, power in self.laws)
        return "a chain of free matrices" + (f" with {kinds}" if kinds else "")


def _at_level(law: Node, t: sympy.Expr) -> sympy.Expr | None:
    """Return r at a level where that is rational: ``a (p + t)/(1 + t)`` for an atom at a of mass p and one at 0."""
    if isinstance(law, SpectralLawNode) and law.law.is_atomic and not law.law.has_many_atoms and law.weight == 1:
        masses: dict[sympy.Expr, sympy.Expr] = {}
        for place, mass in law.law.atoms.items():
            value = law.formula.subs(FAMILY_VARIABLE, place)
            masses[value] = masses.get(value, sympy.S.Zero) + mass
        if len(masses) == 2 and sympy.S.Zero in masses:
            ((place, mass),) = ((x, w) for x, w in masses.items() if x != 0)
            return place * (mass + t) / (1 + t)
    return law.at_level(t)


def long_chain(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read a chain of at least four factors."""
    factors = expression.arguments if isinstance(expression, Product) else ()
    if len(factors) // 2 < _LONG:
        return Refusal("long_chain", f"{reader.text(expression)} has few factors")
    return free_chain(expression, reader)


def free_chain(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read F_1^T ... F_m^T K F_m ... F_1 with factors that are free of each other."""
    rule = "free_chain"
    factors = expression.arguments if isinstance(expression, Product) else ()
    half = len(factors) // 2
    mirrored = all(transpose(factors[k]) is factors[-1 - k] for k in range(half))
    if not factors or not mirrored:
        return Refusal(rule, f"{reader.text(expression)} is not F^T K F with a product F")
    chain = factors[len(factors) - half :]  # from K outwards: F_m, ..., F_1
    middle = factors[half] if len(factors) % 2 else None
    counts = Counter(leaf for f in (*chain, *((middle,) if middle is not None else ())) for leaf in _letters(f))
    repeated = next((leaf for leaf, count in counts.items() if count > 1), None)
    if repeated is not None:
        return Refusal(rule, f"{reader.text(repeated)} occurs in two factors of a chain.")
    obstacle = _commuting(chain, middle, reader)
    if obstacle:
        return Refusal(rule, obstacle)
    size = expression.rows[0]
    laws: list[tuple[Node, sympy.Expr]] = []
    ratios: list[tuple[sympy.Expr, sympy.Expr]] = []
    steps: list[Step] = []
    shield: frozenset[Leaf] = frozenset()
    squares = [*chain] if middle is None else [middle, *chain]
    for position, factor in enumerate(squares):
        letter = letter_of(factor)
        if middle is not None and position == 0:
            part = reader.read(middle)
        elif letter is not None and is_gaussian(letter[0]):
            ratios.append((factor.rows[0], size))
            shield = frozenset({letter[0]})
            continue
        elif letter is not None and letter[0].ensemble.is_isometry:
            rows, columns = factor.rows[0], factor.columns[0]
            if letter[1] and rows != columns:
                ratios.append((rows, size))
                laws.append((_Inverse(columns), size / columns))
            shield = frozenset({letter[0]})
            continue
        elif family_function(factor) is not None:
            part = reader.read(multiply(factor, factor))
        elif isinstance(factor, Sum):
            part = _residual(factor, reader)
        else:
            return Refusal(rule, f"{reader.text(factor)} is no factor of a chain that this rule knows")
        if isinstance(part, Refusal):
            return part
        laws.append((part.node, size / factor.rows[0]))
        steps.extend(part.steps)
        shield = shield | part.shield
    grouped = Counter(ratios)
    node = FreeChain(_grouped(laws, reader), tuple((c, ratio, power) for (c, ratio), power in grouped.items()))
    names = ", ".join(reader.text(f) for f in chain[:3]) + (", ..." if len(chain) > 3 else "")
    step = Step(
        rule=rule,
        statement="F_1^T ... F_m^T K F_m ... F_1, free -> t = g r, r = product of the factors at the level t",
        status="asymptotic",
        before=(Formula(None, expression),),
        after=(Formula(None, sympy.Integer(len(node.laws)), "different laws"),),
        hypotheses=(
            Hypothesis(f"{names}: each letter occurs once", "proved on the graph"),
            Hypothesis("independent matrices in generic position are asymptotically free", "assumed"),
        ),
        references=(
            Citation("Voiculescu1987", "Theorem 2.6"),
            Citation("Muller2002"),
            Citation("PenningtonSchoenholzGanguli2018"),
        ),
    )
    return Part(expression, node, shield, (step, *_different(steps)))


@dataclass(frozen=True)
class _Inverse(Node):
    """The factor 1/(N (1 + t)) of the transpose of an isometry; not a law of its own."""

    size: sympy.Expr

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Refuse: only its value at a level is used."""
        raise TypeError("the transpose of an isometry is a factor of a chain, not a law of its own")

    def at_level(self, t: sympy.Expr) -> sympy.Expr:
        """Return the factor."""
        return 1 / (self.size * (1 + t))

    @property
    def is_nonnegative(self) -> bool:
        """It is."""
        return True

    def described(self) -> str:
        """Return the factor."""
        return "an isometry"


def _letters(factor: Expression) -> set[Leaf]:
    return {node for node in walk(factor) if isinstance(node, Leaf)}


def _is_separator(factor: Expression) -> bool:
    letter = letter_of(factor)
    return letter is not None and (is_gaussian(letter[0]) or letter[0].ensemble.is_isometry)


def _commuting(chain: tuple[Expression, ...], middle: Expression | None, reader: Reading) -> str:
    """Return why two diagonal matrices are not free: no matrix in generic position stands between them."""
    run: list[Leaf] = []
    for factor in (*((middle,) if middle is not None else ()), *chain):
        if _is_separator(factor):
            run = []
            continue
        for leaf in _bare(factor):
            if run and leaf.ensemble.is_diagonal and any(other.ensemble.is_diagonal for other in run):
                return f"{reader.text(leaf)} and {reader.text(run[0])} are diagonal on one space: they commute."
            run.append(leaf)
    return ""


def _bare(factor: Expression) -> list[Leaf]:
    """Return the families of a factor that no matrix in generic position encloses."""
    found = family_function(factor)
    if found is not None:
        return [found[0]]
    if not isinstance(factor, Sum):
        return [leaf for leaf in sorted(_letters(factor), key=lambda leaf: leaf.index) if leaf.ensemble.is_family]
    return [
        leaf
        for term, _ in factor.terms()
        if not _is_invariant(term)
        for leaf in sorted(_letters(term), key=lambda leaf: leaf.index)
        if leaf.ensemble.is_family
    ]


def _is_invariant(term: Expression) -> bool:
    """Return whether a matrix is invariant under rotations: it begins and ends with weights of its own."""
    factors = term.arguments if isinstance(term, Product) else (term,)
    for end, rest in ((factors[0], factors[1:]), (factors[-1], factors[:-1])):
        letter = letter_of(end)
        if letter is None or not _is_separator(end) or not (is_gaussian(letter[0]) or end.is_square):
            return False
        if any(letter[0] in _letters(factor) for factor in rest):
            return False
    return True


def _residual(factor: Sum, reader: Reading) -> Part | Refusal:
    """Return the law of A A^T, A a sum of square matrices that are free of each other."""
    if not factor.is_square:
        return Refusal("free_chain", f"{reader.text(factor)} is a sum that is not square")
    terms = factor.terms()
    fixed = [term for term, _ in terms if not _is_invariant(term)]
    counts = Counter(leaf for term, _ in terms for leaf in _letters(term))
    if len(fixed) > 1 or any(count > 1 for count in counts.values()):
        shown = reader.text(fixed[1] if len(fixed) > 1 else max(counts, key=lambda leaf: counts[leaf]))
        return Refusal(
            "free_chain",
            f"all terms of {reader.text(factor)} but one must begin and end with Gaussian or Haar distributed weights "
            f"of their own, but not so {shown}; use the pencil.",
        )
    nodes: list[Node] = []
    steps: list[Step] = []
    for term, scalar in terms:
        if isinstance(term, Identity):
            nodes.append(Point(scalar**2))
            continue
        letter = letter_of(term)
        if letter is not None and letter[0].ensemble.is_isometry:
            nodes.append(Point(scalar**2))
            continue
        part = reader.read(multiply(term, transpose(term)) * scalar**2)
        if isinstance(part, Refusal):
            return part
        nodes.append(part.node)
        steps.extend(part.steps)
    step = Step(
        rule="r_diagonal_sum",
        statement="A = sum A_k, free and rotation-invariant but one -> t = sum t_k at one g (1 + t), of A A^T",
        status="asymptotic",
        before=(Formula(None, factor),),
        after=(),
        hypotheses=(
            Hypothesis("all terms but one begin and end with weights of their own", "proved on the graph"),
            Hypothesis("independent rotation-invariant matrices are asymptotically free", "assumed"),
        ),
        references=(Citation("HaagerupSchultz2007", "Proposition 3.5"), Citation("DozierSilverstein2007")),
    )
    node: Node = RDiagonalSum(tuple(sorted(nodes, key=str)))
    return Part(factor, node, frozenset(_letters(factor)), (step, *steps))


def _grouped(laws: list[tuple[Node, sympy.Expr]], reader: Reading) -> tuple[tuple[Node, sympy.Expr, int], ...]:
    """Return each law once, with the number of its factors."""
    first: dict[tuple[Node, sympy.Expr], Node] = {}
    powers: Counter[tuple[Node, sympy.Expr]] = Counter()
    for node, ratio in laws:
        key = (_unnamed(node, reader), ratio)
        first.setdefault(key, node)
        powers[key] += 1
    return tuple((first[key], key[1], power) for key, power in powers.items())


def _unnamed(node: Node, reader: Reading) -> Node:
    """Return a node without the names of laws with numbers and of functions, so that equal laws are equal."""
    if isinstance(node, SpectralLawNode):
        return node if node.law.law_symbols else replace(node, key=None, formula=reader.unnamed(node.formula))
    changed: dict[str, Any] = {}
    for name, value in vars(node).items():
        if isinstance(value, Node):
            changed[name] = _unnamed(value, reader)
        elif isinstance(value, tuple) and value and all(isinstance(part, Node) for part in value):
            changed[name] = tuple(_unnamed(part, reader) for part in value)
    return replace(node, **changed) if changed else node


def _different(steps: list[Step]) -> list[Step]:
    """Return the first step of each kind: a deep chain repeats them."""
    found: dict[tuple, Step] = {}
    for step in steps:
        found.setdefault((step.rule, step.statement, str(step.after) if len(steps) < 20 else ""), step)
    return list(found.values())
