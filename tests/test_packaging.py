"""The wheel and the source distribution: what is in them, and that an installed wheel works without a checkout."""

import os
import subprocess
import sys
import tarfile
import zipfile

import pytest

from .documents import ROOT

pytest.importorskip("hatchling", reason="hatchling builds the distributions: install the extra 'dev'")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A wheel and a source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """A folder with the content of the wheel, far from the checkout."""
    place = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(place)
    return place


def _run(place, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(place), "MPLBACKEND": "agg"}
    outcome = subprocess.run(
        [sys.executable, *arguments], cwd=place.parent, env=environment, capture_output=True, text=True, timeout=120
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def test_the_wheel_holds_the_package_its_data_and_the_gallery(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    tracked = {str(p.relative_to(ROOT)) for p in (ROOT / "freeprob").rglob("*.py")}
    assert tracked <= names
    assert {"freeprob/py.typed", "freeprob/derivation/references.bib"} <= names
    gallery = {f"freeprob/_gallery/{p.relative_to(ROOT / 'derivations')}" for p in (ROOT / "derivations").rglob("*.py")}
    assert gallery and gallery <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    strangers = {name.split("/")[0] for name in names if not name.startswith("freeprob")}
    assert not strangers and not any("__pycache__" in name for name in names)


def test_the_source_distribution_holds_the_tests_and_the_documentation(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "tests/test_packaging.py",
        "docs/index.md",
        "README.md",
        "LICENSE",
        "CITATION.cff",
        "CHANGELOG.md",
        "Makefile",
    }
    assert wanted <= names
    assert not any(name.split("/")[0] in (".venv", "out", ".git") for name in names)


def test_the_installed_package_derives_a_law(installed):
    code = """
import freeprob as fp
n, d = fp.sizes("n d")
X = fp.gaussian(d, n)
law = fp.spectrum(X @ X.T / n)
assert "bibliography" in law.latex()
print(fp.__file__, law.at(n=4, d=1).edges())
"""
    assert _run(installed, "-c", code).split(maxsplit=1) == [f"{installed}/freeprob/__init__.py", "[0.25 2.25]\n"]


def test_the_installed_command_line_finds_the_gallery(installed):
    code = "from freeprob.commands.gallery import gallery_files; print(*gallery_files().values())"
    for path in _run(installed, "-c", code).split():
        assert path.startswith(f"{installed}/freeprob/_gallery/")
    assert "marchenko_pastur" in _run(installed, "-m", "freeprob", "gallery")
