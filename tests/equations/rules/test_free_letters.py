"""Each rule: the R-transform that its equations describe is that of the letter.

The symbolic equations of a rule must vanish where its numeric map, which tells zeros and equal entries, finds the
auxiliary unknowns; for one entry these are a scalar R-transform. Moments of well-known models are the second oracle.
"""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import TAU, Z
from freeprob.derivation.average import Average
from freeprob.equations.dyson import DysonEquation
from freeprob.equations.free_letter import Scope, fixed_point
from freeprob.pencil.realisation import realise
from tests.equations.models import family_symbols

n, p = fp.sizes("n p")
HALF = sympy.Rational(1, 2)
LAW = fp.laws.atoms({-1: "1/4", 2: "3/4"})
S, B, O = fp.population(n, fp.laws.atoms({1: HALF, 3: HALF})), fp.rotated(n, LAW), fp.haar(n)  # noqa: E741
V, A, E = fp.haar(n, p), fp.signal(n, p, fp.laws.atoms({1: HALF, 2: HALF})), fp.signal(n, n, LAW.examples()[0])
VALUES = {n: 1.0, p: 0.4, Z: 0.3 + 5.0j, sympy.Symbol("rank_1", positive=True): 0.4}


def letters_of(matrix):
    pencil = realise([fp.inv(matrix - Z * fp.identity(matrix.rows))])
    symbols = family_symbols(pencil) | {leaf: sympy.Symbol("L") for leaf in pencil.bi_invariant}
    return DysonEquation(pencil, symbols)


def evaluated(expression, at):
    return complex(sympy.lambdify(list(at), expression, "numpy", cse=True)(*at.values()))


MODELS = {
    "sum of families": S + B,
    "family at two places": S @ B @ S + B @ S + S @ B,
    "orthogonal": O + O.T + S,
    "orthogonal at many places": (S @ O + O.T @ S) + O @ S @ O.T,
    "isometry": V @ V.T + S,
    "signal": A @ A.T + S,
    "square signal": E + E.T + S,
}


@pytest.mark.parametrize("name", MODELS)
def test_written_equations_hold_where_the_sampled_map_is_fixed(name):
    """The symbolic equations vanish at the auxiliary unknowns that the numeric map finds for a small random G."""
    dyson = letters_of(MODELS[name])
    assert dyson.letters
    rng = np.random.default_rng(5)
    numbers = {n: 1.0, p: 0.4, Z: 5.0j}

    def number(scalar, extra):
        free = {s: numbers.get(s, 0.4) for s in scalar.free_symbols}
        return complex(sympy.sympify(scalar).subs(free | extra))

    for letter in dyson.letters:

        class Recorder:
            """Gives the random nodes of the letter to its symbolic average."""

            def __init__(self):
                self.drawn = []

            def uniform(self, low, high, count):
                self.drawn.append(rng.uniform(low, high, count))
                return self.drawn[-1]

            def dirichlet(self, ones):
                self.drawn.append(rng.dirichlet(ones))
                return self.drawn[-1]

        recorder = Recorder()
        sampled = letter.sampled(number, recorder)
        size = dyson.pencil.size
        solution = 0.1 * (rng.standard_normal((size, size)) + 1j * rng.standard_normal((size, size)))
        auxiliary, rho = sampled.evaluate(solution)
        symbols = {key: sympy.Symbol(f"a{k}") for k, key in enumerate(letter.keys)}
        entries = [[sympy.Symbol(f"g{v}_{r}") for r in range(size)] for v in range(size)]
        scope = Scope(lambda v, r, entries=entries: entries[v][r], lambda _, key, symbols=symbols: symbols[key])
        at = {symbols[key]: value for key, value in auxiliary.items()}
        at |= {entries[v][r]: solution[v, r] for v in range(size) for r in range(size)}
        at |= {s: numbers.get(s, 0.4) for s in VALUES}

        def averaged(expression, drawn=recorder.drawn):
            def total(e):
                nodes, weights = drawn
                return sum(w * e.args[0].subs(e.args[1], x) for x, w in zip(nodes, weights, strict=True))

            return expression.subs(TAU, 1).replace(lambda e: isinstance(e, Average), total)

        for key in letter.keys:
            value = evaluated(averaged(letter.right(key, scope)), at)
            assert abs(value - auxiliary[key]) < 1e-11 * (1 + abs(auxiliary[key])), (name, letter.rule, key)
        for row, column in letter.places:
            value = evaluated(averaged(sympy.sympify(letter.rho(row, column, scope))), at)
            assert abs(value - rho[row, column]) < 1e-12 * (1 + abs(value))


def test_one_entry_is_the_scalar_r_transform():
    """Semicircular-like check with two atoms: G(R(g) + 1/g) = g."""
    dyson = letters_of(S + B)
    letter = next(x for x in dyson.letters if x.leaf is B)
    rng = np.random.default_rng(1)
    nodes, weights = np.array([-1.0, 2.0]), np.array([0.25, 0.75])

    class Fixed:
        def uniform(self, *_):
            return np.append(nodes, 0.0)

        def dirichlet(self, _):
            return np.append(weights, 0.0)

    sampled = letter.sampled(lambda e, extra: complex(sympy.sympify(e).subs(extra)), Fixed())
    (variable, row) = letter.columns[0], letter.rows[0]
    for g in 0.1 * rng.standard_normal(4):
        solution = np.zeros((dyson.pencil.size,) * 2, dtype=complex)
        solution[variable, row] = -g  # G of the pencil is minus the Cauchy transform
        ((_, r),) = sampled.evaluate(solution)[1].items()
        point = r + 1 / g
        assert weights @ (1 / (point - nodes)) == pytest.approx(g, rel=1e-10)


def test_haar_matrices_have_the_moments_of_the_free_group():
    """tr (O + O^T)^2k counts closed walks on the line: binomial(2k, k) (Kesten 1959)."""
    moments = fp.spectrum(O + O.T).at(n=1).moments(8)
    assert [int(m) for m in moments[1::2]] == [2, 6, 20, 70]
    U = fp.haar(n)
    assert [int(m) for m in fp.spectrum(O + O.T + U + U.T).at(n=1).moments(6)[1::2]] == [4, 28, 232]


def test_an_isometry_makes_a_projection():
    law = fp.spectrum(V @ V.T)
    assert law.at(n=1, p=0.3).atoms() == pytest.approx({0.0: 0.7, 1.0: 0.3})
    with pytest.raises(fp.ShapeError, match="an isometry has at least as many rows as columns: n >= p"):
        law.at(n=1, p=2)
    assert float(fp.limit(fp.tr(fp.inv(V @ V.T + fp.identity(n)))).at(n=4, p=1)) == pytest.approx(7 / 8)


def test_a_signal_has_the_smaller_number_of_singular_values():
    law = fp.spectrum(A @ A.T)
    assert law.at(n=1, p=2).moments(2) == [sympy.Rational(5, 2), sympy.Rational(17, 2)]
    assert law.at(n=2, p=1).moments(2) == [sympy.Rational(5, 4), sympy.Rational(17, 4)]
    assert law.at(n=2, p=1).atoms() == pytest.approx({0.0: 0.5, 1.0: 0.25, 4.0: 0.25})


def test_a_letter_without_its_transpose_has_no_cumulants():
    W = fp.wigner(n) / fp.sqrt(n)
    with_letter = fp.limit(fp.tr(fp.inv(3 * fp.identity(n) + O + W) @ S))
    without = fp.limit(fp.tr(fp.inv(3 * fp.identity(n) + W) @ S))
    assert float(with_letter.at(n=1)) == pytest.approx(float(without.at(n=1)), rel=1e-12)


def test_the_iteration_says_when_it_does_not_settle():
    with pytest.raises(ArithmeticError, match="does not settle"):
        fixed_point(lambda x: 2 * x + 1, np.ones(1))
