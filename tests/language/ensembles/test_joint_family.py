"""Matrices with common eigenvectors."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import UnsupportedModel

n, d = fp.sizes("n d")
LAW = fp.laws.joint_atoms({(1, 0): "1/4", (3, 2): "1/2", (2, 1): "1/4"})
X = fp.gaussian(d, n)


@pytest.mark.parametrize("make", [fp.commuting, fp.diagonals])
class TestBoth:
    def test_algebra(self, make):
        A, B = make(d, LAW)
        assert A @ B is B @ A and A.T is A
        assert fp.inv(A) @ A is fp.identity(d)
        assert (A**0.5) @ (A**0.5) is A and (A**2) ** 0.5 is A

    def test_samples_commute_and_have_the_joint_law(self, make):
        A, B = make(d, LAW)
        a, b, ab = (M.simulate({"d": 40}, seed=3) for M in (A, B, A @ B))
        assert np.allclose(a @ b, b @ a, atol=1e-12) and np.allclose(a @ b, ab, atol=1e-12)
        assert sorted(np.linalg.eigvalsh(a).round(9)) == [1] * 10 + [2] * 10 + [3] * 20
        assert np.trace(ab) == pytest.approx(20 * 6 + 10 * 2)
        diagonal = np.allclose(a, np.diag(np.diag(a)))
        assert diagonal == (make is fp.diagonals)

    def test_json(self, make):
        A, B = make(d, LAW)
        model = A**0.5 @ X @ X.T @ A**0.5 / n + fp.inv(A + B)
        assert fp.from_json(fp.to_json(model)) is model

    def test_roots_and_inverses_are_checked(self, make):
        A, B = make(d, LAW)
        with pytest.raises(UnsupportedModel, match="eigenvalue"):
            fp.inv(B)
        with pytest.raises(UnsupportedModel, match="no real square root"):
            (B - 2 * A) ** 0.5

    def test_products_with_continuous_factors_are_checked_too(self, make):
        A, P = make(d, fp.laws.product(fp.laws.uniform(1, 2), fp.laws.bernoulli("1/2")))
        with pytest.raises(UnsupportedModel, match="singular"):
            fp.inv(A @ P)
        assert fp.inv(A + P) is not None


def test_the_same_matrix_twice_is_the_joint_law_of_the_diagonal():
    S = fp.population(d, fp.laws.atoms({1: "1/3", 4: "2/3"}))
    A, B = fp.commuting(d, fp.laws.joint_atoms({(1, 1): "1/3", (4, 2): "2/3"}))
    one = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n + S**0.5).at(n=3, d=2)
    two = fp.spectrum(A**0.5 @ X @ X.T @ A**0.5 / n + B).at(n=3, d=2)
    z = np.array([1.0 + 0.1j, 3.0, -2.0])
    assert np.allclose(one.stieltjes(z), two.stieltjes(z), atol=1e-13)
    assert one.moments(4) == two.moments(4)


def test_check_of_a_law_with_a_joint_family(tmp_path):
    A, B = fp.commuting(d, LAW)
    law = fp.spectrum(A**0.5 @ X @ X.T @ A**0.5 / n + B)
    report = law.check(n=2, d=1)
    assert report.passed, str(report)
    assert all(line.verdict == "passed" for line in report.lines if line.name in ("residual", "moments", "algebraic"))
    law.write_solver(tmp_path / "solver.py", n=2, d=1)
    scope = {}
    exec((tmp_path / "solver.py").read_text(), scope)
    x = np.array([1.0, 3.0, 5.0])
    assert np.allclose(scope["density"](x), law.at(n=2, d=1).density(x), rtol=1e-11)
    assert "A^{1 / 2} X X^{\\top} A^{1 / 2}" in law.latex()


def test_observed_joint_laws():
    """A covariance and a penalty with common eigenvectors: the mean over the observed pairs."""
    rng = np.random.default_rng(1)
    s = rng.uniform(0.5, 2.0, 90)
    points = np.column_stack([s, 1 / s])
    A, B = fp.commuting(d, fp.laws.joint_empirical(points))
    S = fp.population(d, fp.laws.empirical(s))
    one = fp.limit(fp.tr(fp.inv(A**0.5 @ X @ X.T @ A**0.5 / n + B)))
    two = fp.limit(fp.tr(fp.inv(S**0.5 @ X @ X.T @ S**0.5 / n + fp.inv(S))))
    assert float(one.at(n=2, d=1)) == pytest.approx(float(two.at(n=2, d=1)), rel=1e-12)


def test_long_joint_lists_have_edges():
    """No point of a joint law is merged with others, so that islands of single values need no search."""
    s = np.random.default_rng(0).uniform(1.0, 2.0, 300)
    A, B = fp.commuting(d, fp.laws.joint_empirical(np.column_stack([s, 1 / s])))
    S = fp.population(d, fp.laws.empirical(s))
    one = fp.spectrum(A**0.5 @ X @ X.T @ A**0.5 / n + B).at(n=2, d=1)
    two = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n + fp.inv(S)).at(n=2, d=1)
    assert np.allclose(one.edges(), two.edges(), atol=1e-9)
