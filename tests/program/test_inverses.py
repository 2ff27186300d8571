"""Programs with inverses against the same equations written out as quotients of determinants."""

import mpmath
import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import TAU, Z, unknown
from freeprob.derivation.average import Average
from freeprob.derivation.inverse_entry import InverseEntry, SquareMatrix
from freeprob.equations import block_inverse
from freeprob.equations.system import Component
from freeprob.program import ir
from freeprob.program.component_values import component_values
from freeprob.program.components import lower_component
from freeprob.program.interpreter import Interpreter
from freeprob.targets.numpy_runtime import inverse_entries

T, H = sympy.symbols("t H")
G, K = unknown("g"), unknown("k")
MATRIX = (-Z, T, 0, 1, 1, G, K * T, 0, TAU, 1, 2, T, 0, K, 1, G + 3)
SQUARE = SquareMatrix.of(4, {divmod(k, 4): sympy.sympify(entry) for k, entry in enumerate(MATRIX)})


def _lowered(rights):
    names = {Z: "z", TAU: "switch", G: "u0", K: "u1"}
    return lower_component(Component((G, K), rights, linear=False), names, {G: 0, K: 1}, {})


def _rights(entry):
    return 1 / (Z + Average(T * entry(0, 3) + entry(1, 1) ** 2, T, H)), entry(2, 2).subs(T, 2) + Average(
        entry(3, 1), T, H
    )


def test_residuals_and_jacobian_are_those_of_the_expanded_equations():
    laws = {"H": ([mpmath.mpf(1), mpmath.mpf(3)], [mpmath.mpf("0.25"), mpmath.mpf("0.75")])}
    interpreter = Interpreter(lambda p, q: mpmath.mpf(p) / q, {}, laws)
    values = {
        "z": mpmath.mpc(0.3, 0.9),
        "switch": mpmath.mpf(1),
        "u0": mpmath.mpc(0.2, 0.5),
        "u1": mpmath.mpc(-0.4, 0.1),
    }
    found, expected = (
        component_values(interpreter.run, _lowered(_rights(entry)), values)
        for entry in (
            lambda i, j: InverseEntry(i, j, SQUARE),
            lambda i, j: InverseEntry(i, j, SQUARE).explicit(),
        )
    )
    assert [complex(r) for r in found[0]] == pytest.approx([complex(r) for r in expected[0]], rel=1e-13)
    assert found[1].keys() == expected[1].keys()
    for place, slope in expected[1].items():
        assert complex(found[1][place]) == pytest.approx(complex(slope), rel=1e-12)


def test_each_matrix_is_inverted_once_in_an_average():
    component = _lowered(_rights(lambda i, j: InverseEntry(i, j, SQUARE)))
    (average,) = [s for s in component.procedure.statements if isinstance(s, ir.Average)]
    assert sum(isinstance(s, ir.Inverse) for s in average.body) == 1
    assert sum(isinstance(s, ir.Inverse) for s in component.procedure.statements) == 1  # at t = 2


def test_the_runtime_inverts_at_each_point_and_marks_singular_ones():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((7, 1)), rng.standard_normal(5) + 1j
    entries = {(0, 0): a, (0, 1): 2.0, (1, 0): b, (2, 2): 4.0, (1, 2): 1.0}
    found = inverse_entries(3, entries, [(0, 1), (1, 0), (2, 2)])
    assert found[0].shape == (7, 5)
    matrix = np.array([[a[3, 0], 2, 0], [b[4], 0, 1], [0, 0, 4]])
    inverse = np.linalg.inv(matrix)
    assert [f[3, 4] for f in found] == pytest.approx([inverse[0, 1], inverse[1, 0], inverse[2, 2]])
    (entry,) = inverse_entries(2, {(0, 0): np.array([1.0, 0.0]), (1, 1): 1.0}, [(0, 0)])
    assert entry[0] == 1 and np.isnan(entry[1])


def test_a_residual_network_has_one_law_with_and_without_expansion(monkeypatch):
    n = fp.sizes("n")
    h = x = fp.gaussian(n)
    for _ in range(2):
        h = h + fp.relu(fp.gaussian(n, n) @ h / fp.sqrt(n)) / 2
    jacobian = fp.jacobian(h, x)
    law = fp.spectrum(jacobian.T @ jacobian)
    assert any(right.has(InverseEntry) for c in law.system.components for right in c.right)
    monkeypatch.setattr(block_inverse, "_EXPANDED", 100)
    expanded = fp.spectrum(jacobian.T @ jacobian)
    assert not any(right.has(InverseEntry) for c in expanded.system.components for right in c.right)
    at, other = law.at(n=1), expanded.at(n=1)
    assert at.stieltjes(1 + 0.2j) == pytest.approx(other.stieltjes(1 + 0.2j), rel=1e-9)
    assert [float(m) for m in at.moments(3)] == pytest.approx([float(m) for m in other.moments(3)], rel=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_unit_pivots_are_eliminated(seed):
    """Sparse matrices with some pivots 1: all entries are those of the inverse of the whole matrix."""
    rng = np.random.default_rng(seed)
    size, points = int(rng.integers(2, 13)), 5
    matrix = np.zeros((points, size, size), dtype=complex)
    entries = {}
    for i in range(size):
        for j in range(size):
            if i == j and rng.random() < 0.7:
                entries[i, j] = 1.0
            elif i == j or rng.random() < 2 / size:
                entries[i, j] = rng.normal(size=points) + 1j * rng.normal(size=points) if rng.random() < 0.6 else 0.5
    for (i, j), value in entries.items():
        matrix[:, i, j] = value
    entries[0, 0] = matrix[:, 0, 0]
    places = [(i, j) for i in range(size) for j in range(size)]
    found = np.moveaxis(np.array(inverse_entries(size, entries, places)).reshape(size, size, points), 2, 0)
    assert found == pytest.approx(np.linalg.inv(matrix), rel=1e-9, abs=1e-9)
