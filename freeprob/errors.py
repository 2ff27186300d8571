"""Errors: each names the node, the reason and the remedy."""

from __future__ import annotations


class FreeprobError(Exception):
    """Base class of every error that freeprob raises on purpose."""


class ShapeError(FreeprobError, ValueError):
    """Two shapes do not fit; the message shows both."""


class ScalingError(FreeprobError, ValueError):
    """A matrix would diverge or vanish in the limit; the message names the missing factor."""


class NotSelfAdjoint(FreeprobError, ValueError):
    """A spectral law was asked of a matrix that is not self-adjoint."""


class UnsupportedModel(FreeprobError, ValueError):
    """A hypothesis of a rule fails; the message says which hypothesis of which rule."""


class NotPrecise(UnsupportedModel):
    """More than 15 digits were asked of a model with a number that is known in double precision only."""


class MissingValue(FreeprobError, KeyError):
    """A size or parameter has no value, or a value was given to an unknown name."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""


class MissingDependency(FreeprobError, ImportError):
    """An optional library is not installed; the message says how to install it."""


class NotIdentified(FreeprobError, ValueError):
    """Several values of the parameters give the same law; the message says which combination is not determined."""


class NotAlgebraic(FreeprobError, ValueError):
    """The system has no polynomial equation P(m, z) = 0."""


class SolveError(FreeprobError, ArithmeticError):
    """No solution on the physical branch could be established at a point."""
