r"""What the entries of a weight matrix look like: iid, orthogonal, zero, or none of these.

The theory needs centred iid entries (of any law with four moments: universality) or a Haar distributed matrix, and one
number, the variance. Each hypothesis is tested on the numbers. With entries of variance ``v`` and kurtosis ``k``, an
``m x n`` matrix has

- a mean of order ``sqrt(v/(m n))``;
- rows and columns of norms that agree: ``|w|^2/(n v)`` has mean 1 and variance ``(k - 1)/n`` (its cube root is closer
  to a normal variable; Wilson and Hilferty 1931);
- ``Tr (W W^T)^2 = m n (m + n - 2 + k) v^2`` up to ``2 m n v^2``, whatever the law;
- a largest singular value near ``sqrt(v) (sqrt(m) + sqrt(n))``, with fluctuations of Tracy and Widom's order
  (Johnstone 2001; Pillai and Yin 2014, universality).

Training, a spike, or repeated weights move the last three by far more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy
from scipy.sparse.linalg import svds

from ..errors import UnsupportedModel

__all__ = ["UNIT", "Fan", "Initialisation", "initialisation", "rounded", "uniform_evidence"]

_DEVIATIONS = 5.5
"""Standard errors beyond which a hypothesis is rejected (4e-8 for a normal variable)."""

_NORM_DEVIATIONS = 7
"""The same for the largest of many rows and columns."""

_EDGE_DEVIATIONS = 8
"""Units of Tracy and Widom beyond which a singular value is an outlier (exp(-15))."""

_ALIKE = 0.05
"""Relative difference of variances from which a tensor too small to tell two initialisers apart is measured."""

_SMALLEST = 20
"""Rows or columns below which there is no spectrum to test."""

Fan = Callable[[sympy.Expr, sympy.Expr], sympy.Expr]
"""The variance of an entry up to a number, of columns (fan in) and rows (fan out)."""

_FANS: dict[str, Fan] = {
    "fan in": lambda columns, rows: 1 / columns,
    "Xavier": lambda columns, rows: 2 / (columns + rows),
    "fan out": lambda columns, rows: 1 / rows,
}
UNIT = "1"
"""The fan of torch.randn, which a module divides by a root of the width itself."""

_GAINS = tuple(sympy.Rational(a, b) for a, b in ((1, 1), (2, 1), (1, 3), (25, 9), (9, 16)))
"""Squares of the gains of torch.nn.init: linear, relu, nn.Linear's default, tanh, selu."""


@dataclass(frozen=True)
class Initialisation:
    """The law of the entries of a weight matrix.

    Attributes
    ----------
    kind : str
        ``"iid"``, ``"orthogonal"`` or ``"zero"``.
    variance : float
        The measured mean square of the entries; of an orthogonal matrix the square of its singular values.
    gain, fan : Rational and str, or None
        Where the matrix is indistinguishable from a well-known initialiser: variance = gain * fan(columns, rows).
    shape : str
        ``"uniform"``, ``"normal"`` or ``"other"``.
    """

    kind: str
    variance: float
    gain: sympy.Rational | None = None
    fan: str | None = None
    shape: str = "other"

    @property
    def is_recognised(self) -> bool:
        """Whether this is a well-known initialiser."""
        return self.gain is not None

    def fan_value(self, columns: sympy.Expr, rows: sympy.Expr) -> sympy.Expr:
        """Return the recognised variance of an entry as a function of the sizes."""
        if self.gain is None:
            raise ValueError("only a recognised initialiser has a formula")
        return self.gain if self.fan is None else self.gain * _FANS[self.fan](columns, rows)

    @property
    def statement(self) -> str:
        """The law in words."""
        if self.kind == "zero":
            return "zero"
        if self.kind == "orthogonal":
            return f"orthogonal, singular values {math.sqrt(self.variance):.6g}"
        names = {"fan in": f"{self.gain} / fan in", "fan out": f"{self.gain} / fan out", UNIT: "1"}
        name = names.get(str(self.fan), f"{2 * (self.gain or 1)} / (fan in + fan out)")
        known = f", recognised as {name}" if self.is_recognised else ", not a well-known initialiser"
        return f"iid ({self.shape}), measured variance {self.variance:.4g}{known}"


def rounded(value: float, digits: int = 6) -> sympy.Rational:
    """Return a measured number with so many digits as a rational number.

    Examples
    --------
    >>> from freeprob.importing.initialisation import rounded
    >>> rounded(0.3333333333), rounded(2)
    (333333/1000000, 2)
    """
    return sympy.Rational(f"{value:.{digits}g}")


def uniform_evidence(values: np.ndarray) -> float:
    """Return the logarithm of the likelihood of a centred uniform law over that of a normal one.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.importing.initialisation import uniform_evidence
    >>> rng = np.random.default_rng(0)
    >>> uniform_evidence(rng.uniform(-1, 1, 100)) > 10, uniform_evidence(rng.standard_normal(100)) < -10
    (True, True)
    """
    variance, bound = float(np.mean(values**2)), float(np.abs(values).max())
    return values.size * (0.5 * (math.log(2 * math.pi * variance) + 1) - math.log(2 * bound))


def initialisation(weights: np.ndarray) -> Initialisation:
    """Return the law of the entries of a matrix.

    Parameters
    ----------
    weights : array, shape (rows, columns)

    Raises
    ------
    UnsupportedModel
        If the entries are not centred or not iid: trained, structured or damaged weights.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.importing.initialisation import initialisation
    >>> W = np.random.default_rng(0).uniform(-1, 1, (300, 200)) / np.sqrt(200)
    >>> print(initialisation(W).statement)
    iid (uniform), measured variance 0.001663, recognised as 1/3 / fan in
    >>> initialisation(W + np.outer(W[:, 0], W[0]) * 20)
    Traceback (most recent call last):
        ...
    freeprob.errors.UnsupportedModel: the weights are not iid: ...
    """
    values = np.asarray(weights, dtype=np.float64)
    if not np.all(np.isfinite(values)):
        raise UnsupportedModel("the weights are not finite numbers; initialise the module")
    variance = float(np.mean(values**2))
    if variance == 0:
        return Initialisation("zero", 0.0)
    scale = _orthogonal_scale(values)
    if scale is not None:
        _refuse_special_basis(values, scale)
        return Initialisation(
            "orthogonal", scale, gain=next((g for g in _GAINS if abs(float(g) - scale) < 1e-4 * scale), None)
        )
    kurtosis = float(np.mean(values**4)) / variance**2
    _refuse_mean(values, variance)
    if min(values.shape) >= _SMALLEST:
        _refuse_structure(values, variance, kurtosis)
    return _recognised(values, variance, kurtosis)


def _orthogonal_scale(values: np.ndarray) -> float | None:
    """Return c if W W^T (or W^T W) is c times the identity, up to single precision."""
    rows, columns = values.shape
    if min(rows, columns) < 2:
        return None
    gram = values @ values.T if rows <= columns else values.T @ values
    scale = float(np.trace(gram)) / len(gram)
    return scale if np.abs(gram - scale * np.eye(len(gram))).max() < 1e-4 * scale else None


def _refuse_special_basis(values: np.ndarray, scale: float) -> None:
    """Refuse identities, permutations and Hadamard matrices: entries of a Haar matrix are asymptotically normal."""
    kurtosis = float(np.mean(values**4)) / float(np.mean(values**2)) ** 2
    if abs(kurtosis - 3) > 0.3 + _DEVIATIONS * math.sqrt(24 / values.size):
        raise UnsupportedModel(
            f"the weights are {math.sqrt(scale):.4g} times an orthogonal matrix that is not generic: its entries have "
            f"kurtosis {kurtosis:.3g}, and 3 is that of a Haar distributed matrix. Remedy: torch.nn.init.orthogonal_, "
            "or write the graph by hand, with fp.identity(n) for an identity"
        )


def _refuse_mean(values: np.ndarray, variance: float) -> None:
    deviations = abs(float(values.mean())) / math.sqrt(variance / values.size)
    if deviations > _DEVIATIONS:
        raise UnsupportedModel(
            f"the weights are not centred: their mean {values.mean():.3g} is {deviations:.3g} standard errors from 0. "
            "Remedy: initialise the module anew; the theory is that of centred iid weights, not of trained ones"
        )


def _refuse_structure(values: np.ndarray, variance: float, kurtosis: float) -> None:
    rows, columns = values.shape
    remedy = (
        "Remedy: initialise the module anew; the theory is that of random initialisation, and weights that are "
        "trained, sparse by blocks or repeated have structure that it does not see"
    )
    for axis, name in enumerate(("columns", "rows")):
        shares = np.mean(values**2, axis=axis) / variance
        spread = max(kurtosis - 1, 1e-12) / (9 * values.shape[axis])
        deviations = float(np.abs(np.cbrt(shares) - 1 + spread).max()) / math.sqrt(spread)
        if deviations > _NORM_DEVIATIONS:
            raise UnsupportedModel(
                f"the weights are not iid: the norms of {name} differ, one of them by {deviations:.3g} standard "
                f"errors. {remedy}"
            )
    gram = values @ values.T if rows <= columns else values.T @ values
    excess = float(np.sum(gram**2)) / variance**2 - rows * columns * (rows + columns - 2 + kurtosis)
    if abs(excess) > _DEVIATIONS * 2 * rows * columns:
        raise UnsupportedModel(
            "the weights are not iid: the second moment of W W^T is "
            f"{abs(excess) / (2 * rows * columns):.3g} standard errors from that of iid entries. {remedy}"
        )
    roots = math.sqrt(rows) + math.sqrt(columns)
    start = np.random.default_rng(0).standard_normal(min(values.shape))
    largest = float(svds(values, k=1, tol=1e-4, v0=start, return_singular_vectors=False)[0]) ** 2 / variance
    unit = roots * (1 / math.sqrt(rows) + 1 / math.sqrt(columns)) ** (1 / 3)
    if (largest - roots**2) / unit > _EDGE_DEVIATIONS:
        raise UnsupportedModel(
            f"the weights are not iid: their largest singular value {math.sqrt(largest * variance):.4g} is beyond the "
            f"edge {math.sqrt(variance) * roots:.4g} of iid entries. {remedy}"
        )


def _recognised(values: np.ndarray, variance: float, kurtosis: float) -> Initialisation:
    """Compare the variance, and for uniform laws the bound, with those of well-known initialisers."""
    rows, columns = values.shape
    error = variance * math.sqrt(max(kurtosis - 1, 1e-12) / values.size)
    bound = float(np.abs(values).max())
    uniform = uniform_evidence(values) > 0 and abs(kurtosis - 1.8) < 0.1 + 10 / math.sqrt(values.size)
    shape = "uniform" if uniform else "normal" if abs(kurtosis - 3) < 4 * math.sqrt(24 / values.size) else "other"
    if shape == "other":
        return Initialisation("iid", variance)
    measured, tolerance = variance, 4 * error
    if uniform:  # the bound is known much better than the variance
        measured, tolerance = bound**2 / 3, 40 / values.size * variance
    fans = {name: float(fan(sympy.Integer(columns), sympy.Integer(rows))) for name, fan in _FANS.items()}
    names = [(gain, name) for name in fans for gain in _GAINS]
    if not uniform:
        fans[UNIT] = 1.0
        names.append((_GAINS[0], UNIT))
    gaps = [abs(float(gain) * fans[name] - measured) for gain, name in names]
    best = min(range(len(names)), key=lambda k: (round(gaps[k] / variance, 12), k))
    value = float(names[best][0]) * fans[names[best][1]]
    rivals = [float(gain) * fans[name] for (gain, name), gap in zip(names, gaps, strict=True) if gap <= tolerance]
    if gaps[best] <= tolerance and all(abs(rival / value - 1) < _ALIKE for rival in rivals):
        return Initialisation("iid", variance, *names[best], shape=shape)
    return Initialisation("iid", variance, shape=shape)
