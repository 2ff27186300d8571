"""What every stand-alone solver says and holds, whatever its language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ..derivation.average import Average
from ..derivation.coefficient import GaussianMean
from ..derivation.references import formatted
from ..errors import MissingValue, UnsupportedModel
from ..language.laws import Law
from ..language.laws.measure import Measure
from ..language.scalars import as_scalar
from ..program import ir
from ..program.binding import Binding, bind

__all__ = [
    "CoefficientCode",
    "ContourCode",
    "ContourLaw",
    "Input",
    "ProgramCode",
    "SolverFile",
    "program_code",
    "solver_file",
]

NODES = 800


@dataclass(frozen=True)
class Input:
    """A size or parameter of the solver.

    Attributes
    ----------
    identifier, label : str
        Name in code and in the model.
    kind : str
        ``"size"`` or ``"parameter"``.
    domain : str
    default : float or None
    """

    identifier: str
    label: str
    kind: str
    domain: str
    default: float | None


@dataclass(frozen=True)
class CoefficientCode:
    """A coefficient: a number, or a formula in inputs and earlier coefficients.

    Attributes
    ----------
    identifier : str
    words : str
    value : float or None
        The number, when it depends on no input.
    formula : SymPy expression or None
        With :class:`GaussianMean` nodes, when it depends on inputs.
    """

    identifier: str
    words: str
    value: float | None
    formula: sympy.Expr | None


@dataclass(frozen=True)
class ProgramCode:
    """A program with its inputs, coefficients and quadrature rules."""

    program: ir.Program
    inputs: tuple[Input, ...]
    coefficients: tuple[CoefficientCode, ...]
    names: dict[sympy.Symbol, str]
    laws: dict[str, tuple[str, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class ContourLaw:
    """The law of a matrix whose spectrum a contour goes around.

    Attributes
    ----------
    code : ProgramCode
    words : str
        The matrix.
    determinant : Procedure or None
        The entries of the matrix D, row by row, where outliers matter: they are the zeros of det D.
    diverging : int
        The number of eigenvalues that diverge.
    """

    code: ProgramCode
    words: str
    determinant: ir.Procedure | None = None
    diverging: int = 0


@dataclass(frozen=True)
class ContourCode:
    """The part of a number that is integrated over contours.

    Attributes
    ----------
    program : Program
        The equations; the last inputs are the points of the contours.
    outputs : Procedure
        The coefficient of each integral, and behind them the part without integrals.
    points : tuple of str
        The names of the points of the contours.
    depends : tuple of frozenset of str
        The points on which each component depends.
    functions : tuple of SymPy expression
        The functions of matrices, of one variable and of sizes and parameters.
    variable : Symbol
    integrals : tuple of tuple of (str, int)
        For each integral its points and the number of the function at each.
    matrices : dict of str to int
        For each point the number of its law.
    laws : tuple of ContourLaw
    symbols : frozenset of Symbol
        The sizes and parameters that the equations hold; others occur in the functions alone.
    uncentred : bool
        Whether an eigenvalue grows with the sizes, so that functions must vanish at infinity.
    """

    program: ir.Program
    outputs: ir.Procedure
    points: tuple[str, ...]
    depends: tuple[frozenset[str], ...]
    functions: tuple[sympy.Expr, ...]
    variable: sympy.Symbol
    integrals: tuple[tuple[tuple[str, int], ...], ...]
    matrices: dict[str, int]
    laws: tuple[ContourLaw, ...]
    symbols: frozenset[sympy.Symbol]
    uncentred: bool


@dataclass(frozen=True)
class SolverFile:
    """Everything that a target needs to print a stand-alone solver."""

    kind: str
    title: str
    model: str
    digest: str
    equations: tuple[str, ...]
    meanings: tuple[str, ...]
    assumptions: tuple[str, ...]
    citations: tuple[str, ...]
    program: ir.Program
    inputs: tuple[Input, ...]
    coefficients: tuple[CoefficientCode, ...]
    names: dict[sympy.Symbol, str]
    laws: dict[str, tuple[str, np.ndarray, np.ndarray]]
    contour: ContourCode | None = None
    vanishing: tuple[str, ...] = ()
    """The positive parameters of a number, by identifier, that may be 0: the limit from above."""

    @property
    def branch(self) -> str:
        """The condition that selects the physical solution, in words."""
        if self.contour is not None:
            return "at each point of the contours, continuation from the model without randomness"
        if not self.program.spectral:
            return "continuation from the model without randomness; the solution is real"
        positive = " and Im(z m(z)) >= 0" if self.program.positive else ""
        return f"m(z) ~ -1/z at infinity, Im m(z) > 0{positive} for Im z > 0"


def solver_file(
    derivation: Any, defaults: Mapping[str, Any], nodes: int = NODES, contour: ContourCode | None = None
) -> SolverFile:
    """Collect what a solver of a derivation needs.

    Parameters
    ----------
    derivation : SpectralLaw or LimitValue
    defaults : mapping of str to number or law
        Default values of inputs; laws are fixed in the file.
    nodes : int
        Quadrature nodes of continuous laws.
    contour : ContourCode, optional
        Of a number with functions of matrices.

    Raises
    ------
    MissingValue
        If a symbolic law has no value, or a default has an unknown name.
    UnsupportedModel
        If a coefficient depends on inputs and on an opaque Python callable.
    """
    system, program = derivation.system, derivation.program if contour is None else contour.program
    code = program_code(system, program, defaults, nodes)
    labels = {s.name for s in code.names} | {*code.names.values()} | {s.name for s in system.laws}
    unknown = [key for key in defaults if key not in labels and key not in derivation.known]
    if unknown:
        raise MissingValue(f"{unknown[0]!r} is not an input of this solver; it has {', '.join(derivation.needs)}")
    return SolverFile(
        kind=derivation.kind,
        title=derivation.title,
        model=derivation.model_text(),
        digest=derivation.digest,
        equations=(
            *(f"{e.lhs} = {e.rhs}" for e in system.equations),
            *(() if contour is None else (f"limit = {system.readout}",)),
        ),
        meanings=derivation.meanings(),
        assumptions=derivation.assumptions,
        citations=_citations(derivation),
        program=program,
        inputs=code.inputs,
        coefficients=code.coefficients,
        names=code.names,
        laws=code.laws,
        contour=contour,
        vanishing=() if derivation.kind == "spectrum" or contour is not None else _vanishing(system, code),
    )


def _vanishing(system: Any, code: ProgramCode) -> tuple[str, ...]:
    """Return the positive parameters, by identifier, on which no coefficient depends."""
    held: set[sympy.Symbol] = set()
    for coefficient in system.coefficients:
        held = held.union(*(argument.free_symbols for argument in coefficient.arguments))
    return tuple(code.names[s] for s in system.parameters if s.is_positive and s not in held)


def program_code(system: Any, program: ir.Program, defaults: Mapping[str, Any], nodes: int) -> ProgramCode:
    """Collect what a program needs to be written; see :func:`solver_file`."""
    named = [*system.sizes, *system.parameters, *(c.symbol for c in system.coefficients)]
    names = dict(zip([*named, *system.contours], program.inputs, strict=True))
    laws = _laws(system, defaults)
    inputs = tuple(
        Input(
            names[symbol],
            symbol.name,
            kind,
            "positive; only ratios of sizes matter" if kind == "size" else _domain(symbol),
            _default(symbol, names[symbol], defaults),
        )
        for kind, group in (("size", system.sizes), ("parameter", system.parameters))
        for symbol in group
    )
    coefficients, found = _coefficients(system, names, laws, nodes)
    return ProgramCode(program, inputs, coefficients, names, found)


def _laws(system: Any, defaults: Mapping[str, Any]) -> dict[sympy.Symbol, Measure]:
    laws: dict[sympy.Symbol, Measure] = {}
    derived = {c.symbol for c in system.coefficients}
    for symbol, law in system.laws.items():
        if derived & law.free_symbols:
            laws[symbol] = bind(system, defaults, set(defaults)).laws[symbol]
            continue
        given = {s: _bound(s, defaults) for s in law.free_symbols}
        missing = sorted(s.name for s, value in given.items() if value is None)
        if missing:
            raise MissingValue(
                f"the solver file holds the law {symbol} as numbers, so it needs {', '.join(missing)}; write "
                f"write_solver(path, {', '.join(f'{name}=...' for name in missing)})"
            )
        laws[symbol] = law.subs(given)
    return laws


def _bound(symbol: sympy.Symbol, defaults: Mapping[str, Any]) -> Any:
    value = defaults.get(symbol.name, defaults.get(f"{symbol.name}_"))
    return value if value is None or isinstance(value, Law) else as_scalar(value)


def _default(symbol: sympy.Symbol, identifier: str, defaults: Mapping[str, Any]) -> float | None:
    for key in (symbol.name, f"{symbol.name}_", identifier):
        if key in defaults:
            return float(defaults[key])
    return None


def _domain(symbol: sympy.Symbol) -> str:
    if symbol.is_positive:
        return "positive"
    return "non-negative" if symbol.is_nonnegative else "real"


def _citations(derivation: Any) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for step in derivation.steps:
        for citation in step.references:
            place = f", {citation.place}" if citation.place else ""
            seen[f"{formatted(citation.key)}{place} [{step.rule}]"] = None
    return tuple(seen)


def _coefficients(
    system: Any, names: dict[sympy.Symbol, str], laws: dict[sympy.Symbol, Measure], count: int
) -> tuple[tuple[CoefficientCode, ...], dict[str, tuple[str, np.ndarray, np.ndarray]]]:
    binding = Binding(system, {}, laws)
    numbers: dict[sympy.Symbol, Any] = {}
    result: list[CoefficientCode] = []
    for coefficient in system.coefficients:
        if _is_constant(coefficient.arguments, numbers, laws):
            at = [binding.number(a, numbers, 15) for a in coefficient.arguments]
            numbers[coefficient.symbol] = coefficient.evaluate(*at, digits=15)
            value, formula = float(numbers[coefficient.symbol]), None
        elif coefficient.formula is None:
            raise UnsupportedModel(
                f"the coefficient {coefficient.symbol} ({coefficient.words}) depends on parameters and on a Python "
                "callable that cannot be written into a file; give the activation as a SymPy expression"
            )
        else:
            value, formula = None, _resolved(coefficient.formula, laws)
        result.append(CoefficientCode(names[coefficient.symbol], coefficient.words, value, formula))
    return tuple(result), _rules(system, binding, numbers, laws, count)


def _is_constant(arguments: Any, numbers: dict[sympy.Symbol, Any], laws: dict[sympy.Symbol, Measure]) -> bool:
    return all(a.free_symbols <= {*numbers, *laws} for a in arguments)


def _rules(
    system: Any, binding: Binding, numbers: dict[sympy.Symbol, Any], laws: dict[sympy.Symbol, Measure], count: int
) -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    """Return the words, nodes and weights of each law, coordinate of a joint law and tabulated function, by name."""
    words = {symbol.name: str(law) for symbol, law in laws.items()}
    for _, table in system.tables:
        if not _is_constant(table.arguments, numbers, laws):
            raise UnsupportedModel(
                f"the function {table.name}(t) ({table.words}) depends on parameters, and a solver file holds it as "
                "numbers; fix the parameters of the activations' variances in the model"
            )
        words[table.name] = table.words
    return {
        name: (
            words.get(name, f"coordinate {name.rpartition('__')[2]} of {name.rpartition('__')[0]}"),
            np.asarray(nodes, dtype=float),
            np.asarray(weights, dtype=float),
        )
        for name, (nodes, weights) in binding.rules(count, 15, numbers).items()
    }


def _resolved(expression: sympy.Expr, laws: dict[sympy.Symbol, Measure]) -> sympy.Expr:
    """Replace averages over laws by numbers."""
    replace = {}
    for average in expression.atoms(Average):
        integrand, variable, law = average.args
        if integrand.free_symbols - {variable}:
            raise UnsupportedModel(f"the average {average} depends on parameters inside a coefficient")
        replace[average] = sympy.Float(float(laws[law].expectation(integrand, variable)), 17)
    return expression.xreplace(replace)


def gaussian_means(expression: sympy.Expr) -> list[GaussianMean]:
    """Return the Gaussian integrals of a formula, in a fixed order."""
    return sorted(expression.atoms(GaussianMean), key=sympy.default_sort_key)
