"""The LaTeX document of every gallery model compiles without an overfull line."""

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from freeprob.derived import Derived

GALLERY = Path(__file__).parents[2] / "derivations"
SAMPLE = {"separable", "random_features", "ridge_isotropic"}
FILES = [
    pytest.param(path, marks=() if path.stem in SAMPLE else pytest.mark.slow, id=path.stem)
    for path in sorted(GALLERY.glob("*/[!_]*.py"))
]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("path", FILES)
def test_documents_compile_without_overfull_lines(path, tmp_path):
    models = {name: value for name, value in runpy.run_path(str(path)).items() if isinstance(value, Derived)}
    assert models
    for name, derivation in models.items():
        source = tmp_path / f"{name}.tex"
        source.write_text(derivation.latex(), encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", source.name]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
        assert done.returncode == 0, done.stdout[-1500:]
        assert "Overfull" not in source.with_suffix(".log").read_text(errors="replace"), name
