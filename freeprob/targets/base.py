"""What a target is: a language in which a solver can be written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from .solver_file import SolverFile

__all__ = ["Target"]


class Target(ABC):
    """Prints a solver.

    A new target is one file in this folder that defines a final subclass; it prints procedures of the intermediate
    representation (:mod:`freeprob.program.ir`) and a driver that continues solutions.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    takes_contours: ClassVar[bool] = False
    """Whether solvers of numbers with functions of matrices can be written: the file then has a ``contour``."""

    @abstractmethod
    def source(self, solver: SolverFile) -> str:
        """Return the text of the stand-alone solver."""
