"""Libraries that are not needed to use freeprob, loaded when they are."""

from __future__ import annotations

import importlib
from types import ModuleType

from ..errors import MissingDependency

__all__ = ["load"]


def load(name: str, wanted_by: str, extra: str) -> ModuleType:
    """Return a module.

    Parameters
    ----------
    name : str
        For example ``"torch"``.
    wanted_by : str
        Who asks, for the message.
    extra : str
        The extra of the distribution that installs it.

    Raises
    ------
    MissingDependency
        If it is not installed.

    Examples
    --------
    >>> from freeprob.importing.optional import load
    >>> load("no_such_library", "fp.from_nowhere", "nowhere")
    Traceback (most recent call last):
        ...
    freeprob.errors.MissingDependency: fp.from_nowhere needs no_such_library, which is not installed. Remedy: ...
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != name.split(".")[0]:
            raise
        raise MissingDependency(
            f"{wanted_by} needs {name}, which is not installed. Remedy: pip install 'freeprob[{extra}]'"
        ) from error
