"""The public face: names, laziness, and that type checkers see the same as Python."""

import ast
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import freeprob as fp
from freeprob.language.vocabulary import words

SOURCE = Path(fp.__file__)


def _run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_loads_nothing_heavy():
    code = """
import sys
import freeprob
heavy = [m for m in ("numpy", "scipy", "sympy", "mpmath", "networkx", "matplotlib") if m in sys.modules]
print(heavy, freeprob.__version__, [m for m in sys.modules if m.startswith("freeprob")])
"""
    assert _run(code) == f"[] {fp.__version__} ['freeprob']"


def test_errors_load_without_sympy():
    assert _run("import sys, freeprob; freeprob.ShapeError; print('sympy' in sys.modules)") == "False"


@pytest.mark.parametrize("name", sorted(fp.__all__))
def test_every_public_name_exists(name):
    assert getattr(fp, name) is not None
    assert name in dir(fp)


def test_folders_add_words():
    assert set(words()) <= set(dir(fp))
    assert fp.tanh is fp.language.tanh and fp.wigner is fp.language.wigner


def test_unknown_names():
    with pytest.raises(AttributeError, match="module 'freeprob' has no attribute 'gausian'"):
        fp.gausian  # noqa: B018
    with pytest.raises(AttributeError):
        fp.__wrapped__  # noqa: B018
    with pytest.raises(AttributeError):
        fp.language.gausian  # noqa: B018


def test_errors_have_one_base():
    errors = [getattr(fp, name) for name, owner in fp._OWNERS.items() if owner == "errors"]
    assert len(errors) >= 8 and all(issubclass(e, fp.FreeprobError) for e in errors)


def test_type_checkers_see_the_same_names():
    declared = {}
    for statement in ast.parse(SOURCE.read_text()).body:
        if isinstance(statement, ast.If):
            for line in statement.body:
                for alias in line.names:
                    assert alias.name == alias.asname, "re-export explicitly"
                    declared[alias.name] = line.module
    assert {name: owner for name, owner in declared.items() if name in fp._OWNERS} == fp._OWNERS
    assert set(declared) <= {*fp._OWNERS, *fp._MODULES, *words()}, "a declared activation or ensemble does not exist"


def test_the_version_is_that_of_the_distribution():
    try:
        assert fp.__version__ == version("freeprob")
    except PackageNotFoundError:
        text = (SOURCE.parents[1] / "pyproject.toml").read_text()
        assert f'version = "{fp.__version__}"' in text
