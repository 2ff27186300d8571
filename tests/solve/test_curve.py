"""Curves and phase diagrams: every point has the number that it has alone."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.program.grid import Grid
from freeprob.solve import continuation
from freeprob.solve.continuation import continued
from freeprob.solve.curve import tiles
from freeprob.solve.numeric_model import numeric_model
from tests.derivations.learning_models import gallery

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
X = fp.gaussian(d, n)
beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
MODEL = gallery("random_features_ridge")
RISK, AT = MODEL.test_relu, {k: v for k, v in MODEL.AT.items() if k not in ("p", "lambda_")}


def test_a_phase_diagram_has_the_numbers_of_its_points():
    widths, penalties = np.geomspace(0.1, 10, 61), np.geomspace(1e-5, 10, 47)
    table = RISK.curve(p=widths[:, None], lambda_=penalties, **AT)
    assert table.shape == (61, 47) and np.isfinite(table).all()
    generator = np.random.default_rng(0)
    places = [*zip(generator.integers(61, size=12), generator.integers(47, size=12)), (0, 0), (30, 0), (60, 46)]
    for i, j in places:
        alone = float(RISK.at(p=widths[i], lambda_=penalties[j], **AT))
        assert table[i, j] == pytest.approx(alone, rel=1e-9), (i, j)


def test_processes_change_nothing():
    values = dict(p=np.linspace(0.1, 5, 80)[:, None], lambda_=np.geomspace(1e-3, 1, 70), **AT)
    one = RISK.curve(workers=1, **values)
    assert np.array_equal(one, RISK.curve(workers=2, **values))


def test_unordered_points_are_solved_too():
    generator = np.random.default_rng(1)
    widths = generator.uniform(0.1, 6, 200)
    order = np.argsort(widths)
    mixed, sorted_ = RISK.curve(p=widths, lambda_=1e-4, **AT), RISK.curve(p=widths[order], lambda_=1e-4, **AT)
    assert mixed[order] == pytest.approx(sorted_, rel=1e-9)


def test_the_peak_at_the_threshold_grows_without_overflow():
    penalties = 10.0 ** -np.arange(2, 21, 3)
    heights = RISK.curve(p=AT["n"], lambda_=penalties, **AT)
    assert np.isfinite(heights).all() and (np.diff(heights) > 0).all()
    power = np.log(heights[-1] / heights[-2]) / np.log(penalties[-2] / penalties[-1])
    assert power == pytest.approx(0.5, abs=1e-3), "like penalty^(-1/2)"
    assert np.isinf(RISK.curve(p=[1, AT["n"], 5], lambda_=0, **AT)).tolist() == [False, True, False]


def test_a_law_that_varies_over_the_grid():
    q = fp.parameters("q", positive=True)
    P = fp.mask(n, keep=q)
    number = fp.limit(fp.tr(fp.inv(X @ P @ X.T / n + lam * fp.identity(d))))
    keep, ratios = [0.2, 0.5, 0.9], np.linspace(0.1, 2, 30)
    table = number.curve(n=1, d=ratios, q=np.array(keep)[:, None], lambda_=0.3)
    for i, j in ((0, 0), (1, 17), (2, 29)):
        alone = float(number.at(n=1, d=ratios[j], q=keep[i], lambda_=0.3))
        assert table[i, j] == pytest.approx(alone, rel=1e-12)


def test_a_continuous_population():
    S = fp.population(d, fp.laws.uniform(0.5, 2))
    data, point = S**0.5 @ X, S**0.5 @ x
    w = fp.ridge(data, data.T @ beta / fp.sqrt(d) + 0.3 * eps, penalty=lam)
    number = fp.limit(fp.test_error(w, point, beta.T @ point / fp.sqrt(d)))
    ratios, penalties = np.linspace(0.1, 3, 30), np.geomspace(1e-3, 10, 30)
    table = number.curve(n=1, d=ratios[:, None], lambda_=penalties)
    for i, j in ((0, 0), (9, 0), (13, 21), (29, 29)):
        alone = float(number.at(n=1, d=ratios[i], lambda_=penalties[j]))
        assert table[i, j] == pytest.approx(alone, rel=1e-9)
    assert np.isfinite(number.curve(n=1, d=[0.5, 2], lambda_=0)).all()


def test_a_point_without_a_number_is_named():
    number = fp.limit(fp.tr(fp.inv(lam * fp.identity(n) - fp.wigner(n) / fp.sqrt(n))))
    places = np.linspace(2.5, 5, 40)
    exact = (places - np.sqrt(places**2 - 4)) / 2
    assert number.curve(n=1, lambda_=places) == pytest.approx(exact, rel=1e-12)
    with pytest.raises(fp.SolveError, match=r"lambda=1\.5"):
        number.curve(n=1, lambda_=[*places, 1.5])


def test_tiles_are_a_partition():
    grid = Grid(dict(p=np.linspace(0.1, 5, 123)[:, None], lambda_=np.geomspace(1e-3, 1, 70), **AT))
    pieces = tiles(RISK.program, RISK._points(grid))
    members = np.concatenate([tile.members for tile in pieces])
    assert len(pieces) > 1 and np.array_equal(np.sort(members), np.arange(grid.count))
    assert all(len(tile.members) == np.prod(tile.shape) for tile in pieces)


def test_neighbours_that_mislead_are_found_out(monkeypatch):
    """If what neighbours lead to is accepted although it is wrong, the points that are solved twice tell."""
    grid = Grid(dict(p=np.linspace(0.1, 5, 60), lambda_=0.01, **AT))
    points = RISK._points(grid)
    model = numeric_model(RISK.program, {})
    right, _, good = continued(model, points.inputs, grid.shape)
    newton = continuation.runtime.newton

    def wrong(model, u, p, z, switch, contraction=0.25, reach=1.0, limit=14):
        found, fine, rate = newton(model, u, p, z, switch, contraction, reach, limit)
        misled = contraction == continuation._CONTRACTION
        return (1.01 * found if misled else found), fine, rate

    monkeypatch.setattr(continuation.runtime, "newton", wrong)
    again, _, also = continued(model, points.inputs, grid.shape)
    assert good.all() and also.all() and again == pytest.approx(right, rel=1e-9)


def test_functions_of_limits_and_laws_take_workers():
    law = fp.spectrum(X @ X.T / n)
    ratios = np.linspace(0.1, 2, 6)
    edges = law.curve(lambda bound: bound.edges()[-1], n=1, d=ratios, workers=2)
    assert edges == pytest.approx((1 + np.sqrt(ratios)) ** 2, rel=1e-12)
    t = fp.parameters("t", nonnegative=True)
    decay = fp.limit(fp.tr(fp.funm("exp", -t * X @ X.T / n)))
    values = dict(n=1, d=[[0.5], [1.5]], t=[0, 1, 2])
    assert np.array_equal(decay.curve(workers=1, **values), decay.curve(workers=2, **values))
