"""Matrices that are given entry by entry: laws that agree with known limits, invariance, refusals."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import MissingValue, ShapeError, UnsupportedModel

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
RNG = np.random.default_rng(5)
X, Z = fp.gaussian(d, n), fp.gaussian(d, n)
SIZE = 24


def wishart(seed: int) -> np.ndarray:
    factor = np.random.default_rng(seed).standard_normal((SIZE, 2 * SIZE))
    return factor @ factor.T / (2 * SIZE)


A, B, C = wishart(1), wishart(2), wishart(3)
ROTATION = np.linalg.qr(RNG.standard_normal((SIZE, SIZE)))[0]
VECTOR = RNG.standard_normal(SIZE)


def resolvent(S, *, shift=lam):
    return fp.inv(S**0.5 @ X @ X.T @ S**0.5 / n + shift * fp.identity(d))


def test_a_given_population_has_the_law_of_its_eigenvalues():
    S, T = fp.population(d, A), fp.population(d, fp.laws.empirical(np.linalg.eigvalsh(A)))
    by_array = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n).at(n=50)
    by_law = fp.spectrum(T**0.5 @ X @ X.T @ T**0.5 / n).at(n=50, d=SIZE)
    z = np.array([0.5 + 0.1j, 2 + 0.01j, -1 + 0j])
    assert np.allclose(by_array.stieltjes(z), by_law.stieltjes(z), rtol=1e-12)
    assert np.allclose(by_array.edges(), by_law.edges(), rtol=1e-10)


def test_a_given_signal_has_the_law_of_its_singular_values():
    array = RNG.standard_normal((SIZE, 40)) / 6
    given = fp.signal(d, n, array) + X / fp.sqrt(n)
    known = fp.signal(d, n, fp.laws.empirical(np.linalg.svd(array, compute_uv=False))) + X / fp.sqrt(n)
    one = fp.spectrum(given @ given.T).at().stieltjes(1 + 1j)
    assert one == pytest.approx(fp.spectrum(known @ known.T).at(d=SIZE, n=40).stieltjes(1 + 1j), rel=1e-12)


def test_data_drawn_from_a_law_give_its_limit():
    """Eigenvalues at quantiles of a uniform law, in a random basis, with a generic given vector."""
    size = 400
    law = fp.laws.uniform(1, 3)
    basis = np.linalg.qr(RNG.standard_normal((size, size)))[0]
    S = fp.population(d, (basis * law.quantiles(size)) @ basis.T)
    b = fp.given(d, 1, RNG.standard_normal(size))
    T, g = fp.population(d, law), fp.gaussian(d)
    trace = fp.limit(fp.tr(resolvent(S))), fp.limit(fp.tr(resolvent(T)))
    squares = [
        (b.T @ resolvent(S) @ b / d, g.T @ resolvent(T) @ g / d),
        (b.T @ resolvent(S) @ S @ resolvent(S) @ b / d, g.T @ resolvent(T) @ T @ resolvent(T) @ g / d),
    ]
    values = [float(number.at(n=2 * size, lambda_=0.3, **more)) for number, more in zip(trace, ({}, {"d": size}))]
    assert values[0] == pytest.approx(values[1], rel=1e-5)
    for given, known in squares:  # quadratic forms of one generic vector fluctuate by sqrt(2 / size)
        one, two = fp.limit(given).at(n=2 * size, lambda_=0.3), fp.limit(known).at(n=2, d=1, lambda_=0.3)
        assert float(one) == pytest.approx(float(two), rel=5 * np.sqrt(2 / size))
        assert float(one) != pytest.approx(float(two), rel=1e-6)


def quantities(S, b, c, T):
    """Numbers with every kind of word: one, two and no given matrices between resolvents."""
    R = resolvent(S)
    word = X.T @ S**0.5 @ R
    return [
        fp.tr(R),
        b.T @ R @ c / d,
        fp.tr(T @ R @ S @ R),
        b.T @ R @ T @ R @ c / d,
        b.T @ word.T @ word @ T @ R @ b / (n * d),
    ]


def made(a, t, u, v):
    return fp.population(d, a), fp.given(d, 1, u), fp.given(d, 1, v), fp.population(d, t)


def values(numbers):
    return np.array([float(fp.limit(number).at(n=60, lambda_=0.2)) for number in numbers])


def test_a_rotation_of_all_given_matrices_changes_nothing():
    first = values(quantities(*made(A, B, VECTOR, VECTOR + 1)))
    O = ROTATION  # noqa: E741
    second = values(quantities(*made(O @ A @ O.T, O @ B @ O.T, O @ VECTOR, O @ (VECTOR + 1))))
    assert np.allclose(first, second, rtol=1e-9)
    order = RNG.permutation(SIZE)
    third = values(quantities(*made(A[order][:, order], B[order][:, order], VECTOR[order], VECTOR[order] + 1)))
    assert np.allclose(first, third, rtol=1e-9)
    half = values(quantities(*made(O @ A @ O.T, B, VECTOR, VECTOR + 1)))  # the relative position matters
    assert np.abs(half[1:] / first[1:] - 1).max() > 1e-2 and half[0] == pytest.approx(first[0], rel=1e-10)


def test_words_of_given_matrices_against_samples():
    leaves = made(A, B, VECTOR, VECTOR + 1)
    numbers = quantities(*leaves)
    theory = values(numbers)
    found = np.array(
        [[number.simulate({"n": 60}, {"lambda": 0.2}, seed=seed) for number in numbers] for seed in range(400)]
    )
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / 20
    assert np.all(np.abs(theory - mean) < 4 * error + 0.03 * np.abs(theory)), (theory, mean, error)
    assert np.all(error < 0.03 * np.abs(mean))


def test_repeated_eigenvalues_are_one_level():
    """Any basis of the eigenspaces gives the same numbers."""
    levels = np.repeat([0.0, 1.0, 3.0], SIZE // 3)
    S = (ROTATION * levels) @ ROTATION.T
    turned = ROTATION.copy()
    turned[:, : SIZE // 3] = turned[:, : SIZE // 3] @ np.linalg.qr(RNG.standard_normal((SIZE // 3,) * 2))[0]
    again = (turned * levels) @ turned.T
    first = values(quantities(*made(S, B, VECTOR, VECTOR + 1)))
    assert np.allclose(first, values(quantities(*made(again, B, VECTOR, VECTOR + 1))), rtol=1e-9)
    law = fp.limit(quantities(*made(S, B, VECTOR, VECTOR + 1))[3]).system.laws
    assert {len(x.points) for x in law.values() if hasattr(x, "points")} <= {3, 9}


def test_given_matrices_that_commute_have_a_joint_law():
    S, T = fp.population(d, A), fp.population(d, A @ A + np.eye(SIZE))
    number = fp.tr(fp.inv(S**0.5 @ X @ X.T @ S**0.5 / n + T))
    points = np.linalg.eigvalsh(A)
    C, E = fp.commuting(d, fp.laws.joint_empirical(np.column_stack([points, points**2 + 1])))
    known = fp.tr(fp.inv(C**0.5 @ X @ X.T @ C**0.5 / n + E))
    assert float(fp.limit(number).at(n=50)) == pytest.approx(float(fp.limit(known).at(n=50, d=SIZE)), rel=1e-12)
    b = fp.given(d, 1, VECTOR)
    quadratic = b.T @ fp.inv(S**0.5 @ X @ X.T @ S**0.5 / n + T) @ b / d
    found = [quadratic.simulate({"n": 50}, seed=seed) for seed in range(300)]
    error = np.std(found, ddof=1) / np.sqrt(300)
    assert abs(float(fp.limit(quadratic).at(n=50)) - np.mean(found)) < 4 * error + 0.02 * np.mean(found)


def test_given_matrices_that_do_not_commute_are_refused_inside_inverses():
    S, T = fp.population(d, A), fp.population(d, B)
    matrix = S**0.5 @ X @ X.T @ S**0.5 / n + T
    with pytest.raises(UnsupportedModel, match="do not commute"):
        fp.limit(fp.tr(fp.inv(matrix + lam * fp.identity(d))))
    with pytest.raises(UnsupportedModel, match="do not commute"):
        fp.spectrum(matrix)
    fp.limit(fp.tr(T @ resolvent(S)))  # outside of the inverse it may be anything


def test_other_refusals():
    S, T = fp.population(d, A), fp.population(d, B)
    R = resolvent(S)
    with pytest.raises(UnsupportedModel, match="3 given matrices"):
        fp.limit(fp.tr(T @ R @ fp.population(d, C) @ R @ T @ R))
    with pytest.raises(UnsupportedModel, match="do not commute"):
        fp.limit(fp.tr(fp.inv(T + lam * fp.identity(d)) @ R)).at(n=50, lambda_=1)
    with pytest.raises(UnsupportedModel, match="self-adjoint one"):
        fp.limit(fp.tr(fp.inv(fp.given(d, d, C + np.triu(B)) + X @ X.T / n)))
    signal = fp.signal(d, n, RNG.standard_normal((SIZE, 30)) / 5) + X / fp.sqrt(n)
    inverse = fp.inv(signal @ signal.T + lam * fp.identity(d))
    fp.limit(fp.tr(inverse))
    with pytest.raises(UnsupportedModel, match="several given matrices"):
        fp.limit(fp.tr(T @ inverse))
    with pytest.raises(UnsupportedModel, match="several given matrices"):
        b = fp.given(d, 1, VECTOR)
        fp.limit(b.T @ inverse @ b / d)
    with pytest.raises(UnsupportedModel, match="the diagonal matrix"):
        fp.limit(fp.tr(fp.inv(S + fp.diagonal(d, fp.laws.uniform(1, 2)) + X @ X.T / n)))


def test_given_matrices_that_gaussian_ones_keep_apart_need_not_commute():
    S, T, G = fp.population(d, A), fp.population(d, B), fp.gaussian(d, d)
    matrix = S**0.5 @ G @ T @ G.T @ S**0.5 / d
    U, V = (fp.population(d, fp.laws.empirical(np.linalg.eigvalsh(a))) for a in (A, B))
    known = fp.spectrum(U**0.5 @ G @ V @ G.T @ U**0.5 / d).at(d=SIZE).stieltjes(1 + 1j)
    assert fp.spectrum(matrix).at().stieltjes(1 + 1j) == pytest.approx(known, rel=1e-12)


def test_a_rotated_matrix_is_free_of_a_given_one():
    law = fp.laws.atoms({1: "1/2", 2: "1/2"})
    known = fp.population(d, fp.laws.empirical(np.linalg.eigvalsh(A))) + fp.rotated(d, law)
    given = fp.spectrum(fp.population(d, A) + fp.rotated(d, law)).at().stieltjes(1 + 1j)
    assert given == pytest.approx(fp.spectrum(known).at(d=SIZE).stieltjes(1 + 1j), rel=1e-12)


def test_sizes_of_arrays_need_no_value_and_take_no_other():
    number = fp.limit(fp.tr(resolvent(fp.population(d, A))))
    assert number.needs == ("lambda", "n")
    assert float(number.at(n=50, lambda_=1, d=SIZE)) == float(number.at(n=50, lambda_=1))
    with pytest.raises(ShapeError, match=f"the size d is {SIZE}"):
        number.at(n=50, lambda_=1, d=1)
    with pytest.raises(MissingValue, match="no value for n"):
        number.at(lambda_=1)
    assert np.all(np.diff(number.curve(n=[10, 20, 40], lambda_=1)) < 0)


def test_outliers_in_the_direction_of_a_given_vector_are_refused():
    S, b = fp.population(d, A), fp.given(d, 1, VECTOR)
    law = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n + 9 * b @ b.T / d)
    assert len(law.at(n=50).edges()) >= 2
    with pytest.raises(UnsupportedModel, match="given vector"):
        law.at(n=50).outliers()
    T, g = fp.population(d, A + 5 * np.eye(SIZE)), fp.gaussian(d)
    law = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n + T + 90 * g @ g.T / d)
    with pytest.raises(UnsupportedModel, match="several given matrices"):
        law.at(n=50).outliers()


def test_outliers_beside_one_given_matrix():
    S, T, g = fp.population(d, A), fp.population(d, fp.laws.empirical(np.linalg.eigvalsh(A))), fp.gaussian(d)
    given = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n + 9 * g @ g.T / d).at(n=50).outliers()
    known = fp.spectrum(T**0.5 @ X @ X.T @ T**0.5 / n + 9 * g @ g.T / d).at(n=50, d=SIZE).outliers()
    assert [float(x.location) for x in given] == pytest.approx([float(x.location) for x in known], rel=1e-10)


def test_long_sums_have_no_polynomial():
    S, T, b = fp.population(d, A), fp.population(d, B), fp.given(d, 1, VECTOR)
    number = fp.limit(b.T @ resolvent(S) @ T @ resolvent(S) @ b / d)
    line = number.check(n=60, lambda_=0.2, quick=True, only=["algebraic"])["algebraic"]
    assert line.verdict == "skipped" and f"average over the {SIZE**2} points" in line.detail
