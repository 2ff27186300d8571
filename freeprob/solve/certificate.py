"""Certificates: a ball that provably holds one and only one solution, by Krawczyk's test in ball arithmetic.

For equations ``f(x) = 0``, a point c, an approximate inverse Y of the Jacobian at c and a box B around c, let
``K(B) = c - Y f(c) + (I - Y f'(B)) (B - c)``. If K(B) lies in the interior of B, then B holds exactly one solution,
and it lies in K(B). The components of a program are enclosed one after the other; the balls of earlier ones enter as
inputs, so the enclosure of a whole chain is rigorous.

References
----------
.. [1] R. Krawczyk, *Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken*, Computing 4 (1969)
   187-201.
.. [2] R. Moore, *A test for existence of solutions to nonlinear systems*, SIAM J. Numer. Anal. 14 (1977) 611-615.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import flint

from ..program import ir
from ..program.binding import Binding
from ..program.compiled import CompiledProgram
from ..program.component_values import component_values
from .balls import ball_inputs, ball_program

__all__ = ["Certificate", "certify"]

_INFLATIONS = 6
_NEWTON_STEPS = 12


@dataclass(frozen=True)
class Certificate:
    """What was proved about the answer at one point.

    Attributes
    ----------
    certified : bool
        Whether a solution of the equations was enclosed.
    value : flint.acb
        A ball that holds the answer; not finite when nothing was enclosed.
    radius : float
        Radius of that ball; infinite when nothing was enclosed.
    branch : bool
        Whether the ball proves Im m > 0 (and Im(z m) > 0 for a law on [0, oo)); for a number, whether it is real.
    message : str
        The same in words, with what was taken for granted.
    """

    certified: bool
    value: Any
    radius: float
    branch: bool
    message: str

    def __str__(self) -> str:
        return self.message


def certify(
    program: ir.Program, binding: Binding, u: Iterable[complex], z: Any = None, *, nodes: int = 200, bits: int = 106
) -> Certificate:
    """Enclose the solution of a program near an approximate one.

    Parameters
    ----------
    program : Program
    binding : Binding
    u : iterable of complex
        Approximate unknowns, in the order of the program.
    z : complex, optional
        Spectral parameter, taken as the exact binary number.
    nodes : int
        Quadrature nodes of continuous laws. The certificate is about the equations with this rule.
    bits : int
        Working precision.

    Returns
    -------
    Certificate

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> at = fp.spectrum(fp.wigner(n) / fp.sqrt(n)).at(n=1)
    >>> from freeprob.solve.certificate import certify
    >>> found = certify(at.program, at.binding, at.unknowns([0.5 + 0.1j])[:, 0], 0.5 + 0.1j)
    >>> found.certified, found.radius < 1e-25
    (True, True)
    """
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        values = _inputs(program, binding, z, bits)
        interpreter = ball_program(program, binding, nodes, bits)
        values.update(zip(program.unknowns, (flint.acb(complex(v)) for v in u), strict=True))
        for number, component in enumerate(program.components):
            if not _enclose(interpreter, program, component, values):
                return _refusal(f"component {number + 1} of {len(program.components)} could not be enclosed", bits)
        value = interpreter.run(program.readout, values)[0]
        return _certificate(program, binding, value, values.get("z"), nodes, bits)
    finally:
        flint.ctx.prec = before


def _enclose(
    interpreter: CompiledProgram, program: ir.Program, component: ir.Component, values: dict[str, Any]
) -> bool:
    """Replace the approximate values of a component's unknowns by balls that hold the solution."""
    names = [program.unknowns[k] for k in component.unknowns]
    for _ in range(_NEWTON_STEPS):  # Newton's method on midpoints, up to the working precision
        residual, jacobian = _evaluate(interpreter, component, values)
        step = _solution(jacobian.mid(), residual.mid())
        if step is None:
            return False
        for k, name in enumerate(names):
            values[name] = (values[name].mid() - step[k, 0]).mid()
        if all(abs(step[k, 0]).mid() <= _tiny(values[name]) for k, name in enumerate(names)):
            break
    centre = [values[name] for name in names]
    residual, jacobian = _evaluate(interpreter, component, values)
    inverse = _inverse(jacobian.mid())
    if inverse is None:
        return False
    shift = inverse * residual  # of the size of rounding, or of the balls of earlier unknowns
    identity = flint.acb_mat([[int(i == j) for j in range(len(names))] for i in range(len(names))])
    # with |I - Y f'(B)| <= 1/2, K(B) has at most the radius |Y f(c)| + |B| / 2: twice that is a good box
    radius = [2 * abs(shift[k, 0]).upper() + _tiny(c) for k, c in enumerate(centre)]
    for _ in range(_INFLATIONS):
        box = [flint.acb(c.real + flint.arb(0, r), c.imag + flint.arb(0, r)) for c, r in zip(centre, radius)]
        values.update(zip(names, box, strict=True))
        _, jacobian = _evaluate(interpreter, component, values)
        spread = flint.acb_mat([[b - c] for b, c in zip(box, centre)])
        image = (identity - inverse * jacobian) * spread - shift
        image = [c + image[k, 0] for k, c in enumerate(centre)]
        if all(k.is_finite() and b.contains_interior(k) for b, k in zip(box, image)):
            values.update(zip(names, image, strict=True))
            return True
        radius = [4 * r for r in radius]
    return False


def _tiny(value: Any) -> Any:
    """Return a few units in the last place, so that a box has an interior."""
    return (abs(value).upper() + flint.arb("1e-200")) * flint.arb(2) ** (6 - flint.ctx.prec)


def _evaluate(interpreter: CompiledProgram, component: ir.Component, values: dict[str, Any]) -> tuple[Any, Any]:
    size = len(component.unknowns)
    residuals, entries = component_values(interpreter.run, component, values)
    jacobian = flint.acb_mat(size, size)
    for place, entry in entries.items():
        jacobian[place] = flint.acb(entry)
    return flint.acb_mat([[flint.acb(residual)] for residual in residuals]), jacobian


def _solution(matrix: Any, right: Any) -> Any:
    try:
        return matrix.solve(right)
    except ZeroDivisionError:
        return None


def _inverse(matrix: Any) -> Any:
    try:
        return matrix.inv().mid()
    except ZeroDivisionError:
        return None


def _inputs(program: ir.Program, binding: Binding, z: Any, bits: int) -> dict[str, Any]:
    values = ball_inputs(program, binding, bits)
    if z is not None:
        z = complex(z)
        values["z"] = flint.acb(z.real, z.imag)
    return values


def _refusal(reason: str, bits: int) -> Certificate:
    message = f"not certified: {reason} at {bits} bits; the point may be at an edge, or u is not close to a solution"
    return Certificate(False, flint.acb(float("nan")), float("inf"), False, message)


def _certificate(program: ir.Program, binding: Binding, value: Any, z: Any, nodes: int, bits: int) -> Certificate:
    value = flint.acb(value)
    if not value.is_finite():
        return _refusal("the answer could not be enclosed", bits)
    radius = float(max(value.real.rad(), value.imag.rad()))
    granted = []
    if binding.system.coefficients:
        granted.append(f"coefficients correct to {bits} bits")
    if any(not law.is_atomic for law in binding.laws.values()):
        granted.append(f"the rule of {nodes} nodes in place of continuous laws")
    if z is None:
        branch = bool(value.imag.contains(0))
        proved = "real" if branch else "not real"
    else:
        branch = bool(value.imag > 0) and (not program.positive or bool((z * value).imag > 0))
        proved = "Im m > 0 proved" if branch else "the sign of Im m is not decided"
    taken = f"; taken for granted: {', '.join(granted)}" if granted else ""
    message = f"certified: one solution within {radius:.1e} of {complex(value.mid()):.12g}, {proved}{taken}"
    return Certificate(True, value, radius, branch, message)
