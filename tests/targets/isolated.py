"""Solver files run in an interpreter that sees NumPy and the standard library alone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["run_isolated"]

_HEAD = r"""
import importlib.util, json, sys
folder, site = sys.argv[1:]
sys.path = [p for p in sys.path if "site-packages" not in p] + [site]
import numpy as np
found = {}
for name, task in json.load(open(folder + "/tasks.json")).items():
    spec = importlib.util.spec_from_file_location(name, f"{folder}/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
"""

_TAIL = r"""
foreign = sorted({m.split(".")[0] for m in sys.modules} & {"freeprob", "scipy", "sympy", "mpmath", "flint", "networkx"})
print(json.dumps([found, foreign]))
"""


def run_isolated(folder: Path, site: Path, body: str, tasks: dict[str, Any]) -> dict[str, Any]:
    """Return what ``body`` puts into ``found``; it runs for each ``name, task``, with the solver as ``module``.

    Parameters
    ----------
    folder, site : Path
        Where the solvers are, and an empty folder for NumPy.
    body : str
        Indented by four spaces.
    tasks : dict of str to anything that JSON holds
    """
    home = Path(np.__file__).parent
    for part in (home, home.parent / "numpy.libs"):
        if part.exists():
            os.symlink(part, site / part.name)
    (folder / "tasks.json").write_text(json.dumps(tasks))
    (folder / "run.py").write_text(_HEAD + body.strip("\n") + _TAIL)
    command = [sys.executable, "-I", "-S", str(folder / "run.py"), str(folder), str(site)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    found, foreign = json.loads(done.stdout)
    assert foreign == []
    return found
