"""The abstract spectral law: what every law of a deterministic self-adjoint family can do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy

from ...errors import UnsupportedModel
from . import scalars
from .integrand import real_function
from .measure import Measure

__all__ = ["Law"]


class Law(Measure):
    """A probability measure on the real line that may be the spectral law of a deterministic matrix.

    A law with symbolic parameters knows its exact moments; everything else needs numbers, given by ``subs``.

    A new law is one file in this folder with one subclass that sets ``name`` and defines ``__init__``, ``_support``,
    ``_moment``, ``_rule``, ``_integral``, ``_quantile``, ``_cauchy`` and ``examples`` (continuous and atomic laws
    inherit most of these from ``ContinuousLaw`` and ``AtomicLaw``).
    """

    __slots__ = ()

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest point of the law."""
        self._require_numbers("the support")
        return self._support()

    @property
    def extremes(self) -> tuple[sympy.Expr, ...]:
        """The ends of the support: a monotone function takes its smallest and largest value there."""
        return tuple(map(sympy.sympify, self.support))

    def positive_variables(self, t: sympy.Symbol) -> dict[sympy.Expr, sympy.Symbol]:
        """Return t with a positive symbol when the law is known to live on [0, infinity), else nothing."""
        return {} if self.free_symbols or self.support[0] < 0 else {t: sympy.Symbol("t_positive", positive=True)}

    def require_bounded(self) -> None:
        """Raise UnsupportedModel when the support is not bounded; a law with symbols passes."""
        if not self.free_symbols and not np.all(np.isfinite(self.support)):
            raise UnsupportedModel(
                f"the law {self} has unbounded support {self.support}, but the limits are those of bounded matrices; "
                "cut it off at a large quantile, or use fp.laws.empirical with a sample of it"
            )

    def moment(self, k: int) -> sympy.Expr:
        """Return the k-th moment: exact for exact parameters, symbolic for symbolic ones.

        Raises
        ------
        UnsupportedModel
            If the order is no integer 0, 1, 2, ..., or the moment does not exist.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.uniform(0, 1).moment(3)
        1/4
        """
        order = int(k)
        if order != k or order < 0:
            raise UnsupportedModel(f"moment({k}) of {self}: the order must be an integer 0, 1, 2, ...")
        return _cached_moment(self, order)

    def r_transform(self, g: sympy.Expr) -> sympy.Expr | None:
        """Return the R-transform at g where it is rational in g; None where it is not.

        Examples
        --------
        >>> import sympy
        >>> from freeprob.language import laws
        >>> g = sympy.Symbol("g")
        >>> laws.semicircle(2, 1).r_transform(g), laws.uniform(0, 1).r_transform(g)
        (2*g + 1, None)
        """
        return None

    def arc(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return a quadrature rule on an arc in the lower half plane with the ends of the law, and on its atoms.

        It is exact to rounding for functions that are analytic between the law and the arc, so that a pole above the
        law may be as close to it as it likes. None where the law has no density, or one that is not known to be
        analytic.

        Returns
        -------
        (nodes, weights) or None
            Complex arrays; the weights have sum 1.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> points, weights = laws.semicircle(1).arc()
        >>> bool(abs(weights @ (1 / (0.3 + 1e-12j - points)) - laws.semicircle(1).cauchy(0.3)) < 1e-11)
        True
        """
        self._require_numbers("a quadrature rule")
        return _cached_arc(self)

    @property
    def is_cut_off(self) -> bool:
        """Whether this is a law on the whole line, cut off where next to no mass is left."""
        return False

    def analytic_density(self, x: np.ndarray) -> np.ndarray | None:
        """Return the density of the continuous part, of mass 1, at complex points; None where it is not known.

        Examples
        --------
        >>> import numpy as np
        >>> import sympy
        >>> from freeprob.language import laws
        >>> x = sympy.Symbol("x")
        >>> laws.density(6 * x * (1 - x), (0, 1)).analytic_density(np.array([0.5 - 0.5j]))
        array([3.+0.j])
        """
        return None

    def _expectation(self, function: sympy.Expr, t: sympy.Symbol, digits: int) -> mpmath.mpf:
        """Return a sum over the atoms and the integral over the continuous part.

        The latter is a double-exponential rule, doubled until converged, so that roots and logarithms which are
        singular at an edge of the support are welcome.
        """
        return self._integral(real_function(function, t, self), digits)

    def quantiles(self, k: int) -> np.ndarray:
        """Return k increasing values with little fluctuation whose empirical law tends to this one.

        The quantiles at (i + 1/2)/k; an atomic law gives each location round(weight k) times (largest remainder).

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.uniform(0, 1).quantiles(4).tolist()
        [0.125, 0.375, 0.625, 0.875]
        """
        self._require_numbers("quantiles")
        return self._quantiles(int(k))

    def sample(self, k: int, seed: Any = None) -> np.ndarray:
        """Return k independent draws; ``seed`` is an integer or a ``numpy.random.Generator``.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.atoms({2: 1}).sample(3, seed=0).tolist()
        [2.0, 2.0, 2.0]
        """
        self._require_numbers("a sample")
        return self._quantile(np.random.default_rng(seed).random(int(k)))

    def cauchy(self, z: Any) -> np.ndarray | complex:
        """Return the Cauchy transform G(z), the integral of 1/(z - x); Im G < 0 for Im z > 0.

        Inside the support of the continuous part, at real z, this is the boundary value from above.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> bool(abs(laws.semicircle(1).cauchy(2.0) - 1) < 1e-12)
        True
        """
        self._require_numbers("the Cauchy transform")
        points = np.asarray(z, dtype=complex)
        values = self._cauchy(points.ravel()).reshape(points.shape)
        return complex(values) if points.ndim == 0 else values

    def density(self, x: Any) -> np.ndarray | float:
        """Return the density of the continuous part (0 outside the support and for an atomic law).

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.uniform(0, 2).density([1.0, 3.0]).tolist()
        [0.5, 0.0]
        """
        self._require_numbers("the density")
        points = np.asarray(x, dtype=float)
        values = self._density(points.ravel()).reshape(points.shape)
        return float(values) if points.ndim == 0 else values

    # ---- what a law supplies --------------------------------------------------------------------------------------

    @abstractmethod
    def _support(self) -> tuple[float, float]:
        """Return the two ends of the support."""

    @abstractmethod
    def _moment(self, k: int) -> sympy.Expr:
        """Return the moment of order k >= 1."""

    def _arc(self) -> tuple[Any, Any] | None:
        """Return complex points and weights of a rule on an arc below the support, None where there is none."""
        return None

    @abstractmethod
    def _integral(self, function: Callable[[mpmath.mpf], mpmath.mpf], digits: int) -> mpmath.mpf:
        """Integrate a function of an mpmath number over the whole law at the present working precision."""

    @abstractmethod
    def _quantile(self, q: np.ndarray) -> np.ndarray:
        """Return the inverse of the distribution function at q in (0, 1)."""

    def _quantiles(self, k: int) -> np.ndarray:
        return self._quantile((np.arange(k) + 0.5) / k)

    @abstractmethod
    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        """Return the Cauchy transform at a flat complex array."""

    @abstractmethod
    def _density(self, x: np.ndarray) -> np.ndarray:
        """Return the density of the continuous part at a flat real array."""


@lru_cache(maxsize=1024)
def _cached_moment(law: Law, k: int) -> sympy.Expr:
    if k == 0:
        return sympy.Integer(1)
    value = scalars.exact_or_float(sympy.sympify(law._moment(k)))
    if value.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
        raise UnsupportedModel(f"{law} has no finite moment of order {k}; cut its support off at a finite value")
    return value


@lru_cache(maxsize=64)
def _cached_arc(law: Law) -> tuple[np.ndarray, np.ndarray] | None:
    rule = law._arc()
    if rule is None:
        return None
    points, weights = (np.array(column, dtype=complex) for column in rule)
    points.setflags(write=False)
    weights.setflags(write=False)
    return points, weights
