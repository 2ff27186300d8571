"""The outlier matrix: shared equations, orders, refusals, and its place in the record."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.derivation.record import Refusal
from freeprob.equations.outlier_orders import NEVER, Orders, balance, diverging_orders
from freeprob.equations.outliers import OutlierEquation

N, D, P = fp.sizes("n d p")
THETA = fp.parameters("theta", positive=True)
X, H, W = fp.gaussian(D, N), fp.wigner(D), fp.gaussian(P, D)
u, v, g = fp.gaussian(D), fp.gaussian(D), fp.gaussian(N)
WIGNER = H / fp.sqrt(D)
F = fp.relu(W @ X / fp.sqrt(D))
ONES = fp.ones(N) @ fp.ones(N).T / N
SPIKED = fp.identity(D) + (fp.sqrt(THETA) - 1) * v @ v.T / D
m, z = sympy.symbols("m z")


def equation(matrix):
    return fp.spectrum(matrix).finite_rank


def test_one_spike_of_a_wigner_matrix():
    """det D = 1 + theta m(z), whose zero is theta + 1 / theta (Benaych-Georges and Nadakuditi 2011, Section 3.1)."""
    found = equation(WIGNER + THETA * v @ v.T / D)
    assert found.determinant == 1 + THETA * m and found.diverging == () and found.directions == ("v",)
    assert sympy.expand(found.overlaps["v"].row[0] * found.overlaps["v"].column[0] + THETA * m**2) == 0


def test_the_determinant_of_a_spiked_covariance_matrix():
    """1 + (ell - 1) (1 + z m) vanishes at the outlier: the population eigenvalue enters through ell alone."""
    found = equation(SPIKED @ X @ X.T @ SPIKED / N)
    root = sympy.Rational(7, 2)  # of ell = 3 at d / n = 1 / 3
    numbers = {THETA: 3, D: 1, N: 3, z: root}
    value = sympy.solve(sympy.Eq(m, 1 / (-root + 1 / (1 + m / 3))), m)
    assert any(sympy.simplify(found.determinant.subs(numbers).subs(m, x)) == 0 for x in value)


MODELS = {
    "spiked covariance": SPIKED @ X @ X.T @ SPIKED / N,
    "signal plus noise": (X + u @ g.T / fp.sqrt(D)) @ (X + u @ g.T / fp.sqrt(D)).T / N,
    "mixture": X @ X.T / N + (u @ v.T + v @ u.T) / D,
    "inverse": fp.inv(X @ X.T / N + v @ v.T / D + fp.identity(D)),
    "uncentred features": F.T @ F / P,
}


@pytest.mark.parametrize("name", MODELS)
def test_bulk_and_outliers_share_their_equations(name):
    law = fp.spectrum(MODELS[name])
    found = law.finite_rank
    assert isinstance(found, OutlierEquation)
    assert found.system.components[: len(law.system.components)] == law.system.components
    assert all(component.linear for component in found.system.components[len(law.system.components) :])
    known = {s for u in found.system.unknowns for s in [u.symbol]} | {z, *found.system.sizes, *found.system.parameters}
    assert found.matrix.free_symbols <= known | {c.symbol for c in found.system.coefficients}


def test_the_bulk_is_derived_as_before():
    plain, spiked = fp.spectrum(X @ X.T / N), fp.spectrum(X @ X.T / N + v @ v.T / D)
    assert plain.system.equations == spiked.system.equations and plain.finite_rank is None
    assert "outliers" not in {s.rule for s in plain.steps}


def test_the_record_holds_the_equation():
    law = fp.spectrum(WIGNER + THETA * v @ v.T / D)
    step = law.steps[-1]
    assert step.rule == "outliers" and step.status == "asymptotic"
    assert {c.key for c in step.references} >= {"BenaychGeorgesNadakuditi2011", "BenaychGeorgesNadakuditi2012"}
    assert [f.right for f in step.after if f.left == "D_{11}"] == [1 + THETA * m]
    assert "D_11 = m*theta + 1" in str(law)
    assert r"D_{11} & = m \theta + 1" in law.latex() and r"\det D ( z ) & = 0" in law.latex()


def test_documents_hold_the_equation(tmp_path):
    text = fp.spectrum(SPIKED @ X @ X.T @ SPIKED / N).report(tmp_path / "report.html").read_text()
    assert "Step 6: Outliers" in text and "det" in text


def test_means_of_growing_norm_diverge():
    found = equation(F.T @ F / P)
    assert found.diverging == (Fraction(1),) and found.matrix[0, 0] == 0 == found.matrix[1, 1]
    assert equation(WIGNER + v @ v.T / fp.sqrt(D)).diverging == (Fraction(1, 2),)
    assert equation(WIGNER + v @ v.T + u @ u.T / fp.sqrt(D)).diverging == (Fraction(1), Fraction(1, 2))
    assert equation(WIGNER + v @ v.T + THETA * u @ u.T / D).diverging == (Fraction(1),)


def test_several_sizes_with_a_bulk_that_knows_one():
    """The bulk is written for its only size equal to 1; the border then holds ratios to it."""
    A = fp.gaussian(D, P)
    law = fp.spectrum(WIGNER + THETA * (A @ (A.T @ v)) @ (A @ (A.T @ v)).T / (D * P**2))
    assert set(law.finite_rank.system.sizes) == {D, P}
    place = law.at(d=2, p=1, theta=1).outliers()[0].location
    strength = 1 + 2  # |A A^T v|^2 / (p^2 d) -> tr (A A^T / p)^2 = 1 + d / p
    assert place == pytest.approx(strength + 1 / strength, rel=1e-12)


REFUSED = {
    "fluctuating numbers": (WIGNER + v @ (v.T @ u) @ (u.T @ v) @ v.T / D**2, "it fluctuates in the limit"),
    "mean 0 and curvature": (
        fp.entrywise(sympy.Symbol("h", real=True) ** 2 - 1, W @ X / fp.sqrt(D))
        @ fp.entrywise(sympy.Symbol("h", real=True) ** 2 - 1, W @ X / fp.sqrt(D)).T
        / N,
        "has mean 0 but E f'' != 0",
    ),
    "a mean that is projected away": (F @ (fp.identity(N) - ONES) @ F.T / N, "cancel each other at leading order"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_rule_does_not_cover_is_refused(name):
    matrix, reason = REFUSED[name]
    law = fp.spectrum(matrix)
    assert isinstance(law.finite_rank, Refusal) and reason in str(law) and "outliers" not in {s.rule for s in law.steps}
    with pytest.raises(fp.UnsupportedModel, match=r"outliers: .* Remedy: "):
        law.at(**{name: 1 for name in law.known}).outliers()


def test_odd_functions_have_no_finite_rank_part():
    T = fp.tanh(W @ X / fp.sqrt(D))
    assert equation(T @ T.T / N) is None


def test_balance_is_trivial_where_all_is_bounded():
    orders = Orders(np.array([[0.0, NEVER], [0.0, 0.0]]), np.full((2, 2), -0.5), *[np.zeros((0, 2))] * 4)
    scaling = balance(orders)
    assert not scaling.alpha.any() and not scaling.beta.any()


def test_balance_of_growing_entries():
    """The means of features: the product of two entries of orders 0 and 1 beats the diagonal and its fluctuations."""
    orders = Orders(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0.0, -0.5], [0.5, 0.0]]), *[np.zeros((0, 2))] * 4)
    scaling = balance(orders)
    total = scaling.alpha[:, None] + scaling.beta
    assert total[0, 1] == pytest.approx(0) and total[1, 0] == pytest.approx(1) and min(total[0, 0], total[1, 1]) > 0.05


def test_balance_refuses_fluctuations_of_leading_order():
    assert balance(Orders(np.array([[0.0]]), np.array([[0.0]]), *[np.zeros((0, 1))] * 4)) is None


def test_bends_of_a_newton_polygon():
    assert diverging_orders(lambda s: max(0.0, 1 - s) + 2 * max(0.0, 0.5 - s)) == (
        Fraction(1),
        Fraction(1, 2),
        Fraction(1, 2),
    )
    assert diverging_orders(lambda s: 0.0) == ()
