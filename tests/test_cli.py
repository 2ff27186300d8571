"""The command line, run in process and once as a program."""

import os
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

import freeprob as fp
from freeprob.cli import COMMANDS, main
from freeprob.commands.gallery import gallery_files
from freeprob.commands.values import parse_value

MODEL = """
import freeprob as fp

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
X = fp.gaussian(d, n)
S = X @ X.T / n
law = fp.spectrum(S)
tau = fp.limit(fp.tr(fp.inv(S + lam * fp.identity(d))))
"""

EXPRESSIONS = """
import freeprob as fp

n, d = fp.sizes("n d")
P = fp.population(d, fp.laws.symbolic("H"))
X = fp.gaussian(d, n)
S = P**0.5 @ X @ X.T @ P**0.5 / n
AT = dict(n=2, d=1, H=fp.laws.atoms({1: 1}))
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.py"
    path.write_text(MODEL)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def refused(*arguments: object) -> str:
    """Return the one line of a refusal."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    lines = result.stderr.strip().splitlines()
    errors = [line for line in lines if line.startswith("Error: ")]
    assert len(errors) == 1 and lines[-1] == errors[0]
    return errors[0]


def test_derive_prints_equations_meanings_and_numbers(model: Path) -> None:
    result = run("derive", model, "--at", "n=2", "--at", "d=1", "--at", "lambda=1")
    assert result.exit_code == 2  # the law has no parameter lambda
    result = run("derive", f"{model}:law", "--at", "n=2", "--at", "d=1")
    assert result.exit_code == 0, result.output
    assert "S = X @ X.T / n" in result.output
    assert "m = tr[Q]" in result.output
    assert "support  [0.0857864376" in result.output
    result = run("derive", f"{model}:tau", "--at", "n=1", "--at", "d=1", "--at", "lambda=1")
    assert "at n=1, d=1, lambda=1: 0.618033988749895" in result.output


def test_derive_without_values_prints_all_models(model: Path) -> None:
    result = run("derive", model)
    assert result.exit_code == 0
    assert "law: " in result.output and "tau: " in result.output


def test_equality_signs_are_in_one_column(model: Path) -> None:
    output = run("derive", f"{model}:tau").output
    block = output.split("Equations:\n")[1].split("\n\n")[0].splitlines()
    assert len({line.index(" = ") for line in block}) == 1


def test_expressions_are_models_and_AT_gives_values(tmp_path: Path) -> None:
    path = tmp_path / "expressions.py"
    path.write_text(EXPRESSIONS)
    result = run("derive", path)
    assert result.exit_code == 0, result.output
    assert "support  [0.0857864376" in result.output
    changed = run("derive", path, "--at", "H=atoms(1:0.5,3:0.5)", "--at", "n=1")
    assert "H=atoms({1: 1/2, 3: 1/2})" in changed.output


def test_files_of_models_find_files_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "beside.py"
    path.write_text(MODEL + "from pathlib import Path\nlabel = (Path(__file__).parent / 'label.txt').read_text()\n")
    (tmp_path / "label.txt").write_text("beside")
    assert run("derive", f"{path}:tau").exit_code == 0
    digits = run("derive", gallery_files()["learning/digits_learning_curve"])  # reads data beside it
    assert digits.exit_code == 0 and "at n=150, lambda=0.05: 0.37529464" in digits.output


def test_files_are_written(model: Path, tmp_path: Path) -> None:
    names = {option: tmp_path / f"out.{option}" for option in ("latex", "report")}
    result = run(
        "derive",
        f"{model}:law",
        *("--at", "n=1", "--at", "d=0.5", "--quiet"),
        *("--latex", names["latex"], "--report", names["report"]),
        *("--solver", tmp_path / "solver.py", "--plot", tmp_path / "law.png"),
    )
    assert result.exit_code == 0, result.output
    assert r"\documentclass" in names["latex"].read_text()
    assert "<html" in names["report"].read_text()
    assert (tmp_path / "law.png").stat().st_size > 5000
    line = subprocess.run([sys.executable, tmp_path / "solver.py"], capture_output=True, text=True, check=False)
    assert line.returncode == 0, line.stderr


def test_plot_of_a_limit_over_a_range(model: Path, tmp_path: Path) -> None:
    picture = tmp_path / "tau.svg"
    values = ["--at", "n=0.2:3:12", "--at", "d=1", "--at", "lambda=0.1"]
    result = run("derive", f"{model}:tau", *values, "--plot", picture)
    assert result.exit_code == 0, result.output
    assert picture.read_text().startswith("<?xml")


def test_sweep_over_one_value(model: Path, tmp_path: Path) -> None:
    out, picture = tmp_path / "tau.csv", tmp_path / "tau.png"
    result = run("sweep", f"{model}:tau", "--grid", "d=0.5:1.5:3", *("--at", "n=1", "--at", "lambda=1"),
                 *("--out", out, "--plot", picture))  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "0.6180339887" in result.output and "tau at n=1, lambda=1" in result.output
    rows = np.loadtxt(out, delimiter=",", skiprows=1)
    assert out.read_text().splitlines()[0] == "d,tau" and rows[1] == pytest.approx([1, (5**0.5 - 1) / 2])
    assert picture.stat().st_size > 5000


def test_sweep_over_two_values_and_the_limit_from_above(model: Path, tmp_path: Path) -> None:
    out, picture = tmp_path / "tau.npz", tmp_path / "tau.svg"
    result = run("sweep", f"{model}:tau", *("--grid", "d=0.2:0.8:4", "--grid", "lambda=0,0.1,1", "--at", "n=1"),
                 *("--out", out, "--plot", picture, "--quiet"))  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [f"wrote {out}", f"wrote {picture}"]
    found = np.load(out)
    assert found["value"].shape == (4, 3) and found["value"][:, 0] == pytest.approx(1 / (1 - found["d"]))
    assert picture.read_text().startswith("<?xml")
    edges = run("sweep", f"{model}:law", "--grid", "d=0.25:1:2", "--at", "n=1", "--of", "upper")
    assert "2.25" in edges.output and edges.exit_code == 0
    long = run("sweep", f"{model}:tau", "--grid", "d=0.1:4:50", "--grid", "lambda=0.1:10:50:log", "--at", "n=1")
    assert "(120 of 2500 points)" in long.output


def test_sweep_refuses_bad_input(model: Path, tmp_path: Path) -> None:
    tau = f"{model}:tau"
    at = ("--at", "n=1", "--at", "lambda=1")
    assert "is no grid" in refused("sweep", tau, "--grid", "d=2", *at)
    assert "positive ends" in refused("sweep", tau, "--grid", "d=0:2:5:log", *at)
    assert "given by --grid and by --at" in refused("sweep", tau, "--grid", "d=1:2:5", "--at", "d=1", *at)
    three = [part for name in "dnp" for part in ("--grid", f"{name}=1:2:3")]
    assert "one or two grids" in refused("sweep", tau, *three)
    assert "choose one of law, tau" in refused("sweep", model, "--grid", "d=1:2:5", *at)
    assert "no value for lambda" in refused("sweep", tau, "--grid", "d=1:2:5", "--at", "n=1")
    assert "must be positive" in refused("sweep", tau, "--grid", "d=-1:2:5", *at)
    assert "sweep over it with --grid" in refused("sweep", tau, "--grid", "d=1:2:5", "--at", "n=1:2:3")
    assert "say what of it with --of" in refused("sweep", f"{model}:law", "--grid", "d=1:2:5", "--at", "n=1")
    assert "is the limit of a number" in refused("sweep", tau, "--grid", "d=1:2:5", *at, "--of", "upper")
    assert ".csv or .npz" in refused("sweep", tau, "--grid", "d=1:2:5", *at, "--out", tmp_path / "a.txt")
    assert ".png, .svg or .pdf" in refused("sweep", tau, "--grid", "d=1:2:5", *at, "--plot", tmp_path / "a.txt")
    assert "there is no folder" in refused("sweep", tau, "--grid", "d=1:2:5", *at, "--out", tmp_path / "b" / "a.csv")


def test_check_prints_a_verdict(model: Path) -> None:
    result = run("check", f"{model}:tau", "--quick", "--at", "n=1", "--at", "d=0.5", "--at", "lambda=1")
    assert result.exit_code == 0, result.output
    assert "Verdict: passed" in result.output


def test_check_that_fails_has_status_1(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = fp.limit  # a derivation of another number under the model's name
    monkeypatch.setattr("freeprob.derived.LimitValue.check", lambda self, **options: wrong and _Failed(), raising=True)
    result = run("check", f"{model}:tau", "--at", "n=1", "--at", "d=0.5", "--at", "lambda=1")
    assert result.exit_code == 1
    assert "Verdict: failed" in result.output


class _Failed:
    passed = False
    verdict = "failed"

    def __str__(self) -> str:
        return "Verdict: failed"


def test_gallery_lists_and_runs() -> None:
    files = gallery_files()
    result = run("gallery")
    assert result.exit_code == 0
    assert all(key in result.output for key in files)
    result = run("gallery", "marchenko_pastur")
    assert result.exit_code == 0, result.output
    assert "Verdict: passed" in result.output


def test_gallery_checks_limits_of_a_penalty_beside_them() -> None:
    result = run("gallery", "random_projections")
    assert result.exit_code == 0, result.output
    assert "check at lambda = 0.01: passed" in result.output


def test_gallery_is_in_the_repository() -> None:
    for path in gallery_files().values():
        text = path.read_text()
        assert '"""' in text.split("\n", 1)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.37", Fraction(37, 100)),
        ("1/3", Fraction(1, 3)),
        ("1e-4", Fraction(1, 10000)),
        ("atoms(1:0.5, 3:0.5)", fp.laws.atoms({1: "1/2", 3: "1/2"})),
        ("uniform(0.5,2)", fp.laws.uniform("1/2", 2)),
        ("semicircle(2)", fp.laws.semicircle(2)),
        ("marchenko_pastur(ratio=0.5)", fp.laws.marchenko_pastur("1/2")),
        ("power_law(1.5, 0.1, 10)", fp.laws.power_law("3/2", "1/10", 10)),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse_value(text) == value


def test_ranges_and_files_of_values(tmp_path: Path) -> None:
    np.testing.assert_allclose(parse_value("1:3:5"), [1, 1.5, 2, 2.5, 3])
    path = tmp_path / "values.txt"
    path.write_text("1\n2\n4\n")
    assert parse_value(f"empirical({path})") == fp.laws.empirical([1, 2, 4])


@pytest.mark.parametrize(
    "text", ["", "two", "1/0", "1:2", "1:2:x", "atoms(1", "cauchy(1)", "atoms(1:2)", "uniform(2,1)"]
)
def test_bad_values(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parse_value(text)


def test_bad_input(model: Path, tmp_path: Path) -> None:
    assert "there is no file" in refused("derive", tmp_path / "absent.py")
    assert "it has law, tau" in refused("derive", f"{model}:risk")
    assert "no value for" in refused("derive", f"{model}:law", "--at", "n=1")
    assert "'p' is not a size or parameter" in refused(
        "derive", f"{model}:law", "--at", "n=1", "--at", "d=1", "--at", "p=1"
    )
    assert "must be positive" in refused("check", f"{model}:law", "--at", "n=-1", "--at", "d=1")
    assert "should read name=value" in refused("derive", model, "--at", "n")
    assert "n is given twice" in refused("derive", model, "--at", "n=1", "--at", "n=2")
    assert "d: 'x' is no value" in refused("derive", model, "--at", "d=x")
    assert "choose it with" in refused("derive", model, "--latex", tmp_path / "out.tex")
    assert "there is no target 'fortran'" in refused("derive", f"{model}:law", "--target", "fortran")
    assert "there is no folder" in refused("derive", f"{model}:law", "--latex", tmp_path / "no" / "out.tex")
    assert "needs a range" in refused(
        "derive", f"{model}:tau", "--at", "n=1", "--at", "d=1", "--at", "lambda=1", "--plot", tmp_path / "tau.png"
    )
    assert "not a range" in refused("check", f"{model}:law", "--at", "n=1:2:3", "--at", "d=1")
    assert "the gallery has no flux" in refused("gallery", "flux")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = (", "line 1: '(' was never closed"),
        (
            "import freeprob as fp\nn, d = fp.sizes('n d')\nS = fp.gaussian(d, n) @ fp.gaussian(d, n)",
            "line 3: ShapeError",
        ),
        ("x = 1", "defines no model at top level"),
        ("raise KeyError('gone')", "line 1: KeyError"),
        (
            "import freeprob as fp\nn, d = fp.sizes('n d')\nX = fp.gaussian(d, n)\nS = X @ X.T",
            "factor of order N^(-1) is missing",
        ),
    ],
)
def test_bad_files(tmp_path: Path, source: str, message: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(source)
    assert message in refused("derive", path)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_an_example(command: str) -> None:
    result = run(*([command] if command else []), "--help")
    assert result.exit_code == 0
    assert "Example:  freeprob" in result.output


def test_help_is_immediate() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(fp.__file__).parents[1])}
    code = "import sys; from freeprob.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    began = time.process_time(), os.times().children_user
    line = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert os.times().children_user - began[1] < 0.5
    loaded = line.stdout.splitlines()[-1].split()
    assert not {"sympy", "numpy", "scipy", "matplotlib"} & set(loaded)


def test_python_m_freeprob() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(fp.__file__).parents[1])}
    line = subprocess.run(
        [sys.executable, "-m", "freeprob", "--version"], capture_output=True, text=True, check=False, env=environment
    )
    assert fp.__version__ in line.stdout or "not installed" in line.stderr
