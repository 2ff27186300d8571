"""The parts of a NumPy solver: what it says, the laws, the model, the coefficients."""

from __future__ import annotations

import inspect
import textwrap
from types import ModuleType

import sympy
from sympy.printing.numpy import NumPyPrinter

from ..program import ir
from ..program.procedures import tree
from . import numpy_runtime, path_averages
from .numpy_printer import print_tree
from .solver_file import CoefficientCode, ProgramCode, SolverFile, gaussian_means

__all__ = [
    "FormulaPrinter",
    "coefficients",
    "header",
    "imports",
    "laws",
    "model",
    "path_text",
    "runtime_text",
    "signature",
]


def wrapped(text: str, indent: str = "", hang: str = "    ") -> str:
    return textwrap.fill(
        text,
        112,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def header(solver: SolverFile) -> str:
    """Return the docstring of the file: model, use, inputs, equations, assumptions, citations."""
    names = ", ".join(i.identifier for i in solver.inputs)
    call = f"density(x, {names})" if solver.kind == "spectrum" else f"value({names})"
    lines = [
        f'"""{solver.title}.',
        "",
        "Stand-alone solver written by freeprob; it needs NumPy only.",
        "",
        "Model",
        "-----",
    ]
    lines += [wrapped(line) for line in solver.model.splitlines()]
    lines += ["", "Use", "---", call.replace(", )", ")"), "", "Inputs", "------"]
    for item in solver.inputs:
        default = f"; default {item.default!r}" if item.default is not None else ""
        lines.append(f"{item.identifier} : {item.kind} {item.label}, {item.domain}{default}")
    lines += ["", "Equations", "---------"]
    lines += [wrapped(line) for line in solver.equations]
    if solver.meanings:
        lines += ["", "Unknowns", "--------"]
        lines += [wrapped(line) for line in solver.meanings]
    lines += ["", "Branch", "------", solver.branch + "."]
    if solver.assumptions:
        lines += ["", "Assumptions", "-----------"]
        lines += [wrapped(f"- {line}") for line in solver.assumptions]
    if solver.citations:
        lines += ["", "References", "----------"]
        lines += [wrapped(f"- {line}") for line in solver.citations]
    lines += ["", f"Derivation {solver.digest}.", '"""']
    return "\n".join(lines).replace("\\", "\\\\")


def _uses_erf(solver: SolverFile) -> bool:
    return any(c.formula is not None and "erf" in str(c.formula) for c in solver.coefficients)


def imports(solver: SolverFile) -> str:
    """Return the imports."""
    lines = ["from __future__ import annotations", ""]
    if _uses_erf(solver):
        lines += ["import math"]
    if solver.kind != "spectrum" and solver.contour is None:
        lines += ["import warnings"]
    lines += ["from functools import lru_cache", "", "import numpy as np"]
    if _uses_erf(solver):
        lines += ["", "_erf = np.vectorize(math.erf, otypes=[float])"]
    return "\n".join(lines)


def laws(solver: SolverFile | ProgramCode) -> str:
    """Return the quadrature rules of the spectral laws."""
    if not solver.laws:
        return ""
    lines = [
        "# Quadrature rules of the spectral laws. A continuous law is replaced by its nodes: where the randomness is",
        "# so weak that the spectrum of the deterministic matrix shows, write the solver again with values for all",
        "# inputs (then the number of nodes is chosen for them), or use the package, which checks it.",
    ]
    for name, (text, nodes, weights) in solver.laws.items():
        lines += [f"# {name} = {text}"]
        for label, values in (("nodes", nodes), ("weights", weights)):
            body = textwrap.fill(
                ", ".join(repr(float(v)) for v in values), 112, initial_indent="    ", subsequent_indent="    "
            )
            lines += [f"_{name}_{label} = np.array([", body, "])"]
    lines.append("NODES = {" + ", ".join(f"{n!r}: _{n}_nodes[:, None]" for n in solver.laws) + "}")
    lines.append("WEIGHTS = {" + ", ".join(f"{n!r}: _{n}_weights" for n in solver.laws) + "}")
    return "\n".join(lines)


def runtime_text(module: ModuleType = numpy_runtime) -> str:
    """Return the text of a runtime without its imports."""
    source = inspect.getsource(module)
    mark = "# --- text that solvers hold ---"
    mark = mark if mark in source else "import numpy as np"
    return source[source.index(mark) + len(mark) :]


def path_text(*programs: ir.Program) -> str:
    """Return the text of the averages along paths, where a program holds them."""
    procedures = [p for program in programs for p in (program.readout, *(c.procedure for c in program.components))]
    along = any(isinstance(statement, ir.PathAverages) for p in procedures for statement in p.statements)
    return runtime_text(path_averages) if along else ""


def model(solver: SolverFile | ProgramCode) -> str:
    """Return the lines that make the model of the components."""
    program = solver.program
    lines = ["MODEL = Model(", f"    {len(program.unknowns)},", "    ["]
    for k, component in enumerate(program.components):
        lines += _component(component, k)
    lines += ["    ],", "    readout,", f"    spectral={program.spectral},", f"    positive={program.positive},", ")"]
    return "\n".join(lines)


def _component(component: ir.Component, number: int) -> list[str]:
    """Return the lines of a component; of a sparse one with the places of the entries of its Jacobian."""
    words = f"Component({list(component.unknowns)}, component_{number}, {component.linear}"
    if component.border is not None:
        words += f", {component.border}, {list(component.places)}"
    return textwrap.wrap(f"{words}),", 112, initial_indent=" " * 8, subsequent_indent=" " * 12)


_GAUSSIAN_MEAN = '''
def _gaussian_mean(function, variance, panels=48, order=32):
    """Return E f(h), h ~ N(0, variance), by Gauss-Legendre rules on panels that meet at 0."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    ends = np.linspace(-12.0, 12.0, panels + 1)
    x = (0.5 * (ends[1:] + ends[:-1])[:, None] + 0.5 * np.diff(ends)[:, None] * nodes).ravel()
    w = (0.5 * np.diff(ends)[:, None] * weights).ravel() * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return float(w @ (function(np.sqrt(variance) * x) + 0 * x))
'''


def coefficients(solver: SolverFile | ProgramCode) -> str:
    """Return ``_inputs``, which computes the column of inputs from sizes and parameters."""
    names = [i.identifier for i in solver.inputs]
    lines: list[str] = []
    if any(c.formula is not None and gaussian_means(c.formula) for c in solver.coefficients):
        lines += [_GAUSSIAN_MEAN.strip(), "", ""]
    lines += [f"def _inputs({', '.join(names)}):", '    """Return sizes, parameters and coefficients as a column."""']
    sizes = [i.identifier for i in solver.inputs if i.kind == "size"]
    if sizes:
        lines.append(f"    top = max({', '.join(sizes)}{',' if len(sizes) == 1 else ''})".replace(",)", ")"))
        if len(sizes) == 1:
            lines[-1] = f"    top = {sizes[0]}"
        lines.append(f"    {', '.join(sizes)} = {', '.join(f'{s} / top' for s in sizes)}")
    for coefficient in solver.coefficients:
        lines.append(wrapped(f"{coefficient.identifier}: {coefficient.words}", "    # ", "  "))
        lines += _coefficient_lines(coefficient, solver)
    everything = [*names, *(c.identifier for c in solver.coefficients)]
    lines.append(f"    return np.array([{', '.join(everything)}], dtype=float).reshape(-1, 1)")
    return "\n".join(lines)


def _coefficient_lines(coefficient: CoefficientCode, solver: SolverFile | ProgramCode) -> list[str]:
    if coefficient.formula is None:
        return [f"    {coefficient.identifier} = {coefficient.value!r}"]
    lines, replace = [], {}
    names = dict(solver.names)
    for k, mean in enumerate(gaussian_means(coefficient.formula)):
        integrand, variable, variance = mean.args
        label = f"_{coefficient.identifier}_{k}"
        body = FormulaPrinter().doprint(
            integrand.subs({s: _renamed(s, names) for s in integrand.free_symbols - {variable}})
        )
        lines.append(
            f"    {label} = _gaussian_mean(lambda {variable.name}: {body}, {print_tree(tree(variance, names))})"
        )
        replace[mean] = sympy.Symbol(label)
        names[replace[mean]] = label
    value: ir.Tree = tree(coefficient.formula.xreplace(replace), names)
    return [*lines, f"    {coefficient.identifier} = {print_tree(value)}"]


class FormulaPrinter(NumPyPrinter):
    """Prints an activation; the error function comes from the standard library."""

    def __init__(self) -> None:
        super().__init__({"fully_qualified_modules": False, "allow_unknown_functions": False})

    def _module_format(self, fqn: str, register: bool = True) -> str:
        return "np." + fqn.split(".")[-1] if fqn.startswith("numpy.") else super()._module_format(fqn, register)

    def _print_erf(self, expression) -> str:
        return f"_erf({self._print(expression.args[0])})"

    def _print_Max(self, expression) -> str:
        return self._nested("np.maximum", expression.args)

    def _print_Min(self, expression) -> str:
        return self._nested("np.minimum", expression.args)

    def _nested(self, function: str, arguments) -> str:
        first, *rest = map(self._print, arguments)
        return f"{function}({first}, {self._nested(function, arguments[1:])})" if rest else first


def _renamed(symbol: sympy.Symbol, names: dict[sympy.Symbol, str]) -> sympy.Symbol:
    return sympy.Symbol(names[symbol])


def signature(solver: SolverFile, first: str = "") -> str:
    """Return the arguments of a function of all sizes and parameters."""
    required = [i.identifier for i in solver.inputs if i.default is None]
    optional = [f"{i.identifier}={i.default!r}" for i in solver.inputs if i.default is not None]
    keywords = required + optional
    star = ["*"] if keywords and first else []
    return ", ".join(([first] if first else []) + star + keywords)
