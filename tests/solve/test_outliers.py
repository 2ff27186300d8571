"""Positions, overlaps and multiplicities of outliers, against closed forms, reference values and samples."""

import numpy as np
import pytest
import sympy

import freeprob as fp

N, D, P = fp.sizes("n d p")
THETA, PHI = fp.parameters("theta phi", positive=True)
X, H, W = fp.gaussian(D, N), fp.wigner(D), fp.gaussian(P, D)
u, v, g = fp.gaussian(D), fp.gaussian(D), fp.gaussian(N)
WIGNER = H / fp.sqrt(D)
TWO = fp.spectrum(WIGNER + THETA * u @ u.T / D + PHI * v @ v.T / D)


def test_reference_value_wigner():
    """s2 = 0.73, theta = 1.9: 25 digits from the closed form (Benaych-Georges and Nadakuditi 2011)."""
    law = fp.spectrum(fp.sqrt(sympy.Rational(73, 100)) * WIGNER + THETA * v @ v.T / D)
    (found,) = law.at(d=1, theta=sympy.Rational("1.9")).outliers()
    assert found.location == pytest.approx(2.284210526315789473684, rel=1e-13)
    assert found.overlaps["v"] == pytest.approx(0.7977839335180055401662, abs=1e-12)
    assert law.threshold("theta", d=1) == pytest.approx(0.8544003745317531167872, rel=1e-13)


def test_reference_value_covariance():
    """c = 0.37, ell = 3.1: 25 digits from the closed form (Baik and Silverstein 2006, Paul 2007)."""
    spiked = fp.identity(D) + (fp.sqrt(THETA) - 1) * v @ v.T / D
    (found,) = (
        fp.spectrum(spiked @ X @ X.T @ spiked / N)
        .at(n=1, d=sympy.Rational("0.37"), theta=sympy.Rational("3.1"))
        .outliers()
    )
    assert found.location == pytest.approx(3.646190476190476190476, rel=1e-13)
    assert found.overlaps["v"] == pytest.approx(0.7788702525544630807789, abs=1e-12)


def test_equal_spikes_make_a_double_outlier():
    (found,) = TWO.at(d=1, theta=2, phi=2).outliers()
    assert found.multiplicity == 2 and found.location == pytest.approx(2.5, abs=1e-12)
    assert found.overlaps == pytest.approx({"u": 0.75, "v": 0.75}, abs=1e-10)
    assert "2 outliers" in str(TWO.at(d=1, theta=2, phi=2).outliers())


@pytest.mark.parametrize("gap", [1e-1, 1e-3, 1e-5])
def test_close_spikes_are_told_apart(gap):
    first, second = TWO.at(d=1, theta=2, phi=2 + gap).outliers()
    assert first.location == pytest.approx(2.5, abs=1e-11)
    assert second.location == pytest.approx(2 + gap + 1 / (2 + gap), abs=1e-11)
    assert first.overlaps == pytest.approx({"u": 0.75, "v": 0.0}, abs=1e-8 / gap)


@pytest.mark.parametrize("theta", [1.001, 1.01, 30, 1e7])
def test_from_the_edge_to_far_away(theta):
    (found,) = TWO.at(d=1, theta=theta, phi=0.5).outliers()
    assert found.location == pytest.approx(theta + 1 / theta, rel=1e-12)
    assert found.overlaps["u"] == pytest.approx(1 - theta**-2, abs=1e-9)


def test_below_threshold_the_text_says_so():
    found = TWO.at(d=1, theta=0.9, phi=0.5).outliers()
    assert len(found) == 0 and "no outlier beyond the right edge 2: the finite-rank part (u, v) is below" in str(found)
    assert "no outliers: the matrix has no finite-rank part" == str(fp.spectrum(WIGNER).at().outliers())


def test_one_vector_in_two_places():
    """A rank-two part a u u^T + b (u v^T + v u^T) has the eigenvalues of [[a, b], [b, 0]], each with its outlier."""
    law = fp.spectrum(WIGNER + THETA * u @ u.T / D + PHI * (u @ v.T + v @ u.T) / D)
    found = law.at(d=1, theta=1, phi=3).outliers()
    values, vectors = np.linalg.eigh(np.array([[1.0, 3.0], [3.0, 0.0]]))
    assert [o.location for o in found] == pytest.approx(list(values + 1 / values), rel=1e-12)
    for outlier, value, vector in zip(found, values, vectors.T, strict=True):
        assert outlier.overlaps["u"] == pytest.approx(vector[0] ** 2 * (1 - value**-2), abs=1e-11)
        assert outlier.overlaps["v"] == pytest.approx(vector[1] ** 2 * (1 - value**-2), abs=1e-11)


def test_inside_an_inverse():
    """The outlier of (K + I)^-1 is that of the outlier of K; the eigenvector is the same."""
    spike = X @ X.T / N + THETA * v @ v.T / D
    (plain,) = fp.spectrum(spike).at(n=1, d=0.5, theta=2).outliers()
    (inverse,) = fp.spectrum(fp.inv(spike + fp.identity(D))).at(n=1, d=0.5, theta=2).outliers()
    assert inverse.location == pytest.approx(1 / (1 + plain.location), rel=1e-12)
    assert inverse.overlaps["v"] == pytest.approx(plain.overlaps["v"], abs=1e-11)


def test_next_to_an_atom_and_without_a_bulk():
    """A Gram matrix with an atom at 0 has the outliers of its transposed product; the identity has only the spike."""
    Y = X + THETA * u @ g.T / fp.sqrt(D)
    values = dict(n=1, d=0.5, theta=1.4)
    (left,), (right,) = (fp.spectrum(M).at(**values).outliers() for M in (Y @ Y.T / N, Y.T @ Y / N))
    assert left.location == pytest.approx(right.location, rel=1e-12)
    (alone,) = fp.spectrum(fp.identity(D) + THETA * v @ v.T / D).at(d=1, theta=2).outliers()
    assert alone.location == pytest.approx(3, rel=1e-13) and alone.overlaps["v"] == pytest.approx(1, abs=1e-12)


def test_means_of_features_diverge_and_leave_the_rest_alone():
    F = fp.relu(W @ X / fp.sqrt(D))
    law = fp.spectrum(F.T @ F / P)
    found = law.at(n=1, d=0.5, p=2).outliers()
    assert len(found) == 0 and found.diverging == (1,) and "1 eigenvalue diverges like N^1" in str(found)
    sizes = {"n": 120, "d": 60, "p": 240}
    values = np.linalg.eigvalsh((F.T @ F / P).simulate(sizes, seed=2))
    assert values[-1] > 3 * law.at(n=1, d=0.5, p=2).edges()[-1] > 0.9 * 3 * values[-2]


def test_a_diverging_part_beside_a_finite_one():
    """A strong spike takes its direction away; the other outlier is where it would be alone."""
    found = fp.spectrum(WIGNER + v @ v.T + THETA * u @ u.T / D).at(d=1, theta=2).outliers()
    assert found.diverging == (1,) and [o.location for o in found] == pytest.approx([2.5], rel=1e-12)
    assert found[0].overlaps == pytest.approx({"u": 0.75, "v": 0.0}, abs=1e-11)


def test_a_vanishing_leading_term_is_an_error():
    law = fp.spectrum(WIGNER + fp.parameters("w", real=True) * v @ v.T)
    with pytest.raises(fp.SolveError, match="leading term of det D vanishes"):
        law.at(d=1, w=0).outliers()


def test_outliers_beyond_reach_are_an_error():
    with pytest.raises(fp.SolveError, match="beyond reach"):
        TWO.at(d=1, theta=1e13, phi=2).outliers()


ELL = fp.identity(D) + (fp.sqrt(THETA) - 1) * v @ v.T / D
y = fp.relu(X.T @ v / fp.sqrt(D))
SAMPLED = {
    "spiked covariance": (ELL @ X @ X.T @ ELL / N, dict(theta=3.5, n=1, d=0.5)),
    "gap of a block matrix": (
        fp.block(
            [[fp.identity(N), X.T / fp.sqrt(N)], [X / fp.sqrt(N), fp.identity(D) + THETA * v @ v.T / D]],
        ),
        dict(theta=2, n=1, d=0.5),
    ),
    "single-index spike": (X @ X.T / N + THETA * X @ y @ y.T @ X.T / N**2, dict(theta=3, n=1, d=0.5)),
}


@pytest.mark.parametrize("name", SAMPLED)
def test_agrees_with_samples_at_two_sizes(name):
    """The check compares means at N and 2N, extrapolated, with their standard errors."""
    matrix, values = SAMPLED[name]
    report = fp.spectrum(matrix).check(**values, quick=True, size=120, replicates=16, only=["outliers"])
    assert report["outliers"].verdict == "passed" and len(report["outliers"].data) >= 2, report


def test_a_rotated_vector_is_another_direction():
    """O v and v are orthogonal in the limit, so (O v + v)(O v + v)^T / d is one spike of strength 2."""
    rotation = fp.haar(D)
    (found,) = fp.spectrum(WIGNER + (rotation @ v + v) @ (rotation @ v + v).T / D).at(d=1).outliers()
    assert found.location == pytest.approx(2.5, rel=1e-12) and found.overlaps["v"] == pytest.approx(0.75 / 2, abs=1e-11)


def test_beside_a_free_family_of_two_atoms_the_spike_enters_by_the_stieltjes_transform():
    """det D = 1 + theta m(z) for every bulk that is free of the vector (Benaych-Georges and Nadakuditi 2011)."""
    A = fp.population(D, fp.laws.atoms({1: "1/3", 2: "1/3", 4: "1/3"}))
    law = fp.spectrum(A + fp.rotated(D, fp.laws.semicircle(1)) + THETA * v @ v.T / D)
    assert law.finite_rank.determinant == 1 + THETA * sympy.Symbol("m") and law.finite_rank.responses == ()
