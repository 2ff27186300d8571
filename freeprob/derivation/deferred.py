"""Fields of records that are worked out when they are first read.

A derivation records far more than one question needs: a network of fifty layers has a hundred and fifty coefficients,
each with a definition in LaTeX and a formula, while its spectrum needs their numbers alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

__all__ = ["deferrable", "deferred"]

T = TypeVar("T")


class _Deferred:
    """``function(*arguments)``, not called yet."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]):
        self.function, self.arguments = function, arguments


def deferred(function: Callable[..., T], *arguments: Any) -> T:
    """Return what a deferrable field takes in place of ``function(*arguments)``.

    Parameters
    ----------
    function : callable
        Of module level, so that records can be sent to other processes.
    *arguments : object
    """
    return cast(T, _Deferred(function, arguments))


class _Field:
    """Replaces a field of a dataclass; its value is kept in the record under the same name."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            raise AttributeError(self.name)
        value = instance.__dict__[self.name]
        if isinstance(value, _Deferred):
            value = instance.__dict__[self.name] = value.function(*value.arguments)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.name] = value


def deferrable(*names: str) -> Callable[[type[T]], type[T]]:
    """Let fields of a dataclass be given as deferred values.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from freeprob.derivation.deferred import deferrable, deferred
    >>> @deferrable("text")
    ... @dataclass(frozen=True)
    ... class Record:
    ...     text: str
    >>> Record("now").text, Record(deferred("{} {}".format, "when", "read")).text
    ('now', 'when read')
    """

    def decorated(cls: type[T]) -> type[T]:
        for name in names:
            setattr(cls, name, _Field(name))
        return cls

    return decorated
