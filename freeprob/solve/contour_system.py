"""The equations of a number that is integrated over contours, solved at their nodes.

A component depends on some of the contour points: on none or one of them (the cores and their responses), or on two,
and is then linear once the others are known. So the cores are solved by continuation along each contour alone, and the
linear components in one Newton step on the grid of pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import sympy

from ..algebra.symbols import ContourPoint
from ..derivation.contour_integral import ContourIntegral
from ..equations.system import SelfConsistentSystem
from ..errors import SolveError
from ..program.binding import Binding
from ..program.lowering import lower, lower_expressions
from ..targets import numpy_runtime as runtime
from .contour_rule import ContourRule
from .numeric_model import numeric_model, numeric_outputs

__all__ = ["ContourSystem", "Responses"]

_CHUNK = 8192


@dataclass(frozen=True)
class Responses:
    """What the equations give at the nodes.

    Attributes
    ----------
    constant : float
        The part of the number without integrals.
    tables : tuple of ndarray
        The coefficient of each integral: at the upper nodes of its first point, and at all nodes of its second point.
    """

    constant: float
    tables: tuple[np.ndarray, ...]


class ContourSystem:
    """A system whose read-out holds contour integrals."""

    def __init__(self, system: SelfConsistentSystem):
        self.system = system
        terms = sympy.Add.make_args(system.readout)
        self.integrals = tuple(term for term in terms if isinstance(term, ContourIntegral))
        constant = sympy.Add(*(term for term in terms if not isinstance(term, ContourIntegral)))
        plain = replace(system, readout=constant)
        self.program = lower(plain)
        self.outputs = lower_expressions(plain, [integral.coefficient for integral in self.integrals])
        self.depends = self._dependencies()

    @cached_property
    def equation_symbols(self) -> set[sympy.Symbol]:
        """The sizes and parameters that the equations hold; others occur in the functions alone."""
        found = self.system.readout.xreplace({i: sympy.S.Zero for i in self.integrals}).free_symbols
        for component in self.system.components:
            found = found.union(*(right.free_symbols for right in component.right))
        for integral in self.integrals:
            found |= integral.coefficient.free_symbols
        for coefficient in self.system.coefficients:
            found = found.union(*(argument.free_symbols for argument in coefficient.arguments))
        for law in self.system.laws.values():
            found |= law.free_symbols
        for _, table in self.system.tables:
            found = found.union(*(argument.free_symbols for argument in table.arguments))
        return found & {*self.system.sizes, *self.system.parameters}

    def _dependencies(self) -> list[frozenset[sympy.Symbol]]:
        """Return the contour points on which each component depends."""
        known: dict[sympy.Symbol, frozenset[sympy.Symbol]] = {}
        found = []
        for component in self.system.components:
            symbols = set().union(*(right.free_symbols for right in component.right))
            points = frozenset(s for s in symbols if isinstance(s, ContourPoint))
            points = points.union(*(known[s] for s in symbols if s in known))
            known.update(dict.fromkeys(component.unknowns, points))
            found.append(points)
        return found

    def solve(self, binding: Binding, quadrature: int, rules: Mapping[sympy.Symbol, ContourRule]) -> Responses:
        """Return the coefficients of the integrals at the nodes of the contours.

        Raises
        ------
        SolveError
            If the equations could not be solved at a node.
        """
        tables = binding.quadrature(quadrature)
        model = numeric_model(self.program, tables)
        outputs = numeric_outputs(self.program, self.outputs, tables)
        plain = binding.floats()
        nodes = {point: rules[point].nodes for point in self.system.contours}
        solved = {point: self._along(model, plain, {point: values}) for point, values in nodes.items()}
        still = self._along(model, plain, {})
        constant = complex(model.readout(still, self._inputs(plain, {}, 1), np.zeros(1))[0])
        if abs(constant.imag) > 1e-8 * (1 + abs(constant)):
            raise SolveError("the solution left the real axis: a matrix is singular on the way")
        found = []
        pairs: dict[tuple[sympy.Symbol, ...], np.ndarray] = {}
        for index, integral in enumerate(self.integrals):
            points = tuple(point for point, _ in integral.densities)
            if points not in pairs:
                pairs[points] = self._on_grid(model, outputs, plain, points, solved, rules)
            found.append(pairs[points][index])
        return Responses(constant.real, tuple(found))

    def _inputs(self, plain: np.ndarray, at: Mapping[sympy.Symbol, np.ndarray], count: int) -> np.ndarray:
        """Return the inputs of the program at some points; contour points that do not matter are i."""
        rows = [np.broadcast_to(at.get(point, np.array([1j])), count) for point in self.system.contours]
        return np.concatenate([np.broadcast_to(plain, (len(plain), count)).astype(complex), np.array(rows)])

    def _part(self, model: runtime.Model, wanted: list[bool]) -> runtime.Model:
        parts = [component for component, want in zip(model.components, wanted, strict=True) if want]
        return runtime.Model(model.count, parts, model.readout, model.spectral, model.positive)

    def _along(self, model: runtime.Model, plain: np.ndarray, at: Mapping[sympy.Symbol, np.ndarray]) -> np.ndarray:
        """Return the unknowns that depend on at most the given point, at its values."""
        part = self._part(model, [depends <= at.keys() for depends in self.depends])
        count = max([1, *(len(values) for values in at.values())])
        return self._switched_on(part, self._inputs(plain, at, count), count)

    def _switched_on(self, part: runtime.Model, inputs: np.ndarray, count: int) -> np.ndarray:
        z = np.zeros(count, dtype=complex)
        u, good = runtime.switch_on(part, inputs, z, count)
        for bend in runtime.BENDS:
            bad = np.flatnonzero(~good)
            if not len(bad):
                break
            u[:, bad], good[bad] = runtime.switch_on(part, inputs[:, bad], z[bad], len(bad), bend)
        if not good.all():
            raise SolveError("no solution on the physical branch was found at a node of a contour around a spectrum")
        return u

    def _on_grid(self, model, outputs, plain, points, solved, rules) -> np.ndarray:
        """Return all coefficients at the nodes of some points, of shape (integrals, nodes, ...)."""
        first = rules[points[0]].nodes
        if len(points) == 1:
            u = solved[points[0]]
            return outputs(u, self._inputs(plain, {points[0]: first}, len(first)), np.zeros(len(first)))
        second = rules[points[1]].all_nodes
        right = np.concatenate([solved[points[1]], solved[points[1]].conj()], axis=1)
        inner = [depends <= {points[1]} for depends in self.depends]
        rows = [k for c, own in zip(model.components, inner, strict=True) if own for k in c.unknowns]
        both = [depends == frozenset(points) for depends in self.depends]
        joint = self._part(model, both)
        i, j = (index.ravel() for index in np.indices((len(first), len(second))))
        result = np.empty((len(self.integrals), len(i)), dtype=complex)
        for start in range(0, len(i), _CHUNK):
            a, b = i[start : start + _CHUNK], j[start : start + _CHUNK]
            inputs = self._inputs(plain, {points[0]: first[a], points[1]: second[b]}, len(a))
            u = solved[points[0]][:, a]
            u[rows] = right[np.ix_(rows, b)]
            if all(component.linear for component in joint.components):
                u, good, _ = runtime.newton(joint, u, inputs, np.zeros(len(a)), np.ones(len(a)))
                if not good.all():
                    raise SolveError("the linear response is singular at a pair of nodes of the contours")
            else:
                whole = self._part(model, [depends <= set(points) for depends in self.depends])
                u = self._switched_on(whole, inputs, len(a))
            result[:, start : start + len(a)] = outputs(u, inputs, np.zeros(len(a)))
        return result.reshape(len(self.integrals), len(first), len(second))
