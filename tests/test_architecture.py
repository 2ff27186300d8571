"""The source itself: floors, cycles, prints."""

import ast
from functools import cache
from pathlib import Path

import networkx
import pytest

import freeprob

ROOT = Path(freeprob.__file__).parent
FLOORS = {
    "errors": -1,
    "algebra": 0,
    "derivation": 1,
    "language": 2,
    "equivalents": 3,
    "importing": 3,
    "pencil": 4,
    "equations": 5,
    "program": 6,
    "targets": 7,
    "export": 7,
    "observe": 8,
    "solve": 9,
    "verify": 10,
    "free": 11,
    "derived": 11,
    "pipeline": 12,
    "learning": 13,
    "commands": 13,
    "cli": 14,
    "__main__": 15,
    "__init__": 16,
}
"""A module imports from lower floors and from its own package only."""

FILES = sorted(ROOT.rglob("*.py"))


def _name(path):
    parts = ("freeprob", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _package(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


MODULES = {_name(path): path for path in FILES}


@cache
def _tree(path):
    return ast.parse(path.read_text())


def _own_imports(path):
    """Yield (statement, imported module) for each import of a module of freeprob."""
    name = _name(path)
    here = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for statement in ast.walk(_tree(path)):
        if isinstance(statement, ast.Import):
            targets = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            start = here[: len(here) - statement.level + 1] if statement.level else []
            base = ".".join([*start, *filter(None, [statement.module])])
            inside = [f"{base}.{alias.name}" for alias in statement.names]
            targets = [target if target in MODULES else base for target in inside]
        else:
            continue
        for target in dict.fromkeys(targets):
            if target.split(".")[0] == "freeprob":
                yield statement, target


def test_every_package_has_a_floor():
    unknown = {_package(name) for name in MODULES} - set(FLOORS)
    assert not unknown, "give each new package a floor above"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_imports_go_down(path):
    package = _package(_name(path))
    for statement, target in _own_imports(path):
        other = _package(target)
        allowed = other == package or FLOORS.get(other, 99) < FLOORS.get(package, 99)
        assert allowed, f"line {statement.lineno}: {package} imports {target}, which is not on a lower floor"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_own_import_inside_a_function(path):
    own = {id(statement) for statement, _ in _own_imports(path)}
    for function in ast.walk(_tree(path)):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            inside = [node.lineno for node in ast.walk(function) if id(node) in own]
            assert not inside, f"lines {inside}: move the thing instead"


def test_no_cycles():
    imports = networkx.DiGraph((_name(path), target) for path in FILES for _, target in _own_imports(path))
    assert networkx.is_directed_acyclic_graph(imports), networkx.find_cycle(imports)


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "cli.py"], ids=_name)
def test_no_print(path):
    lines = [
        node.lineno
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not lines


def test_the_import_reader_sees_imports():
    found = {target for _, target in _own_imports(MODULES["freeprob.language.nodes"])}
    assert {"freeprob.errors", "freeprob.language.expression", "freeprob.language.scalars"} <= found
    assert ("freeprob.language.operators", "freeprob.language.operations") in {
        ("freeprob.language.operators", target) for _, target in _own_imports(MODULES["freeprob.language.operators"])
    }
