"""B o A -> q A + (1 - q) tr(A) I + noise: its form, published laws, samples at two sizes, refusals."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.bond_dilution import BondDilution
from freeprob.errors import UnsupportedModel
from freeprob.language.expression import walk
from freeprob.language.nodes import Hadamard, Leaf
from freeprob.language.simulation import Sampler
from freeprob.pipeline import _SecondMoment
from tests.agreement import number_agreement, spectrum_agreement

P, N, D = fp.sizes("p n d")
Q, LAMBDA = fp.parameters("q lambda", positive=True)
Z, W, X, G = fp.gaussian(P, N), fp.gaussian(P, D), fp.gaussian(D, N), fp.gaussian(N, N)
H, E = fp.wigner(N), fp.elliptic(N, sympy.Rational(1, 3))
S = Z @ Z.T / N
EYE = fp.identity(P)
SYMMETRIC, FULL, DILUTED = fp.bonds(P, keep=Q), fp.bonds(P, N, keep=Q), fp.bonds(P, keep=Q, dilute_diagonal=True)
ON_N, SQUARE = fp.bonds(N, keep=Q), fp.bonds(N, N, keep=Q)
POPULATION = fp.population(P, fp.laws.atoms({1: sympy.Rational(1, 2), 4: sympy.Rational(1, 2)}))
INNER = fp.population(D, fp.laws.atoms({1: sympy.Rational(1, 2), 4: sympy.Rational(1, 2)}))
SIZES, PARAMETERS = {"p": 120, "n": 180, "d": 150}, {"q": 0.37}


def _diluted(expression):
    return BondDilution(_SecondMoment({INNER: sympy.Symbol("H")}).closed_form, {})(expression)


def _noise(linear):
    """Return the noise matrix of an equivalent and its variance."""
    found = [(part, c) for part, c in linear.expression.terms() if isinstance(part, Leaf) and "Xi" in str(part)]
    ((leaf, scalar),) = found
    return leaf, sympy.factor(scalar**2)


def _equal(a, b):
    return sympy.simplify(a - b) == 0


def test_iid_entries_keep_their_kind():
    linear = _diluted(fp.hadamard(FULL, Z))
    leaf, variance = _noise(linear)
    assert dict(linear.expression.terms())[Z] == Q
    assert leaf.ensemble.name == "gaussian" and leaf.shape == (P, N) and _equal(variance, Q * (1 - Q))
    leaf, variance = _noise(_diluted(fp.hadamard(ON_N, H)))
    assert leaf.ensemble.name == "wigner" and _equal(variance, Q * (1 - Q))


def test_a_sample_covariance_matrix():
    linear = _diluted(fp.hadamard(SYMMETRIC, S))
    terms = dict(linear.expression.terms())
    assert terms[Z @ Z.T] == Q / N and _equal(terms[EYE], 1 - Q)
    leaf, variance = _noise(linear)
    assert leaf.ensemble.name == "wigner" and _equal(variance, Q * (1 - Q) / N)  # tr S^2 - (tr S)^2 = p / n


def test_symmetric_patterns_of_matrices_that_are_not():
    """The covariance of mirrored entries of the noise is that of the matrix."""
    assert _noise(_diluted(fp.hadamard(ON_N, G)))[0].ensemble.name == "gaussian"
    leaf, _ = _noise(_diluted(fp.hadamard(ON_N, E)))
    assert leaf.ensemble.name == "elliptic" and leaf.ensemble.tau == sympy.Rational(1, 3)
    leaf, _ = _noise(_diluted(fp.hadamard(SQUARE, H)))
    assert leaf.ensemble.name == "gaussian"


def test_two_patterns_multiply():
    r = fp.parameters("r", positive=True)
    leaf, variance = _noise(_diluted(fp.hadamard(ON_N, fp.bonds(N, N, keep=r), H)))
    assert _equal(variance, Q * r * (1 - Q * r))
    # E[b_ij b'_ij b_ji b'_ji] - (q r)^2 = q r^2 - q^2 r^2 for symmetric b and independent b'
    assert _equal(leaf.ensemble.tau, (Q * r**2 - Q**2 * r**2) / (Q * r - Q**2 * r**2))


def test_a_sum_is_diluted_as_one_matrix():
    linear = _diluted(fp.hadamard(FULL, Z + 2 * W @ X / fp.sqrt(D)))
    _, variance = _noise(linear)
    assert _equal(variance, 5 * Q * (1 - Q))
    assert not any(isinstance(node, Hadamard) for node in walk(linear.expression))


def test_certain_bonds_change_nothing():
    assert _diluted(fp.hadamard(fp.bonds(P, keep=1), S)).expression is S
    assert _diluted(fp.hadamard(SYMMETRIC, EYE)).expression is EYE


def test_the_transpose_shares_the_noise():
    M = fp.hadamard(FULL, Z + W @ X / fp.sqrt(D))
    noises = {node for node in walk(_diluted(M @ M.T / N).expression) if isinstance(node, Leaf) and "Xi" in str(node)}
    assert len(noises) == 1


def test_the_variance_may_hold_a_law():
    law = fp.spectrum(fp.hadamard(SYMMETRIC, W @ fp.population(D, fp.laws.uniform(1, 2)) @ W.T / D))
    first, second = sympy.Rational(3, 2), sympy.Rational(7, 3)
    ratio, q = sympy.Rational(1, 2), sympy.Rational(1, 3)
    moments = law.at(p=0.5, d=1, q=q).moments(2)
    # tr (B o A)^2 = (tr A)^2 + q (tr A^2 - (tr A)^2), and tr A^2 - (tr A)^2 = (p / d) E t^2 for A = W T W^T / d
    assert [float(m) for m in moments] == pytest.approx([first, first**2 + q * ratio * second], rel=1e-9)


def test_percolated_wigner_matrices_are_semicircles():
    for q in (0.25, 0.81):
        law = fp.spectrum(fp.hadamard(ON_N, H) / fp.sqrt(N))
        assert law.at(n=1, q=q).edges() == pytest.approx([-2 * np.sqrt(q), 2 * np.sqrt(q)], rel=1e-12)


def test_random_graphs():
    """The bulk of an Erdos-Renyi graph is a semicircle of variance q (1 - q)."""
    law = fp.spectrum(ON_N / fp.sqrt(N))
    assert [s.rule for s in law.steps][1:3] == ["bond_dilution", "finite_rank"]
    assert law.at(n=1, q=0.5).edges() == pytest.approx([-1, 1], rel=1e-12)


def test_percolated_wishart_matrices_are_free_sums():
    """q MP(c) + (1 - q) + semicircle of variance q (1 - q) c: free cumulants add."""
    q, c = sympy.Rational(2, 5), sympy.Rational(3, 5)
    law = fp.spectrum(fp.hadamard(SYMMETRIC, S)).at(p=c, n=1, q=q)
    assert law.cumulants(4) == [1, q**2 * c + q * (1 - q) * c, q**3 * c**2, q**4 * c**3]


def test_the_record():
    law = fp.spectrum(fp.hadamard(SYMMETRIC, S))
    (step,) = [s for s in law.steps if s.rule == "bond_dilution"]
    assert step.status == law.status == "asymptotic"
    assert {h.evidence for h in step.hypotheses} == {"proved on the graph", "assumed", "asserted by the user"}
    assert "SYMMETRIC occurs here only" in step.hypotheses[0].statement
    assert step.references[0].key == "Granziol2020"
    assert r"\odot" in law.latex()


MODELS = {
    "entries and their matrix": (lambda M: M @ Z.T / N + Z @ M.T / N)(fp.hadamard(FULL, Z)),
    "diluted diagonal": fp.hadamard(DILUTED, S),
    "population between": fp.hadamard(SYMMETRIC, W @ INNER @ W.T / D),
    "pattern without symmetry": (lambda M: M + M.T)(fp.hadamard(fp.bonds(P, P, keep=Q), S)),
    "inside an inverse": (lambda R: R + R.T)(fp.inv(fp.hadamard(SYMMETRIC, S) + 2 * EYE) @ S),
    "weights below a function": (lambda F: F @ F.T / N + W @ W.T / D)(
        fp.relu(fp.hadamard(fp.bonds(P, D, keep=Q), W) @ X / fp.sqrt(D))
    ),
    "data below a function": (lambda F: F.T @ F / P)(fp.tanh(W @ fp.hadamard(fp.bonds(D, N, keep=Q), X) / fp.sqrt(D))),
    "a function": (lambda F: F @ F.T / N)(fp.hadamard(FULL, fp.relu(W @ X / fp.sqrt(D)))),
}


@pytest.mark.parametrize("name", MODELS)
def test_against_samples(name):
    agreement = spectrum_agreement(MODELS[name], SIZES, PARAMETERS, replicates=3)
    assert agreement.ratio < 1 and agreement.resolution < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_against_larger_samples(name):
    sizes = {k: 4 * v for k, v in SIZES.items()}
    agreement = spectrum_agreement(MODELS[name], sizes, PARAMETERS, replicates=4)
    assert agreement.ratio < 1 and agreement.resolution < 0.1


def test_value_after_approaches_value_before():
    before = fp.inv(fp.hadamard(SYMMETRIC, S) + EYE)
    after = _diluted(before).expression

    def gap(scale, replicates):
        sizes = {k: scale * v for k, v in {"p": 30, "n": 45}.items()}
        traces = [
            [np.trace(Sampler(sizes, PARAMETERS, seed).value(e)) / sizes["p"] for e in (before, after)]
            for seed in range(replicates)
        ]
        differences = np.subtract(*np.transpose(traces))
        return differences.mean(), differences.std() / np.sqrt(replicates)

    (coarse, _), (fine, error) = gap(1, 60), gap(8, 12)
    assert abs(fine) < abs(coarse) / 8 + 5 * error and error < 2e-3


def test_numbers_with_dropout():
    F = fp.hadamard(FULL, fp.relu(W @ X / fp.sqrt(D)))
    assert float(fp.limit(fp.tr(F @ F.T / N)).at(p=1, n=1, d=1, q=0.3)) == pytest.approx(0.15, rel=1e-12)  # q E f^2
    T = fp.hadamard(FULL, fp.tanh(W @ X / fp.sqrt(D)))
    beta, x = fp.gaussian(D), fp.gaussian(D)
    w = fp.ridge(T, X.T @ beta / fp.sqrt(D), penalty=LAMBDA)
    error = fp.test_error(w, Q * fp.tanh(W @ x / fp.sqrt(D)), x.T @ beta / fp.sqrt(D))
    agreement = number_agreement(error, SIZES, {"q": 0.37, "lambda": 0.3}, replicates=4, draws=100)
    assert agreement.ratio < 1


def test_vectors():
    b, x = fp.bonds(N, 1, keep=Q), fp.gaussian(N)
    kept = fp.hadamard(b, x)
    assert float(fp.limit(kept.T @ kept / N).at(n=1, q=0.3)) == pytest.approx(0.3, rel=1e-12)
    assert float(fp.limit(kept.T @ x / N).at(n=1, q=0.3)) == pytest.approx(0.3, rel=1e-12)


REFUSED = {
    "a population outside": (fp.hadamard(SYMMETRIC, POPULATION), "its entries depend on the basis"),
    "a population beside": (fp.hadamard(SYMMETRIC, S @ POPULATION + POPULATION @ S), "depend on the basis"),
    "a pattern twice": (
        (lambda M: M + M.T)(fp.hadamard(SYMMETRIC, S) @ fp.hadamard(SYMMETRIC, W @ W.T / D)),
        "dilutes two different matrices",
    ),
    "a pattern elsewhere": (
        (lambda M: M + M.T)(fp.hadamard(SYMMETRIC, S) @ SYMMETRIC / fp.sqrt(P)),
        "dilutes two different matrices",
    ),
    "a pattern in its matrix": (fp.hadamard(ON_N, (ON_N @ H + H @ ON_N) / N), "dilutes two different matrices"),
    "a pattern of a matrix and of a function": (
        (lambda F: F @ F.T / N)(fp.hadamard(FULL, Z) + fp.hadamard(FULL, fp.tanh(W @ X / fp.sqrt(D))) @ G / fp.sqrt(N)),
        "dilutes two different matrices",
    ),
    "a vector": (
        fp.hadamard(SYMMETRIC, fp.gaussian(P) @ fp.gaussian(P).T + fp.wigner(P)),
        "its entries differ in size from row to row",
    ),
    "an inverse": (fp.hadamard(SYMMETRIC, fp.inv(S + EYE)), "the entries of .* has no closed form"),
    "one pattern in two layers": (
        (lambda F: F.T @ F / P)(
            fp.tanh(fp.gaussian(P, P) @ fp.hadamard(FULL, fp.tanh(W @ X / fp.sqrt(D))) / fp.sqrt(P))
            + fp.hadamard(FULL, fp.sin(W @ X / fp.sqrt(D)))
        ),
        "dilutes two different matrices",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    matrix, message = REFUSED[name]
    vector = name == "a vector"
    with pytest.raises(UnsupportedModel, match=message):
        fp.spectrum((matrix + matrix.T) / fp.sqrt(P) if vector else matrix)


LAYER = fp.tanh(W @ X / fp.sqrt(D))
DROPOUT = {
    "one layer": fp.tanh(fp.gaussian(P, P) @ fp.hadamard(FULL, LAYER) / fp.sqrt(P)),
    "a mean": fp.relu(fp.gaussian(P, P) @ fp.hadamard(FULL, fp.relu(W @ X / fp.sqrt(D))) / fp.sqrt(P)),
    "a skip connection": fp.tanh(fp.gaussian(P, P) @ fp.hadamard(FULL, LAYER) / fp.sqrt(P)) + fp.hadamard(FULL, LAYER),
}


@pytest.mark.parametrize("name", DROPOUT)
def test_dropout_inside_a_network_against_samples(name):
    kernel = DROPOUT[name].T @ DROPOUT[name] / P
    agreement = spectrum_agreement(kernel, SIZES, PARAMETERS, replicates=6)
    assert agreement.ratio < 1, agreement
