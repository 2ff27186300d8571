"""Observed eigenvalues: read from an array, a list or a file, and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ShapeError

__all__ = ["Eigenvalues", "read_eigenvalues"]

_ROUNDING = 64


@dataclass(frozen=True, eq=False)
class Eigenvalues:
    """A spectrum of a finite matrix.

    Attributes
    ----------
    values : ndarray of float64
        In increasing order.
    rounding : float
        Size of rounding errors: 64 units in the last place of the largest value, in the precision of the input.
    """

    values: np.ndarray
    rounding: float

    def __len__(self) -> int:
        return len(self.values)

    def spread(self) -> tuple[float, float]:
        """Return centre and half-width of the bulk: median, and half of the range between the 5 and 95 % quantiles.

        Values that are equal up to rounding, the trace of an atom, are left out.
        """
        lonely = np.diff(self.values) > self.rounding
        free = np.append(lonely, True) & np.insert(lonely, 0, True)
        values = self.values[free] if np.count_nonzero(free) >= 3 else self.values
        low, centre, high = np.quantile(values, [0.05, 0.5, 0.95])
        half = 0.5 * float(high - low)
        return float(centre), half if half > self.rounding else max(abs(float(centre)), 1.0)

    def without(self, some: np.ndarray) -> Eigenvalues:
        """Return the values that are not among these."""
        return Eigenvalues(self.values[~np.isin(self.values, some)], self.rounding)


def read_eigenvalues(values: Any) -> Eigenvalues:
    """Read eigenvalues.

    Parameters
    ----------
    values : array_like, str or Path
        Real numbers in one dimension, or the path of a ``.npy`` or ``.txt`` file that holds them.

    Raises
    ------
    ShapeError
        If there is no value, or there are several dimensions.
    ValueError
        If a value is not a finite real number, or the file is neither ``.npy`` nor ``.txt``.

    Examples
    --------
    >>> from freeprob.observe.eigenvalues import read_eigenvalues
    >>> print(read_eigenvalues([3, 1, 2]).values)
    [1. 2. 3.]
    """
    array = _load(Path(values)) if isinstance(values, str | Path) else np.asarray(values)
    if array.ndim == 2 and 1 not in array.shape:
        raise ShapeError(
            f"eigenvalues have one dimension, but the shape is {array.shape}; of a symmetric matrix M take "
            "np.linalg.eigvalsh(M)"
        )
    if array.ndim > 2 or array.ndim == 0:
        raise ShapeError(f"eigenvalues have one dimension, but the shape is {array.shape}")
    if array.size == 0:
        raise ShapeError("no eigenvalues were given; a comparison needs at least one")
    if np.iscomplexobj(array):
        raise ValueError(
            "the eigenvalues are complex; a spectral law is that of a self-adjoint matrix: np.linalg.eigvalsh"
        )
    try:
        flat = np.sort(array.ravel().astype(np.float64))
    except (TypeError, ValueError) as error:
        raise ValueError(f"eigenvalues must be real numbers: {error}") from None
    wrong = np.count_nonzero(~np.isfinite(flat))
    if wrong:
        raise ValueError(f"{wrong} of {len(flat)} eigenvalues are infinite or not a number; remove them first")
    ulp = float(np.finfo(array.dtype).eps) if np.issubdtype(array.dtype, np.floating) else 2.0**-52
    return Eigenvalues(flat, _ROUNDING * ulp * float(np.abs(flat).max()))


def _load(path: Path) -> np.ndarray:
    if path.suffix == ".npy":
        return np.load(path, allow_pickle=False)
    if path.suffix == ".txt":
        return np.loadtxt(path, ndmin=1)
    raise ValueError(f"eigenvalues are read from .npy or .txt files, not {path.name!r}")
