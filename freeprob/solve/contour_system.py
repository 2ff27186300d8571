"""The equations of a number that is integrated over contours, solved at their nodes.

A component depends on some of the contour points: on none or one of them (the cores and their responses), or on two,
and is then linear once the others are known. So the cores are solved by continuation along each contour alone, and the
linear components in one Newton step on the grid of pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import sympy

from ..algebra.symbols import ContourPoint, Size
from ..derivation.contour_integral import ContourIntegral
from ..equations.system import SelfConsistentSystem
from ..errors import SolveError
from ..language.matrix_function import MATRIX_VARIABLE
from ..program import ir
from ..program.binding import Binding
from ..program.lowering import lower, lower_expressions
from ..program.sensitivity import Sensitivity, sensitivity
from ..targets.contour_runtime import PAIRS, Contours
from ..targets.solver_file import ContourCode, ContourLaw
from .contour_rule import ContourRule
from .implicit import implicit_slopes
from .numeric_model import numeric_model, numeric_outputs, translated

__all__ = ["ContourSystem", "Responses", "Slopes", "Starts"]

_ENTRIES = 2_000_000
"""So many complex numbers of the Jacobians of pairs of nodes are held at once."""

Reader = Callable[[np.ndarray, np.ndarray, frozenset[sympy.Symbol]], np.ndarray]
"""``(unknowns, inputs, points on which these depend) -> what is read``, shape (read-outs, ..., nodes)."""


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


@dataclass(frozen=True)
class Slopes:
    """The derivatives of what the equations give at the nodes, which stay where they are.

    Attributes
    ----------
    constant : ndarray, shape (symbols,)
        Of the part of the number without integrals.
    tables : tuple of ndarray, shape (symbols, nodes, ...)
        Of the coefficient of each integral.
    """

    constant: np.ndarray
    tables: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Starts:
    """The unknowns that depend on at most one contour point.

    Attributes
    ----------
    still : ndarray, shape (unknowns, 1)
    along : dict of ContourPoint to ndarray, shape (unknowns, nodes)
    """

    still: np.ndarray
    along: dict[sympy.Symbol, np.ndarray]


class ContourSystem:
    """A system whose read-out holds contour integrals."""

    def __init__(self, system: SelfConsistentSystem):
        self.system = system
        terms = sympy.Add.make_args(system.readout)
        self.integrals = tuple(term for term in terms if isinstance(term, ContourIntegral))
        constant = sympy.Add(*(term for term in terms if not isinstance(term, ContourIntegral)))
        plain = replace(system, readout=constant)
        self.program = lower(plain)
        self._read = [*(integral.coefficient for integral in self.integrals), constant]
        self.outputs = lower_expressions(plain, self._read)
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
        outputs = numeric_outputs(self.program, self.outputs, tables)

        def values(u: np.ndarray, inputs: np.ndarray, points: frozenset[sympy.Symbol]) -> np.ndarray:
            return outputs(u, inputs, np.zeros(inputs.shape[1]))

        constant, found = self._evaluated(binding, tables, rules, values, PAIRS)
        if abs(constant.imag) > 1e-8 * (1 + abs(constant)):
            raise SolveError("the solution left the real axis: a matrix is singular on the way")
        return Responses(float(constant.real), found)

    def code(self, laws: tuple[ContourLaw, ...], matrices: Mapping[str, int], uncentred: bool) -> ContourCode:
        """Return what a solver file holds of the contours.

        Parameters
        ----------
        laws : tuple of ContourLaw
        matrices : mapping of str to int
            The number of the law of each contour point, by the name of the point.
        uncentred : bool
            Whether an eigenvalue grows with the sizes.
        """
        numbers: dict[sympy.Expr, int] = {}
        integrals = [
            tuple(
                (point.name, numbers.setdefault(density.xreplace({point: MATRIX_VARIABLE}), len(numbers)))
                for point, density in integral.densities
            )
            for integral in self.integrals
        ]
        return ContourCode(
            program=self.program,
            outputs=self.outputs,
            points=tuple(point.name for point in self.system.contours),
            depends=tuple(frozenset(point.name for point in points) for points in self.depends),
            functions=tuple(numbers),
            variable=MATRIX_VARIABLE,
            integrals=tuple(integrals),
            matrices=dict(matrices),
            laws=laws,
            symbols=frozenset(self.equation_symbols),
            uncentred=uncentred,
        )

    def outputs_of(self, index: int) -> ir.Procedure:
        """Return the procedure of the coefficient of one integral; behind the last, of the part without integrals."""
        return self._procedures[index]

    @cached_property
    def _procedures(self) -> list[ir.Procedure]:
        plain = replace(self.system, readout=self._read[-1])
        return [lower_expressions(plain, [read]) for read in self._read]

    def starts(self, binding: Binding, quadrature: int, nodes: Mapping[sympy.Symbol, np.ndarray]) -> Starts:
        """Return the unknowns that depend on no point, and on one at its nodes; others are of no meaning."""
        contours = self._contours(binding.quadrature(quadrature))
        plain = binding.floats()
        along = {point: translated(contours.along, plain, {point: values}) for point, values in nodes.items()}
        return Starts(translated(contours.along, plain, {}), along)

    def sensitivity(self, symbols: tuple[sympy.Symbol, ...]) -> Sensitivity:
        """Return the derivatives of the equations and of all coefficients in sizes and parameters."""
        return sensitivity(self.system, symbols, self._read)

    def slopes(
        self,
        binding: Binding,
        quadrature: int,
        rules: Mapping[sympy.Symbol, ContourRule],
        derivatives: Sensitivity,
        chain: np.ndarray,
        scale: float,
    ) -> Slopes:
        """Return the derivatives of the coefficients of the integrals at the nodes, by implicit differentiation.

        Parameters
        ----------
        binding : Binding
        quadrature : int
        rules : mapping of ContourPoint to ContourRule
        derivatives : Sensitivity
        chain : ndarray, shape (coefficients, symbols)
            The derivatives of the coefficients of activations in the symbols.
        scale : float
            The largest size, by which the equations divide sizes.
        """
        tables = binding.quadrature(quadrature)
        outputs = numeric_outputs(self.program, derivatives.procedure, tables)
        count, symbols = len(self.program.unknowns), len(derivatives.symbols)
        moved = np.zeros((symbols + len(chain), symbols))
        moved[:symbols] = np.diag([1 / scale if isinstance(s, Size) else 1.0 for s in derivatives.symbols])
        moved[symbols:] = chain
        entries = count * (count + len(moved))

        def read(u: np.ndarray, inputs: np.ndarray, points: frozenset[sympy.Symbol]) -> np.ndarray:
            with np.errstate(all="ignore"):  # rows of unknowns that are not solved here
                rows = outputs(u, inputs, np.zeros(inputs.shape[1])).T
            known = [
                k for c, own in zip(self.program.components, self.depends, strict=True) if own <= points
                for k in c.unknowns
            ]  # fmt: skip
            return implicit_slopes(derivatives, rows, np.array(known, dtype=int), count, len(self._read), moved)

        constant, found = self._evaluated(binding, tables, rules, read, max(64, _ENTRIES // entries))
        return Slopes(constant.real, found)

    def _evaluated(
        self,
        binding: Binding,
        tables: dict,
        rules: Mapping[sympy.Symbol, ContourRule],
        read: Reader,
        chunk: int,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """Return what is read for the part without integrals, and for each integral at its nodes."""
        points = [tuple(point for point, _ in integral.densities) for integral in self.integrals]
        return translated(self._contours(tables).evaluated, binding.floats(), points, rules, read, chunk)

    def _contours(self, tables: dict) -> Contours:
        return Contours(numeric_model(self.program, tables), self.depends, self.system.contours)
