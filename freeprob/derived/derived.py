"""What every derivation offers: steps, equations, and doors to documents, code and checks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import sympy

from ..derivation.record import Step, weakest
from ..equations.assembly import Assembly
from ..equations.scalar.assembly import ScalarAssembly
from ..equations.system import SelfConsistentSystem
from ..export.latex import document, fragment
from ..language.domain import check_domain, domain_conditions
from ..language.expression import Expression, walk
from ..language.nodes import Leaf
from ..language.printing import text
from ..language.scalars import as_scalar, is_scalar
from ..program import ir
from ..program.binding import Binding, bind, free_symbols
from ..program.lowering import lower
from ..solve.bound_law import NODES, BoundLaw
from ..solve.small_parameter import solved_value
from ..targets import write
from ..verify.check import check
from ..verify.check_report import CheckReport
from ..verify.report import write_report

__all__ = ["Derived"]


class Derived:
    """A derivation: the model, the steps, the equations, and doors to numbers, documents, code and checks.

    Attributes
    ----------
    expression : Expression
        The model.
    names : dict of Expression to str
        Names of matrices in formulas.
    """

    kind: ClassVar[str]

    def __init__(
        self,
        expression: Expression,
        names: dict[Expression, str],
        steps: tuple[Step, ...],
        assembly: Assembly | ScalarAssembly,
        known: set[str],
    ):
        self.expression = expression
        self.names = names
        self._steps = steps
        self.assembly = assembly
        self.known = known

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was done: rule, hypotheses, reference, status, before and after."""
        return self._steps

    @property
    def system(self) -> SelfConsistentSystem:
        """The self-consistent system: unknowns with meanings, equations, parameters, core and linear parts."""
        return self.assembly.system

    @property
    def status(self) -> str:
        """The status of the weakest step: exact, asymptotic or conjecture."""
        return weakest(step.status for step in self.steps)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was assumed or asserted, in order of appearance."""
        return tuple(
            dict.fromkeys(
                h.statement for step in self.steps for h in step.hypotheses if h.evidence != "proved on the graph"
            )
        )

    @property
    def title(self) -> str:
        """A one-line title."""
        name = self.names.get(self.expression)
        what = "Limiting spectral law" if self.kind == "spectrum" else "Limit"
        return f"{what} of {name}" if name else what

    @property
    def digest(self) -> str:
        """A hash of the model and of its equations; it changes when they do."""
        lines = [self.title, *(str(e) for e in self.system.equations), str(self.system.readout)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the sizes, parameters and laws that ``at`` needs."""
        return tuple(s.name for s in free_symbols(self.system))

    @cached_property
    def program(self) -> ir.Program:
        """The numeric program of the system."""
        return lower(self.system)

    def _bind(self, values: Mapping[str, Any]) -> Binding:
        binding = bind(self.system, values, self.known)
        check_domain(self._conditions, binding.values | self._stated(values))
        return binding

    def _stated(self, values: Mapping[str, Any]) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the values of the parameters in the conditions, whether the equations hold them or not."""
        symbols = {s for value, _ in self._conditions for s in value.free_symbols}
        given = {name.rstrip("_"): value for name, value in values.items() if is_scalar(value)}
        return {s: as_scalar(given[s.name]) for s in symbols if s.name in given}

    @cached_property
    def _conditions(self) -> tuple[tuple[sympy.Expr, str], ...]:
        return domain_conditions(self.expression)

    def model_text(self) -> str:
        """Return the definitions of the named matrices and of the model, as plain text."""
        lines = []
        for node, name in self.names.items():
            if node in walk(self.expression) and not isinstance(node, Leaf):
                others = {k: v for k, v in self.names.items() if k is not node}
                lines.append(f"{name} = {text(node, others)}")
        if self.expression not in self.names:
            lines.append(f"{self.kind} of {text(self.expression, self.names)}")
        leaves = [node for node in walk(self.expression) if isinstance(node, Leaf)]
        lines += [f"{text(leaf, self.names)}: {leaf.shape_text}, {leaf.ensemble}" for leaf in leaves]
        return "\n".join(lines)

    def meanings(self) -> tuple[str, ...]:
        """Return what each unknown stands for, as plain text."""
        meant = []
        for u in self.system.unknowns:
            if u.meaning is not None:
                meant.append(f"{u.symbol} = tr[{text(u.meaning, self.names)}]")
            elif u.description:
                meant.append(f"{u.symbol}: {u.description}")
        return tuple(meant)

    def latex(self) -> str:
        """Return a stand-alone LaTeX document of the derivation."""
        return document(self)

    def _repr_latex_(self) -> str:
        return fragment(self)

    def report(self, path: str | Path, at: Mapping[str, Any] | None = None, check: Any = None) -> Path:
        """Write a self-contained HTML report: graph, steps, equations, plot and check.

        Parameters
        ----------
        path : str or Path
        at : mapping, optional
            Values of sizes and parameters for the plot.
        check : CheckReport, optional
        """
        return write_report(self, Path(path), dict(at or {}), check)

    def write_solver(self, path: str | Path, target: str = "numpy", **defaults: Any) -> Path:
        """Write a stand-alone solver.

        Parameters
        ----------
        path : str or Path
        target : str
            A registered target; ``"numpy"`` needs nothing but NumPy.
        **defaults : number or law
            Default values of sizes and parameters in the file. Laws of populations must be given here if they are
            symbolic.

        Notes
        -----
        A file computes in double precision. Where rounding leaves less than eight digits of a number, which
        :meth:`at` computes in high precision, it warns.

        Returns
        -------
        Path
        """
        if self.system.laws and not self._missing(defaults):
            return write(self, Path(path), target, defaults, max(NODES, self._resolved(defaults)))
        return write(self, Path(path), target, defaults)

    def _missing(self, values: Mapping[str, Any]) -> set[str]:
        """Return the names that still need a value."""
        return {name for name in self.needs if name not in values and f"{name}_" not in values}

    def _resolved(self, values: Mapping[str, Any]) -> int:
        """Return the quadrature nodes that the answer needs at these values."""
        if self.kind == "spectrum":
            return BoundLaw(self.program, self._bind(values)).nodes
        return solved_value(self.program, self._bind, values, NODES).resolved

    def check(self, **options: Any) -> CheckReport:
        """Check the derivation numerically; see :func:`freeprob.verify.check.check`."""
        return check(self, **options)

    def __str__(self) -> str:
        lines = [self.title, ""]
        lines += [f"  {e.lhs} = {e.rhs}" for e in self.system.equations]
        answer = "m(z)" if self.kind == "spectrum" else "limit"
        lines += ["", f"  {answer} = {self.system.readout}"]
        meanings = [f"  {line}" for line in self.meanings()]
        lines += ["", "where", *meanings] if meanings else []
        if self.system.coefficients:
            lines += [""] + [f"  {c.symbol} = {c.words}" for c in self.system.coefficients]
        return "\n".join(lines)

    __repr__ = __str__
