"""Without PyTorch: freeprob imports, and from_torch says what is missing."""

import subprocess
import sys

import pytest

import freeprob as fp
from freeprob.importing.optional import load


def test_importing_does_not_load_torch():
    code = "import sys, freeprob as fp; fp.from_torch, fp.importing.read_torch; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(fp.MissingDependency, match=r"needs torch.*pip install 'freeprob\[torch\]'"):
        fp.from_torch(None)
    assert issubclass(fp.MissingDependency, ImportError)


def test_a_broken_library_is_not_called_absent(tmp_path, monkeypatch):
    (tmp_path / "broken_library.py").write_text("import no_such_module_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all") as failure:
        load("broken_library", "fp.from_torch", "torch")
    assert not isinstance(failure.value, fp.FreeprobError)
