"""Gauss rules in the values of a function."""

import mpmath
import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.activation_diagonals import FunctionTable
from freeprob.equivalents.neurons import normal_nodes
from freeprob.language.activations import as_activation
from freeprob.program.value_rules import lone_tables, value_rule
from freeprob.solve.numeric_model import numeric_model

n = fp.sizes("n")
X = sympy.Symbol("x", real=True)
SLOPE = FunctionTable(as_activation(1 - sympy.tanh(X) ** 2))
NORMAL = fp.laws.density(sympy.exp(-(X**2) / 2) / sympy.sqrt(2 * sympy.pi), (-9, 9))


def network(depth):
    x = h = fp.gaussian(n)
    for _ in range(depth):
        h = h + fp.tanh(fp.gaussian(n, n) @ h / fp.sqrt(n))
    J = fp.jacobian(h, x)
    return fp.spectrum(J.T @ J)


def test_moments_are_those_of_the_function():
    values, weights = value_rule(NORMAL, lambda x: SLOPE(x, 1), 6, 15)
    (nodes,), masses = normal_nodes(1, 15)
    assert len(values) == 6 and (weights > 0).all()
    for k in range(12):
        assert weights @ values**k == pytest.approx(masses @ SLOPE(nodes, 1) ** k, rel=1e-11)


def test_rules_of_many_digits_are_the_same():
    low = value_rule(NORMAL, lambda x: SLOPE(x, 1), 5, 15)
    with mpmath.workdps(40):
        high = value_rule(NORMAL, lambda x: SLOPE(x, mpmath.mpf(1), 30), 5, 30)
    order = np.argsort([float(v) for v in high[0]])
    for low_column, high_column in zip(low, high, strict=True):
        assert np.array([float(v) for v in high_column])[order] == pytest.approx(low_column, rel=1e-10)


def test_few_values_need_few_nodes():
    sign = fp.laws.uniform(-1, 1)
    with mpmath.workdps(40):
        values, weights = value_rule(
            sign, lambda x: [mpmath.sign(t) for t in x] if isinstance(x, list) else np.sign(x), 5, 30
        )
    assert sorted(map(float, values)) == pytest.approx([-1, 1]) and list(map(float, weights)) == pytest.approx(
        [0.5, 0.5]
    )


def test_functions_with_kinks_keep_their_own_rule():
    kinked = FunctionTable(as_activation(sympy.Piecewise((sympy.exp(X), X < 0), (1, True))))
    assert value_rule(NORMAL, lambda x: kinked(x, 1), 6, 15) is None


def test_tables_that_alone_read_a_coordinate():
    system = network(2).system
    expressions = [r for component in system.components for r in component.right]
    assert list(lone_tables(expressions, system.tables)) == ["J__1", "J__2"]
    ((first,), table), (_, other) = system.tables
    assert list(lone_tables(expressions, [*system.tables, (("J__2", "J__1"), other)])) == []
    assert list(lone_tables(expressions, [((first,), table)])) == [first]


def test_layers_in_one_basis_take_few_nodes():
    """The solution satisfies the equations with the other rule, all combinations of many nodes, too."""
    law = network(2)
    bound = law.at(n=1)
    assert len(bound.rules["J"][1]) < 300
    (symbol,) = law.system.laws
    tables = [table for _, table in law.system.tables]
    side = np.linspace(-9, 9, 121)
    columns = [column.ravel() for column in np.meshgrid(side, side)]
    weights = np.exp(-(columns[0] ** 2 + columns[1] ** 2) / 2)
    weights /= weights.sum()
    rules = {symbol.name: (np.arange(float(len(weights))), weights)}
    for column, table in zip(columns, tables, strict=True):
        (q,) = table.arguments
        variance = bound.binding.number(q, bound.binding.coefficients(), 15)
        rules[table.name] = table.evaluate(column, variance), weights
    z = np.array([0.5 + 0.3j])
    model = numeric_model(bound.program, rules)
    u = bound.unknowns(z)
    for component in model.components:
        residual, _ = component.correction(u, bound.inputs, z, np.ones(1))
        assert np.abs(residual).max() < 1e-9
