"""Numbers of leaves: one counter in a process, and which live leaf holds which number."""

from __future__ import annotations

import threading
import weakref

from .expression import Expression

__all__ = ["claim", "holder", "next_number"]

_HOLDERS: weakref.WeakValueDictionary[int, Expression] = weakref.WeakValueDictionary()
_LOCK = threading.Lock()
_highest = 0


def next_number() -> int:
    """Return a number that no leaf of this process has had, made here or loaded."""
    global _highest
    with _LOCK:
        _highest += 1
        return _highest


def claim(number: int, leaf: Expression) -> None:
    """Record that a leaf holds a number; later numbers are larger. Constants share the number 0."""
    global _highest
    if not isinstance(number, int) or number < 0:
        raise TypeError(f"the number of a leaf is a positive integer, or 0 for a constant, not {number!r}")
    if number == 0:
        return
    with _LOCK:
        _highest = max(_highest, number)
        _HOLDERS.setdefault(number, leaf)


def holder(number: int) -> Expression | None:
    """Return the live leaf that holds a number, or None."""
    return _HOLDERS.get(number)
