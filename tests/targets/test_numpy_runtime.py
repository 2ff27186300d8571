"""The runtime that solves systems: Newton, paths, grids, edges, symmetry."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import SolveError
from freeprob.targets import numpy_runtime as runtime

N, D, P = fp.sizes("n d p")
X = fp.gaussian(D, N)
MP = fp.spectrum(X @ X.T / N)
A, B = fp.wigner(D) / fp.sqrt(D), fp.wigner(D) / fp.sqrt(D)


def _semicircle_model():
    """u = 1 / (-z - s u): one nonlinear component."""

    def evaluate(u, p, z, switch):
        inner = -z - switch * u[0]
        return np.array([u[0] - 1 / inner]), np.array([[1 - switch / inner**2]])

    return runtime.Model(1, [runtime.Component([0], evaluate, False)], lambda u, p, z: u[0], True, False)


P0 = np.zeros((0, 1))


def _exact(z):
    return (-z + np.sqrt(z - 2) * np.sqrt(z + 2)) / 2


def test_newton_converges_quadratically_and_says_so():
    model, z = _semicircle_model(), np.array([0.5 + 1j, -1 + 0.3j])
    start = _exact(z)[None, :] * (1 + 1e-2)
    u, good, rate = runtime.newton(model, start, P0, z, np.ones(2))
    assert good.all() and (rate < 0.25).all()
    np.testing.assert_allclose(u[0], _exact(z), rtol=1e-14)


def test_newton_refuses_starts_that_do_not_contract():
    model, z = _semicircle_model(), np.array([0.5 + 1j])
    for start in (_exact(z) + 30, np.array([np.nan + 0j])):
        _, good, _ = runtime.newton(model, start[None, :], P0, z, np.ones(1))
        assert not good.any()


def test_one_bad_point_does_not_spoil_the_others():
    model, z = _semicircle_model(), np.array([0.5 + 1j, 0.5 + 1j, 1 + 1j])
    start = np.array([[_exact(z)[0], np.nan, _exact(z)[2]]])
    u, good, _ = runtime.newton(model, start, P0, z, np.ones(3))
    assert list(good) == [True, False, True]
    np.testing.assert_allclose(u[0, [0, 2]], _exact(z)[[0, 2]], rtol=1e-14)


def test_singular_systems_of_any_size_are_not_errors():
    jacobians = np.zeros((3, 3, 2))
    jacobians[:, :, 1] = np.diag([1.0, 2.0, 4.0])
    got = runtime._solve_linear(jacobians, np.ones((3, 2)))
    np.testing.assert_allclose(got[:, 1], [1, 0.5, 0.25])
    assert not np.isfinite(got[:, 0]).any()
    for size in (1, 2):
        got = runtime._solve_linear(np.zeros((size, size, 1)), np.ones((size, 1)))
        assert not np.isfinite(got).any()


def test_linear_systems_are_solved():
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 5):
        jacobian = rng.standard_normal((size, size, 4)) + 1j * rng.standard_normal((size, size, 4))
        residual = rng.standard_normal((size, 4)) + 0j
        got = runtime._solve_linear(jacobian, residual)
        np.testing.assert_allclose(np.einsum("ijk,jk->ik", jacobian, got), residual, atol=1e-10)


def test_start_is_the_deterministic_inverse():
    model = _semicircle_model()
    np.testing.assert_allclose(runtime.start(model, P0, np.array([2j]), 1), [[0.5j]])


def test_start_reports_a_singular_point():
    def evaluate(u, p, z, switch):
        return u[:1] * 0 + 1, np.zeros((1, 1, u.shape[1]))

    model = runtime.Model(1, [runtime.Component([0], evaluate, False)], lambda u, p, z: u[0], True, False)
    with pytest.raises(runtime.SolveError, match="the system without randomness is singular at this point"):
        runtime.start(model, P0, np.array([2j]), 1)


def test_follow_stays_on_the_branch_down_to_the_edge():
    model = _semicircle_model()
    ends = np.array([2 + 1e-2j, 2 + 1e-6j, 2 + 1e-10j, 2.0 + 0j, -2.0 + 0j, 1.9999999 + 0j, 2.0000001 + 0j])
    top = np.full(len(ends), 3j)
    u, good = runtime.follow(model, _exact(top)[None, :], P0, top, ends, 1.0, 1.0, floor=1e-13)
    assert good.all()
    np.testing.assert_allclose(u[0], _exact(ends), atol=1e-6)


def test_follow_marks_what_cannot_be_reached():
    """A path into a point where the unknowns have a pole."""

    def evaluate(u, p, z, switch):
        return np.array([u[0] * z - 1]), np.array([[z + 0 * u[0]]])

    model = runtime.Model(1, [runtime.Component([0], evaluate, False)], lambda u, p, z: u[0], True, False)
    ends = np.array([0j, 1 + 0j])
    top = np.array([1j, 1j])
    _, good = runtime.follow(model, 1 / top[None, :], P0, top, ends, 1.0, 1.0)
    assert list(good) == [False, True]


def test_switching_on_needs_no_start():
    u, good = runtime.switch_on(_semicircle_model(), P0, np.array([0.3 + 0.5j, 4 + 0.1j]), 2)
    assert good.all()
    np.testing.assert_allclose(u[0], _exact(np.array([0.3 + 0.5j, 4 + 0.1j])), rtol=1e-13)


def test_herglotz_catches_the_wrong_half_plane():
    model = _semicircle_model()
    z = np.array([1j, 1j])
    assert list(runtime.herglotz(model, np.array([0.5j, -0.5j]), z)) == [True, False]
    positive = runtime.Model(1, [], None, True, True)
    assert list(runtime.herglotz(positive, np.array([1j, 1 + 0.2j]), np.array([-1 + 1j, -1 + 0.1j]))) == [False, False]


@pytest.fixture(scope="module")
def at():
    return MP.at(n=2, d=1)


def _density(x, ratio=0.5):
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2
    inside = np.maximum((x - low) * (high - x), 0)
    return np.sqrt(inside) / (2 * np.pi * ratio * np.where(x > 0, x, 1.0))


def test_grids_agree_with_single_points(at):
    x = np.linspace(0.01, 3.2, 701)
    grid = at.density(x)
    np.testing.assert_allclose(grid, _density(x), atol=1e-9)
    few = np.random.default_rng(1).choice(len(x), 40, replace=False)
    fresh = MP.at(n=2, d=1)
    np.testing.assert_allclose([fresh.density(float(v)) for v in x[few]], grid[few], atol=1e-10)


def test_any_order_and_repeated_points(at):
    x = np.concatenate([np.linspace(3, 0.05, 300), np.full(5, 1.0), np.linspace(0.05, 3, 300)])
    np.random.default_rng(2).shuffle(x)
    np.testing.assert_allclose(at.density(x), _density(x), atol=1e-9)


def test_points_on_an_edge(at):
    edges = at.edges()
    np.testing.assert_allclose(at.density(edges), 0, atol=1e-5)
    x = np.sort(np.concatenate([np.linspace(0.02, 3.1, 400), edges, edges + 1e-12, edges - 1e-12]))
    np.testing.assert_allclose(at.density(x), _density(x), atol=1e-5)
    np.testing.assert_allclose(
        at.stieltjes(edges), -1 / (np.sqrt(0.5) * np.array([-1, 1]) * (1 + np.sqrt(0.5) * np.array([-1, 1]))), atol=1e-5
    )


def test_shapes(at):
    assert isinstance(at.density(1.0), float) and isinstance(at.stieltjes(1j), complex)
    assert at.density(np.array(1.0)).__class__ in (float, np.ndarray)
    assert at.density([]).shape == (0,) and at.stieltjes(np.zeros((0, 3))).shape == (0, 3)
    assert at.density(np.ones((2, 3))).shape == (2, 3)
    assert at.stieltjes(np.full((2, 1, 2), 1j)).shape == (2, 1, 2)
    assert at.density([1, 2]).shape == (2,)  # integers


def test_lower_half_plane_is_the_mirror_image(at):
    z = np.array([0.5 + 0.2j, 1 + 1e-3j, -2 + 1j])
    np.testing.assert_array_equal(at.stieltjes(z.conj()), at.stieltjes(z).conj())


def test_real_points_are_boundary_values_from_above(at):
    assert at.stieltjes(1.0).imag == pytest.approx(np.pi * _density(np.array(1.0)), rel=1e-12)
    assert at.stieltjes(5.0).imag == 0 or abs(at.stieltjes(5.0).imag) < 1e-14
    assert at.stieltjes(-1.0).real > 0 > at.stieltjes(5.0).real


def test_mixed_half_planes_in_one_call(at):
    z = np.array([1 + 1j, 1 - 1j, 2.0, -3.0, 1e6 + 1j, 1 + 1e6j])
    m = at.stieltjes(z)
    one = np.array([at.stieltjes(complex(v)) for v in z])
    np.testing.assert_allclose(m, one, rtol=1e-12)
    assert m[5] == pytest.approx(-1 / z[5], rel=1e-5)


def test_a_line_above_the_axis(at):
    x = np.linspace(-1, 4, 300)
    line = at.stieltjes(x + 0.05j)
    np.testing.assert_allclose(line[::37], [at.stieltjes(v + 0.05j) for v in x[::37]], rtol=1e-12)


def test_gaps_are_flat():
    S = fp.population(D, fp.laws.atoms({1: 0.5, 20: 0.5}))
    at = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / N).at(n=10, d=1)
    edges = at.edges()
    assert len(edges) == 4
    inside = np.linspace(edges[1] + 1e-6, edges[2] - 1e-6, 300)
    assert at.density(inside).max() == 0
    m = at.stieltjes(inside)
    assert (np.diff(m.real) > 0).all()


@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1e9])
def test_any_scale(scale):
    s = fp.parameters("s", positive=True)
    at = fp.spectrum(s * X @ X.T / N).at(n=2, d=1, s=scale)
    x = np.linspace(0.1, 3, 250)
    np.testing.assert_allclose(at.density(x * scale) * scale, _density(x), atol=1e-8)
    np.testing.assert_allclose(at.edges() / scale, [(1 - 0.5**0.5) ** 2, (1 + 0.5**0.5) ** 2], rtol=1e-12)


def test_a_number_on_the_spectrum_is_an_error():
    shift = fp.parameters("shift", real=True)
    tau = fp.limit(fp.tr(fp.inv(A + shift * fp.identity(D))))
    assert float(tau.at(d=1, shift=3)) == pytest.approx(-_exact(np.array([-3 + 0j]))[0].real * -1, rel=1e-12)
    with pytest.raises(SolveError, match=r"at .*shift=1"):
        float(tau.at(d=1, shift=1))


def test_values_at_many_points():
    lam = fp.parameters("lambda", positive=True)
    tau = fp.limit(fp.tr(fp.inv(X @ X.T / N + lam * fp.identity(D))))
    ratios = np.array([0.01, 0.5, 1.0, 2.0, 100.0])
    curve = tau.curve(n=1, d=ratios, lambda_=0.3, progress=False)
    np.testing.assert_allclose(curve, [float(tau.at(n=1, d=r, lambda_=0.3)) for r in ratios], rtol=1e-13)
    assert tau.curve(n=1, d=ratios[:, None], lambda_=ratios[None, :3], progress=False).shape == (5, 3)
    exact = (-(1 - ratios + 0.3) + np.sqrt((1 - ratios + 0.3) ** 2 + 4 * ratios * 0.3)) / (2 * ratios * 0.3)
    np.testing.assert_allclose(curve, exact, rtol=1e-12)


def test_unknowns_may_pass_through_zero():
    """On the way to this number some unknowns change sign, where no step is small relative to them."""
    lam = fp.parameters("lambda", positive=True)
    factor = X.T / fp.sqrt(D) + 1.25 * X.T @ (fp.identity(D) + 1.25 * A) / fp.sqrt(D)
    gram = factor @ factor.T
    tau = fp.limit(fp.tr(fp.inv(gram + lam * fp.identity(N))))
    law = fp.spectrum(gram).at(n=1, d=0.6)
    for penalty in (0.05, 0.7):
        value = float(tau.at(n=1, d=0.6, lambda_=penalty))
        assert value == pytest.approx(law.stieltjes(-penalty).real, rel=1e-11)
    curve = tau.curve(n=1, d=0.6, lambda_=np.array([0.05, 0.7, 20.0]), progress=False)
    assert curve[1] == pytest.approx(law.stieltjes(-0.7).real, rel=1e-11)


def test_inverses_that_are_singular_only_on_the_way():
    """1 - 10 t K has eigenvalues of both signs at some t < 1, and negative ones at t = 1."""
    tau = fp.limit(fp.tr(fp.inv(fp.identity(D) - 10 * X @ X.T / N)))
    law = MP.at(n=100, d=1)
    expected = law.integrate(lambda t: 1 / (1 - 10 * t))
    assert float(tau.at(n=100, d=1)) == pytest.approx(expected, rel=1e-9)
    with pytest.raises(SolveError, match="a matrix that is inverted becomes singular"):
        float(tau.at(n=1, d=1))


@pytest.mark.parametrize(("count", "width", "border"), [(40, 1, 0), (41, 2, 1), (7, 3, 2), (5, 4, 0)])
def test_bordered_bands_are_solved_as_the_whole_matrix_is(count, width, border):
    rng = np.random.default_rng(count)
    core = count - border
    places = [(i, j) for i in range(count) for j in range(count) if abs(i - j) <= width or i >= core or j >= core]
    entries = rng.standard_normal((len(places), 3)) + 1j * rng.standard_normal((len(places), 3))
    residual = rng.standard_normal((count, 3)) + 0j
    component = runtime.Component(range(count), lambda *_: (residual, entries), False, border, places)
    whole = component.evaluate(None, None, None, None)[1]
    got = component.correction(None, None, None, None)[1]
    for k in range(3):
        np.testing.assert_allclose(got[:, k], np.linalg.solve(whole[:, :, k], residual[:, k]), rtol=1e-8, atol=1e-9)


def test_a_singular_block_of_a_regular_band_is_no_error():
    places = [(0, 1), (1, 0), (2, 2), (1, 2)]  # the first block to be eliminated is 0
    entries = np.ones((4, 1)) + 0j
    component = runtime.Component(range(3), lambda *_: (np.ones((3, 1)) + 0j, entries), False, 0, places)
    got = component.correction(None, None, None, None)[1]
    np.testing.assert_allclose(got[:, 0], [0, 1, 1], atol=1e-14)
