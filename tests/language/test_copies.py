"""Independent copies of leaves, overlaps of squares, and averages of predictors."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.language.copies import square_root

n, d, p = fp.sizes("n d p")
K = fp.parameters("K", positive=True)
X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
beta, x = fp.gaussian(d), fp.gaussian(d)
Phi = fp.tanh(W @ X / fp.sqrt(d))
w = fp.ridge(Phi, X.T @ beta / fp.sqrt(d), penalty=0.1)
RISK = fp.test_error(w, Phi.subs({X: x}), beta.T @ x / fp.sqrt(d))
AT = dict(n=2, d=1, p=1.5)


def test_a_copy_shares_what_is_not_named():
    other = fp.independent_copy(Phi, [X])
    leaves = {node for node in fp.language.expression.walk(other) if not node.arguments}
    assert W in leaves and X not in leaves and other.shape == Phi.shape
    assert fp.independent_copy(Phi, [beta]) is Phi


def test_square_roots():
    scalar, root = square_root(fp.train_error(w, Phi, X.T @ beta / fp.sqrt(d)))
    assert scalar == 1 / n and root.shape == (n, 1)
    assert square_root(RISK)[0] == 1 and square_root(RISK)[1].is_number
    assert square_root(2 * beta.T @ X @ X.T @ beta)[1] is X.T @ beta
    with pytest.raises(fp.ShapeError, match="not written as a square"):
        fp.overlap(beta.T @ X @ X.T @ x, [X])
    with pytest.raises(fp.ShapeError, match="not written as a square"):
        fp.overlap(Phi, [X])


def test_sources_are_random_leaves():
    S = fp.population(d, fp.laws.atoms({1: 0.5, 2: 0.5}))
    with pytest.raises(fp.UnsupportedModel, match="deterministic"):
        fp.independent_copy(S @ X, [S])
    with pytest.raises(fp.UnsupportedModel, match="not a leaf"):
        fp.independent_copy(Phi, [W @ X])
    with pytest.raises(fp.UnsupportedModel, match="at least 1"):
        fp.ensemble(RISK, 0, [W])


def test_one_member_and_infinitely_many():
    limits = [float(fp.limit(e).at(**AT)) for e in (RISK, fp.ensemble(RISK, 1, [W]))]
    assert limits[0] == pytest.approx(limits[1], rel=1e-12)
    many = [float(fp.limit(e).at(**AT)) for e in (fp.overlap(RISK, [W]), fp.ensemble(RISK, sympy.oo, [W]))]
    assert many[0] == many[1] < limits[0]
    risk = fp.limit(fp.ensemble(RISK, K, [W]))
    assert float(risk.at(K=1e9, **AT)) == pytest.approx(many[0], rel=1e-7)
    assert float(risk.at(K=4, **AT)) == pytest.approx(limits[0] / 4 + 0.75 * many[0], rel=1e-12)


def _bagged(rng, dimension, members):
    """Return the test error of an average of ridge regressions on random halves of the samples, trained in NumPy."""
    samples = 2 * dimension
    data = rng.standard_normal((dimension, samples))
    teacher = rng.standard_normal(dimension)
    teacher /= np.linalg.norm(teacher)
    labels = data.T @ teacher + 0.5 * rng.standard_normal(samples)
    found = np.zeros(dimension)
    for _ in range(members):
        kept = rng.random(samples) < 0.6
        own = data[:, kept]
        gram = own @ own.T / samples + 0.05 * np.eye(dimension)
        found += np.linalg.solve(gram, own @ labels[kept] / samples) / members
    return np.sum((found - teacher) ** 2)


def test_bagging_against_training():
    eps, P = fp.gaussian(n), fp.mask(n, keep="0.6")
    y = X.T @ beta / fp.sqrt(d) + 0.5 * eps
    bag = fp.ridge(X @ P, P @ y, penalty=0.05)
    risk = fp.ensemble(fp.test_error(bag, x, beta.T @ x / fp.sqrt(d)), 3, [P])
    rng = np.random.default_rng(0)
    draws = [_bagged(rng, 300, 3) for _ in range(24)]
    error = 4 * np.std(draws) / np.sqrt(len(draws)) + 2 / 300
    assert float(fp.limit(risk).at(n=2, d=1)) == pytest.approx(np.mean(draws), abs=error)
