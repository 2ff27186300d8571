"""Programs in the ball arithmetic of Arb (python-flint): functions, exact inputs and quadrature rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint
import mpmath
import numpy as np

from ..errors import UnsupportedModel
from ..program import ir
from ..program.binding import Binding
from ..program.compiled import CompiledProgram

__all__ = ["ball", "ball_inputs", "ball_program"]


def _function(name: str) -> Callable[[Any], Any]:
    def value(x: Any) -> Any:
        """Return the function of a ball; it is complex where that of a real ball is."""
        found = getattr(x, name)()
        return getattr(flint.acb(x), name)() if isinstance(x, flint.arb) and found.is_nan() else found

    return value


_FUNCTIONS = {name: _function(name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh", "asin", "erf")}


def ball(value: Any, bits: int) -> Any:
    """Return a real ball around an mpmath number that was computed to a little more than this precision."""
    value = mpmath.mpf(value)
    mantissa, exponent = value.man_exp  # of the absolute value
    middle = flint.arb(int(mantissa) if value > 0 else -int(mantissa)) * flint.arb(2) ** int(exponent)
    if value == int(value):
        return middle
    return middle + flint.arb(0, abs(middle).upper() * flint.arb(2) ** -bits)


def ball_inputs(program: ir.Program, binding: Binding, bits: int) -> dict[str, Any]:
    """Return real balls for sizes, parameters and coefficients; the randomness is switched on."""
    digits = int(bits * 0.302) + 5
    with mpmath.workdps(digits + 10):
        values = {n: ball(v, bits) for n, v in zip(program.inputs, binding.inputs(digits), strict=True)}
    values["switch"] = flint.arb(1)
    return values


def ball_program(program: ir.Program, binding: Binding, nodes: int, bits: int, rule_bits: int = 0) -> CompiledProgram:
    """Return a program that computes with balls.

    Parameters
    ----------
    program : Program
    binding : Binding
    nodes : int
        Quadrature nodes of continuous laws.
    bits : int
    rule_bits : int
        Precision of the quadrature rules, where less than ``bits`` does: they are then taken as exact, since Arb
        computes no digits that a wide ball does not warrant. 0 for balls of the precision ``bits``.
    """
    rules: dict[str, tuple[list, list]] = {}
    if program.laws:
        exact = rule_bits or bits
        digits = max(int(exact * 0.302) + 5, 16)
        with mpmath.workdps(digits + 10):
            known: dict[int, list] = {}  # coordinates of one law share their weights
            for name, (places, weights) in _quadrature(binding, nodes, digits, bool(rule_bits)).items():
                if id(weights) not in known:
                    known[id(weights)] = _of_sum_one(weights, exact) if rule_bits else [ball(v, exact) for v in weights]
                middles = _middles(places, exact) if rule_bits else [ball(v, exact) for v in places]
                rules[name] = middles, known[id(weights)]
    functions = dict(_FUNCTIONS)
    functions["pi"] = lambda _: flint.arb.pi()
    return CompiledProgram(lambda p, q: flint.arb(p) / q, functions, rules)


def _quadrature(binding: Binding, nodes: int, digits: int, rounded: bool) -> dict[str, tuple[Any, Any]]:
    """Return the quadrature rules, of 15 digits where that is allowed: for long lists, and where no more is known."""
    if rounded and any(law.has_many_atoms for law in binding.laws.values()):
        return binding.quadrature(nodes)  # a short rule in place of all values
    try:
        return binding.quadrature(nodes, digits)
    except UnsupportedModel:  # the density of a law is a function of floats
        if not rounded:
            raise
        return binding.quadrature(nodes)


def _middles(values: Any, bits: int) -> list:
    """Return exact balls."""
    if isinstance(values, np.ndarray) and values.dtype == float:
        return [flint.arb(v) for v in values.tolist()]
    return [ball(v, bits).mid() for v in values]


def _of_sum_one(weights: Any, bits: int) -> list:
    """Return exact weights of sum 1: a rule is then itself a law with atoms."""
    middles = _middles(weights, bits)
    total = flint.arb(0)
    for weight in middles:
        total += weight
    return [(weight / total.mid()).mid() for weight in middles]
