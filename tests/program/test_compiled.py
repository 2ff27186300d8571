"""Compiled programs compute what the interpreter computes."""

from fractions import Fraction

import mpmath
import pytest

import freeprob as fp
from freeprob.program import ir
from freeprob.program.compiled import CompiledProgram
from freeprob.program.interpreter import Interpreter
from freeprob.program.lowering import lower, procedure
from tests.equations.models import MATRICES, NUMBERS
from tests.program.test_lowering import NAMES, TREES

FUNCTIONS = {k: getattr(mpmath, k) for k in ("sqrt", "exp", "log", "sin", "cos", "tanh", "erf", "asin")}
FUNCTIONS["pi"] = lambda _: +mpmath.pi


@pytest.mark.parametrize("expression", TREES, ids=str)
def test_trees(expression):
    values = {"a": mpmath.mpf("0.7"), "b": mpmath.mpf("1.3"), "c": mpmath.mpf("2.1")}
    with mpmath.workdps(40):
        runs = [
            kind(lambda p, q: mpmath.mpf(p) / q, FUNCTIONS, {}).run(procedure([expression], NAMES), values)[0]
            for kind in (Interpreter, CompiledProgram)
        ]
        assert runs[0] == runs[1]


@pytest.mark.parametrize("name", [*MATRICES, *NUMBERS])
def test_programs(name):
    derived = fp.spectrum(MATRICES[name]) if name in MATRICES else fp.limit(fp.tr(NUMBERS[name]))
    program = lower(derived.system)
    values = {name: Fraction(k + 2, 7) for k, name in enumerate((*program.inputs, *program.unknowns, "z", "switch"))}
    values = {name: mpmath.mpf(v.numerator) / v.denominator for name, v in values.items()}
    laws = {}
    for component in program.components:
        for statement in component.procedure.statements:
            if isinstance(statement, ir.Average):
                laws[statement.law] = [mpmath.mpf(1) / 3, mpmath.mpf(2)], [mpmath.mpf(1) / 4, mpmath.mpf(3) / 4]
                laws.update((table, laws[statement.law]) for _, table in statement.tables)
    kinds = [kind(lambda p, q: mpmath.mpf(p) / q, FUNCTIONS, laws) for kind in (Interpreter, CompiledProgram)]
    for component in program.components:
        one, two = (k.run(component.procedure, values) for k in kinds)
        assert all(abs(a - b) <= 1e-12 * (1 + abs(a)) for a, b in zip(one, two, strict=True))


def test_names_of_a_user_do_not_clash():
    run, values, zip_ = fp.parameters("run _values zip", positive=True)
    names = {run: "run", values: "_values", zip_: "zip_"}
    compiled = CompiledProgram(Fraction, {}, {})
    given = {"run": Fraction(1), "_values": Fraction(2), "zip_": Fraction(3)}
    assert compiled.run(procedure([run + values * zip_], names), given) == [7]


def test_no_constant_is_a_float():
    half = ir.Procedure((), (ir.Sum((ir.Number(1, 3), ir.Name("x"))),))
    assert CompiledProgram(Fraction, {}, {}).run(half, {"x": Fraction(1, 3)}) == [Fraction(2, 3)]
