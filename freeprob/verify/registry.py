"""The checks by name: a check enters when its file is imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .check_report import CheckLine
from .subject import Subject

__all__ = ["CHECKS", "Check", "register", "without_contours"]

Run = Callable[[Subject], CheckLine]


def _always(derivation: Any) -> bool:
    return True


def without_contours(derivation: Any) -> bool:
    """Return whether a derivation is solved at one point, and not along contours around spectra."""
    return not derivation.system.contours


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes
    ----------
    name : str
    order : int
        Place in the report: cheap checks first.
    kinds : tuple of str
        ``"spectrum"``, ``"limit"`` or both: what it applies to.
    run : callable
        ``run(subject) -> CheckLine``; an error of freeprob counts as failed.
    applies : callable
        Whether there is anything to check in a derivation.
    """

    name: str
    order: int
    kinds: tuple[str, ...]
    run: Run
    applies: Callable[[Any], bool] = _always


CHECKS: dict[str, Check] = {}


def register(
    name: str,
    order: int,
    kinds: tuple[str, ...] = ("spectrum", "limit"),
    applies: Callable[[Any], bool] = _always,
) -> Callable[[Run], Run]:
    """Enter a function as the check of this name."""

    def enter(run: Run) -> Run:
        CHECKS[name] = Check(name, order, kinds, run, applies)
        return run

    return enter
