r"""diag(f(h)) -> D, a diagonal matrix of the law of f(sqrt(q) xi), free from the weights.

The entries of a pre-activation h of a wide random network are Gaussian in the limit, of variance q = lim |h|^2/N
(:mod:`.vector_moments`), and diagonal matrices of functions of h are asymptotically free from the weights, although h
is made from them: h depends on W through one direction, W x. Conjectured and used by Pennington, Schoenholz and Ganguli
2017; proved for Gaussian and iid weights by Pastur 2020 and Pastur and Slavin 2023, for Haar orthogonal weights by
Collins and Hayase 2023, and for tensor programs by Yang 2020.

Functions of one h are functions of one matrix. Where the diagonal matrices of different pre-activations share a basis
(skip connections do that), their entries at one place are jointly Gaussian. In a residual network ``h + W f(h)`` they
are a Markov chain: the increments ``W f(h)`` are independent of all h before them. Other correlated ones are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import mpmath
import numpy as np
import sympy
from networkx.utils import UnionFind

from ..algebra.coordinate import Coordinate
from ..derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ..derivation.table import Table
from ..errors import UnsupportedModel
from ..language.activations import Activation, X, as_activation
from ..language.activations.analytic import Piece, analytic_pieces
from ..language.activations.pieces import smooth_pieces
from ..language.ensembles.diagonal import Diagonal as DiagonalEnsemble
from ..language.ensembles.diagonals import Diagonals
from ..language.ensembles.family import family_leaf
from ..language.expression import ONE, Expression, walk
from ..language.laws.atoms import Atoms
from ..language.laws.joint_atoms import JointAtoms
from ..language.nodes import HALF, Diagonal, Entrywise, Leaf, inner_size
from ..language.operations import FAMILY_VARIABLE, combine, spectral_function
from ..language.primitive import primitive
from ..language.printing import Names, text
from ..language.rewriting import images
from .bases import Bases
from .linear_equivalent import LinearEquivalent
from .neurons import chained_family, neuron_family
from .separable_diagonals import separable_diagonals
from .vector_moments import RULE, VectorMoments, entry_function
from .vector_norms import vector_norms

__all__ = ["FunctionTable", "activation_diagonals"]

Function = tuple[Activation, sympy.Expr]
"""f(ratio h) as (f, ratio)."""

Functions = dict[Function, list[Diagonal]]
"""Functions of one vector, with the nodes that are diagonal matrices of them."""


@dataclass(frozen=True)
class FunctionTable:
    """Evaluates f(sqrt(q) t)."""

    activation: Activation

    def __call__(self, nodes: Any, variance: Any, digits: int = 15) -> Any:
        """Return the values at the nodes."""
        if digits <= 15:
            return self.activation(np.sqrt(float(variance)) * np.asarray(nodes, dtype=float))
        formula = sympy.lambdify(X, self.activation.formula, "mpmath")
        with mpmath.workdps(digits + 5):
            return [mpmath.re(formula(mpmath.sqrt(variance) * t)) for t in nodes]

    def pieces(self, variance: Any) -> list[Piece] | None:
        """Return the function of t where it is analytic; None where its kinks are not known."""
        formula = self.activation.formula
        found = None if formula is None else analytic_pieces(formula)
        scale = float(variance) ** 0.5
        if found is None:
            return None
        return [Piece(p.left / scale, p.right / scale, _Scaled(p.function, scale)) for p in found]


@dataclass(frozen=True)
class _Scaled:
    """A function of x as one of t = x/scale."""

    function: Callable[[np.ndarray], np.ndarray]
    scale: float

    def __call__(self, t: np.ndarray) -> np.ndarray:
        return self.function(self.scale * t)


def activation_diagonals(
    expression: Expression, closed_form: Callable[[Expression], sympy.Expr | None], names: Names
) -> LinearEquivalent:
    """Replace the diagonal matrices of the activations of a network by matrices with a law.

    Parameters
    ----------
    expression : Expression
    closed_form : callable
        Returns the limit of a normalised trace of functions of populations, or None.
    names : mapping of Expression to str
        Names of matrices in the record.

    Raises
    ------
    UnsupportedModel
        If a hypothesis of the rule fails; the message names it.
    """
    moments = VectorMoments(closed_form, names)
    apart = separable_diagonals(expression)
    norms = apart.then(vector_norms(apart.expression, moments))
    return norms.then(_with_laws(norms.expression, moments, names))


def _with_laws(expression: Expression, moments: VectorMoments, names: Names) -> LinearEquivalent:
    """Replace the diagonal matrices of functions of Gaussian vectors."""
    diagonals = [node for node in walk(expression) if isinstance(node, Diagonal)]
    if not diagonals:
        return LinearEquivalent(expression, {}, tuple(moments.coefficients), ())
    _refuse_shared_vectors(expression, diagonals, names)
    moments.prepare([node.vector for node in diagonals])
    groups: dict[Expression, Functions] = {}
    known: dict[Expression, tuple[Expression, sympy.Expr]] = {}
    for node in diagonals:
        f, h = entry_function(node.vector)
        moments.require_gaussian(h)
        scale, core = primitive(h)
        vector, unit = known.setdefault(core, (h, scale))
        groups.setdefault(vector, {}).setdefault((f, scale / unit), []).append(node)
    made = _Made(moments, names)
    mapping: dict[Expression, Expression] = {}
    for vectors in _correlated(expression, groups, moments):
        if len(vectors) == 1:
            mapping |= made.family(vectors[0], groups[vectors[0]])
        else:
            mapping |= made.chain({h: groups[h] for h in vectors})
    image = images(expression, mapping)
    result = image[expression]
    outliers = Refusal(
        "outliers",
        "the weights of a layer and the diagonal matrix of its activations depend on each other through the input, a "
        "part of rank one that moves no bulk eigenvalue but may make outliers, and is not modelled.",
        "find outliers by simulation",
    )
    return LinearEquivalent(
        result, image, tuple(moments.coefficients), tuple(made.steps), tuple(made.tables.values()), refused=(outliers,)
    )


def _refuse_shared_vectors(expression: Expression, diagonals: list[Diagonal], names: Names) -> None:
    """Refuse vectors of the network, and functions of its weights, outside the diagonal matrices."""
    inside = {leaf for leaf in walk(*(node.vector for node in diagonals)) if isinstance(leaf, Leaf)}
    seen: set[Expression] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if node in seen or isinstance(node, Diagonal):
            continue
        seen.add(node)
        stack.extend(node.arguments)
        vector = isinstance(node, Leaf) and node.columns == (ONE,) and node in inside
        function = isinstance(node, Entrywise) and any(leaf in inside for leaf in walk(node))
        if vector or function:
            raise UnsupportedModel(
                f"{RULE}: {text(node, names)} occurs outside the diagonal matrices of the activations, which are not "
                "free from it, and this rule covers the weights alone. Remedy: use independent copies"
            )


class _Made:
    """The matrices that take the place of the diagonal matrices, and their record."""

    def __init__(self, moments: VectorMoments, names: Names):
        self.moments, self.names = moments, names
        self.made = 0
        self.tables: dict[tuple, Table] = {}
        self.steps: list[Step] = []

    def name(self) -> str:
        """Return the name of the next matrix."""
        self.made += 1
        return f"D{self.made}"

    def scaled(self, h: Expression) -> Expression:
        """Return h with entries of order one."""
        return combine([(h, 1 / _unit(h))])

    def family(self, h: Expression, functions: Functions) -> dict[Expression, Expression]:
        """Return the images of the diagonal matrices of functions of one vector."""
        q = self.moments.variance(self.scaled(h))
        places = _scaled(h, functions)
        distinct = list(dict.fromkeys(function for function, _ in places.values()))
        name = self.name()
        if all(ratio == 1 and _values(f) is not None for f, ratio in distinct):
            matrices = self.atomic(h.rows[0], [f for f, _ in distinct], q, name)
        else:
            self.require_continuous(distinct)
            leaf = neuron_family(h.rows[0], name, split=any(_breaks_at_zero(f) for f, _ in distinct))
            matrices = self.continuous(leaf, distinct, q, name, FAMILY_VARIABLE)
        mapping = _images_of(places, dict(zip(distinct, matrices, strict=True)))
        self.steps.append(self.step({h: q}, mapping, "diag(f(h)) -> D, diagonal with the law of f(sqrt(q) x)"))
        return mapping

    def chain(self, groups: dict[Expression, Functions]) -> dict[Expression, Expression]:
        """Return the images of the diagonal matrices of functions of correlated vectors."""
        vectors = sorted(groups, key=lambda h: len(self.moments.leaves(h)))
        scaled = [self.scaled(h) for h in vectors]
        self.require_markov(vectors, scaled)
        variances = [self.moments.variance(h) for h in scaled]
        correlations = [
            self.covariance(h, k) / sympy.sqrt(p * q)
            for (h, p), (k, q) in pairwise(zip(scaled, variances, strict=True))
        ]
        name = self.name()
        split = any(_breaks_at_zero(f) for functions in groups.values() for f, _ in functions)
        leaf = chained_family(vectors[0].rows[0], name, correlations, split=split)
        mapping: dict[Expression, Expression] = {}
        for k, (h, q) in enumerate(zip(vectors, variances, strict=True), start=1):
            places = _scaled(h, groups[h])
            distinct = list(dict.fromkeys(function for function, _ in places.values()))
            self.require_continuous(distinct)
            matrices = self.continuous(leaf, distinct, q, name, Coordinate(FAMILY_VARIABLE, k))
            mapping |= _images_of(places, dict(zip(distinct, matrices, strict=True)))
        statement = (
            "diag(f_l(h_l)) -> D_l, diagonal with the joint law of f_l(sqrt(q_l) x_l), x a Gaussian Markov chain"
        )
        self.steps.append(self.step(dict(zip(vectors, variances, strict=True)), mapping, statement))
        return mapping

    def covariance(self, h: Expression, k: Expression) -> sympy.Expr:
        """Return the covariance of the entries of neighbours, as the variance of the first where it is that."""
        found = self.moments.inner(h, k)
        return self.moments.variance(h) if found == self.moments.inner(h, h) else found

    def require_markov(self, vectors: Sequence[Expression], scaled: Sequence[Expression]) -> None:
        """Refuse vectors whose entries depend on those before them through more than the last one."""
        inner = self.moments.inner
        for b in range(1, len(scaled) - 1):
            for a in range(b):
                now, new = inner(scaled[b], scaled[b]), inner(scaled[b], scaled[b + 1])
                before, across = inner(scaled[a], scaled[b]), inner(scaled[a], scaled[b + 1])
                if (now, before) != (new, across) and sympy.expand(across * now - before * new) != 0:
                    one, other, last = (text(vectors[k], self.names) for k in (a, b, b + 1))
                    raise UnsupportedModel(
                        f"{RULE}: the pre-activations {one} and {last} are correlated beyond what {other} explains, "
                        "their diagonal matrices share a basis (a skip connection joins them), and this rule covers "
                        "chains, in which each pre-activation adds weights of its own to the one before. Remedy: add "
                        "one block after the other, h + W f(h), or put weights of its own in front of each "
                        "activation, x + V f(W x)"
                    )

    def require_continuous(self, functions: Iterable[Function]) -> None:
        """Refuse functions that a rule of the normal law does not resolve."""
        for f, ratio in functions:
            if not ratio.is_positive:
                raise UnsupportedModel(
                    f"{RULE}: two functions of one pre-activation with the factor {ratio}, which is not positive, "
                    "between their arguments. Remedy: write the sign into the function"
                )
            if f.formula is None or (jump := _jump(f)) is not None:
                reason = "has no formula" if f.formula is None else f"jumps at {jump}"
                raise UnsupportedModel(
                    f"{RULE}: {f} {reason}, and this rule covers functions that are continuous but at 0, and sets of "
                    "functions of one pre-activation that are all constant between jumps. Remedy: use a smooth "
                    "activation"
                )

    def atomic(self, size: sympy.Expr, functions: list[Activation], q: sympy.Expr, name: str) -> list[Expression]:
        """Return the matrices of functions constant between jumps: each interval has its Gaussian probability."""
        found = [pieces for f in functions if (pieces := _values(f)) is not None]
        ends = {end for pieces in found for left, right, _ in pieces for end in (left, right) if end.is_finite}
        points = [-sympy.oo, *sorted(ends, key=lambda end: end.evalf(30)), sympy.oo]
        weights: dict[tuple, sympy.Expr] = {}
        for left, right in pairwise(points):
            values = tuple(_value_at(pieces, left, right) for pieces in found)
            share = (_distribution(right, q) - _distribution(left, q)) / 2
            weights[values] = weights.get(values, sympy.S.Zero) + share
        first, *rest = weights
        weights |= {value: self.moments.probability(weights[value]) for value in rest}
        weights[first] = 1 - sympy.Add(*(weights[value] for value in rest))
        if len(functions) == 1:
            law = Atoms({value: weight for (value,), weight in weights.items()})
            leaf = family_leaf(DiagonalEnsemble(law), size, name)
            return [leaf]
        leaf = family_leaf(Diagonals(JointAtoms(weights)), size, name)
        return [spectral_function(leaf, Coordinate(FAMILY_VARIABLE, k + 1)) for k in range(len(functions))]

    def continuous(
        self, leaf: Leaf, functions: list[Function], q: sympy.Expr, name: str, variable: sympy.Expr
    ) -> list[Expression]:
        """Return the matrices of functions of a standard normal variable of a family."""
        return [spectral_function(leaf, self.table(f, ratio**2 * q, name).function(variable)) for f, ratio in functions]

    def table(self, f: Activation, q: sympy.Expr, family: str) -> Table:
        key = (f, q, family)  # a table is used at one place: layers of one variance have tables of their own
        if key not in self.tables:
            function = sympy.Function(f"f_h{len(self.tables) + 1}", real=True)
            self.tables[key] = Table(
                function,
                rf"f(\sqrt{{q}}\,t),\; f={f.latex},\; q={sympy.latex(q)}",
                f"f(sqrt(q) t) for f = {f}, q = {q}",
                (q,),
                FunctionTable(f),
                FunctionTable(f).pieces,
            )
        return self.tables[key]

    def step(
        self, variances: dict[Expression, sympy.Expr], mapping: dict[Expression, Expression], statement: str
    ) -> Step:
        known = [fact for h in variances for fact in self.moments.require_gaussian(h)]
        return Step(
            rule=RULE,
            statement=f"{statement}, free from the weights",
            status="asymptotic",
            before=tuple(Formula(node, None) for node in mapping),
            after=(
                *(Formula(node, image) for node, image in mapping.items()),
                *(Formula(None, q, "lim |h|^2/N is") for q in variances.values()),
            ),
            hypotheses=(
                *dict.fromkeys(known),
                Hypothesis("all sizes grow in proportion", "asserted by the user"),
                Hypothesis(
                    "derivatives of activations are asymptotically free from the weights (proved for Gaussian and for "
                    "Haar weights)",
                    "assumed",
                ),
            ),
            references=(
                Citation("PenningtonSchoenholzGanguli2017"),
                Citation("CollinsHayase2023"),
                Citation("Pastur2020"),
                Citation("Yang2020"),
            ),
        )


def _unit(h: Expression) -> sympy.Expr:
    """Return the order of the entries of a vector."""
    return inner_size(h) ** (h.order - HALF)


def _scaled(h: Expression, functions: Functions) -> dict[Expression, tuple[Function, sympy.Expr]]:
    """Return each diagonal matrix as a function of the vector with entries of order one, and a factor of it."""
    unit, linear = _unit(h), as_activation("linear")
    return {
        node: ((f, sympy.S.One), ratio * unit) if f == linear else ((f, ratio * unit), sympy.S.One)
        for (f, ratio), nodes in functions.items()
        for node in nodes
    }


def _images_of(
    places: dict[Expression, tuple[Function, sympy.Expr]], matrices: dict[Function, Expression]
) -> dict[Expression, Expression]:
    return {node: combine([(matrices[function], scale)]) for node, (function, scale) in places.items()}


def _values(f: Activation) -> tuple[tuple[sympy.Expr, sympy.Expr, sympy.Expr], ...] | None:
    """Return the intervals and values of a function that is constant between jumps, else None."""
    if f.formula is None:
        return None
    pieces = smooth_pieces(sympy.sympify(f.formula))
    return None if any(X in body.free_symbols for _, _, body in pieces) else pieces


def _jump(f: Activation) -> sympy.Expr | None:
    """Return the first place at which a function jumps, but for 0."""
    pieces = smooth_pieces(sympy.sympify(f.formula))
    for (_, point, left), (_, _, right) in pairwise(pieces):
        if point != 0 and not abs((right.subs(X, point) - left.subs(X, point)).evalf(30)) < 1e-20:
            return point
    return None


def _breaks_at_zero(f: Activation) -> bool:
    """Return whether a function may kink or jump at 0, where its rule is then split at any variance."""
    return any(point == 0 for _, point, _ in smooth_pieces(sympy.sympify(f.formula)))


def _value_at(pieces: tuple, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
    return next(body for low, high, body in pieces if low <= left and right <= high)


def _distribution(point: sympy.Expr, q: sympy.Expr) -> sympy.Expr:
    """Return 2 P(h < point) - 1."""
    if point.is_infinite:
        return sympy.S.One if point == sympy.oo else sympy.S.NegativeOne
    return sympy.erf(point / sympy.sqrt(2 * q))


def _correlated(
    expression: Expression, groups: dict[Expression, Functions], moments: VectorMoments
) -> list[list[Expression]]:
    """Return the vectors in groups: those that are correlated while their diagonal matrices share a basis."""
    leaves = {h: neuron_family(h.rows[0], f"h{k}") for k, h in enumerate(groups)}
    mapping: dict[Expression, Expression] = {}
    for h, functions in groups.items():
        places = _scaled(h, functions)
        mapping |= _images_of(places, dict.fromkeys((function for function, _ in places.values()), leaves[h]))
    skeleton = images(expression, mapping)[expression]
    present, bases = set(walk(skeleton)), Bases(skeleton)
    joined = UnionFind(groups)
    for (h, one), (k, other) in combinations(leaves.items(), 2):
        if not {one, other} <= present or one.rows != other.rows or not bases.shared(one, other):
            continue
        if moments.inner(h, k) != 0:
            joined.union(h, k)
    return [[h for h in groups if joined[h] == root] for root in dict.fromkeys(joined[h] for h in groups)]
