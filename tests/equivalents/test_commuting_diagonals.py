"""Diagonal matrices on one space."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.equivalents.bases import Bases
from freeprob.equivalents.commuting_diagonals import commuting_diagonals
from tests.agreement import spectrum_agreement

n, d = fp.sizes("n d")
C = fp.diagonal(n, fp.laws.atoms({1: "1/2", 3: "1/2"}), name="C")
D = fp.diagonal(n, fp.laws.uniform(0, 1), name="D")
P, Q = fp.mask(n, "3/4", name="P"), fp.mask(n, "1/3", name="Q")
W, X, R = fp.wigner(n) / fp.sqrt(n), fp.gaussian(n, d), fp.haar(n)
G = fp.gaussian(n, n) / fp.sqrt(n)
ONE = fp.identity(d)
BLOCKS = fp.block([[C, X / fp.sqrt(n)], [X.T / fp.sqrt(n), ONE]]) + fp.block([[D, 0 * X], [0 * X.T, ONE]])


@pytest.mark.parametrize(
    ("matrix", "shared"),
    [
        (C + D, True),
        (C + W + D, True),
        (C @ W @ D, True),  # a Wigner matrix is invariant under conjugation only
        (C + R @ D @ R.T, False),
        (R.T @ C @ R + D, False),
        (C @ X @ X.T @ D / n, True),
        (C @ G @ D @ G.T @ C, False),
        (fp.inv(C + X @ X.T / n) @ D, True),
        (fp.inv(C + R @ D @ R.T), False),
        (BLOCKS, True),
        (fp.block([[C, R], [R.T, D]]), False),
        (fp.block([[C, fp.identity(n)], [fp.identity(n), D]]), True),
        (fp.elliptic(n, "1/2") @ C / fp.sqrt(n) + D, True),
        (R.T @ C @ R + R @ D @ R.T + C, True),
        (R + C + D, True),
    ],
)
def test_which_diagonal_matrices_share_a_basis(matrix, shared):
    assert Bases(matrix).shared(C, D) == shared
    assert bool(commuting_diagonals(matrix, {}).image) == shared


def test_a_rotation_that_acts_inside_one_space_ties_its_sides():
    """R + C: the rows and the columns of R meet in a sum, so that R D R^T is in the basis of C after all."""
    assert Bases(R + R.T + C + R @ D @ R.T).shared(C, D)


def test_the_product_of_their_laws_is_exact():
    law = fp.spectrum(P @ C + Q)
    atoms = law.at(n=1).atoms()
    expected = {}
    for p, wp in ((1, 3 / 4), (0, 1 / 4)):
        for q, wq in ((1, 1 / 3), (0, 2 / 3)):
            for c in (1, 3):
                expected[p * c + q] = expected.get(p * c + q, 0) + wp * wq / 2
    assert {round(x): mass for x, mass in atoms.items()} == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "matrix",
    [
        C + P + W,
        P @ (C + W) @ P,
        C @ D + W,
        D @ X @ X.T @ D / n + P @ C,
        C + R @ P @ R.T + Q @ W @ Q,
        fp.inv(C + D + X @ X.T / n),
    ],
    ids=str,
)
def test_spectra_agree_with_simulation(matrix):
    assert spectrum_agreement(matrix, {"n": 300, "d": 600}).ratio < 1


def test_commuting_terms_are_not_free():
    """tr P Q P Q = tr P tr Q for commuting projections, and less for free ones."""
    together = fp.limit(fp.tr(P @ Q @ P @ Q))
    apart = fp.limit(fp.tr(P @ R @ Q @ R.T @ P @ R @ Q @ R.T))
    p, q = 3 / 4, 1 / 3
    assert float(together.at(n=1)) == pytest.approx(p * q, rel=1e-14)
    assert float(apart.at(n=1)) == pytest.approx(p * q * (p + q - p * q), rel=1e-12)


def test_a_law_that_is_given_later():
    S = fp.diagonal(n, fp.laws.symbolic("H"))
    law = fp.spectrum(P @ S + W)
    assert law.needs == ("H",) or set(law.needs) == {"H"}
    given = fp.spectrum(P @ C + W).at(n=1)
    assert np.allclose(law.at(n=1, H=fp.laws.atoms({1: "1/2", 3: "1/2"})).edges(), given.edges(), atol=1e-12)


def test_the_record_names_the_matrices_and_the_theorem():
    steps = {step.rule: step for step in fp.spectrum(C + R @ P @ R.T + Q @ W @ Q).steps}
    assert steps["commuting_diagonals"].references and steps["separated_diagonals"].references
    assert [str(f.left) for f in steps["commuting_diagonals"].after] == ["C", "Q"]


def test_a_mask_on_neurons_commutes_with_their_shifts():
    """The layer above relu has a coefficient for each neuron, a diagonal matrix beside the mask."""
    p = fp.sizes("p")
    X, W1, W2 = fp.gaussian(d, p), fp.gaussian(n, d), fp.gaussian(n, n)
    A = fp.relu(W2 @ fp.relu(W1 @ X / fp.sqrt(d)) / fp.sqrt(n))
    mask, values = fp.mask(n, "1/2"), fp.diagonal(n, fp.laws.atoms({1: "1/2", 2: "1/2"}))
    K = A.T @ values @ mask @ A / n
    at = fp.spectrum(K).at(n=2, d=2, p=1)
    samples = []
    for seed in range(6):
        eigenvalues = np.sort(np.linalg.eigvalsh(K.simulate({"n": 600, "d": 600, "p": 300}, seed=seed)))
        samples.append([np.sum(eigenvalues[:-1] ** k) / 300 for k in (1, 2)])  # without the outlier of the mean
    error = np.std(samples, axis=0, ddof=1) / np.sqrt(6)
    theory = [float(m) for m in at.moments(2)]
    assert np.all(np.abs(np.mean(samples, axis=0) - theory) < 5 * error + 4 / 300 * np.array(theory))


def test_depth_three_jacobian_with_orthogonal_weights():
    """Pennington, Schoenholz and Ganguli 2018: z t = (1 + t) s^3 ((p + t)/(1 + t))^3 for hard-tanh."""
    p = "0.9347643885091711718955"
    J = fp.identity(n)
    for _ in range(3):
        J = fp.mask(n, keep=p) @ fp.haar(n) @ J
    law = fp.spectrum(1.157625 * J @ J.T)
    at, scalar = law.at(n=1), law.via("scalar").at(n=1)
    for route in (at, scalar):
        m = route.stieltjes(np.array([2j, -1.0]))
        assert m[0] == pytest.approx(0.1779101224839900608936 + 0.3986694847595681343457j, abs=1e-13)
        assert m[1] == pytest.approx(0.5566498248030516051196, abs=1e-13)
        assert [float(x) for x in route.moments(3)] == pytest.approx(
            [0.94552795539586868587, 1.081200156930660477589, 1.248690943179672041939], rel=1e-13
        )
    assert scalar.edges()[-1] == pytest.approx(0.4454107815762097131231, abs=1e-11)
    masses = scalar.atoms()
    assert masses[0.0] == pytest.approx(0.06523561149082882810452, abs=1e-12)
    assert max(masses) == pytest.approx(1.157625) and masses[max(masses)] == pytest.approx(
        0.8042931655275135, abs=1e-11
    )
