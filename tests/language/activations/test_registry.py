"""Discovery, and the ways to name an activation."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import sympy

import freeprob as fp
from freeprob.errors import UnsupportedModel
from freeprob.language import activations
from freeprob.language.activations import REGISTRY, X, as_activation, from_data

FOLDER = Path(activations.__file__).parent
h = sympy.Symbol("h")


def test_every_file_with_an_activation_is_registered():
    files = [path for path in FOLDER.glob("*.py") if "\nACTIVATION = " in path.read_text()]
    assert len(REGISTRY) == len(files) >= 15
    assert sorted(path.stem for path in files) == list(REGISTRY)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("relu", "relu"),
        (sympy.tanh, "tanh"),
        (sympy.erf, "erf"),
        (sympy.sign, "sign"),
        (sympy.sin, "sin"),
        (sympy.Abs, "abs"),
        (sympy.exp, "exp"),
        (sympy.Heaviside, "step"),
        (sympy.Max(h, 0), "relu"),
        (h, "linear"),
        (sympy.Lambda(h, sympy.tanh(h)), "tanh"),
        (h * (1 + sympy.erf(h / sympy.sqrt(2))) / 2, "gelu"),
        (np.tanh, "tanh"),
        (np.abs, "abs"),
        (scipy.special.erf, "erf"),
        (scipy.special.expit, "sigmoid"),
        (sympy.atan, "atan(x)"),
        (h**3 - 3 * h, "x**3 - 3*x"),
        (0.1 * h**2, "x**2/10"),
        (REGISTRY["cos"], "cos"),
    ],
    ids=str,
)
def test_as_activation(given, name):
    f = as_activation(given)
    assert f.name == name
    assert (f is REGISTRY[name]) if name in REGISTRY else True


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("rely", "'rely' is not registered; there are abs, cos"),
        (3, "constant"),
        (sympy.pi, "constant"),
        (sympy.sign(h) ** 2, "constant"),
        (h * sympy.Symbol("y"), r"2 free symbols \(h, y\)"),
        (sympy.Lambda((h, sympy.Symbol("y")), h + sympy.Symbol("y")), "2 free symbols"),
        (sympy.Symbol("p", positive=True) ** 2, r"declared nonnegative.*real=True"),
        (sympy.Function("g"), "undefined function"),
        (sympy.atan2, "not a function of one argument"),
        (sympy.sqrt(h), "not real and finite"),
        (sympy.I * h, "not real and finite"),
        (1 / h, r"activation 1/x .*E f\(h\)\^2 is infinite.*clip it"),
        (sympy.gamma(h), r"E f\(h\)\^2 is infinite"),
        (sympy.exp(h**4), r"activation exp\(x\*\*4\).*E f\(h\)\^2 is infinite"),
        (None, "a NoneType is no activation"),
        ([1.0], "a list is no activation"),
        pytest.param(np.ones_like, "constant", id="ones_like"),
    ],
    ids=str,
)
def test_refusals(given, message):
    with pytest.raises(UnsupportedModel, match=message):
        as_activation(given)


def test_moments_only_below_a_variance():
    f = as_activation(sympy.exp(h**2))
    assert f.variance_limit == pytest.approx(0.25, rel=1e-9)
    assert f.numeric_second_moment(0.1) == pytest.approx(1 / np.sqrt(0.6), rel=1e-13)
    assert f.second_moment(sympy.Symbol("q", positive=True)) is None
    for q in (0.25, 1):
        for moment in (f.numeric_mean, f.numeric_slope, f.numeric_second_moment, f.mean):
            with pytest.raises(UnsupportedModel, match=r"exp\(x\*\*2\).*infinite.*only for q < 0.25: scale"):
                moment(q)


@pytest.mark.parametrize(
    "data", [{}, {"activation": "relu", "x": 1}, {"expression": "x", "parameters": {}}, {"activation": "foo"}]
)
def test_bad_data(data):
    with pytest.raises(UnsupportedModel):
        from_data(data)


def test_unknown_parameter():
    with pytest.raises(UnsupportedModel, match="no parameter slope"):
        from_data({"activation": "leaky_relu", "parameters": {"slope": "1"}})


def test_leaky_relu_parameter():
    f = as_activation("leaky_relu").with_parameters(negative_slope=0.2)
    assert f.negative_slope == sympy.Rational(1, 5)
    assert str(f) == "leaky_relu(1/5)"
    assert f != as_activation("leaky_relu")
    assert f == from_data(json.loads(json.dumps(f.to_data())))
    with pytest.raises(UnsupportedModel, match="slope must be a real number"):
        f.with_parameters(negative_slope=X)


def test_one_new_file_is_found(tmp_path):
    """Copy the folder, add one file, and ask for it."""
    program = """
import pathlib, shutil, sys
target = pathlib.Path(sys.argv[1]) / "freeprob"

folders = ["", "algebra", "language", "language/activations"]
for folder in folders:
    (target / folder).mkdir()
    (target / folder / "__init__.py").touch()
for path in ["errors.py", "algebra/symbols.py"]:
    shutil.copy(pathlib.Path(sys.argv[2]) / path, target / path)
source = pathlib.Path(sys.argv[2]) / "language/activations"
for path in source.glob("*.py"):
    shutil.copy(path, target / "language/activations" / path.name)
tanh = (target / "language/activations/tanh.py").read_text()
text = tanh.replace('"tanh"', '"arctan"').replace("np.tanh", "np.arctan").replace("sympy.tanh", "sympy.atan")
(target / "language/activations/arctan.py").write_text(text)
sys.path.insert(0, sys.argv[1])
from freeprob.language import activations
from freeprob.language.activations import REGISTRY, as_activation
assert "scipy" not in sys.modules
print(list(REGISTRY)[1], as_activation("arctan").numeric_slope(1))
"""
    root = Path(activations.__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": "3"}
    command = [sys.executable, "-c", program, str(tmp_path), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("arctan 0.6556")


def test_unknown_parameters_are_named():
    h = fp.gaussian(fp.sizes("n"))
    with pytest.raises(TypeError, match="leaky_relu has no parameter slope; its parameters: negative_slope"):
        fp.leaky_relu(h, slope=0.3)
