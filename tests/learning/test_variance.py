"""The variance of a predictor by its sources: laws of mathematics, published values, training."""

import itertools

import numpy as np
import pytest

import freeprob as fp

n, d, p = fp.sizes("n d p")
sigma = fp.parameters("sigma", nonnegative=True)
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, x, noise = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d), fp.gaussian(1)
Phi = fp.tanh(W @ X / fp.sqrt(d))
Y, Y_X = X.T @ beta / fp.sqrt(d) + sigma * eps, beta.T @ x / fp.sqrt(d)
w = fp.ridge(Phi, Y, penalty=0.01)
RISK = fp.limit(fp.test_error(w, Phi.subs({X: x}), Y_X + sigma * noise))
PARTS = fp.variance_due_to(RISK, [eps, W, X])
AT = dict(n=2, d=1, p=1.5, sigma=0.5)


def test_it_is_a_mapping():
    assert len(PARTS) == 7 and frozenset({"W", "X"}) in set(PARTS)
    assert PARTS[{"W"}].title == "V[W]" and PARTS["W"] is PARTS[["W"]]
    with pytest.raises(KeyError, match="theta is not one of the sources eps, W, X"):
        PARTS["theta"]
    with pytest.raises(KeyError, match="empty set"):
        PARTS[frozenset()]
    assert "V[W, X] = R[] - R[W] - R[X] + R[W, X]" in str(PARTS)


@pytest.mark.parametrize("change", [{}, dict(p=2), dict(p=0.3, sigma=0), dict(n=0.4, p=6), dict(sigma=2)])
def test_parts_are_not_negative_and_sum_to_the_risk(change):
    at = {**AT, **change}
    table = PARTS.at(**at)
    assert table.total == pytest.approx(float(RISK.at(**at)), rel=1e-11) == table.risk
    assert min(table.bias, table.noise, *table.values()) > -1e-10 * table.risk
    assert table.noise == pytest.approx(at["sigma"] ** 2, rel=1e-9, abs=1e-12)
    for names, value in table.items():
        assert PARTS[names].at(**at) == pytest.approx(value, rel=1e-9, abs=1e-12)
    assert table["eps"] == pytest.approx(0, abs=1e-10), "noise alone does nothing without the data it sits on"


def test_curves_and_totals():
    curves = PARTS.curve(n=2, d=1, p=[0.5, 1.5, 4], sigma=0.5)
    assert np.allclose(sum(v for k, v in curves.items() if k != "test error"), curves["test error"])
    table = PARTS.at(**AT)
    assert curves["V[W, X]"][1] == pytest.approx(table[{"W", "X"}])
    with_w = sum(value for names, value in table.items() if "W" in names)
    assert PARTS.total("W").at(**AT) == pytest.approx(with_w)
    assert PARTS.total().at(**AT) == pytest.approx(table.variance)
    many = fp.limit(fp.overlap(RISK.expression, [W]))
    assert float(RISK.at(**AT)) - float(many.at(**AT)) == pytest.approx(with_w), "infinitely many learners"


def test_groups_and_mappings():
    parts = fp.variance_due_to(RISK, {"data": [X, eps], "weights": W})
    table, fine = parts.at(**AT), PARTS.at(**AT)
    assert table["data"] == pytest.approx(fine["X"] + fine[{"X", "eps"}])
    assert table["weights"] == pytest.approx(fine["W"])
    assert list(fp.variance_due_to(RISK, [(X, eps)])) == [frozenset({"X+eps"})]


def test_refusals():
    other = fp.gaussian(d, n)
    with pytest.raises(fp.UnsupportedModel, match="does not occur in the error"):
        fp.variance_due_to(RISK, [other])
    with pytest.raises(fp.UnsupportedModel, match="named twice"):
        fp.variance_due_to(RISK, [X, (X, W)])
    with pytest.raises(fp.ShapeError, match="not written as a square"):
        fp.variance_due_to(fp.limit(fp.tr(X @ X.T / n)), [X])


def _overlaps(rng, dimension):
    """Return the parts V_S from eight learners trained in NumPy on two samples of each source."""
    samples, width = 2 * dimension, 3 * dimension // 2
    teacher = rng.standard_normal(dimension)
    teacher /= np.linalg.norm(teacher)
    points = rng.standard_normal((dimension, 1500))
    sources = [
        (
            rng.standard_normal(samples),
            rng.standard_normal((width, dimension)),
            rng.standard_normal((dimension, samples)),
        )
        for _ in range(2)
    ]
    errors = {}
    for pick in itertools.product((0, 1), repeat=3):
        e, weights, data = (sources[k][i] for i, k in enumerate(pick))
        features = np.tanh(weights @ data / np.sqrt(dimension))
        gram = features @ features.T / samples + 0.01 * np.eye(width)
        learned = np.linalg.solve(gram, features @ (data.T @ teacher + 0.5 * e) / samples)
        errors[pick] = points.T @ teacher - np.tanh(weights @ points / np.sqrt(dimension)).T @ learned
    means = {}
    for shared in itertools.product((0, 1), repeat=3):
        partner = lambda pick, s=shared: tuple(k if t else 1 - k for k, t in zip(pick, s, strict=True))  # noqa: E731
        means[shared] = np.mean([np.mean(errors[pick] * errors[partner(pick)]) for pick in errors])
    below = lambda s: [u for u in means if all(a <= b for a, b in zip(u, s, strict=True))]  # noqa: E731
    return {s: sum((-1) ** (sum(s) - sum(u)) * means[u] for u in below(s)) for s in means}


def test_against_training():
    rng = np.random.default_rng(0)
    draws = [_overlaps(rng, 160) for _ in range(24)]
    table = PARTS.at(**AT)
    for shared in draws[0]:
        values = [draw[shared] for draw in draws]
        names = frozenset(name for name, t in zip(("eps", "W", "X"), shared, strict=True) if t)
        expected = table[names] if names else table.bias
        error = 4 * np.std(values) / np.sqrt(len(values)) + 1 / 160
        assert expected == pytest.approx(np.mean(values), abs=error), names
