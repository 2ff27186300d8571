"""Many points bound at once have the inputs of each bound alone, and the same errors."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.program.bound_points import BoundPoints
from freeprob.program.grid import Grid

n, d, p = fp.sizes("n d p")
lam, a = fp.parameters("lambda a", positive=True)
rho = fp.parameters("rho")
X, W = fp.gaussian(d, n), fp.gaussian(p, d)


def bound(number, **values):
    derived = fp.limit(number)
    return BoundPoints(derived.system, Grid(values), derived._bind, [value for value, _ in derived._conditions])


def model(f=fp.tanh):
    Phi = f(a * W @ X / fp.sqrt(d))
    return fp.tr(fp.inv(Phi.T @ Phi / p + lam * fp.identity(n)))


def agree(points):
    for k in range(points.grid.count):
        assert points.inputs[:, k] == pytest.approx(points.binding(k).floats()[:, 0], rel=1e-14)


def test_inputs_with_coefficients_that_vary_along_one_axis():
    points = bound(model(), n=[1, 2, 5], d=1, p=0.5, a=[[0.3], [2.0]], lambda_=[[0.1], [0.2]])
    agree(points)
    assert len(points.alike(points.system.coefficients[-1].arguments)[0]) == 2, "computed once for each a"


def test_sizes_are_scaled_by_the_largest_of_each_point():
    points = bound(model(), n=np.array([0.1, 3, 7]), d=2.0, p=1, a=1, lambda_=0.5)
    agree(points)
    assert points.scale.tolist() == [2, 3, 7]


def test_laws_that_vary_make_groups():
    q = fp.parameters("q", positive=True)
    Y = X @ fp.mask(n, keep=q)
    number = fp.tr(fp.inv(Y @ Y.T / n + lam * fp.identity(d)))
    points = bound(number, n=1, d=[0.5, 1, 2], q=[[0.5], [0.7]], lambda_=0.1)
    assert [group.tolist() for group in points.groups] == [[0, 1, 2], [3, 4, 5]]
    assert len(bound(number, n=1, d=[0.5, 1], q=0.5, lambda_=0.1).groups) == 1


def test_values_out_of_the_domain_are_found():
    number = fp.tr(fp.inv(fp.sqrt(1 - rho**2) * X @ X.T / n + lam * fp.identity(d)))
    agree(bound(number, n=1, d=1, rho=[-1, 0, 1], lambda_=0.1))
    with pytest.raises(fp.MissingValue, match=r"does not exist at rho = 11/10"):
        bound(number, n=1, d=1, rho=[0, 1.1], lambda_=0.1)
    with pytest.raises(fp.MissingValue, match="declared positive but is -1"):
        bound(number, n=1, d=1, rho=0, lambda_=[0.1, -1])
    with pytest.raises(fp.ShapeError, match="must be positive"):
        bound(number, n=[1, 0], d=1, rho=0, lambda_=0.1)
    with pytest.raises(fp.MissingValue, match="not a finite real number"):
        bound(number, n=1, d=[1, np.nan], rho=0, lambda_=0.1)
    with pytest.raises(fp.MissingValue, match="no value for d"):
        bound(number, n=[1, 2], rho=0, lambda_=0.1)


def test_sizes_of_given_arrays_stay_while_others_vary():
    S = fp.population(d, np.diag([1.0, 2.0, 3.0]))
    number = fp.tr(fp.inv(S**0.5 @ X @ X.T @ S**0.5 / n + lam * fp.identity(d)))
    points = bound(number, n=[1, 2, 30], lambda_=0.1)
    agree(points)
    assert points.scale.tolist() == [3, 3, 30]
