"""Each rule: the R-transform that its equations describe is that of the letter.

The symbolic equations of a rule must be those of its map over a finite field, which tells zeros and equal entries; for
one entry the fixed point is a scalar R-transform. Moments of well-known models are the second oracle.
"""

import pytest
import sympy

import freeprob as fp
from freeprob.algebra.residues import PRIME, Residues
from freeprob.algebra.symbols import TAU, Z
from freeprob.derivation.average import Average
from freeprob.equations.dyson import DysonEquation
from freeprob.equations.free_letter import Scope
from freeprob.pencil.realisation import realise
from tests.equations.models import family_symbols

n, p = fp.sizes("n p")
HALF = sympy.Rational(1, 2)
LAW = fp.laws.atoms({-1: "1/4", 2: "3/4"})
S, B, O = fp.population(n, fp.laws.atoms({1: HALF, 3: HALF})), fp.rotated(n, LAW), fp.haar(n)  # noqa: E741
V, A, E = fp.haar(n, p), fp.signal(n, p, fp.laws.atoms({1: HALF, 2: HALF})), fp.signal(n, n, LAW.examples()[0])


def letters_of(matrix):
    pencil = realise([fp.inv(matrix - Z * fp.identity(matrix.rows))])
    symbols = family_symbols(pencil) | {leaf: sympy.Symbol("L") for leaf in pencil.bi_invariant}
    return DysonEquation(pencil, symbols)


def sampled(letter, seed, nodes=None, weights=None):
    """Return the letter at a random place, the place, and its average over the points that the letter has drawn."""
    residues = Residues(seed)
    drawn = {"weights": [1], "places": [1]}
    number, sums, positive = residues.number, residues.weights, residues.draw_positive

    def kept_weights(count):
        drawn["weights"] = sums(count) if weights is None else weights
        return drawn["weights"]

    def kept_place():
        drawn["places"].append(positive() if nodes is None else nodes[len(drawn["places"])])
        return drawn["places"][-1]

    residues.weights, residues.draw_positive, drawn["places"] = kept_weights, kept_place, []
    found = letter.sampled(residues)
    residues.weights, residues.draw_positive = sums, positive

    def value(expression, at):
        def total(average):
            integrand, variable, _ = average.args
            places = drawn["places"][: len(drawn["weights"])]
            return sum(
                (sympy.Integer(w) * sympy.Integer(number(integrand, at | {variable: x})))
                for x, w in zip(places, drawn["weights"], strict=True)
            )

        written = sympy.sympify(expression).subs(TAU, 1).replace(lambda e: isinstance(e, Average), total)
        return number(written, at)

    return found, residues, value


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
def test_written_equations_are_the_sampled_map(name):
    """The symbolic equations and the map that tells equal entries apart agree at a random place, without rounding."""
    dyson = letters_of(MODELS[name])
    assert dyson.letters
    for seed, letter in enumerate(dyson.letters):
        found, residues, value = sampled(letter, seed)
        size = dyson.pencil.size
        entries = [[sympy.Symbol(f"g{v}_{r}") for r in range(size)] for v in range(size)]
        symbols = {key: sympy.Symbol(f"a{k}") for k, key in enumerate(letter.keys)}
        scope = Scope(lambda v, r, entries=entries: entries[v][r], lambda _, key, symbols=symbols: symbols[key])
        auxiliary = {key: residues.draw() for key in letter.keys}
        at = {symbols[key]: number for key, number in auxiliary.items()}
        at |= {symbol: residues.draw() for row in entries for symbol in row}
        following = found.step(lambda v, r, at=at, entries=entries: at[entries[v][r]], auxiliary)
        assert following == {key: value(letter.right(key, scope), at) for key in letter.keys}
        rho = {place: number % PRIME for place, number in found.rho(auxiliary).items()}
        assert rho == {place: value(letter.rho(*place, scope), at) for place in letter.places}


def test_one_entry_is_the_scalar_r_transform():
    """The R-transform of two atoms, G(R(g) + 1/g) = g, is a fixed point of the sampled map."""
    letter = next(x for x in letters_of(S + B).letters if x.leaf is B)
    square = lambda x: pow(x, 2, PRIME)  # noqa: E731
    half = pow(2, -1, PRIME)
    atoms = (half - 1, half + 1)  # of masses 1/2: R + 1/g is half + 1/(2 g) + sqrt(1 + 1/(4 g^2))
    found, residues, _ = sampled(letter, 3, nodes=[*atoms, 0], weights=[half, half, 0])
    for _ in range(5):
        u = residues.draw()  # sqrt(1 + 1/(4 g^2)) is rational in u
        x, y = 2 * u * pow(square(u) - 1, -1, PRIME), (square(u) + 1) * pow(square(u) - 1, -1, PRIME)
        assert (square(y) - square(x) - 1) % PRIME == 0
        g = pow(2 * x, -1, PRIME)
        point = half + x + y
        mean = half * (pow(point - atoms[0], -1, PRIME) + pow(point - atoms[1], -1, PRIME))
        assert (mean - g) % PRIME == 0
        rest = {key: (point - pow(g, -1, PRIME) - half) % PRIME for key in letter.keys}  # without the mean
        assert found.step(lambda *_, g=g: -g % PRIME, rest) == rest  # G of the pencil is minus the Cauchy transform


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
