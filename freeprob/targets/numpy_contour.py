"""NumPy solvers of numbers with functions of matrices: the file finds the spectra and chooses the contours itself."""

from __future__ import annotations

import textwrap

import sympy
from sympy.printing.codeprinter import PrintMethodNotImplementedError

from ..errors import UnsupportedModel
from . import contour_runtime
from .numpy_printer import print_component, print_outputs, print_readout
from .numpy_sections import (
    FormulaPrinter,
    coefficients,
    header,
    imports,
    laws,
    model,
    path_text,
    runtime_text,
    signature,
)
from .solver_file import ContourCode, ContourLaw, Input, SolverFile

__all__ = ["contour_source"]


def contour_source(solver: SolverFile, contour: ContourCode) -> str:
    """Return the text of the module."""
    parts = [
        header(solver),
        imports(solver) + "\nfrom typing import NamedTuple",
        laws(solver),
        "# --- the equations " + "-" * 60,
        *(print_component(solver.program, k) for k in range(len(solver.program.components))),
        print_readout(solver.program),
        print_outputs(solver.program, contour.outputs),
        "# --- the functions of matrices " + "-" * 48,
        *(_function(formula, k, solver, contour) for k, formula in enumerate(contour.functions)),
        "# --- continuation (the same for every model) " + "-" * 34,
        runtime_text(),
        path_text(solver.program, *(law.code.program for law in contour.laws)),
        "# --- contours (the same for every model) " + "-" * 38,
        runtime_text(contour_runtime),
        "# --- the model " + "-" * 64,
        model(solver),
        coefficients(solver),
        "# --- the laws of the matrices, around whose spectra the contours go " + "-" * 11,
        *(_law(law, k) for k, law in enumerate(contour.laws)),
        _tables(solver, contour),
        _interface(solver),
        "" if any(i.default is None for i in solver.inputs) else 'if __name__ == "__main__":\n    print(value())',
    ]
    return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _function(formula: sympy.Expr, number: int, solver: SolverFile, contour: ContourCode) -> str:
    """Return the source of ``function_<number>(inputs)``, which returns a function of complex arrays."""
    place = {name: k for k, name in enumerate(solver.program.inputs)}
    used = sorted((s for s in formula.free_symbols if s != contour.variable), key=lambda s: place[solver.names[s]])
    renamed = {s: sympy.Symbol(solver.names[s]) for s in used} | {contour.variable: sympy.Symbol("x")}
    try:
        body = FormulaPrinter().doprint(formula.xreplace(renamed))
    except PrintMethodNotImplementedError as error:
        raise UnsupportedModel(
            f"write_solver: NumPy has no functions for {formula} at complex points. Remedy: .curve here"
        ) from error
    if formula.has(sympy.erf):
        raise UnsupportedModel(
            f"write_solver: NumPy has no error function of complex points, as in {formula}. Remedy: .curve here"
        )
    lines = [f"def function_{number}(inputs):"]
    lines += [f"    {solver.names[s]} = complex(inputs[{place[solver.names[s]]}])" for s in used]
    return "\n".join([*lines, f"    return lambda x: np.asarray({body}, dtype=complex) + 0 * x"])


def _law(law: ContourLaw, number: int) -> str:
    """Return the source of ``law_<number>()``: the model of a law, its inputs, and det D where outliers matter."""
    program = law.code.program
    parts = [
        laws(law.code),
        *(print_component(program, k) for k in range(len(program.components))),
        print_readout(program),
        print_outputs(program, law.determinant) if law.determinant is not None else "",
        model(law.code),
        coefficients(law.code),
        f"return MODEL, _inputs, {'outputs' if law.determinant is not None else None}, {law.diverging}",
    ]
    body = textwrap.indent("\n\n".join(part.strip("\n") for part in parts if part), "    ")
    return f'def law_{number}():\n    """The spectral law of {law.words}."""\n{body}'


def _tables(solver: SolverFile, contour: ContourCode) -> str:
    """Return the lines that join equations, functions and laws."""
    depends = ", ".join(f"frozenset({sorted(points)!r})" for points in contour.depends)
    places = {item.label: k for k, item in enumerate(solver.inputs)}
    functions = ", ".join(f"function_{k}" for k in range(len(contour.functions)))
    moved = [k for k, item in enumerate(solver.inputs) if _symbol(item, solver) in contour.symbols]
    lines = [
        *textwrap.wrap(f"CONTOURS = Contours(MODEL, [{depends}], {contour.points!r})", 112, subsequent_indent="    "),
        f"FUNCTIONS = [{functions}]",
        f"INTEGRALS = {[list(integral) for integral in contour.integrals]!r}",
        f"EQUATION_INPUTS = {moved}",
        "LAWS = [",
    ]
    for k, law in enumerate(contour.laws):
        missing = [item.label for item in law.code.inputs if item.label not in places]
        if missing:
            raise UnsupportedModel(
                f"write_solver: the spectrum of {law.words} depends on {', '.join(missing)}, and the number does not. "
                "Remedy: .curve here"
            )
        lines.append(f"    (*law_{k}(), {[places[item.label] for item in law.code.inputs]}),")
    return "\n".join(
        [
            *lines,
            "]",
            f"MATRICES = {contour.matrices!r}",
            f"WORDS = {[law.words for law in contour.laws]!r}",
            f"UNCENTRED = {contour.uncentred}",
            "HULLS = {}",
        ]
    )


def _symbol(item: Input, solver: SolverFile) -> sympy.Symbol:
    return next(s for s, name in solver.names.items() if name == item.identifier)


def _interface(solver: SolverFile) -> str:
    names = ", ".join(i.identifier for i in solver.inputs)
    return _INTERFACE.replace("SIGNATURE", signature(solver)).replace("ARGUMENTS", names)


_INTERFACE = '''
def _hull(number, point):
    """Return the smallest interval that holds the spectrum of a matrix, and its outliers where they matter."""
    law, inputs, outputs, diverging, places = LAWS[number]
    values = tuple(point[k] for k in places)
    if (number, values) not in HULLS:
        if len(HULLS) > 64:
            HULLS.clear()
        p = inputs(*values)
        anchor = Anchor(law, p)
        low, high = Hull(law, p, anchor)()
        if outputs is not None:

            def determinant(z):
                entries = outputs(solve_points(law, p, anchor, z), p, z)
                size = round(len(entries) ** 0.5)
                return np.linalg.det(np.moveaxis(entries.reshape(size, size, -1), 2, 0))

            low, high = with_outliers(low, high, determinant, diverging)
        HULLS[number, values] = low, high
    return HULLS[number, values]


def _solved(points):
    """Return the numbers and their errors at points with equal equations."""
    hulls = {name: _hull(number, points[0]) for name, number in MATRICES.items()}
    words = {name: WORDS[number] for name, number in MATRICES.items()}
    columns = [_inputs(*point) for point in points]
    rows = []
    for column in columns:
        functions = [function(column[:, 0]) for function in FUNCTIONS]
        rows.append([[(name, functions[k]) for name, k in integral] for integral in INTEGRALS])

    def read(u, inputs, known):
        with np.errstate(all="ignore"):  # rows of unknowns that are not solved here
            return outputs(u, inputs, np.zeros(inputs.shape[1]))

    return contour_values(CONTOURS, read, columns[0], rows, hulls, words, UNCENTRED)


def _answer(*arguments):
    arrays = np.broadcast_arrays(0.0, *arguments)
    points = np.array([np.ravel(a) for a in arrays])[1:].T.tolist()
    groups = {}
    for k, point in enumerate(points):
        groups.setdefault(tuple(point[j] for j in EQUATION_INPUTS), []).append(k)
    result = np.empty((2, len(points)))
    for members in groups.values():
        result[:, members] = _solved([points[k] for k in members])
    shape = arrays[0].shape
    return (float(result[0, 0]), float(result[1, 0])) if shape == () else tuple(result.reshape(2, *shape))


def value_and_error(SIGNATURE):
    """Return the number and an estimate of its error; array arguments broadcast.

    Points at which the functions alone differ, as those of a curve in time, cost little.
    """
    return _answer(ARGUMENTS)


def value(SIGNATURE):
    """Return the number; array arguments broadcast."""
    return _answer(ARGUMENTS)[0]


curve = value
'''
