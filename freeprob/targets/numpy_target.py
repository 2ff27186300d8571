"""The NumPy target: one readable file that needs nothing but NumPy."""

from __future__ import annotations

from . import rounding_runtime, vanishing_runtime
from .base import Target
from .numpy_contour import contour_source
from .numpy_printer import print_component, print_readout
from .numpy_sections import coefficients, header, imports, laws, model, path_text, runtime_text, signature
from .solver_file import SolverFile

__all__ = ["NumpyTarget"]


class NumpyTarget(Target):
    """A module with ``stieltjes``, ``density`` (a spectral law) or ``value`` (a number)."""

    name = "numpy"
    suffix = ".py"
    takes_contours = True

    def source(self, solver: SolverFile) -> str:
        """Return the text of the module."""
        if solver.contour is not None:
            return contour_source(solver, solver.contour)
        parts = [
            header(solver),
            imports(solver),
            laws(solver),
            "# --- the equations " + "-" * 60,
            *(print_component(solver.program, k) for k in range(len(solver.program.components))),
            print_readout(solver.program),
            "# --- continuation (the same for every model) " + "-" * 34,
            runtime_text(),
            path_text(solver.program),
            *_of_numbers(solver),
            "# --- the model " + "-" * 64,
            model(solver),
            coefficients(solver),
            _interface(solver),
            _main(solver),
        ]
        return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _of_numbers(solver: SolverFile) -> list[str]:
    if solver.kind == "spectrum":
        return []
    parts = ["# --- what rounding leaves of a number " + "-" * 42, runtime_text(rounding_runtime)]
    if solver.vanishing:
        parts += ["# --- limits of a vanishing parameter " + "-" * 42, runtime_text(vanishing_runtime)]
    return parts


_SPECTRAL = '''
_ANCHORS = {}


def _prepared(*values):
    if values not in _ANCHORS:
        if len(_ANCHORS) > 64:
            _ANCHORS.clear()
        inputs = _inputs(*values)
        _ANCHORS[values] = inputs, Anchor(MODEL, inputs)
    return _ANCHORS[values]


def _scalar(value):
    return value.item() if value.ndim == 0 else value


def stieltjes(SIGNATURE_Z):
    """Return m(z) = int dmu(x) / (x - z) for complex z (array); for real z the boundary value from above."""
    inputs, anchor = _prepared(ARGUMENTS)
    return _scalar(stieltjes_values(MODEL, inputs, anchor, z))


def density(SIGNATURE_X):
    """Return the density of the continuous part of the law at real x (array)."""
    inputs, anchor = _prepared(ARGUMENTS)
    return _scalar(density_values(MODEL, inputs, anchor, x))
'''


def _interface(solver: SolverFile) -> str:
    arguments = ", ".join(i.identifier for i in solver.inputs)
    if solver.kind == "spectrum":
        return (
            _SPECTRAL.replace("SIGNATURE_Z", signature(solver, "z"))
            .replace("SIGNATURE_X", signature(solver, "x"))
            .replace("ARGUMENTS", arguments)
        )
    if solver.vanishing:
        rows = [k for k, item in enumerate(solver.inputs) if item.identifier in solver.vanishing]
        return (
            _VANISHING.replace("SIGNATURE", signature(solver))
            .replace("ARGUMENTS", arguments)
            .replace("ROWS", str(rows))
        )
    return f'''
def value({signature(solver)}):
    """Return the number; array arguments broadcast, and all points are solved together."""
    arrays = np.broadcast_arrays({arguments})
    shape = arrays[0].shape
    points = list(zip(*(np.ravel(a).tolist() for a in arrays)))
    inputs = np.concatenate([_inputs(*point) for point in points], axis=1)
    result = value_with_warning(MODEL, inputs, len(points))
    return float(result[0]) if shape == () else result.reshape(shape)


curve = value
'''


_VANISHING = '''
POSITIVE = ROWS  # inputs that may be 0: the limit from above


def _answer(*arguments):
    arrays = np.broadcast_arrays(*arguments)
    points = list(zip(*(np.ravel(a).tolist() for a in arrays)))
    inputs = np.concatenate([_inputs(*point) for point in points], axis=1)
    zeros = inputs[POSITIVE] == 0
    result = np.empty(len(points))
    plain = np.flatnonzero(~zeros.any(axis=0))
    if len(plain):
        result[plain] = value_with_warning(MODEL, inputs[:, plain], len(plain))
    for row, zero in zip(POSITIVE, zeros):
        at = np.flatnonzero(zero)
        if len(at):
            result[at], _, good = from_above(MODEL, inputs[:, at], row, len(at))
            if not good.all() or (zeros[:, at].sum(axis=0) > 1).any():
                raise SolveError(NO_LIMIT)
    return float(result[0]) if arrays[0].shape == () else result.reshape(arrays[0].shape)


def value(SIGNATURE):
    """Return the number; array arguments broadcast, and all points are solved together.

    A penalty or another positive parameter may be 0: the limit from above, to about nine digits.
    """
    return _answer(ARGUMENTS)


curve = value
'''


def _main(solver: SolverFile) -> str:
    if any(i.default is None for i in solver.inputs):
        return ""
    if solver.kind == "limit":
        return 'if __name__ == "__main__":\n    print(value())'
    return """
if __name__ == "__main__":
    z = 1.0 + 0.5j
    print("m(1 + 0.5i) =", stieltjes(z))
    for x in np.linspace(0.1, 2.0, 5):
        print(f"density({x:.3f}) = {density(x):.12g}")
"""
