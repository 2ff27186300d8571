"""Entries of the inverse of sparse symbolic matrices."""

import numpy as np
import sympy

from freeprob.equations.block_inverse import BlockInverse


def test_entries_are_those_of_the_inverse():
    rng = np.random.default_rng(3)
    pattern = rng.random((6, 6)) < 0.3
    symbols = sympy.Matrix(6, 6, lambda i, j: sympy.Symbol(f"a{i}{j}") if pattern[i, j] or i == j else 0)
    values = {s: complex(rng.uniform(1, 2), rng.uniform(-1, 1)) for s in symbols.free_symbols}
    matrix = np.array(symbols.subs(values).tolist(), dtype=complex)
    expected = np.linalg.inv(matrix)
    inverse = BlockInverse(range(6), lambda i, j: symbols[i, j])
    for i in range(6):
        for j in range(6):
            found = complex(sympy.sympify(inverse(i, j)).subs(values)) if inverse.reaches(i, j) else 0.0
            assert abs(found - expected[i, j]) < 1e-12 * abs(expected).max()


def test_a_triangular_matrix_has_blocks_of_one():
    inverse = BlockInverse("abc", lambda i, j: sympy.Integer(i <= j))
    assert inverse.block_of == {"a": ("a",), "b": ("b",), "c": ("c",)}
    assert inverse("a", "b") == -1 and inverse("a", "c") == 0 and not inverse.reaches("c", "a")
