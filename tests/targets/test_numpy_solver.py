"""Written solvers: alone with NumPy they give the numbers of ``.at(...)``."""

import os
import subprocess
import sys

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.errors import MissingValue, UnsupportedModel
from freeprob.targets import TARGETS
from tests.targets.isolated import run_isolated

N, D, P = fp.sizes("n d p")
LAMBDA, S1, SIGMA = fp.parameters("lambda s sigma", positive=True)
HALF = sympy.Rational(1, 2)
X, W, W2 = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(D, P)
F = fp.relu(W @ X / fp.sqrt(D))
T = fp.tanh(S1 * W @ X / fp.sqrt(D))
G = fp.erf(W2 @ fp.tanh(W @ X / fp.sqrt(D)) / fp.sqrt(P))
A = fp.population(D, fp.laws.atoms({1: HALF, 4: HALF}))
U = fp.population(D, fp.laws.uniform(1, 3))
H = fp.population(D, fp.laws.symbolic("H"))
beta, eps, x = fp.gaussian(D), fp.gaussian(N), fp.gaussian(D)
Y = X.T @ beta / fp.sqrt(D) + SIGMA * eps
NEURONS = fp.tanh(W2 @ fp.relu(W @ X / fp.sqrt(D)) / fp.sqrt(P))
E = fp.elu(S1 * W @ X / fp.sqrt(D))  # the closed form of its moments loses all digits in float64 at s = 6
LAYER = fp.erf(S1 * W @ X / fp.sqrt(D))
TWO = fp.tanh(W2 @ LAYER / fp.sqrt(P))

LAWS = {
    "random_features": (F.T @ F / P, dict(n=1, d=0.7, p=1.6)),
    "atoms": (A**HALF @ X @ X.T @ A**HALF / N, dict(n=1, d=0.3)),
    "uniform": (U**HALF @ X @ X.T @ U**HALF / N, dict(n=1, d=0.4)),
    "two_layers": (G.T @ G / D, dict(n=1, d=0.8, p=1.3)),
    "variance_of_a_parameter": (T.T @ T / P, dict(n=1, d=0.5, p=0.8, s=1.7)),
    "erf": (LAYER @ LAYER.T / N, dict(n=1, d=0.5, p=0.8, s=0.6)),
    "elu": (E.T @ E / P, dict(n=1, d=0.5, p=0.8, s=6)),
    "two_layers_of_a_parameter": (TWO @ TWO.T / N, dict(n=1, d=0.5, p=0.8, s=1.2)),
    "uncentred_layer": (NEURONS.T @ NEURONS / D, dict(n=1, d=0.8, p=1.3)),
    "two_functions": ((T + fp.sin(W @ X / fp.sqrt(D))).T @ (T + fp.sin(W @ X / fp.sqrt(D))) / P, None),
    "single_size": (fp.wigner(D) / fp.sqrt(D), {}),
    "symbolic_law": (H**HALF @ X @ X.T @ H**HALF / N, dict(n=1, d=0.4)),
}
LAWS["two_functions"] = (LAWS["two_functions"][0], dict(n=1, d=0.5, p=0.8, s=0.7))
FEATURES = fp.tanh(W @ X / fp.sqrt(D))
NUMBERS = {
    "ridge": (fp.test_error(fp.ridge(X, Y, LAMBDA), x, beta.T @ x / fp.sqrt(D)), dict(n=1, d=0.5, sigma=0.5)),
    "features_ridge": (
        fp.test_error(fp.ridge(FEATURES, Y, LAMBDA), FEATURES.subs({X: x}), beta.T @ x / fp.sqrt(D)),
        dict(n=1, d=0.5, sigma=0.5, p=0.9),
    ),
    "uniform_resolvent": (fp.tr(U @ fp.inv(U**HALF @ X @ X.T @ U**HALF / N + LAMBDA * fp.identity(D))), dict(n=1, d=2)),
}
PENALTIES = [0.01, 0.3, 5.0]
Z = [0.5 + 0.4j, 1.5 + 0.01j, 2.0, -1.0, 3 - 1j]

BODY = r"""
    values = task["values"]
    if task["kind"] == "law":
        m = module.stieltjes(np.array([complex(*z) for z in task["z"]]), **values)
        rho = module.density(np.array(task["x"]), **values)
        one = module.density(task["x"][5], **values)
        assert isinstance(one, float) and isinstance(module.stieltjes(1j, **values), complex)
        found[name] = [m.real.tolist(), m.imag.tolist(), rho.tolist(), one]
    else:
        points = [module.value(lambda_=penalty, **values) for penalty in task["penalties"]]
        assert all(isinstance(v, float) for v in points)
        found[name] = [points, module.curve(lambda_=np.array(task["penalties"]), **values).tolist()]
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Write all solvers, run them in one isolated interpreter, and return its numbers beside those of ``at``."""
    folder, site = tmp_path_factory.mktemp("solvers"), tmp_path_factory.mktemp("site")
    tasks, expected = {}, {}
    for name, (matrix, values) in LAWS.items():
        law = fp.spectrum(matrix)
        laws = {"H": fp.laws.uniform(1, 2)} if "H" in law.needs else {}
        law.write_solver(folder / f"{name}.py", **laws)
        at = law.at(**values, **laws)
        grid = np.linspace(0.02, 1.2 * at.edges()[-1], 240)
        tasks[name] = {"kind": "law", "values": values, "z": [(z.real, z.imag) for z in Z], "x": grid.tolist()}
        expected[name] = [np.array([at.stieltjes(z) for z in Z]), at.density(grid), at.density(grid[5])]
    for name, (number, values) in NUMBERS.items():
        limit = fp.limit(number)
        limit.write_solver(folder / f"{name}.py")
        tasks[name] = {"kind": "number", "values": values, "penalties": PENALTIES}
        expected[name] = np.array([float(limit.at(lambda_=penalty, **values)) for penalty in PENALTIES])
    found = run_isolated(folder, site, BODY, tasks)
    return found, expected


@pytest.mark.parametrize("name", LAWS)
def test_laws(results, name):
    real, imag, density, one = results[0][name]
    m, rho, single = results[1][name]
    np.testing.assert_allclose(np.array(real) + 1j * np.array(imag), m, rtol=1e-12, atol=1e-13)
    # next to an edge the density moves as the root of the rounding error
    np.testing.assert_allclose(density, rho, rtol=1e-9, atol=1e-10 * rho.max())
    assert np.median(np.abs(np.array(density) - rho)) < 1e-12 * rho.max()
    assert one == pytest.approx(single, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(results, name):
    points, curve = results[0][name]
    np.testing.assert_allclose(points, results[1][name], rtol=1e-12)
    np.testing.assert_allclose(curve, results[1][name], rtol=1e-12)


@pytest.mark.parametrize("ratio", [0.3, 0.8, 1.4, 5.0])
def test_a_penalty_of_zero(tmp_path, ratio):
    """Hastie et al. 2022, Corollary 1, from a file whose default is the limit from above."""
    limit = fp.limit(NUMBERS["ridge"][0])
    scope: dict = {"__name__": "solver"}
    exec(compile(_source(limit, tmp_path, lambda_=0, n=1, sigma=0.3), "solver", "exec"), scope)
    exact = 0.09 * ratio / (1 - ratio) if ratio < 1 else 1 - 1 / ratio + 0.09 / (ratio - 1)
    assert scope["value"](d=ratio) == pytest.approx(exact, rel=1e-9)
    curve = scope["curve"](d=ratio, lambda_=np.array([0, 0.1, 0.0]))
    np.testing.assert_allclose(curve, [exact, float(limit.at(n=1, d=ratio, sigma=0.3, lambda_=0.1)), exact], rtol=1e-9)
    with pytest.raises(scope["SolveError"], match="interpolation threshold"):
        scope["value"](d=1.0)


def test_a_penalty_in_a_coefficient_has_no_zero_in_a_file(tmp_path):
    scaled = fp.erf(LAMBDA * W @ X / fp.sqrt(D))
    number = fp.limit(fp.tr(fp.inv(scaled @ scaled.T / N + fp.identity(P))))
    with pytest.raises(UnsupportedModel, match=r"coefficients depend on lambda.*Remedy: a small"):
        _source(number, tmp_path, lambda_=0)


def _source(derived, tmp_path, **defaults):
    return derived.write_solver(tmp_path / "solver.py", **defaults).read_text()


def test_the_file_says_what_it_is(tmp_path):
    law = fp.spectrum(F.T @ F / P)
    text = _source(law, tmp_path)
    for words in (law.digest, "Branch", "References", "Pennington", "m(z) ~ -1/z", "size n, positive; only ratios"):
        assert words in text, words
    assert "freeprob" not in text.split('"""', 2)[2]
    assert not any(len(line) > 160 for line in text.splitlines())


def test_defaults_make_a_program(tmp_path):
    path = fp.spectrum(X @ X.T / N).write_solver(tmp_path / "mp.py", n=2, d=1)
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    assert "density(0.575) =" in done.stdout
    number = fp.limit(NUMBERS["ridge"][0]).write_solver(tmp_path / "ridge.py", n=1, d=0.5, sigma=0.5, lambda_=0.3)
    value = subprocess.run([sys.executable, str(number)], capture_output=True, text=True, check=True).stdout
    assert float(value) == pytest.approx(float(fp.limit(NUMBERS["ridge"][0]).at(n=1, d=0.5, sigma=0.5, lambda_=0.3)))


def test_a_symbolic_law_needs_a_value(tmp_path):
    law = fp.spectrum(LAWS["symbolic_law"][0])
    with pytest.raises(
        MissingValue, match=r"holds the law H as numbers, so it needs H; write write_solver\(path, H=\.\.\."
    ):
        _source(law, tmp_path)


def test_unknown_defaults_and_targets(tmp_path):
    law = fp.spectrum(X @ X.T / N)
    with pytest.raises(MissingValue, match=r"'q' is not an input of this solver; it has d, n"):
        _source(law, tmp_path, q=3)
    with pytest.raises(UnsupportedModel, match=r"there is no target 'fortran'; the targets are .*numpy"):
        law.write_solver(tmp_path / "a.f", target="fortran")


def test_a_callable_of_a_parameter_cannot_be_written(tmp_path):
    odd = fp.entrywise(lambda h: np.arctan(h), S1 * W @ X / fp.sqrt(D))
    law = fp.spectrum(odd @ odd.T / N)
    assert law.at(n=1, d=1, p=1, s=1).density(0.3) > 0
    with pytest.raises(UnsupportedModel, match="depends on parameters and on a Python callable that cannot be written"):
        _source(law, tmp_path)


@pytest.mark.parametrize(
    "names", [("x", "z"), ("top", "np"), ("inputs", "anchor"), ("density", "stieltjes"), ("u0", "q")]
)
def test_sizes_and_parameters_may_have_any_name(tmp_path, names):
    first, second = fp.sizes(" ".join(names))
    scale = fp.parameters("lambda", positive=True)
    C = fp.gaussian(first, second)
    law = fp.spectrum(scale * C @ C.T / second)
    values = dict(zip(names, (1, 2), strict=True))
    scope: dict = {"__name__": "solver"}
    exec(compile(_source(law, tmp_path), "solver", "exec"), scope)
    call = scope["density"]
    arguments = [
        item for item in call.__code__.co_varnames[: call.__code__.co_argcount + call.__code__.co_kwonlyargcount]
    ]
    assert sorted(law.needs) == sorted([*names, "lambda"])
    given = {name: {**values, "lambda": 1}[name.rstrip("_")] for name in arguments[1:]}
    assert call(1.0, **given) == pytest.approx(law.at(**values, **{"lambda": 1}).density(1.0), rel=1e-11)
    number = fp.limit(fp.tr(fp.inv(C @ C.T / second + scale * fp.identity(first))))
    scope = {"__name__": "solver"}
    exec(compile(_source(number, tmp_path), "solver", "exec"), scope)
    assert scope["value"](**given) == pytest.approx(float(number.at(**values, **{"lambda": 1})), rel=1e-12)


SEEDED = """
import freeprob as fp, pathlib, sys
n, d, p = fp.sizes("n d p")
lam, sigma = fp.parameters("lambda sigma", positive=True)
X, W, V = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(d, p)
S = fp.population(d, fp.laws.atoms({1: .5, 3: .5}))
F, G = fp.relu(W @ S**0.5 @ X / fp.sqrt(d)), fp.tanh(W @ S**0.5 @ X / fp.sqrt(d))
A, B = fp.wigner(d) / fp.sqrt(d), fp.wigner(d) / fp.sqrt(d)
L = fp.erf(V @ fp.relu(W @ X / fp.sqrt(d)) / fp.sqrt(p))
beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
y = X.T @ beta / fp.sqrt(d) + sigma * eps
models = [
    fp.spectrum((F + G).T @ (F + G) / p + lam * fp.identity(n)),
    fp.spectrum(A @ B @ A @ B + B @ A @ B @ A + sigma * A),
    fp.spectrum(L.T @ L / d),
    fp.limit(fp.test_error(fp.ridge(G, y, lam), G.subs({X: x}), beta.T @ x / fp.sqrt(d))),
]
for model in models:
    path = model.write_solver(pathlib.Path(sys.argv[1]) / "s.py")
    print(path.read_text(), model.latex(), str(model), fp.to_json(model.expression), model.digest, model.needs)
    print([(s.rule, s.status, [str(h) for h in s.hypotheses]) for s in model.steps], model.meanings())
print(models[0].at(n=1, d=.5, p=.7, lambda_=.1).edges().tolist())
print(fp.spectrum(X @ X.T / n).polynomial(), fp.spectrum(S**.5 @ X @ X.T @ S**.5 / n).polynomial())
"""


def test_output_does_not_depend_on_hashes(tmp_path):
    texts = []
    for seed in ("0", "1", "424242"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SEEDED, str(tmp_path)], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        texts.append(done.stdout)
    assert len(texts[0]) > 20_000
    for other in texts[1:]:
        for mine, theirs in zip(texts[0].splitlines(), other.splitlines(), strict=True):
            assert mine == theirs


def test_every_target_is_registered_by_its_name():
    assert TARGETS["numpy"].name == "numpy" and TARGETS["numpy"].suffix == ".py"
