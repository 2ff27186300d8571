"""Written solvers of numbers with functions of matrices: alone with NumPy they give the numbers of ``.at(...)``."""

import subprocess
import sys

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.errors import MissingValue, UnsupportedModel
from freeprob.targets import TARGETS
from freeprob.targets.base import Target
from tests.targets.isolated import run_isolated

N, D, P = fp.sizes("n d p")
TIME, SIGMA, PENALTY = fp.parameters("t sigma lambda", nonnegative=True)
STEPS = fp.parameters("k", integer=True, nonnegative=True)
RHO, SCALE = fp.parameters("rho s", positive=True)
x = sympy.Symbol("x")
X, W, beta, eps, z = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(D), fp.gaussian(N), fp.gaussian(D)
Y, Y_Z = X.T @ beta / fp.sqrt(D) + SIGMA * eps, beta.T @ z / fp.sqrt(D)
U = fp.population(D, fp.laws.uniform(1, 3))
H = fp.population(D, fp.laws.symbolic("H"))
mu, labels = fp.gaussian(D), fp.gaussian(N)
DATA = fp.sqrt(RHO) * mu @ labels.T / fp.sqrt(D) + X
TANH, RELU = fp.tanh(SCALE * W @ X / fp.sqrt(D)), fp.relu(W @ X / fp.sqrt(D))


def risk(features, weights):
    return fp.test_error(weights, features.subs({X: z}), Y_Z)


NUMBERS = {
    "decay": (fp.tr(fp.funm("exp", -TIME * X @ X.T / N)), {}, [dict(n=2, d=1, t=1), dict(n=1, d=3, t=40)]),
    "entropy": (fp.tr(fp.funm(-x * sympy.log(x), X @ X.T / N)), {}, [dict(n=2, d=1), dict(n=3, d=2)]),
    "semicircle": (fp.tr(fp.funm("exp", fp.wigner(D) / fp.sqrt(D))), {}, [{}]),
    "flow": (
        risk(X, fp.gradient_flow(X, Y, TIME, penalty=PENALTY)),
        {},
        [dict(n=2, d=1, sigma=0.5, t=3, lambda_=0), dict(n=1, d=1.7, sigma=0.5, t=1e4, lambda_=0.01)],
    ),
    "momentum": (
        risk(X, fp.gradient_descent(X, Y, STEPS, rate=0.4, momentum=0.6)),
        {},
        [dict(n=2, d=1, sigma=0.3, k=10), dict(n=3, d=1, sigma=0.1, k=40)],
    ),
    "features": (
        risk(TANH, fp.gradient_flow(TANH, Y, TIME)),
        {},
        [dict(n=1, d=0.7, p=1.6, sigma=0.3, t=10, s=1), dict(n=1, d=0.9, p=0.6, sigma=0.3, t=300, s=2)],
    ),
    "mean": (risk(RELU, fp.gradient_flow(RELU, Y, TIME)), {}, [dict(n=1, d=0.7, p=1.6, sigma=0.3, t=10)]),
    "outlier": (
        fp.sqrt(RHO) * fp.gradient_flow(DATA, labels, TIME).T @ mu / fp.sqrt(D),
        {},
        [dict(n=1, d=0.43, rho=0.1, t=3), dict(n=1, d=0.43, rho=5.7, t=30)],
    ),
    "population": (
        fp.tr(U @ fp.funm("exp", -TIME * U**0.5 @ X @ X.T @ U**0.5 / N)),
        dict(n=1, d=1, t=1),
        [dict(n=2, d=1, t=3)],
    ),
}

BODY = r"""
    found[name] = [module.value_and_error(**point) for point in task]
    assert all(isinstance(v, float) for pair in found[name] for v in pair)
    if name == "decay":
        found["curve"] = module.value(t=np.array([[0.5, 1.0], [2.0, 3.0]]), n=2.0, d=1.0).tolist()
        found["sizes"] = module.curve(t=1.0, n=2.0, d=np.array([1.0, 2.0])).tolist()
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write all solvers, run them in one isolated interpreter, and return its numbers and the folder."""
    folder, site = tmp_path_factory.mktemp("solvers"), tmp_path_factory.mktemp("site")
    for name, (number, defaults, _) in NUMBERS.items():
        fp.limit(number).write_solver(folder / f"{name}.py", **defaults)
    found = run_isolated(folder, site, BODY, {name: points for name, (_, _, points) in NUMBERS.items()})
    return found, folder


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(written, name):
    number, _, points = NUMBERS[name]
    limit = fp.limit(number)
    for (value, error), point in zip(written[0][name], points, strict=True):
        assert value == pytest.approx(float(limit.at(**point)), rel=1e-9)
        assert error <= 1e-9 * abs(value)


def test_arrays_broadcast(written):
    limit = fp.limit(NUMBERS["decay"][0])
    wanted = limit.curve(t=[[0.5, 1], [2, 3]], n=2, d=1)
    np.testing.assert_allclose(written[0]["curve"], wanted, rtol=1e-11)
    np.testing.assert_allclose(written[0]["sizes"], limit.curve(t=1, n=2, d=[1, 2]), rtol=1e-11)


def test_the_file_says_what_it_is(written):
    text = (written[1] / "flow.py").read_text()
    for words in ("limit = ", "oint[", "Branch", "at each point of the contours", "References", "value_and_error"):
        assert words in text, words
    assert "freeprob" not in text.split('"""', 2)[2]
    assert not any(len(line) > 160 for line in text.splitlines())


def test_the_file_refuses_a_singular_function(tmp_path):
    path = fp.limit(fp.tr(fp.funm("log", X @ X.T / N))).write_solver(tmp_path / "log.py", n=1, d=2)
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True)
    assert "a function is singular on [" in done.stderr.splitlines()[-1]
    assert "X @ X.T / n" in done.stderr.splitlines()[-1] or "Z1 @ Z1.T / n" in done.stderr.splitlines()[-1]


def test_what_cannot_be_written(tmp_path, monkeypatch):
    K = X @ X.T / N
    for function in ("erf", "zeta"):
        number = fp.limit(fp.tr(fp.funm(getattr(sympy, function)(x + 3), K)))
        with pytest.raises(UnsupportedModel, match=r"NumPy has no .*Remedy: \.curve"):
            number.write_solver(tmp_path / "a.py")
    symbolic = fp.limit(fp.tr(fp.funm("exp", -(H**0.5) @ X @ X.T @ H**0.5 / N)))
    with pytest.raises(MissingValue, match="holds the law H as numbers"):
        symbolic.write_solver(tmp_path / "a.py")
    with pytest.raises(MissingValue, match="'q' is not an input"):
        fp.limit(NUMBERS["decay"][0]).write_solver(tmp_path / "a.py", q=1)

    class Plain(Target):
        name, suffix = "plain", ".txt"

        def source(self, solver):
            return ""

    monkeypatch.setitem(TARGETS, "plain", Plain())
    with pytest.raises(UnsupportedModel, match=r"'plain' does not integrate over contours\. Remedy: target='numpy'"):
        fp.limit(NUMBERS["decay"][0]).write_solver(tmp_path / "a.txt", target="plain")
