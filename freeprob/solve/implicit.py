"""Implicit differentiation: how read-outs of equations move with sizes and parameters, at complex points too."""

from __future__ import annotations

import numpy as np

from ..program.sensitivity import Sensitivity

__all__ = ["implicit_slopes"]


def implicit_slopes(
    derivatives: Sensitivity, rows: np.ndarray, known: np.ndarray, count: int, readouts: int, moved: np.ndarray
) -> np.ndarray:
    """Return derivatives of read-outs, shape (readouts, symbols, nodes); those of other unknowns than ``known`` are 0.

    Parameters
    ----------
    derivatives : Sensitivity
    rows : ndarray, shape (nodes, entries)
        The values of the derivatives.
    known : ndarray
        The unknowns that are solved at these nodes.
    count : int
        The number of unknowns.
    readouts : int
    moved : ndarray, shape (symbols and coefficients, symbols)
        How symbols in the equations, and coefficients, move with the symbols.
    """
    right = np.zeros((len(rows), count, count + len(moved)), dtype=complex)
    reading = np.zeros((len(rows), readouts, count + len(moved)), dtype=complex)
    for k, (row, column) in enumerate(derivatives.equations):
        right[:, row, column] = rows[:, k]
    for k, (row, column) in enumerate(derivatives.readout, start=len(derivatives.equations)):
        reading[:, row, column] = rows[:, k]
    right = right[:, known]
    moves = np.linalg.solve(np.eye(len(known)) - right[:, :, known], right[:, :, count:] @ moved)
    with np.errstate(all="ignore"):
        found = reading[:, :, count:] @ moved + reading[:, :, known] @ moves
    return np.moveaxis(found, 0, -1)
