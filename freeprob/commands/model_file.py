"""A Python file that defines models at top level: loading it and choosing models by name."""

from __future__ import annotations

import ast
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import click

from ..derived import LimitValue, SpectralLaw
from ..errors import FreeprobError
from ..language.expression import Expression, walk
from ..language.nodes import Leaf
from ..pipeline import limit, spectrum

__all__ = ["BadInput", "Derivation", "ModelFile", "headline", "load", "split_name"]


Derivation = SpectralLaw | LimitValue


class BadInput(click.ClickException):
    """Wrong input: one line on standard error and exit status 2."""

    exit_code = 2

    def __init__(self, message: object):
        super().__init__(" ".join(str(message).split()))


@dataclass(frozen=True)
class ModelFile:
    """The models of a file.

    Attributes
    ----------
    path : Path
    variables : dict of str to object
        The top level of the file; its names are the names of the matrices in formulas.
    """

    path: Path
    variables: dict[str, Any]

    @property
    def defaults(self) -> dict[str, Any]:
        """The values of ``AT`` in the file, if it has them."""
        values = self.variables.get("AT", {})
        if not isinstance(values, Mapping):
            raise BadInput(f"{self.path.name}: AT must be a dict of values, not {type(values).__name__}")
        return {str(k): v for k, v in values.items()}

    @property
    def names(self) -> list[str]:
        """The names of the models: derivations; without any, expressions that are in no other expression."""
        derived = [k for k, v in self.variables.items() if isinstance(v, Derivation)]
        if derived:
            return derived
        found = {k: v for k, v in self.variables.items() if isinstance(v, Expression) and _has_limit(v)}
        inner = {node for v in found.values() for node in walk(v) if node is not v}
        return [k for k, v in found.items() if v not in inner]

    def derive(self, name: str) -> Derivation:
        """Return the derivation of a model; a square expression means its spectrum, a 1 x 1 expression its limit."""
        model = self.variables.get(name)
        if isinstance(model, Derivation):
            return model
        if not isinstance(model, Expression):
            known = ", ".join(self.names) or "none"
            raise BadInput(f"{self.path.name} has no model {name}; it has {known}")
        try:
            return (limit if model.is_number else spectrum)(model, names=self.variables)
        except (FreeprobError, TypeError) as error:
            raise BadInput(f"{self.path.name}:{name}: {error}") from error

    def chosen(self, name: str | None) -> list[str]:
        """Return the name asked for, else all models of the file."""
        if name is not None:
            return [name]
        if not self.names:
            raise BadInput(
                f"{self.path.name} defines no model at top level; assign one, for example law = fp.spectrum(K)"
            )
        return self.names

    def values(self, derivation: Derivation, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of ``AT`` that a model knows, and the values given, which count more."""
        known = {*derivation.needs, *derivation.known}
        defaults = {k: v for k, v in self.defaults.items() if k in known or k.removesuffix("_") in known}
        return {**defaults, **given}


def _has_limit(expression: Expression) -> bool:
    return (
        expression.is_square and not isinstance(expression, Leaf) and any(isinstance(n, Leaf) for n in walk(expression))
    )


def split_name(spelled: str) -> tuple[Path, str | None]:
    """Split ``FILE:NAME``; the name is absent in ``FILE``."""
    path, colon, name = spelled.rpartition(":")
    if colon and name.isidentifier() and not Path(spelled).exists():
        return Path(path), name
    return Path(spelled), None


def load(path: Path) -> ModelFile:
    """Run a file and return its top level.

    Raises
    ------
    BadInput
        If there is no such file, or it raises an error; the message has the line and the reason.
    """
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    if sys.stderr.isatty():
        click.echo(f"deriving {path} ...", err=True)
    name = f"freeprob_models_{path.stem}"
    loader = SourceFileLoader(name, str(path))
    spec = spec_from_loader(name, loader)  # asks the loader for the place of the file, __file__ of the module
    if spec is None:
        raise BadInput(f"{path} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module  # as for any import: dataclasses and pickles look there
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        loader.exec_module(module)
    except SyntaxError as error:
        raise BadInput(f"{path}, line {error.lineno}: {error.msg}") from error
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        place = f", line {lines[-1]}" if lines else ""
        raise BadInput(f"{path}{place}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    names = {k: v for k, v in module.__dict__.items() if not k.startswith("_")}
    return ModelFile(path, names)


def headline(path: Path) -> str:
    """Return the first line of the docstring of a file, which is not run."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n", 1)[0].rstrip(".")
