"""Small products of matrices on one thread.

The products of a curve are small, and its processes use all cores already. The threads of OpenBLAS then only wait for
each other: on a busy machine a product of 50 microseconds takes 30 milliseconds.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["one_blas_thread"]

_SUFFIXES = ("", "64_")
_PREFIXES = ("scipy_openblas", "openblas")


@cache
def _openblas() -> tuple[Any, Any] | None:
    """Return the functions that tell and set the number of threads of NumPy's own OpenBLAS, if it brought one."""
    folders = [Path(np.__file__).parent.parent / "numpy.libs", Path(np.__file__).parent / ".dylibs"]
    for file in sorted(file for folder in folders if folder.is_dir() for file in folder.glob("*openblas*")):
        try:
            library = ctypes.CDLL(str(file))  # loaded already: this is the copy that NumPy uses
        except OSError:
            continue
        for name in (f"{prefix}_{{}}_num_threads{suffix}" for prefix in _PREFIXES for suffix in _SUFFIXES):
            if hasattr(library, name.format("set")) and hasattr(library, name.format("get")):
                return getattr(library, name.format("get")), getattr(library, name.format("set"))
    return None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Compute on one thread; do nothing where NumPy uses another library than the OpenBLAS of its wheels.

    Examples
    --------
    >>> from freeprob.solve.blas_threads import one_blas_thread
    >>> with one_blas_thread():
    ...     pass
    """
    functions = _openblas()
    if functions is None:
        yield
        return
    tell, set_ = functions
    before = tell()
    set_(1)
    try:
        yield
    finally:
        set_(before)
