r"""f(H_1, ..., H_k) -> D_m 1 1^T + sum_a D_a C_a + D_s Theta for pre-activations with asymptotically Gaussian entries.

Let ``H_a = g_a 1^T + C_a``, with shifts g of the neurons and centred parts of covariance V at one place. Given the
shifts of a neuron, f has the mean m, the slopes ``c = V^-1 E[(h - g) f]`` (Stein: ``c_a = E d_a f``) and a rest of
variance ``s^2 = E f^2 - m^2 - c^T V c``, which acts like a matrix Theta of iid entries, independent of all else.
Without shifts these are numbers,

    f(H) -> mu 1 1^T + c H + s Theta,      mu = E f(sqrt(q) x), c = E f'(sqrt(q) x), s^2 = E f^2 - mu^2 - q c^2,

else functions of the coordinates of the neurons. Functions of the same or of correlated pre-activations share noise:
``Cov(Theta_f, Theta_g) = E[f g] - E f E g - c_f^T V c_g``, realised by a triangular (Cholesky) factor. The same weights
on fresh data keep c and get fresh noise.

Pennington and Worah 2017; Benigni and Peche 2021 (Theorem 2.3); Hu and Lu 2023; Fan and Wang 2020; Schroder et al.
2023; with shifts Adlam, Levinson and Pennington 2022 (mixtures of activations across neurons).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ..derivation.coefficient import Coefficient
from ..derivation.deferred import deferred
from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..derivation.table import Table
from ..errors import UnsupportedModel
from ..language.activations import X, as_activation
from ..language.block_orders import leading_blocks
from ..language.ensembles.gaussian import gaussian
from ..language.ensembles.ones import ones
from ..language.ensembles.wigner import wigner
from ..language.expression import ONE, Expression, walk
from ..language.nodes import (
    HALF,
    Block,
    Entrywise,
    Hadamard,
    Leaf,
    Normalised,
    NormScaled,
    OffDiagonal,
    Sum,
    Transpose,
    Zero,
    inner_size,
    is_outer_product,
)
from ..language.operations import combine, identity, multiply
from ..language.printing import Names
from ..language.rewriting import rebuild
from .bond_dilution import BondDilution
from .closed_forms import ClosedForms
from .coefficients import Coefficients, upper_triangle
from .concentrating_norm import NormRule, without_norms
from .entry_function import EntryFunction, Factor
from .hidden_finite_rank import is_curved
from .joint_moments import (
    JointMoment,
    NeuronMoment,
    closed_formula,
    formula_vanishes,
    is_nested,
    joint_formula,
    ratio_symbols,
)
from .kernel_functions import KernelRules, is_kernel
from .linear_equivalent import LinearEquivalent
from .neurons import NeuronFamily, refuse_shift_beside_functions
from .norm_fluctuations import NormFluctuations
from .preactivation import RULE
from .preactivations import Preactivations, Reading
from .shift_factors import ShiftSplit, in_order, split_at_shift

__all__ = ["gaussian_equivalence", "is_gate"]

_VANISHES = 1e-12
_NOISELESS = 1e-6  # the square root of a variance that is zero up to rounding, both relative to the function

_PLACES = 3
"""Values of the shifts at which to test whether a coefficient vanishes, or depends on a coordinate."""

_SHIFTS = Hypothesis("the shifts g of the neurons are independent normal and free of all else", "assumed")

_LETTERS = {"mean": "m", "slope": "c", "noise": "s"}


@dataclass(frozen=True)
class _Known:
    """A function that has been linearised, and its noise matrix."""

    function: EntryFunction
    noise: Expression


class _Moments:
    """The coefficients of one function: of the last of several whose noises are correlated."""

    def __init__(self, functions: Sequence[EntryFunction], preactivations: Preactivations, family: NeuronFamily | None):
        self.numbers = tuple(sorted({v for f in functions for v in f.variables}))
        places = {v: k for k, v in enumerate(self.numbers)}
        self.functions = tuple(f.renumbered(places) for f in functions)
        self.covariance = [[preactivations.covariance(a, b) for b in self.numbers] for a in self.numbers]
        self.family = family
        self.loads = [] if family is None else [x for n in self.numbers for x in preactivations.loads(n, family)]
        self.symbols = ratio_symbols(functions)

    def loads_in(self, seen: Sequence[int]) -> list[sympy.Expr]:
        """Return the loads in some coordinates, row by row."""
        rank = 0 if self.family is None else self.family.rank
        return [self.loads[k * rank + r] for k in range(self.size) for r in seen]

    def seen(self, coefficients: Coefficients, kind: str, index: int) -> list[int] | None:
        """Return the coordinates of the shifts on which a coefficient depends, None where it vanishes."""
        rank = 0 if self.family is None else self.family.rank
        loaded = [r for r in range(rank) if any(x != 0 for x in self.loads[r::rank])]
        if not loaded:
            return []
        evaluate = NeuronMoment(self.functions, self.size, len(loaded), kind, index)
        places = np.tile(np.random.default_rng(3).uniform(0.3, 1.5, (_PLACES, len(loaded))), (1 + len(loaded), 1))
        for k in range(len(loaded)):
            places[_PLACES * (k + 1) : _PLACES * (k + 2), k] -= 2
        found = [
            np.reshape(evaluate(*places.T, *values, digits=15), (1 + len(loaded), _PLACES))
            for values in self.probed(coefficients, loaded)
        ]
        size = NeuronMoment(self.functions, self.size, len(loaded), *_size(kind, index))
        limits = [
            (_NOISELESS if kind == "noise" else _VANISHES) * size(*places.T, *values, digits=15).max()
            for values in self.probed(coefficients, loaded)
        ]
        if all(np.abs(values).max() <= limit for values, limit in zip(found, limits, strict=True)):
            return None
        moves = [[np.ptp(v[[0, k + 1]], axis=0).max() for v in found] for k in range(len(loaded))]
        return [
            r for move, r in zip(moves, loaded, strict=True) if any(a > b for a, b in zip(move, limits, strict=True))
        ]

    def without_shifts(self) -> _Moments:
        """Return the same where no function sees a shift."""
        other = copy(self)
        other.family, other.loads = None, []
        return other

    @property
    def size(self) -> int:
        return len(self.numbers)

    @property
    def last(self) -> EntryFunction:
        return self.functions[-1]

    @property
    def arguments(self) -> tuple[sympy.Expr, ...]:
        return (*upper_triangle(self.covariance), *self.loads, *self.symbols)

    def key(self, kind: str, index: int) -> tuple:
        return (self.functions, self.arguments, kind, index)

    def probed(self, coefficients: Coefficients, seen: Sequence[int] = ()) -> list[list[Any]]:
        """Return values of the arguments at which to test whether a coefficient vanishes."""
        loads = self.loads_in(seen)
        known = [coefficients.number(a) for a in (*upper_triangle(self.covariance), *loads, *self.symbols)]
        if all(value is not None for value in known):
            return [known]
        zero = np.array([[c == 0 for c in row] for row in self.covariance])
        return [self._generic(zero, loads, np.random.default_rng(seed)) for seed in (1, 2)]

    def variances(self, probe: Sequence[Any]) -> list[Any]:
        """Return the variances of the pre-activations among values of the arguments."""
        return [probe[k] for k in np.cumsum([0, *range(self.size, 1, -1)])]

    def _generic(self, zero: np.ndarray, loads: Sequence[sympy.Expr], rng: np.random.Generator) -> list[Any]:
        """Return a generic covariance and loads with the zeros of the true ones, and values of the symbols."""
        mixed = rng.uniform(0.2, 0.4, zero.shape)
        matrix = np.where(zero, 0.0, (mixed + mixed.T) / 2 / max(1, self.size))
        matrix[np.diag_indices(self.size)] = np.where(np.diag(zero), 0.0, rng.uniform(0.7, 1.4, self.size))
        mine = [0.0 if load == 0 else rng.uniform(0.3, 0.8) for load in loads]
        return [*upper_triangle(matrix.tolist()), *mine, *rng.uniform(0.5, 1.5, len(self.symbols))]


_TINY = 1e-70
"""Variances of pre-activations below which the square of a gate of two of them may underflow."""


def _size(kind: str, index: int) -> tuple[str, int]:
    """Return kind and index of the moment with which a coefficient is compared where it may vanish."""
    return ("slope size", index) if kind == "slope" else ("size", 0)


class _Equivalence:
    def __init__(
        self, second_moment: ClosedForms, dilution: BondDilution, names: Names, means: frozenset[sympy.Expr] | None
    ):
        self.dilution = dilution
        self.means = means
        self.coefficients = Coefficients()
        self.fluctuations = NormFluctuations(second_moment, self.coefficients)
        self.preactivations = Preactivations(second_moment, self.coefficients, names)
        self.kernels = KernelRules(
            second_moment,
            self.preactivations.products,
            self.coefficients,
            self.image_of,
            lambda: self.preactivations.families,
            with_hidden_means=means is not None,
        )
        self.norms = NormRule(
            second_moment,
            self.preactivations.products,
            self.coefficients,
            lambda inside: self.diluted(self.image_of(inside)),
        )
        self.image: dict[Expression, Expression] = {}
        self.known: list[_Known] = []
        self.known_with: dict[int, list[int]] = {}
        self.results: dict[EntryFunction, Expression] = {}
        self.steps: list[Step] = []
        self.curved: list[Expression] = []
        self.count = 0

    def run(self, expression: Expression) -> Expression:
        """Return the linear equivalent of an expression."""
        original = expression
        scaled = [node for node in walk(expression) if isinstance(node, NormScaled)]
        for norms in dict.fromkeys(node.norms for node in scaled):
            self.visit(norms.arguments[0])
        if scaled:
            expression = without_norms(expression, self.norms.reciprocal)
        self.image[original] = self.visit(expression)
        return self.image[original]

    def visit(self, expression: Expression) -> Expression:
        """Return the image of an expression, with those of the nodes below it."""
        needed = _outside_gates(expression)
        for node in walk(expression):
            if node not in needed:
                continue
            if is_kernel(node):
                self.image[node] = self.kernels.rewritten(node)
            elif isinstance(node, OffDiagonal):
                self.image[node] = self.without_diagonal(node)
            elif isinstance(node, Normalised):
                self.image[node] = self.norms.rewritten(node)
            elif isinstance(node, Entrywise) or is_gate(node):
                self.image[node] = self.linearise(node)
            else:
                arguments = tuple(self.image[a] for a in node.arguments)
                if isinstance(node, Block):
                    arguments = leading_blocks(node, arguments)
                self.image[node] = node if arguments == node.arguments else rebuild(node, arguments)
        return self.image[expression]

    # -- one function --------------------------------------------------------------------------------
    def without_diagonal(self, node: OffDiagonal) -> Expression:
        (inside,) = node.arguments
        if not is_kernel(inside) and (isinstance(inside, Entrywise) or is_gate(inside)):
            return self.linearise(inside, diagonal=False)
        return self.kernels.without_diagonal(node)

    def linearise(self, node: Expression, diagonal: bool = True) -> Expression:
        pieces, outer = _normalised(node)
        arguments = list(dict.fromkeys(a for _, own in pieces for a in own))
        reading = self.preactivations.read(arguments, [self.diluted(self.image_of(a)) for a in arguments])
        places = dict(zip(arguments, zip(reading.numbers, reading.ratios, strict=True), strict=True))
        function = EntryFunction(
            _collected(
                [Factor(f, tuple(places[a][0] for a in own), tuple(places[a][1] for a in own)) for f, own in pieces]
            )
        )
        result = self.of_function(node, function, reading, diagonal)
        return combine([(result.T if reading.turned else result, outer)])

    def of_function(
        self, node: Expression, function: EntryFunction, reading: Reading, diagonal: bool = True
    ) -> Expression:
        """Return the linear equivalent of a function, in the orientation of its pre-activations."""
        if function in self.results:  # the transpose of a gate is a node of its own
            return self.results[function]
        family = self.family_of(function)
        if family is None:
            result = self.plain(node, function, reading)
            if diagonal and self.preactivations.found[function.variables[0]].is_symmetric:
                result = combine([(result, sympy.S.One), (identity(node.rows), self.on_diagonal(node, function))])
        elif (split := split_at_shift(function, self.preactivations)) is not None:
            result = self.without_factor(node, split, reading)
        else:
            result = self.given_shifts(node, function, family, reading)
        if diagonal:
            self.results[function] = result
        return result

    def family_of(self, function: EntryFunction) -> NeuronFamily | None:
        """Return the family of the shifts that a function and those correlated with it see; what is known follows."""
        seen = {v for k in self.component(function) for v in k.function.variables}
        found = self.preactivations.family(sorted(seen | set(function.variables)))
        if found is None:
            return None
        family, old = found
        if old:
            made = [*self.image.values(), *self.results.values(), *self.norms.done.values()]
            moved = family.moved(made, old)
            self.image = {n: moved[e] for n, e in self.image.items()}
            self.results = {f: moved[e] for f, e in self.results.items()}
            self.norms.done = {n: moved[e] for n, e in self.norms.done.items()}
        return family

    def without_factor(self, node: Expression, split: ShiftSplit, reading: Reading) -> Expression:
        """Return ``D_g F(H) + C o F(H)`` for ``(g 1^T + C) o F(H)``."""
        parts = [split.rest] if split.centred is None else [split.rest, split.centred]
        for part in parts:  # each may add to the family of the shifts
            self.of_function(node, part, reading)
        rest, *others = (self.results[part] for part in parts)
        shifted = multiply(self.shift_of(split.factor), rest)
        result = combine([(e, sympy.S.One) for e in (shifted, *others)])
        statement = "(g 1^T + H) o F -> D_g F + H o F"
        self.record(node, result, reading, f"conditional_{RULE}", statement, [_SHIFTS], None, False)
        return result

    def shift_of(self, factor: Factor) -> Expression:
        """Return the shift that a linear factor sees as a diagonal matrix."""
        family = self.family_of(EntryFunction((factor,)))
        if family is None:
            raise ValueError(f"{factor} sees no shift")
        loads = self.preactivations.loads(factor.variables[0], family)
        pairs = zip(loads, family.coordinates(), strict=True)
        return family.function(factor.ratios[0] * sympy.Add(*(load * t for load, t in pairs)))

    def image_of(self, argument: Expression) -> Expression:
        """Return the linear equivalent of a pre-activation, which may be the transpose or a multiple of a node."""
        terms = []
        for part, scalar in argument.terms():
            image = self.image.get(part)
            terms.append((image if image is not None else self.image[part.T].T, scalar))
        return self.image[argument] if argument in self.image else combine(terms)

    def diluted(self, image: Expression) -> Expression:
        """Return the image of a pre-activation without random patterns of functions below."""
        found = self.dilution(image)
        self.coefficients.found += found.coefficients
        self.steps += found.steps
        return found.expression

    def on_diagonal(self, node: Expression, function: EntryFunction) -> sympy.Expr:
        """Return f at the diagonal of a kernel matrix, which diverges: the part of order ``sqrt(n)``."""
        cores = {self.preactivations.found[v].core for v in function.variables}
        if all(self.preactivations.diagonals[core] == 0 for core in cores):
            return sympy.S.Zero
        single = function.single
        if single is not None and single.formula is not None:
            growth = sympy.limit(single.formula / X, X, sympy.oo)
            number = self.preactivations.found[single.variables[0]]
            if growth.is_finite:
                return growth * single.ratios[0] * number.lead * self.preactivations.diagonals[number.core]
        raise UnsupportedModel(
            f"{RULE}: the diagonal of the argument of {node} diverges, and it is not seen that the function grows at "
            "most linearly there. Remedy: remove the diagonal, fp.off_diagonal(f(K))"
        )

    def component(self, function: EntryFunction) -> list[_Known]:
        """Return the functions with which the noise of a function is correlated, directly or through others."""
        found: set[int] = set()
        queue = [function]
        while queue:
            current = queue.pop()
            near = {a for v in current.variables for a in self.preactivations.related(v)}
            for k in sorted({k for a in near for k in self.known_with.get(a, ())} - found):
                other = self.known[k].function
                if self.preactivations.connected(current.variables, other.variables):
                    found.add(k)
                    queue.append(other)
        return [self.known[k] for k in sorted(found)]

    def shape(self, function: EntryFunction) -> tuple[sympy.Expr, sympy.Expr]:
        core = self.preactivations.found[function.variables[0]].core
        return core.rows[0], core.columns[0]

    def centred(self, number: int) -> Expression:
        return self.preactivations.found[number].centred

    def new_noise(self, function: EntryFunction) -> Expression:
        rows, columns = self.shape(function)
        name = f"Theta{self.count}" if self.count > 1 else "Theta"
        symmetric = self.preactivations.found[function.variables[0]].is_symmetric
        noise = wigner(rows, name=name) if symmetric else gaussian(rows, columns, name=name)
        for variable in function.variables:
            self.known_with.setdefault(variable, []).append(len(self.known))
        self.known.append(_Known(function, noise))
        return noise

    # -- without shifts --------------------------------------------------------------------------------
    def plain(self, node: Expression, function: EntryFunction, reading: Reading) -> Expression:
        self.count += 1
        alone = _Moments([function], self.preactivations, None)
        parts: list[tuple[Expression, sympy.Expr]] = []
        for k, number in enumerate(alone.numbers):
            if not isinstance(self.centred(number), Zero):
                suffix = "" if alone.size == 1 else f"_{k + 1}"
                parts.append((self.centred(number), self.coefficient(alone, "slope", k, f"c_{self.count}{suffix}")))
        mean = self.coefficient(alone, "mean", 0, f"mu_{self.count}")
        if mean == 0 and self.is_curved(alone):
            if ONE not in (*node.rows, *node.columns):
                self.curved.append(node)
            if self.means is not None:
                parts += self.along_samples(node, function, self.means)
        related = self.component(function)
        moments = _Moments([*(k.function for k in related), function], self.preactivations, None)
        row = [
            self.coefficient(moments, "noise", j, f"s_{self.count}" if j == len(related) else f"s_{self.count}_{j + 1}")
            for j in range(len(related) + 1)
        ]
        parts += [(k.noise, share) for k, share in zip(related, row, strict=False)]
        if row[-1] != 0:
            parts.append((self.new_noise(function), row[-1]))
        if mean != 0:
            rows, columns = self.shape(function)
            sides: list[Expression] = [ones(rows)] if rows != ONE else []
            sides += [ones(columns).T] if columns != ONE else []
            parts.append((multiply(*sides) if sides else identity(ONE), mean))
        kept = [(e, s) for e, s in parts if s != 0]
        result = combine(kept) if kept else Zero.intern(*(e.rows for e in (parts[0][0], parts[0][0].T)))
        extra = [Hypothesis(f"{function} has a finite Gaussian second moment", "proved on the graph")]
        self.record(node, result, reading, RULE, "f(H) -> mu 1 1^T + c H + s Theta", extra, function, mean != 0)
        return result

    def along_samples(
        self, node: Expression, function: EntryFunction, means: frozenset[sympy.Expr]
    ) -> list[tuple[Expression, sympy.Expr]]:
        """Return the part of rank one of a function with mean 0 that is due to the variances of single neurons."""
        rows, columns = self.shape(function)
        turned = rows in means or rows == ONE  # weights and data may both be Gaussian
        samples, neurons = (rows, columns) if turned else (columns, rows)
        if neurons == ONE:  # a teacher: the mean of its labels changes by less than their size
            return []
        single = function.single
        if single is None or single.activation.formula is None or neurons in means:
            reason = "means over its neurons occur" if neurons in means else "it is no function of one pre-activation"
            raise UnsupportedModel(
                f"{RULE}: {node} has mean 0, fluctuations of the norms of its inputs meet a mean, as that of labels, "
                f"and {reason}, which this rule does not cover. Remedy: use an odd activation or one with a mean, or "
                "centre the labels"
            )
        (variable,), (ratio,) = single.variables, single.ratios
        if self.preactivations.found[variable].is_symmetric:
            raise UnsupportedModel(
                f"{RULE}: {node} has mean 0 but E f'' != 0, and fluctuations of the norms of its samples meet a mean, "
                "as that of labels, which this rule does not cover. Remedy: use an odd function, or centre the labels"
            )
        centred = self.centred(variable)
        direction, size = self.fluctuations.of(node, centred.T if turned else centred)
        squared = EntryFunction((Factor(as_activation(single.activation.formula * X**2), (variable,), (ratio,)),))
        moment = self.coefficient(_Moments([squared], self.preactivations, None), "mean", 0, f"e_{self.count}")
        spread = multiply(direction, ones(samples).T) if samples != ONE else direction
        q = ratio**2 * self.preactivations.covariance(variable, variable)
        return [(spread.T if turned else spread, moment / q * size / 2)]

    def coefficient(self, moments: _Moments, kind: str, index: int, name: str) -> sympy.Expr:
        """Return the symbol of a coefficient; 0 where it vanishes."""
        evaluate = JointMoment(moments.functions, moments.size, kind, index)

        def make() -> Coefficient | sympy.Expr:
            limit = _NOISELESS if kind == "noise" else _VANISHES
            size = JointMoment(moments.functions, moments.size, *_size(kind, index))
            probes = moments.probed(self.coefficients)
            if any(0 < q < _TINY for probe in probes for q in moments.variances(probe)):
                raise UnsupportedModel(
                    f"{RULE}: the entries of a pre-activation of {moments.last} have a variance below {_TINY:.0e}, too "
                    "small for the squares of functions in double precision. Remedy: scale the weights, so that the "
                    "variance does not shrink from layer to layer"
                )
            certain = kind != "noise" or not moments.symbols
            if certain and all(abs(evaluate(*p, digits=15)) <= limit * size(*p, digits=15) for p in probes):
                return sympy.S.Zero
            if kind != "noise" and formula_vanishes(moments.functions, moments.covariance, kind, index):
                return sympy.S.Zero
            own = kind == "noise" and index == len(moments.functions) - 1
            return Coefficient(
                sympy.Symbol(name, positive=True) if own else sympy.Symbol(name, real=True),
                deferred(_definition, moments, kind, index),
                deferred(_description, moments, kind, index),
                moments.arguments,
                evaluate,
                deferred(closed_formula, moments.functions, moments.covariance, kind, index),
                deferred(_formula_for_floats, moments.functions, moments.covariance, kind, index),
                is_nested(moments.functions, moments.covariance),
            )

        return self.coefficients.moment(moments.key(kind, index), make)

    def is_curved(self, moments: _Moments) -> bool:
        """Return whether fluctuations of the norms of the inputs make a part of rank two; yes where not known."""
        single = moments.last.single
        if single is None:
            return True
        q = single.ratios[0] ** 2 * moments.covariance[0][0]
        return is_curved(single.activation, self.coefficients.probes(q))

    # -- with shifts -----------------------------------------------------------------------------------
    def given_shifts(
        self, node: Expression, function: EntryFunction, family: NeuronFamily, reading: Reading
    ) -> Expression:
        self.count += 1
        alone = _Moments([function], self.preactivations, family)
        rows, columns = self.shape(function)
        parts: list[tuple[Expression, sympy.Expr]] = []
        for k, number in enumerate(alone.numbers):
            if not isinstance(self.centred(number), Zero):
                parts.append(self.term(alone, "slope", k, self.centred(number)))
        related = self.component(function)
        moments = _Moments([*(k.function for k in related), function], self.preactivations, family)
        for j, known in enumerate(related):
            parts.append(self.term(moments, "noise", j, known.noise))
        if any(not isinstance(self.centred(n), Zero) for n in function.variables):
            noise = self.new_noise(function)
            parts.append(self.term(moments, "noise", len(related), noise))
        sides = [ones(rows), *([ones(columns).T] if columns != ONE else [])]
        parts.append(self.term(alone, "mean", 0, multiply(*sides)))
        result = combine([(e, s) for e, s in parts if s != 0])
        extra = [_SHIFTS]
        statement = "f(g 1^T + H) -> D_m 1 1^T + D_c H + D_s Theta"
        self.record(node, result, reading, f"conditional_{RULE}", statement, extra, function, True)
        return result

    def term(self, moments: _Moments, kind: str, index: int, right: Expression) -> tuple[Expression, sympy.Expr]:
        """Return a coefficient times a matrix: a number, or a diagonal matrix where it depends on the neuron."""
        family = moments.family
        if family is None:
            raise ValueError("there are no shifts")
        seen = moments.seen(self.coefficients, kind, index)
        if seen is None:
            return Zero.intern(right.rows, right.columns), sympy.S.Zero
        if not seen:
            name = f"{'mu' if kind == 'mean' else _LETTERS[kind]}_{self.count}_{index + 1}"
            return right, self.coefficient(moments.without_shifts(), kind, index, name)
        return multiply(self.diagonal(moments, family, seen, kind, index), right), sympy.S.One

    def diagonal(
        self, moments: _Moments, family: NeuronFamily, seen: Sequence[int], kind: str, index: int
    ) -> Expression:
        """Return the diagonal matrix of a coefficient that depends on the neuron."""
        loads = moments.loads_in(seen)
        evaluate = NeuronMoment(moments.functions, moments.size, len(seen), kind, index)
        arguments = (*upper_triangle(moments.covariance), *loads, *moments.symbols)

        def make(name: str) -> Table:
            return Table(
                sympy.Function(name, real=True),
                _definition(moments, kind, index),
                f"{_description(moments, kind, index)}, given the shifts of the neuron",
                arguments,
                evaluate,
            )

        key = (moments.functions, arguments, kind, index, family.name, *seen)  # a table is used at one place
        table = self.coefficients.table(key, _LETTERS[kind], make)
        coordinates = family.coordinates()
        return family.function(table.function(*(coordinates[r] for r in seen)))

    # -- record ------------------------------------------------------------------------------------------
    def record(
        self,
        node: Expression,
        result: Expression,
        reading: Reading,
        rule: str,
        statement: str,
        extra: Sequence[Hypothesis],
        function: EntryFunction | None,
        has_mean: bool,
    ) -> None:
        assumed = [*reading.hypotheses, *extra, Hypothesis("all sizes grow in proportion", "asserted by the user")]
        if has_mean:
            words = f"the mean of {function} is a finite-rank part; it moves no bulk eigenvalue"
            assumed.append(Hypothesis(words, "assumed"))
        shifted = rule != RULE
        references = (
            (Citation("AdlamLevinsonPennington2022"), Citation("HuLu2023"))
            if shifted
            else (
                Citation("PenningtonWorah2017", "eq. (11)"),
                Citation("BenigniPeche2021", "Theorem 2.3"),
                Citation("HuLu2023"),
            )
        )
        after = result.T if reading.turned else result
        self.steps.append(
            Step(
                rule,
                statement,
                "asymptotic",
                (Formula(node, None),),
                (Formula(node, after),),
                tuple(assumed),
                references,
            )
        )


def is_gate(node: Expression) -> bool:
    """Return whether a node is an entrywise product of matrices with entries of order one, none of them a pattern."""
    if not isinstance(node, Hadamard) or node.order < HALF or is_kernel(node):
        return False
    leaves = [f.arguments[0] if isinstance(f, Transpose) else f for f in node.arguments]
    return not any(isinstance(leaf, Leaf) and leaf.ensemble.is_zero_one for leaf in leaves)


def _outside_gates(expression: Expression) -> set[Expression]:
    """Return the nodes whose linear equivalents are needed; the factors of a gate are not, but their arguments are."""
    needed: set[Expression] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if node not in needed:
            needed.add(node)
            if isinstance(node, OffDiagonal):
                stack.extend(_inner_of_kernel(node))
            elif is_gate(node):
                stack.extend(a for f in node.arguments for a in _inner(f))
            else:
                stack.extend(node.arguments)
    return needed


def _inner_of_kernel(node: OffDiagonal) -> tuple[Expression, ...]:
    (inside,) = node.arguments
    if is_kernel(inside) and not isinstance(inside, Entrywise):
        return (inside,)
    if isinstance(inside, Entrywise):
        return inside.arguments
    return tuple(a for f in inside.arguments for a in _inner(f)) if is_gate(inside) else (inside,)


def _inner(factor: Expression) -> tuple[Expression, ...]:
    """Return the pre-activations of a factor of a gate."""
    plain = factor.arguments[0] if isinstance(factor, Transpose) else factor
    return plain.arguments if isinstance(plain, Entrywise) else (factor,)


def _normalised(node: Expression) -> tuple[list[tuple[Any, tuple[Expression, ...]]], sympy.Expr]:
    """Return the factors with entries of order one, and the scalar that is left over."""
    pieces, outer = [], sympy.S.One
    for activation, arguments in _factors(node):
        scale = sympy.S.One
        if len(arguments) == 1:
            thin = all(is_outer_product(part) for part, _ in arguments[0].terms())
            scale = inner_size(arguments[0]) ** ((1 if thin else HALF) - arguments[0].order)
        outer /= scale
        pieces.append((activation, tuple(combine([(a, scale)]) for a in arguments)))
    return pieces, outer


def _factors(node: Expression) -> list[tuple[Any, tuple[Expression, ...]]]:
    """Return a function as factors: (activation, arguments)."""
    if isinstance(node, Entrywise):
        return [(node.activation, node.arguments)]
    if isinstance(node, Transpose):
        return (
            [(f, tuple(a.T for a in own)) for f, own in _factors(node.arguments[0])]
            if isinstance(node.arguments[0], Entrywise)
            else [(as_activation("linear"), (node,))]
        )
    if isinstance(node, Hadamard):
        return [pair for factor in node.arguments for pair in _factors(factor)]
    return [(as_activation("linear"), (node,))]


def _collected(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """Return factors with those of one pre-activation multiplied, where they have formulas."""
    result: list[Factor] = []
    for factor in factors:
        same = next((k for k, f in enumerate(result) if _mergeable(f, factor)), None)
        if same is None:
            result.append(factor)
            continue
        formula = result[same].activation.formula * factor.activation.formula
        result[same] = Factor(as_activation(formula), factor.variables, factor.ratios)
    return in_order(tuple(result))


def _mergeable(one: Factor, other: Factor) -> bool:
    known = one.formula is not None and other.formula is not None and len(one.variables) == 1
    return known and one.variables == other.variables and one.ratios == other.ratios


def _formula_for_floats(
    functions: tuple[EntryFunction, ...], covariance: Sequence[Sequence[sympy.Expr]], kind: str, index: int
) -> sympy.Expr | None:
    return joint_formula(functions, covariance, kind, index, for_floats=True)


def _definition(moments: _Moments, kind: str, index: int) -> str:
    """Return the definition of a coefficient in LaTeX."""
    function, single = moments.last, moments.last.single
    shift = "" if moments.family is None else r",\ \text{given the shifts}"
    if single is not None and moments.family is None:
        q = single.ratios[0] ** 2 * moments.covariance[0][0] if moments.size == 1 else None
        where = rf",\; f={function.latex}" + (rf",\; q={sympy.latex(q)}" if q is not None else "")
        if kind == "noise" and len(moments.functions) > 1:
            return rf"\text{{Cholesky factor of the covariance of the noises}},\; f={function.latex}"
        body = {
            "slope": r"\mathbb{E}\left[f'(\sqrt{q}\,\xi)\right]",
            "mean": r"\mathbb{E}\left[f(\sqrt{q}\,\xi)\right]",
            "noise": r"\left(\mathbb{E} f^2-(\mathbb{E} f)^2-q\,(\mathbb{E} f')^2\right)^{1/2}",
        }[kind]
        return body + where
    where = rf",\; f={function.latex}" + shift
    body = {
        "slope": rf"\mathbb{{E}}\left[\partial_{{{index + 1}}} f(h)\right]",
        "mean": r"\mathbb{E}\left[f(h)\right]",
        "noise": r"\text{Cholesky factor of } \mathbb{E}[f_i f_j]-\mathbb{E} f_i\,\mathbb{E} f_j-c_i^T V c_j",
    }[kind]
    return body + where


def _description(moments: _Moments, kind: str, index: int) -> str:
    """Return what a coefficient is, in words."""
    function, single = moments.last, moments.last.single
    if kind == "noise":
        if index < len(moments.functions) - 1:
            return f"part of the nonlinear noise of {function} shared with function {index + 1}"
        return f"standard deviation of the part of {function} that is not linear"
    if single is not None and moments.size == 1 and moments.family is None:
        q = single.ratios[0] ** 2 * moments.covariance[0][0]
        return f"E f{chr(39) if kind == 'slope' else ''}(sqrt(q) x) for f = {function}, q = {q}, x standard normal"
    if kind == "slope":
        return f"mean slope of {function} in pre-activation {index + 1}"
    return f"mean of {function}"


def gaussian_equivalence(
    expression: Expression,
    second_moment: ClosedForms,
    dilution: BondDilution,
    names: Names | None = None,
    means: frozenset[sympy.Expr] | None = None,
) -> LinearEquivalent:
    """Return the linear equivalent of an expression.

    Parameters
    ----------
    expression : Expression
    second_moment : ClosedForms
        Limits of numbers made of linear expressions.
    dilution : BondDilution
        The rule for random patterns of functions below other functions.
    names : mapping of Expression to str, optional
        Names of matrices in the record.
    means : frozenset of Size, optional
        The spaces of means that meet functions with mean 0 but E f'' != 0: their parts of rank one, of the order of the
        bulk, are then kept.

    Returns
    -------
    LinearEquivalent

    Raises
    ------
    UnsupportedModel
        If a pre-activation breaks a hypothesis of the rule; the message names it.
    """
    run = _Equivalence(second_moment, dilution, names or {}, means)
    result = run.run(expression)
    if expression.is_number:
        for node in walk(result):
            if isinstance(node, Sum):
                refuse_shift_beside_functions(node, run.preactivations.families)
    return LinearEquivalent(
        result,
        run.image,
        tuple(run.coefficients.found),
        (*run.steps, *run.kernels.steps, *run.norms.steps),
        tuple(run.coefficients.tables.values()),
        tuple(dict.fromkeys((*run.curved, *run.kernels.curved))),
        refused=tuple(dict.fromkeys(run.norms.refused)),
    )
