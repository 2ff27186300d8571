"""Components of deep models: equations that repeat are written once, and Newton's systems are banded."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import TAU, Z
from freeprob.program.component_values import component_values
from freeprob.program.interpreter import Interpreter
from freeprob.program.lowering import lower
from freeprob.solve.numeric_model import numeric_model

N, D, P = fp.sizes("n d p")
X = fp.gaussian(D, N)
FUNCTIONS = {"sqrt": np.emath.sqrt, "pi": lambda _: np.pi}


def _deep(depth):
    H = fp.erf(fp.gaussian(P, D) @ X / fp.sqrt(D))
    for _ in range(depth - 1):
        H = fp.erf(fp.gaussian(P, P) @ H / fp.sqrt(P))
    return fp.spectrum(H.T @ H / P)


DEEP = _deep(24)


def test_equations_that_repeat_are_written_once():
    (shallow,), (deep,) = lower(_deep(18).system).components, lower(DEEP.system).components
    assert len(shallow.rows) == len(deep.rows) <= 10  # the first and last layers, and m
    assert len(shallow.repeats) == len(deep.repeats) == 2
    assert sorted([*deep.rows, *(k for r in deep.repeats for k in r.rows)]) == list(range(len(deep.unknowns)))


def test_the_unknown_that_all_layers_share_is_the_border():
    (component,) = lower(DEEP.system).components
    assert component.border == 1
    assert max(abs(i - j) for i, j in component.places if max(i, j) < len(component.unknowns) - 1) <= 2


def test_repeats_interpreter_and_sympy_agree_at_a_random_point():
    system, program = DEEP.system, lower(DEEP.system)
    rng = np.random.default_rng(5)
    u = rng.standard_normal(len(program.unknowns)) + 1j * rng.standard_normal(len(program.unknowns))
    inputs = rng.uniform(0.5, 1.5, (len(program.inputs), 1))
    z, switch = 0.3 + 0.8j, 0.6
    values = dict(zip(program.unknowns, u, strict=True)) | dict(zip(program.inputs, inputs[:, 0], strict=True))
    values |= {"z": z, "switch": switch}
    order = [*system.sizes, *system.parameters, *(q.symbol for q in system.coefficients)]
    unknowns = [s for part in system.components for s in part.unknowns]
    subs = dict(zip([*order, *unknowns, Z, TAU], [*inputs[:, 0], *u, z, switch], strict=True))
    (component,), (part,) = program.components, system.components
    (source,) = numeric_model(program, {}).components
    found, entries = component_values(Interpreter(lambda p, q: p / q, FUNCTIONS, {}).run, component, values)
    residual, jacobian = source.evaluate(u[:, None], inputs, np.array([z]), np.array([switch]))
    np.testing.assert_allclose(residual[:, 0], found, rtol=1e-12, atol=1e-12)
    dense = np.zeros_like(jacobian[:, :, 0])
    for place, value in entries.items():
        dense[place] = value
    np.testing.assert_allclose(jacobian[:, :, 0], dense, rtol=1e-12, atol=1e-12)
    rights = dict(zip(part.unknowns, part.right, strict=True))
    for k, row in enumerate(component.unknowns):
        exact = complex((unknowns[row] - rights[unknowns[row]]).subs(subs))
        assert found[k] == pytest.approx(exact, rel=1e-9, abs=1e-10)
    # Newton's correction of the banded system is that of the whole one
    _, delta = source.correction(u[:, None], inputs, np.array([z]), np.array([switch]))
    np.testing.assert_allclose(delta[:, 0], np.linalg.solve(dense, residual[:, 0]), rtol=1e-9, atol=1e-9)


def test_small_components_are_written_out():
    for component in lower(_deep(3).system).components:
        assert component.border is None and component.repeats == ()


def test_precise_and_certified_values_of_deep_models():
    bound = DEEP.at(n=1, d=1.4, p=0.8)
    z = 0.9 + 0.4j
    value = bound.stieltjes(z)
    assert complex(bound.precise(digits=30).stieltjes(z)) == pytest.approx(value, rel=1e-12)
    assert bound.certify(z).certified


def test_written_solvers_of_deep_models(tmp_path):
    path = tmp_path / "solver.py"
    DEEP.write_solver(path, target="numpy")
    scope = {"__name__": "solver"}
    exec(compile(path.read_text(), "solver.py", "exec"), scope)
    want = DEEP.at(n=1, d=1.4, p=0.8).stieltjes(0.9 + 0.4j)
    assert scope["stieltjes"](0.9 + 0.4j, n=1, d=1.4, p=0.8) == pytest.approx(want, rel=1e-10)


def test_one_template_has_a_name_for_each_place():
    (component,) = lower(DEEP.system).components
    for repeat in component.repeats:
        inside = [name for name, _ in repeat.arguments]
        assert len(set(inside)) == len(inside)
        assert all(len(outside) == len(repeat.rows) for _, outside in repeat.arguments)
    assert sympy.Symbol("_r0_0").name in {name for r in component.repeats for name, _ in r.arguments}
