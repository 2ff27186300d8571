"""The abstract spectral law: what every law of a deterministic self-adjoint family can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import mpmath
import numpy as np
import sympy

from ...errors import MissingValue, UnsupportedModel
from . import scalars
from .integrand import real_function

__all__ = ["REGISTRY", "Law"]

REGISTRY: dict[str, type[Law]] = {}
"""Every law by its name; a final law enters when its class is defined."""


class Law(ABC):
    """A probability measure on the real line that may be the spectral law of a deterministic matrix.

    Laws are frozen, equal and hashable by value, and rebuilt by ``type(law)(*law.arguments)``. A law with symbolic
    parameters knows its exact moments; everything else needs numbers, given by ``subs``.

    A new law is one file in this folder with one subclass that sets ``name`` and defines ``__init__``, ``_support``,
    ``_moment``, ``_rule``, ``_integral``, ``_quantile``, ``_cauchy`` and ``examples`` (continuous and atomic laws
    inherit most of these from ``ContinuousLaw`` and ``AtomicLaw``).
    """

    __slots__ = ("__weakref__", "_hash", "arguments")
    name: ClassVar[str]
    arguments: tuple
    _hash: int

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            known = REGISTRY.setdefault(cls.name, cls)
            if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
                raise UnsupportedModel(f"two laws are named {cls.name!r}: {known.__module__} and {cls.__module__}")
            REGISTRY[cls.name] = cls

    def __init__(self, *arguments: Any) -> None:
        object.__setattr__(self, "arguments", arguments)
        object.__setattr__(self, "_hash", hash((type(self).__name__, arguments)))

    # ---- identity -------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen; build a new law instead of setting {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen; {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Law) or type(self) is not type(other):
            return False
        return self._hash == other._hash and self.arguments == other.arguments

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self):
        return type(self), self.arguments

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(scalars.text, self.arguments))})"

    def latex(self) -> str:
        r"""Return LaTeX of the law, for example ``\mathrm{uniform}\left(\frac{1}{2}, 2\right)``."""
        name = self.name.replace("_", r"\_")
        return rf"\mathrm{{{name}}}\left({', '.join(map(sympy.latex, self.arguments))}\right)"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    @classmethod
    @abstractmethod
    def examples(cls) -> tuple[Law, ...]:
        """Return a few laws of this kind with numbers; the contract tests run on them."""

    # ---- symbols --------------------------------------------------------------------------------------------------

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """SymPy symbols in the parameters."""
        return scalars.free_symbols(self.arguments)

    def subs(self, mapping: Mapping[sympy.Symbol, Any]) -> Law:
        """Return the law with symbols bound; keys are SymPy symbols, never names.

        Examples
        --------
        >>> import sympy
        >>> from freeprob.language import laws
        >>> a = sympy.Symbol("a", positive=True)
        >>> laws.uniform(0, a).subs({a: 2})
        uniform(0, 2)
        """
        bound = scalars.bind(self.arguments, mapping, self.name)
        return self if bound == self.arguments else type(self)(*bound)

    def _require_numbers(self, what: str) -> None:
        missing = sorted(map(str, self.free_symbols))
        if missing:
            names = ", ".join(missing)
            raise MissingValue(f"{what} of {self} needs a number for {names}; give it, e.g. .at({missing[0]}=...)")

    # ---- the measure ----------------------------------------------------------------------------------------------

    @property
    def is_atomic(self) -> bool:
        """True when the law is a finite sum of point masses."""
        return False

    @property
    def has_many_atoms(self) -> bool:
        """True when the point masses are data: too many to be written down, so that averages stay numeric."""
        return False

    @property
    def atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        """Exact locations and masses of the point masses (of the whole law when it is atomic)."""
        return self._atoms()

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest point of the law."""
        self._require_numbers("the support")
        return self._support()

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

    def nodes(self, count: int, digits: int = 15):
        """Return a quadrature rule for this law: points and weights of sum 1.

        Parameters
        ----------
        count : int
            Number of nodes of the continuous part; atoms come in addition and are exact.
        digits : int
            Up to 15 gives (read-only, cached) NumPy arrays; beyond that lists of mpmath numbers of that precision.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> points, weights = laws.semicircle(1).nodes(8)
        >>> round(float(weights @ points**4), 12)
        2.0
        """
        if int(count) != count or count < 1:
            raise UnsupportedModel(f"nodes({count}) of {self}: the count must be a positive integer")
        self._require_numbers("a quadrature rule")
        points, weights = _cached_rule(self, int(count), max(15, int(digits)))
        return (points, weights) if digits <= 15 else (list(points), list(weights))

    @property
    def density_ends(self) -> tuple[float, ...]:
        """The two ends of the density, empty for a law without one; atoms may lie elsewhere.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.uniform(1, 2).density_ends, laws.atoms({1: 1}).density_ends
        ((1.0, 2.0), ())
        """
        return ()

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

    def expectation(self, function: Any, t: sympy.Symbol, digits: int = 15) -> mpmath.mpf:
        """Return the integral of a function of t over the law.

        Atoms are summed; the continuous part is integrated by a double-exponential rule, doubled until converged, so
        that roots and logarithms which are singular at an edge of the support are welcome.

        Parameters
        ----------
        function : SymPy expression
            In ``t`` alone.
        t : Symbol
        digits : int

        Raises
        ------
        MissingValue
            If another symbol has no value.
        UnsupportedModel
            If the function is not finite and real on the law.
        SolveError
            If the integral does not converge to this many digits.

        Examples
        --------
        >>> import sympy
        >>> from freeprob.language import laws
        >>> t = sympy.Symbol("t")
        >>> print(laws.uniform(0, 1).expectation(sympy.sqrt(t), t))
        0.666666666666667
        """
        self._require_numbers("an expectation")
        function = sympy.sympify(function)
        others = sorted(str(s) for s in function.free_symbols - {t})
        if others:
            raise MissingValue(f"the expectation of {function} needs a number for {', '.join(others)}; use .subs first")
        with mpmath.workdps(digits + 10):
            value = self._integral(real_function(function, t, self), digits)
        with mpmath.workdps(max(15, digits)):
            return +value

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

    # ---- data -----------------------------------------------------------------------------------------------------

    def to_data(self) -> dict[str, Any]:
        """Describe the law as JSON data; exact rationals become text.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.uniform("1/2", 2).to_data()
        {'law': 'uniform', 'arguments': ['1/2', '2']}
        """
        return {"law": self.name, "arguments": self._arguments_to_data()}

    def _arguments_to_data(self) -> list:
        return scalars.encode(self.arguments)

    @classmethod
    def _arguments_from_data(cls, data: list) -> tuple:
        return scalars.decode(data)

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Law:
        """Rebuild the law that ``to_data`` described; nothing in the data is evaluated as code.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.Law.from_data({"law": "uniform", "arguments": ["1/2", "2"]})
        uniform(1/2, 2)
        """
        try:
            name, arguments = data["law"], list(data["arguments"])
        except (KeyError, TypeError):
            raise UnsupportedModel(f"{data!r} does not describe a law: it needs 'law' and 'arguments'") from None
        if name not in REGISTRY:
            raise UnsupportedModel(f"there is no law named {name!r}; known are {', '.join(sorted(REGISTRY))}")
        cls = REGISTRY[name]
        return cls(*cls._arguments_from_data(arguments))

    # ---- what a law supplies --------------------------------------------------------------------------------------

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        return {}

    @abstractmethod
    def _support(self) -> tuple[float, float]:
        """Return the two ends of the support."""

    @abstractmethod
    def _moment(self, k: int) -> sympy.Expr:
        """Return the moment of order k >= 1."""

    @abstractmethod
    def _rule(self, count: int, digits: int):
        """Return points and weights (arrays up to 15 digits, sequences of mpmath numbers beyond)."""

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


@lru_cache(maxsize=256)
def _cached_rule(law: Law, count: int, digits: int):
    if digits <= 15:
        points, weights = (np.array(column, dtype=float) for column in law._rule(count, digits))
        points.setflags(write=False)
        weights.setflags(write=False)
        return points, weights
    with mpmath.workdps(digits + 10):
        points, weights = law._rule(count, digits)
    return tuple(points), tuple(weights)


@lru_cache(maxsize=64)
def _cached_arc(law: Law) -> tuple[np.ndarray, np.ndarray] | None:
    rule = law._arc()
    if rule is None:
        return None
    points, weights = (np.array(column, dtype=complex) for column in rule)
    points.setflags(write=False)
    weights.setflags(write=False)
    return points, weights
