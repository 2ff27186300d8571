"""Programs: names, trees, and one value whatever evaluates them."""

import keyword

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.algebra.symbols import TAU, Z
from freeprob.derivation.average import Average
from freeprob.errors import UnsupportedModel
from freeprob.program import ir
from freeprob.program.component_values import component_values
from freeprob.program.interpreter import Interpreter
from freeprob.program.lowering import RESERVED, identifiers, lower
from freeprob.program.procedures import procedure, tree
from freeprob.solve.numeric_model import numeric_model
from freeprob.targets.numpy_printer import print_tree
from tests.equations.models import MATRICES, NUMBERS, VALUES

N, D, P = fp.sizes("n d p")
W, X = fp.gaussian(P, D), fp.gaussian(D, N)
FUNCTIONS = {
    "sqrt": np.emath.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "erf": lambda v: complex(mpmath.erf(v)),
    "asin": np.arcsin,
    "pi": lambda _: np.pi,
}


def _interpreter(laws=None):
    return Interpreter(lambda p, q: p / q, FUNCTIONS, laws or {})


a, b, c = sympy.symbols("a b c", positive=True)
TREES = [
    a + b * c - 2,
    a - (b - c),
    a / (b / c),
    a / b / c,
    -(a**2),
    (-a) ** 3,
    2**a,
    a**b,
    sympy.sqrt(a) / sympy.sqrt(b * c),
    a ** sympy.Rational(-3, 2) * b ** sympy.Rational(5, 2),
    a ** sympy.Rational(1, 3),
    sympy.exp(-a * b) + sympy.log(c),
    sympy.tanh(a) * sympy.erf(b) - sympy.sin(c) * sympy.cos(a),
    sympy.asin(a / (1 + a)) / sympy.pi,
    sympy.Rational(-2, 3) * a + sympy.Float("0.1"),
    (a + 1) / (-(b + 2)) - sympy.Rational(1, 2),
    -a / b,
    (a + b) ** -2,
]
NAMES = {a: "a", b: "b", c: "c"}


@pytest.mark.parametrize("expression", TREES, ids=str)
def test_tree_and_source_have_the_value_of_the_expression(expression):
    values = {"a": 0.7, "b": 1.3, "c": 2.1}
    expected = complex(expression.subs({s: values[n] for s, n in NAMES.items()}))
    node = tree(expression, NAMES)
    assert complex(_interpreter().value(node, values)) == pytest.approx(expected, rel=1e-14)
    source = print_tree(node).replace("_erf", "erf")
    assert complex(eval(source, {"np": np, "erf": lambda v: FUNCTIONS["erf"](v), **values})) == pytest.approx(
        expected, rel=1e-14
    )


def _trees():
    leaves = st.sampled_from([a, b, c, sympy.Integer(2), sympy.Rational(-1, 3)])
    pairs = st.tuples
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            pairs(inner, inner).map(lambda q: q[0] + q[1]),
            pairs(inner, inner).map(lambda q: q[0] * q[1]),
            pairs(inner, inner).map(lambda q: q[0] / (3 + q[1] ** 2)),
            inner.map(lambda e: (e**2 + 1) ** sympy.Rational(1, 2)),
            inner.map(lambda e: -e),
            inner.map(lambda e: (1 + e**2) ** -3),
        ),
        max_leaves=8,
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(_trees())
def test_random_trees(expression):
    values = {"a": 0.37 - 0.2j, "b": 1.21 + 0.5j, "c": -0.6 + 0.1j}
    subs = {s: values[n] for s, n in NAMES.items()}
    expected = complex(expression.subs({s: sympy.sympify(v) for s, v in subs.items()}).evalf())
    node = tree(expression, NAMES)
    assert complex(_interpreter().value(node, values)) == pytest.approx(expected, rel=1e-11, abs=1e-12)
    assert complex(eval(print_tree(node), {"np": _Complex, **values})) == pytest.approx(expected, rel=1e-11, abs=1e-12)


class _Complex:
    sqrt = staticmethod(lambda x: np.emath.sqrt(complex(x)))  # Python integers may exceed 64 bits
    pi = np.pi


def test_brackets():
    one, two = ir.Name("a"), ir.Name("b")
    half = ir.Number(-1, 2)
    for node in (
        ir.Power(ir.Product((one, two)), 2),
        ir.Power(ir.Quotient(one, two), 3),
        ir.Power(half, 2),
        ir.Power(ir.Power(one, 2), 3),
        ir.Quotient(one, ir.Quotient(two, half)),
        ir.Quotient(one, ir.Power(ir.Sum((one, half)), 2)),
        ir.Product((ir.Number(-1), ir.Sum((one, two)))),
        ir.Product((one, half, ir.Number(-3))),
        ir.Sum((one, half, ir.Product((ir.Number(-1), two)), ir.Number(-2))),
        ir.Power(ir.Product((ir.Number(-1), one)), 2),
    ):
        values = {"a": 0.7, "b": 1.9}
        assert eval(print_tree(node), dict(values)) == pytest.approx(_interpreter().value(node, values), rel=1e-14)


def test_functions_without_a_counterpart_are_refused():
    with pytest.raises(UnsupportedModel, match=r"the function gamma in gamma\(a\) cannot be evaluated"):
        tree(sympy.gamma(a), NAMES)


def test_averages():
    t, law = sympy.symbols("t H")
    outputs = [Average(1 / (t - a), t, law) + b * Average(t**2 / (t - a), t, law), a * b]
    made = procedure(outputs, {a: "a", b: "b"})
    nodes, weights = [1.0, 2.0, 4.0], [0.5, 0.25, 0.25]
    values = {"a": 0.3 + 1j, "b": 2.0}
    got = _interpreter({"H": (nodes, weights)}).run(made, values)
    direct = sum(
        w * (1 / (x - values["a"]) + 2 * x**2 / (x - values["a"])) for x, w in zip(nodes, weights, strict=True)
    )
    assert got == pytest.approx([direct, 2 * values["a"]], rel=1e-14)
    assert sum(isinstance(s, ir.Average) for s in made.statements) == 1


def test_averages_over_two_laws():
    s, t, first, second = sympy.symbols("s t H_1 H_2")
    made = procedure([Average(1 / (1 + a * t), t, first) * Average(s / (1 + a), s, second)], {a: "a"})
    rules = {"H_1": ([1.0, 3.0], [0.5, 0.5]), "H_2": ([2.0], [1.0])}
    (got,) = _interpreter(rules).run(made, {"a": 0.5})
    assert got == pytest.approx((0.5 / 1.5 + 0.5 / 2.5) * 2 / 1.5)


def test_identifiers_are_valid_and_unique():
    names = ["lambda", "lambda_", "z", "p", "np", "u0", "weights", "sigma'", "1st", "class", "x y", "β", "switch"]
    symbols = [sympy.Symbol(name) for name in names]
    found = identifiers(symbols, taken=["z", "u0", "switch", *RESERVED])
    assert len(set(found.values())) == len(names)
    for symbol, name in found.items():
        assert name.isidentifier() and not keyword.iskeyword(name), symbol
        assert name not in {"z", "u0", "switch", *RESERVED}
    assert found[symbols[0]] == "lambda_" and found[symbols[3]] == "p"


def _derived(name):
    return fp.spectrum(MATRICES[name]) if name in MATRICES else fp.limit(fp.tr(NUMBERS[name]))


MODELS = [*MATRICES, *NUMBERS]


@pytest.mark.parametrize("name", MODELS)
def test_interpreter_numpy_and_sympy_agree(name):
    """Residuals, Jacobian and read-out at a random point that is no solution."""
    derived = _derived(name)
    system, program = derived.system, lower(derived.system)
    bound = derived.at(**{s.name: v for s, v in VALUES.items() if s.name in derived.needs})
    laws = bound.binding.quadrature(20)
    rng = np.random.default_rng(3)
    u = rng.standard_normal(len(program.unknowns)) + 1j * rng.standard_normal(len(program.unknowns))
    z, switch = 0.3 + 0.8j, 0.6
    inputs = bound.binding.floats()
    values = dict(zip(program.unknowns, u, strict=True)) | dict(zip(program.inputs, inputs[:, 0], strict=True))
    values |= {"z": z, "switch": switch}
    model = numeric_model(program, laws)
    interpreter = _interpreter({k: (np.asarray(x, float), np.asarray(w, float)) for k, (x, w) in laws.items()})
    order = [*system.sizes, *system.parameters, *(q.symbol for q in system.coefficients)]
    subs = dict(zip(order, inputs[:, 0], strict=True)) | {Z: z, TAU: switch}
    subs |= dict(zip([s for part in system.components for s in part.unknowns], u, strict=True))

    def exact(expression):
        def total(integrand, variable, law):
            nodes, weights = laws[law.name]
            return sympy.Add(*(w * integrand.subs(variable, x) for x, w in zip(nodes, weights, strict=True)))

        return complex(expression.replace(Average, total).subs(subs))

    assert len(program.components) == len(system.components)
    for component, source, part in zip(program.components, model.components, system.components, strict=True):
        size = len(component.unknowns)
        outputs, entries = component_values(interpreter.run, component, values)
        residual, jacobian = source.evaluate(u[:, None], inputs, np.array([z]), np.array([switch]))
        np.testing.assert_allclose(residual[:, 0], outputs, rtol=1e-10, atol=1e-12)
        dense = np.zeros((size, size), dtype=complex)
        for place, value in entries.items():
            dense[place] = value
        np.testing.assert_allclose(jacobian[:, :, 0], dense, rtol=1e-10, atol=1e-12)
        for i, (s, right) in enumerate(zip(part.unknowns, part.right, strict=True)):
            assert outputs[i] == pytest.approx(exact(s - right), rel=1e-9, abs=1e-10)
        # the Jacobian against differences along one direction
        step = 1e-6
        direction = rng.standard_normal(size)
        moved = u.copy()
        moved[list(component.unknowns)] += step * direction
        back = u.copy()
        back[list(component.unknowns)] -= step * direction
        plus, _ = source.evaluate(moved[:, None], inputs, np.array([z]), np.array([switch]))
        minus, _ = source.evaluate(back[:, None], inputs, np.array([z]), np.array([switch]))
        slope = (plus - minus)[:, 0] / (2 * step)
        np.testing.assert_allclose(dense @ direction, slope, rtol=1e-5, atol=1e-6 * (1 + np.abs(slope).max()))
    (answer,) = interpreter.run(program.readout, values)
    assert model.readout(u[:, None], inputs, np.array([z]))[0] == pytest.approx(answer, rel=1e-12)
    assert answer == pytest.approx(exact(system.readout), rel=1e-9)


def test_components_come_in_order():
    program = lower(_derived("two letters twice").system)
    assert sorted(k for c in program.components for k in c.unknowns) == list(range(len(program.unknowns)))
    assert not program.spectral and lower(_derived("semicircle").system).spectral


@pytest.mark.parametrize(
    "name", ["lambda", "z", "p", "np", "u0", "unknowns", "inputs", "weights", "switch", "residuals"]
)
def test_parameters_may_have_any_name(name):
    parameter = fp.parameters(name, positive=True)
    size, other = fp.sizes("rows columns")
    Y = fp.gaussian(size, other)
    key = f"{name}_" if keyword.iskeyword(name) else name
    limit = fp.limit(fp.tr(fp.inv(Y @ Y.T / other + parameter * fp.identity(size))))
    expected = (np.sqrt(5) - 1) / 2
    assert float(limit.at(rows=1, columns=1, **{key: 1})) == pytest.approx(expected, rel=1e-12)
    law = fp.spectrum(Y @ Y.T / other + parameter * fp.identity(size))
    assert law.at(rows=1, columns=1, **{key: 2}).density(3.0) == pytest.approx(np.sqrt(3) / (2 * np.pi), rel=1e-10)


@pytest.mark.parametrize("names", ["z u0 np", "unknowns inputs switch"])
def test_sizes_may_have_any_name(names):
    first, second, third = fp.sizes(names)
    A, B = fp.gaussian(first, second), fp.gaussian(second, third)
    law = fp.spectrum(A @ B @ B.T @ A.T / (second * third))
    values = dict.fromkeys(names.split(), 1)
    assert [int(m) for m in law.at(**values).moments(3)] == [1, 3, 12]
