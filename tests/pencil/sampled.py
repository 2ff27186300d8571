"""A pencil with sampled letters: the oracle of realisation and of meanings."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import sympy

from freeprob.language.simulation import Sampler
from freeprob.pencil.linear_pencil import LinearPencil


class SampledPencil:
    """The block matrix L of a pencil for one sample of its letters, and its inverse."""

    def __init__(self, pencil: LinearPencil, sampler: Sampler):
        self.pencil, self.sampler = pencil, sampler
        widths = [sampler.lookup(space) for space in pencil.spaces]
        ends = np.cumsum([0, *widths])
        self.slices = [slice(a, b) for a, b in pairwise(ends)]
        full = np.zeros((ends[-1], ends[-1]))
        for (row, column), scalar in pencil.constant.items():
            full[self.slices[row], self.slices[column]] += sampler.number(scalar) * np.eye(widths[row])
        for row, column, scalar, matrix in pencil.matrices:
            full[self.slices[row], self.slices[column]] += sampler.number(scalar) * sampler.value(matrix)
        self.matrix = full
        self.inverse = np.linalg.inv(full)

    def entry(self, variable: int, source: int) -> np.ndarray:
        """Return block (variable, source) of the inverse."""
        return self.inverse[self.slices[variable], self.slices[source]]

    def readout(self, number: int) -> float:
        """Return a read-out of the pencil."""
        return sum(
            self.sampler.number(weight) * np.trace(self.entry(v, s)) / self.entry(v, s).shape[0]
            for v, s, weight in self.pencil.readouts[number].entries
        )


def words(expression) -> list:
    """Return the terms of an expression whose traces a pencil can hold."""
    return [part for part, scalar in expression.terms() if scalar != sympy.S.Zero]
