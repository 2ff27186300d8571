"""Outliers: eigenvalues that finite-rank parts push out of the bulk, as zeros of a small determinant.

Let ``L = [[B, U], [V, A]]`` be the pencil of ``(M - z)^-1`` bordered by the finite-rank parts of M. Quadratic forms in
independent vectors concentrate, ``u^T X v -> N tr(X)`` for u = v and 0 else, so that the Schur complement of B tends to

    D(z)[a, b] = A[a, b] - sum of c c' N_s G[k, i]     over positions (a, k) of c v^T and (i, b) of c' v,

with G the limit of normalised traces of blocks of B^-1, in which the vectors do not occur. Outside the spectrum of the
bulk an eigenvalue of M is a zero of det D, and its multiplicity is that of the zero. With w the eigenvector and u a
vector on the rows of M, the resolvent read-out ``u^T (M - z)^-1 u / N = tr B^-1 + R D^-1 C`` has the residue
``-|<w, u>|^2 / |u|^2`` there.

Benaych-Georges and Nadakuditi 2011 (Theorems 2.1 and 2.2) and 2012 (Theorems 2.8 and 2.9); for one spike of a sample
covariance matrix Baik and Silverstein 2006 (Theorem 1.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import sympy

from ..algebra.symbols import TAU, Size
from ..algebra.symbols import unknown as unknown_symbol
from ..derivation.average import Average
from ..derivation.coefficient import Coefficient
from ..derivation.record import Refusal
from ..derivation.table import Table
from ..errors import ScalingError, UnsupportedModel
from ..language.expression import Expression
from ..language.nodes import Leaf
from ..pencil.bordered import BorderedPencil, VectorEntry, realise_bordered
from .assembly import Assembly, described, unknown_names, with_symbols
from .dyson import DysonEquation, given_bases
from .outlier_orders import NEVER, Orders, balance, diverging_orders, exponent, noise_order, responses
from .reduction import eliminate_simple, strongly_connected
from .system import SelfConsistentSystem

__all__ = ["OutlierEquation", "Readout", "outlier_equation"]

_RULE = "outliers"
_LONG = 120
"""Longer expressions are not factored."""


@dataclass(frozen=True)
class Readout:
    """``row D^-1 column``: the part of ``u^T (M - z)^-1 u / N`` that has poles at the outliers.

    Attributes
    ----------
    row, column : tuple of SymPy expression
    vector : Leaf
        The vector u.
    block : int
        The space of M, counted from 0, on which u lives.
    """

    row: tuple[sympy.Expr, ...]
    column: tuple[sympy.Expr, ...]
    vector: Leaf
    block: int


@dataclass(frozen=True)
class OutlierEquation:
    """The equation ``det D(z) = 0`` of the outliers of a law.

    Attributes
    ----------
    system : SelfConsistentSystem
        The equations of the bulk, and after them those of further unknowns (responses) that D holds.
    responses : tuple of Symbol
        The further unknowns.
    matrix : sympy.ImmutableMatrix
        D(z), rows and columns scaled such that the limit is finite.
    overlaps : dict of str to Readout
        One for each vector on the rows of the matrix.
    diverging : tuple of Fraction
        For each eigenvalue that diverges the order k of its growth N^k.
    directions : tuple of str
        Names of the vectors of the model.
    """

    system: SelfConsistentSystem
    responses: tuple[sympy.Symbol, ...]
    matrix: sympy.ImmutableMatrix
    overlaps: dict[str, Readout]
    diverging: tuple[Fraction, ...]
    directions: tuple[str, ...]

    @property
    def further(self) -> tuple[sympy.Eq, ...]:
        """The equations of the responses."""
        components = [c for c in self.system.components if set(c.unknowns) <= set(self.responses)]
        return tuple(equation for component in components for equation in component.equations)

    @property
    def determinant(self) -> sympy.Expr:
        """The determinant of D(z), a SymPy expression in the unknowns."""
        return self.matrix.det(method="berkowitz")

    @property
    def entries(self) -> tuple[tuple[str, sympy.Expr], ...]:
        """The entries of D that do not vanish, with their LaTeX names."""
        k = self.matrix.rows
        names = {(a, b): f"D_{{{a + 1}{b + 1}}}" if k < 10 else f"D_{{{a + 1},{b + 1}}}" for a, b in np.ndindex(k, k)}
        return tuple((name, self.matrix[a, b]) for (a, b), name in names.items() if self.matrix[a, b] != 0)


def outlier_equation(
    assembly: Assembly,
    bulk: Expression,
    whole: Expression,
    *,
    names: Mapping[Expression, str],
    laws: dict[Leaf, sympy.Symbol],
    coefficients: tuple[Coefficient, ...] = (),
    tables: tuple[Table, ...] = (),
) -> OutlierEquation | Refusal:
    """Return the equation of the outliers of a matrix with finite-rank parts.

    Parameters
    ----------
    assembly : Assembly
        The system of the bulk.
    bulk, whole : Expression
        The resolvents of the matrix without and with its finite-rank parts.
    names : mapping of Expression to str
        Names of the vectors of the model; those that rules introduced have none, but for vectors of ones.
    laws : dict of Leaf to Symbol
        As for :func:`freeprob.equations.assembly.assemble`.
    coefficients : tuple of Coefficient
    tables : tuple of Table

    Returns
    -------
    OutlierEquation or Refusal
        A refusal when the limit of D is not deterministic, or the matrix is beyond the pencil.
    """
    if given_bases(assembly.pencil):
        return Refusal(
            _RULE,
            "several given matrices act on one space, and this rule covers one there.",
            "give the law of all but one, or look at the eigenvalues of samples",
        )
    try:
        return _Builder(assembly, realise_bordered(bulk, whole), whole, names, laws).build(coefficients, tables)
    except (UnsupportedModel, ScalingError) as error:
        return Refusal(_RULE, str(error).removeprefix(f"{_RULE}: "))


@dataclass(frozen=True)
class _Term:
    """A term of an entry, before scaling: its place, the order of its scalar, and the entry of G that it holds."""

    place: tuple[int, int]
    order: float
    value: sympy.Expr
    response: tuple[int, int] | None

    def at(self, response: np.ndarray) -> float:
        return self.order + (0.0 if self.response is None else response[self.response])


class _Builder:
    def __init__(
        self,
        assembly: Assembly,
        bordered: BorderedPencil,
        whole: Expression,
        names: Mapping[Expression, str],
        laws: dict[Leaf, sympy.Symbol],
    ):
        self.assembly, self.bordered, self.labels = assembly, bordered, names
        self.dyson = DysonEquation(bordered.bulk, laws)
        self.vectors = list(dict.fromkeys(e.vector for e in (*bordered.rows, *bordered.columns)))
        self.names = {v: names.get(v, str(v)) for v in self.vectors if v in names or v.ensemble.is_constant}
        self.known = self.from_bulk()
        self.targets = [
            (v, x, k, self.names[v] if whole.rows.count(space) == 1 else f"{self.names[v]} in block {k + 1}")
            for v in self.names
            for k, (space, x) in enumerate(zip(whole.rows, bordered.resolvent, strict=True))
            if v.rows[0] == space
        ]

    def build(self, coefficients: tuple[Coefficient, ...], tables: tuple[Table, ...]) -> OutlierEquation | Refusal:
        matrix, right, left = self.matrix_terms(), self.right_terms(), self.left_terms()
        finite = responses(self.bordered)
        scaling = balance(self.orders(finite, matrix, right, left))
        if scaling is None:
            return Refusal(
                _RULE,
                "a number such as u^T v / sqrt(n) of two independent vectors enters the finite-rank part, and it "
                "fluctuates in the limit.",
                "scale finite-rank parts as theta * u @ v.T / n",
            )
        k = self.bordered.size
        entries: dict[tuple[int, int], sympy.Expr] = {}
        for term in matrix:
            a, b = term.place
            _keep(entries, term, finite, scaling.alpha[a] + scaling.beta[b])
        rows: dict[tuple[int, int], sympy.Expr] = {}
        columns: dict[tuple[int, int], sympy.Expr] = {}
        for term in right:
            u, a = term.place
            _keep(rows, term, finite, scaling.beta[a] - scaling.shift[u])
        for term in left:
            u, b = term.place
            _keep(columns, term, finite, scaling.alpha[b] + scaling.shift[u])
        system, further, translate = self.extended(
            {*entries.values(), *rows.values(), *columns.values()}, coefficients, tables
        )
        zero = sympy.S.Zero
        overlaps = {
            name: Readout(
                tuple(translate(rows.get((u, a), zero)) for a in range(k)),
                tuple(translate(columns.get((u, b), zero)) for b in range(k)),
                vector,
                block,
            )
            for u, (vector, _, block, name) in enumerate(self.targets)
        }
        scaled = sympy.ImmutableMatrix(k, k, lambda a, b: translate(entries.get((a, b), zero)))
        if _vanishes(scaled):
            return Refusal(
                _RULE,
                "finite-rank parts of growing norm cancel each other at leading order (as when the mean of features is "
                "taken away by a projection), and what is left is beyond this rule.",
                "centre the activation, fp.entrywise(f - mean, H)",
            )
        return OutlierEquation(
            system,
            further,
            scaled,
            overlaps,
            diverging_orders(lambda s: self.determinant_order(matrix, s)),
            tuple(dict.fromkeys(self.names.values())),
        )

    # -- terms -------------------------------------------------------------------------------------
    def matrix_terms(self) -> list[_Term]:
        """Return the terms of D."""
        terms = [_Term(place, exponent(c), c, None) for place, c in self.bordered.numbers.items()]
        for row in self.bordered.rows:
            for column in self.bordered.columns:
                if row.vector is column.vector:
                    scalar = -row.scalar * column.scalar * row.vector.rows[0]
                    terms += self.term((row.border, column.border), scalar, row.variable, column.variable)
        return terms

    def right_terms(self) -> list[_Term]:
        """Return the terms of the rows ``u^T B^-1 U / N``."""
        return [
            term
            for u, (vector, x, _, _) in enumerate(self.targets)
            for e in self.bordered.columns
            if e.vector is vector
            for term in self.term((u, e.border), e.scalar, x, e.variable)
        ]

    def left_terms(self) -> list[_Term]:
        """Return the terms of the columns ``V B^-1 u``."""
        return [
            term
            for u, (vector, x, _, _) in enumerate(self.targets)
            for e in self.bordered.rows
            if e.vector is vector
            for term in self.term((u, e.border), e.scalar * vector.rows[0], e.variable, x)
        ]

    def term(self, place: tuple[int, int], scalar: sympy.Expr, variable: int, source: int) -> list[_Term]:
        """Return ``scalar * G[variable, source]`` as a list of one term, or of none if it vanishes."""
        symbol = self.dyson.symbol(variable, source)
        return [] if symbol == 0 else [_Term(place, exponent(scalar), scalar * symbol, (variable, source))]

    # -- orders ------------------------------------------------------------------------------------
    def orders(self, response: np.ndarray, matrix: list[_Term], right: list[_Term], left: list[_Term]) -> Orders:
        """Return the orders of all entries, and of their fluctuations."""
        k, count = self.bordered.size, len(self.targets)
        noise = np.full((k, k), NEVER)
        for row in self.bordered.rows:
            for column in self.bordered.columns:
                place = row.border, column.border
                noise[place] = max(noise[place], noise_order(row, column, response))
        right_noise, left_noise = np.full((count, k), NEVER), np.full((count, k), NEVER)
        for u, (vector, x, _, _) in enumerate(self.targets):
            own_row = VectorEntry(x, 0, 1 / vector.rows[0], vector)
            own_column = VectorEntry(x, 0, sympy.S.One, vector)
            for e in self.bordered.columns:
                right_noise[u, e.border] = max(right_noise[u, e.border], noise_order(own_row, e, response))
            for e in self.bordered.rows:
                left_noise[u, e.border] = max(left_noise[u, e.border], noise_order(e, own_column, response))
        return Orders(
            _largest(matrix, response, (k, k)),
            noise,
            _largest(right, response, (count, k)),
            right_noise,
            _largest(left, response, (count, k)),
            left_noise,
        )

    def determinant_order(self, matrix: list[_Term], spectral: float) -> float:
        """Return the order of det D at z of order N^spectral."""
        k = self.bordered.size
        orders = _largest(matrix, responses(self.bordered, spectral), (k, k))
        from scipy.optimize import linear_sum_assignment  # loaded when it is needed

        return float(orders[linear_sum_assignment(orders, maximize=True)].sum())

    # -- equations ---------------------------------------------------------------------------------
    def extended(self, expressions: set[sympy.Expr], coefficients: tuple[Coefficient, ...], tables: tuple[Table, ...]):
        """Return (system of bulk and responses, symbols of the responses, translation of expressions into both)."""
        ratios, dyson = self.ratios(), self.dyson
        dyson.equations.update(dict.fromkeys(self.known, sympy.S.Zero))  # not to be written again
        closed = dyson.close({s for e in expressions for s in dyson.unknowns_in(e)})
        raw = {u: right.subs(ratios).xreplace(self.known) for u, right in closed.items() if u not in self.known}
        reduced, eliminated = eliminate_simple(raw, keep=set())
        bulk = self.assembly.system
        fresh = unknown_names(dyson, reduced, None, taken=[u.symbol.name for u in bulk.unknowns])
        unknowns = tuple(described(dyson, u, fresh[u], self.labels) for u in reduced)

        def translate(expression: sympy.Expr) -> sympy.Expr:
            inner = expression.subs(ratios).xreplace(self.known).xreplace(eliminated).xreplace(fresh)
            return _shorter(inner.subs(TAU, 1))

        families = {family.law: family.leaf.ensemble.law for family in dyson.families.values()}
        system = replace(
            bulk,
            laws=bulk.laws | dyson.split(families),
            unknowns=(*bulk.unknowns, *unknowns),
            components=(
                *bulk.components,
                *strongly_connected({fresh[u]: right.xreplace(fresh) for u, right in reduced.items()}),
            ),
        )
        also = tuple(translate(e) for e in sorted(expressions, key=sympy.default_sort_key))
        used = (*dyson.coefficients, *coefficients)
        return with_symbols(system, used, tables, also), tuple(fresh.values()), translate

    def from_bulk(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Return what the system of the bulk knows, by the unknowns of the bordered equation.

        Which family of a space is averaged over depends on the pencil; auxiliary unknowns of a letter that changes its
        role are not known, and are written again where they are needed.
        """
        known = {
            unknown_symbol(f"G{int(self.dyson.classes[entry])}"): value
            for entry, value in self.assembly.solution.items()
        }
        numbers = {letter.leaf: k for k, letter in enumerate(self.dyson.letters)}
        for (leaf, key), value in self.assembly.auxiliaries.items():
            index = self.dyson.auxiliary_classes.get((numbers.get(leaf, -1), key), 0)
            if index:
                known[unknown_symbol(f"P{index}")] = value
        return known

    def ratios(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the replacement of sizes by their ratios to one of them, where the equations of the bulk hold none."""
        if self.assembly.system.sizes:
            return {}
        unit = self.assembly.unit if self.assembly.unit is not None else self.bordered.bulk.spaces[0]
        scalars = [e.scalar for e in (*self.bordered.rows, *self.bordered.columns)]
        found = {s for c in scalars for s in c.free_symbols} | {*self.bordered.bulk.spaces}
        return {s: sympy.S.One if s == unit else s / unit for s in found if isinstance(s, Size)}


def _vanishes(matrix: sympy.ImmutableMatrix) -> bool:
    """Return whether a determinant vanishes at generic values of all symbols."""
    rng = np.random.default_rng(5)
    symbols = sorted(matrix.free_symbols, key=lambda s: s.name)
    if any(e.has(Average) for e in matrix):
        return False  # seen when numbers are there
    evaluate = sympy.lambdify(symbols, matrix, "numpy")
    values = np.array(evaluate(*rng.uniform(0.5, 1.5, len(symbols))), dtype=complex)
    size = np.prod(np.abs(values).max(axis=1))
    return bool(abs(np.linalg.det(values)) < 1e-12 * size)


def _shorter(expression: sympy.Expr) -> sympy.Expr:
    """Return an expression, factored where that makes it shorter."""
    if sympy.count_ops(expression) > _LONG:
        return expression
    return min((expression, sympy.factor(expression)), key=sympy.count_ops)


def _keep(entries: dict[tuple[int, int], sympy.Expr], term: _Term, response: np.ndarray, order: float) -> None:
    """Add a term to its entry if it survives the scaling."""
    if abs(term.at(response) - order) < 1e-6:
        entries[term.place] = entries.get(term.place, sympy.S.Zero) + term.value


def _largest(terms: list[_Term], response: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    orders = np.full(shape, NEVER)
    for term in terms:
        orders[term.place] = max(orders[term.place], term.at(response))
    return orders
