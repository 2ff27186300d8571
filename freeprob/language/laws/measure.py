"""What every spectral law has in common, of one matrix or of several that commute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import mpmath
import numpy as np
import sympy

from ...errors import MissingValue, UnsupportedModel
from . import scalars

__all__ = ["REGISTRY", "Measure"]

REGISTRY: dict[str, type[Measure]] = {}
"""Every law by its name; a final law enters when its class is defined."""


class Measure(ABC):
    """A probability measure: frozen, equal and hashable by value, rebuilt by ``type(law)(*law.arguments)``."""

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
        if not isinstance(other, Measure) or type(self) is not type(other):
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
    def examples(cls) -> tuple[Measure, ...]:
        """Return a few laws of this kind with numbers; the contract tests run on them."""

    # ---- symbols --------------------------------------------------------------------------------------------------

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """SymPy symbols in the parameters."""
        return scalars.free_symbols(self.arguments)

    @property
    def law_symbols(self) -> set[sympy.Symbol]:
        """The symbols that stand for laws which are given later."""
        return set()

    def subs(self, mapping: Mapping[sympy.Symbol, Any]) -> Any:
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
    def dimension(self) -> int:
        """The number of coordinates of a point."""
        return 1

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

    def rule_size(self, count: int) -> int:
        """Return the number of points of the rule that ``nodes(count)`` returns."""
        return len(self.nodes(count)[1])

    def rule_is_exact(self, count: int) -> bool:
        """Return whether ``nodes(count)`` is the law itself, a sum of so many point masses or fewer."""
        return self.is_atomic and self.rule_size(count) == self.rule_size(count << 20)

    def expectation(self, function: Any, t: sympy.Symbol, digits: int = 15) -> mpmath.mpf:
        """Return the integral of a function of t over the law.

        Parameters
        ----------
        function : SymPy expression
            In ``t`` alone; for a joint law in ``Coordinate(t, 1)``, ``Coordinate(t, 2)``, ...
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
            value = self._expectation(function, t, digits)
        with mpmath.workdps(max(15, digits)):
            return +value

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
    def from_data(data: Mapping[str, Any]) -> Any:
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

    @property
    def density_ends(self) -> tuple[float, ...]:
        """The two ends of the density of a law on the line, empty for a law without one; atoms may lie elsewhere.

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.uniform(1, 2).density_ends, laws.atoms({1: 1}).density_ends
        ((1.0, 2.0), ())
        """
        return ()

    def arc(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return a quadrature rule on an arc beside the axis, None where there is none."""
        return None

    # ---- what a measure supplies ----------------------------------------------------------------------------------

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        return {}

    @property
    @abstractmethod
    def extremes(self) -> Iterable[sympy.Expr]:
        """Places among which a function that is monotone in each coordinate takes its smallest and largest value."""

    @abstractmethod
    def positive_variables(self, t: sympy.Symbol) -> dict[sympy.Expr, sympy.Symbol]:
        """Return what is known not to be negative in formulas in t, with a positive symbol for it."""

    @abstractmethod
    def require_bounded(self) -> None:
        """Raise UnsupportedModel when the support is not bounded; a law with symbols passes."""

    @abstractmethod
    def _expectation(self, function: sympy.Expr, t: sympy.Symbol, digits: int) -> mpmath.mpf:
        """Return the integral of a function of t alone at the present working precision, right to these digits."""

    @abstractmethod
    def _rule(self, count: int, digits: int):
        """Return points and weights (arrays up to 15 digits, sequences of mpmath numbers beyond)."""


@lru_cache(maxsize=256)
def _cached_rule(law: Measure, count: int, digits: int):
    if digits <= 15:
        points, weights = (np.array(column, dtype=float) for column in law._rule(count, digits))
        points.setflags(write=False)
        weights.setflags(write=False)
        return points, weights
    with mpmath.workdps(digits + 10):
        points, weights = law._rule(count, digits)
    return tuple(points), tuple(weights)
