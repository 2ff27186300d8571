"""Values for the symbols of a system: sizes, parameters, laws, and the coefficients that follow from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import mpmath
import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import column_name, coordinates_in, place_name
from ..algebra.symbols import Size
from ..derivation.average import Average
from ..derivation.coefficient import Coefficient
from ..derivation.table import Table
from ..equations.system import SelfConsistentSystem
from ..errors import MissingValue, NotPrecise, ShapeError, SolveError
from ..language.activations.analytic import Piece
from ..language.laws import JointLaw, Law
from ..language.laws.measure import Measure
from ..language.laws.normal_chain import NormalChain
from ..language.laws.product import Product
from ..language.scalars import as_scalar
from .function_arcs import function_arcs, function_ends
from .paths import SideRule, chain_width, chains, path_laws
from .quadrature import rules
from .value_rules import lone_tables, value_rule

__all__ = ["Binding", "bind"]

_LAW_DIGITS = 100
"""Digits of coefficients that are parameters of laws."""

_PATH_DIGITS = 20
"""The same for laws whose averages are taken along a path, in float64 alone."""

_DECIMAL_DIGITS, _FLOAT_DIGITS = 40, 15

_LONGEST = 100
"""A closed form with more operations is no simplification, as those of the layers of a deep network."""


@dataclass
class Binding:
    """Exact values of sizes, parameters and laws, and numbers for coefficients at any precision.

    Attributes
    ----------
    system : SelfConsistentSystem
    values : dict of Symbol to SymPy number
        Sizes (scaled so that the largest is 1: only ratios matter) and parameters.
    laws : dict of Symbol to law
    """

    system: SelfConsistentSystem
    values: dict[sympy.Symbol, sympy.Expr]
    laws: dict[sympy.Symbol, Measure]
    _coefficients: dict[int, dict[sympy.Symbol, Any]] = field(default_factory=dict)
    _decimals: dict[sympy.Symbol, Any] | None = None

    def __str__(self) -> str:
        scalars = {s.name: f"{float(value):.6g}" for s, value in self.values.items()}
        laws = {s.name: str(self.laws[s]) for s, law in self.system.laws.items() if law.law_symbols}
        return ", ".join(f"{name} = {value}" for name, value in sorted((scalars | laws).items()))

    def coefficients(self, digits: int = 15) -> dict[sympy.Symbol, Any]:
        """Return the values of the coefficients as mpmath numbers."""
        if digits not in self._coefficients:
            found: dict[sympy.Symbol, Any] = {}
            with mpmath.workdps(digits + 5):
                for coefficient in self.system.coefficients:
                    found[coefficient.symbol] = self._coefficient(coefficient, found, digits)
            self._coefficients[digits] = found
        return self._coefficients[digits]

    def _coefficient(self, coefficient: Coefficient, found: Mapping[sympy.Symbol, Any], digits: int) -> Any:
        """Return the value of a coefficient, given those before it."""
        arguments = [self.number(a, found, digits) for a in coefficient.arguments]
        return mpmath.mpf(coefficient.evaluate(*arguments, digits=digits))

    def decimals(self) -> dict[sympy.Symbol, Any]:
        """Return the coefficients to 40 digits; to 15 those that are not integrals with known kinks.

        Integrals of several variables (functions of correlated pre-activations, means over neurons) take minutes each
        to more digits.
        """
        if self._decimals is None:
            found: dict[sympy.Symbol, Any] = {}
            with mpmath.workdps(_DECIMAL_DIGITS + 5):
                for coefficient in self.system.coefficients:
                    digits = _FLOAT_DIGITS if coefficient.is_nested else _DECIMAL_DIGITS
                    try:
                        value = self._coefficient(coefficient, found, digits)
                    except NotPrecise:  # kinks at places that are not known
                        value = self._coefficient(coefficient, found, _FLOAT_DIGITS)
                    found[coefficient.symbol] = value
            self._decimals = found
        return self._decimals

    def number(self, expression: sympy.Expr, coefficients: Mapping[sympy.Symbol, Any], digits: int) -> Any:
        """Return a scalar expression as an mpmath number; floats in it are the decimals that they print."""
        floats = {f: sympy.Rational(str(f)) for f in expression.atoms(sympy.Float)}
        expression = expression.xreplace(floats) if floats else expression
        for average in sorted(expression.atoms(Average), key=sympy.default_sort_key):
            integrand, variable, law = average.args
            inner = integrand.xreplace(self.values)
            inner = inner.xreplace({s: _float(v, digits) for s, v in coefficients.items() if s in inner.free_symbols})
            if inner.has(AppliedUndef):
                expected = self._tabulated_average(inner, variable, law, coefficients, digits)
            else:
                expected = self.laws[law].expectation(inner, variable, digits)
            expression = expression.xreplace({average: _float(expected, digits)})
        bound = expression.xreplace(self.values)
        bound = bound.xreplace({s: _float(v, digits) for s, v in coefficients.items() if s in bound.free_symbols})
        missing = bound.free_symbols
        if missing:
            raise MissingValue(f"no value for {', '.join(sorted(map(str, missing)))} in {expression}")
        return mpmath.mpf(bound.evalf(digits + 5))

    def _tabulated_average(
        self,
        integrand: sympy.Expr,
        variable: sympy.Symbol,
        law: sympy.Symbol,
        coefficients: Mapping[sympy.Symbol, Any],
        digits: int,
    ) -> Any:
        """Return the average of an expression that holds tabulated functions."""
        found = rules({law: self.laws[law]}, max(200, 4 * digits), digits)
        nodes, weights = found[law.name]
        tables = {table.name: table for _, table in self.system.tables}
        functions = sorted(integrand.atoms(AppliedUndef), key=sympy.default_sort_key)
        columns = [
            self._tabulated(
                tables[f.func.__name__], [found[place_name(law.name, a)][0] for a in f.args], coefficients, digits
            )
            for f in functions
        ]
        plain_coordinates = coordinates_in(integrand.xreplace({f: sympy.S.Zero for f in functions}))
        columns += [found[place_name(law.name, coordinate)][0] for coordinate in plain_coordinates]
        functions += plain_coordinates
        symbols = [sympy.Dummy() for _ in functions]
        plain = integrand.xreplace(dict(zip(functions, symbols, strict=True)))
        plain = plain.xreplace({s: _float(v, digits) for s, v in coefficients.items() if s in plain.free_symbols})
        evaluate = sympy.lambdify([variable, *symbols], plain, "mpmath")
        return mpmath.fsum(w * evaluate(*row) for w, *row in zip(weights, nodes, *columns, strict=True))

    def inputs(self, digits: int = 15) -> list[Any]:
        """Return sizes, parameters and coefficients in the order of the program, as mpmath numbers."""
        coefficients = self.coefficients(digits)
        with mpmath.workdps(digits + 5):
            plain = [
                mpmath.mpf(self.values[s].evalf(digits + 5)) for s in (*self.system.sizes, *self.system.parameters)
            ]
        return plain + [coefficients[c.symbol] for c in self.system.coefficients]

    def exact_values(self) -> dict[sympy.Symbol, Any]:
        """Return sizes, parameters and coefficients, exact where a closed form gives a rational number."""
        values: dict[sympy.Symbol, Any] = dict(self.values)
        for coefficient in self.system.coefficients:
            exact = None
            if coefficient.exact is not None and not coefficient.exact.has(Average):
                bound = coefficient.exact.subs(values)
                usable = not bound.free_symbols and not bound.has(sympy.Float) and bound.count_ops() <= _LONGEST
                exact = bound if usable else None
            values[coefficient.symbol] = exact if exact is not None else self.decimals()[coefficient.symbol]
        return values

    def floats(self) -> np.ndarray:
        """Return the inputs of the program as a column of float64 numbers."""
        return np.array([[float(v)] for v in self.inputs()]).reshape(-1, 1)

    def quadrature(self, count: int, digits: int = 15, others: Sequence[sympy.Expr] = ()) -> dict[str, tuple[Any, Any]]:
        """Return nodes and weights of each law by the name of its symbol; tables come with their values as nodes.

        A coordinate of a product that one table alone reads, in the system and in ``others``, has no nodes of its own
        (:mod:`.value_rules`).
        """
        derived = {c.symbol for c in self.system.coefficients}
        if digits > _LAW_DIGITS - 5 and any(derived & law.free_symbols for law in self.system.laws.values()):
            raise SolveError(f"the laws of this model are known to {_LAW_DIGITS} digits; ask for fewer than {digits}")
        return self.rules(count, digits, self.coefficients(digits), others)

    def rules(
        self, count: int, digits: int, coefficients: Mapping[sympy.Symbol, Any], others: Sequence[sympy.Expr] = ()
    ) -> dict[str, tuple[Any, Any]]:
        """Return what :meth:`quadrature` does, with values of the coefficients that the tables depend on."""
        lone, replaced = self._lone_tables(others), set()

        def values_of(place: str, law: Law, nodes: int) -> tuple[Any, Any] | None:
            if place not in lone:
                return None
            rule = value_rule(law, lambda x: self._tabulated(lone[place], [x], coefficients, digits), nodes, digits)
            if rule is not None:
                replaced.add(place)
            return rule

        found = rules(self.laws, count, digits, values_of if lone else None, self.along)
        for places, table in self.system.tables:
            columns, weights = [found[place][0] for place in places], found[places[0]][1]
            if places[0] in replaced:
                found[table.name] = found.pop(places[0])
            else:
                found[table.name] = self._tabulated(table, columns, coefficients, digits), weights
        return found

    @cached_property
    def along(self) -> dict[sympy.Symbol, SideRule]:
        """The names of laws whose averages are taken along a path, with their rules."""
        return {
            symbol: SideRule(coordinates, chain_width(self.laws[symbol]))
            for symbol, coordinates in path_laws(self.system).items()
        }

    @property
    def averaged(self) -> list[Measure | SideRule]:
        """What has a rule: the laws, but those whose averages are taken along a path."""
        return [self.along.get(symbol, law) for symbol, law in self.laws.items()]

    def joint_variables(self) -> dict[sympy.Symbol, int]:
        """Return the number of variables of each average over a product of laws of which functions are tabulated.

        A coordinate that one table alone reads has a short rule of its own, and is not counted; nor are averages along
        a path, one variable at a time.
        """
        read = {place for places, _ in self.system.tables for place in places}
        lone, counts = self._lone_tables(()), {}
        for symbol, law in self.laws.items():
            if not isinstance(law, (Product, NormalChain)) or symbol in self.along:
                continue
            spread = [k for k, part in enumerate(law.marginals, start=1) if not part.is_atomic]
            names = [column_name(symbol.name, k) for k in spread]
            if read & set(names):
                counts[symbol] = sum(name not in lone for name in names)
        return counts

    def _lone_tables(self, others: Sequence[sympy.Expr]) -> dict[str, Table]:
        """Return the tables that alone read a coordinate, by that place; none where no product has use for them."""
        if not self.system.tables or not any(isinstance(law, Product) for law in self.laws.values()):
            return {}
        chained = {column_name(symbol.name, k) for symbol, law in self.laws.items() for k in chains(law)}
        return {place: table for place, table in self._read_alone(others).items() if place not in chained}

    def _read_alone(self, others: Sequence[sympy.Expr]) -> dict[str, Table]:
        """Return the tables that alone read a place."""
        expressions = [r for component in self.system.components for r in component.right]
        return lone_tables([*expressions, self.system.readout, *others], self.system.tables)

    def arcs(self, count: int, upper: bool, power: int = 1) -> dict[str, tuple[Any, Any]] | None:
        """Return rules on arcs below (or above) the laws that have a density, and the plain rule of the others.

        A law that enters through one tabulated function alone has a rule in its values (:mod:`.function_arcs`), whose
        power stays on one side of the axis. None where there is no law with a density, or one that is not known to be
        analytic, or several functions of one law.
        """
        joint = any(isinstance(law, JointLaw) for law in self.laws.values())
        if joint or all(law.is_atomic for law in self.laws.values()):
            return None
        lone = self._read_alone(())
        if len(lone) < len(self.system.tables):
            return None
        found: dict[str, tuple[Any, Any]] = {}
        for symbol, law in self.laws.items():
            table = lone.get(symbol.name)
            if table is not None:
                rule = self._function_arcs(law, table, power)
            else:
                rule = law.nodes(count) if law.is_atomic else law.arc()
            if rule is None:
                return None
            nodes, weights = rule
            found[symbol.name] = (nodes.conj(), weights.conj()) if upper else (nodes, weights)
            if table is not None:
                found[table.name] = found[symbol.name]  # the variable itself is read nowhere
        return found

    def _function_arcs(self, law: Measure, table: Table, power: int) -> tuple[np.ndarray, np.ndarray] | None:
        function = self._function(law, table)
        return None if function is None else function_arcs(*function, power)

    def _function(self, law: Measure, table: Table) -> tuple[Law, Sequence[Piece]] | None:
        """Return a law with a density and the tabulated function of its variable, None where it is not known."""
        if table.pieces is None or not isinstance(law, Law) or law.is_atomic:
            return None
        pieces = table.pieces(*(self.number(a, self.coefficients(), 15) for a in table.arguments))
        return None if pieces is None else (law, pieces)

    def ends(self) -> dict[tuple[str, ...], list[float]]:
        """Return the ends of the densities by the names of the laws, with the function that alone reads one.

        Ends of functions may be infinite; none are given beside functions of several laws, or several of one law.
        """
        lone = self._read_alone(())
        if len(lone) < len(self.system.tables):
            return {}
        found: dict[tuple[str, ...], list[float]] = {}
        for symbol, law in self.laws.items():
            table = lone.get(symbol.name)
            if table is None:
                found[symbol.name,] = list(law.density_ends)
            elif (function := self._function(law, table)) is not None:
                found[symbol.name, table.name] = function_ends(*function)
        return found

    @property
    def is_unbounded(self) -> bool:
        """Whether a function of a law has arbitrarily large values."""
        return not all(np.isfinite(values).all() for values in self.ends().values())

    def _tabulated(
        self, table: Table, columns: Sequence[Any], coefficients: Mapping[sympy.Symbol, Any], digits: int
    ) -> Any:
        arguments = [self.number(a, coefficients, digits) for a in table.arguments]
        return table.evaluate(*columns, *arguments, digits=digits)


def _float(value: Any, digits: int) -> sympy.Float:
    return sympy.Float(mpmath.nstr(mpmath.mpf(value), digits + 5), digits + 5)


def _name_table(symbols: list[sympy.Symbol]) -> dict[str, sympy.Symbol]:
    table: dict[str, sympy.Symbol] = {}
    for symbol in symbols:
        table[symbol.name] = symbol
        table[f"{symbol.name}_"] = symbol
    return table


def free_symbols(system: SelfConsistentSystem) -> list[sympy.Symbol]:
    """Return the symbols that need a value: sizes, parameters, parameters of coefficients, and symbolic laws."""
    needed: set[sympy.Symbol] = {*system.sizes, *system.parameters} - system.given_sizes.keys()
    return sorted(needed | law_names(system), key=lambda s: s.name)


def law_names(system: SelfConsistentSystem) -> set[sympy.Symbol]:
    """Return the symbols that stand for laws which are given later."""
    return set().union(*(law.law_symbols for law in system.laws.values()))


def bind(system: SelfConsistentSystem, given: Mapping[str, Any], known: set[str] | None = None) -> Binding:
    """Return the binding of a system to values given by name.

    Parameters
    ----------
    system : SelfConsistentSystem
    given : mapping of str to number or law
        Sizes and parameters by name (``lambda_`` for ``lambda``).
    known : set of str, optional
        Further names that occur in the model but not in its equations, and are ignored.

    Raises
    ------
    MissingValue
        If a symbol has no value, or a name is unknown.
    ShapeError
        If a size is not positive and finite, or differs from that of a given array.
    UnsupportedModel
        If the support of a law is not bounded.
    """
    needed = free_symbols(system)
    table = _name_table(needed)
    values: dict[sympy.Symbol, Any] = {}
    for name, value in given.items():
        if name not in table:
            if _is_given(system, name, value):
                continue
            if known and (name in known or name.rstrip("_") in known):
                continue
            wanted = ", ".join(s.name for s in needed) or "nothing"
            raise MissingValue(f"{name!r} is not a size or parameter of this model; it needs {wanted}")
        values[table[name]] = value
    missing = [s.name for s in needed if s not in values]
    if missing:
        raise MissingValue(
            f"no value for {', '.join(missing)}; write .at({', '.join(f'{name}=...' for name in missing)})"
        )
    named = law_names(system)
    given_laws: dict[sympy.Symbol, Law] = {}
    laws: dict[sympy.Symbol, Measure] = {}
    scalars: dict[sympy.Symbol, sympy.Expr] = {}
    for symbol, value in values.items():
        if symbol in named:
            if not isinstance(value, Law):
                raise MissingValue(f"{symbol} is a law; give for example {symbol}=fp.laws.atoms({{1: 1}})")
            given_laws[symbol] = value
            continue
        scalars[symbol] = _checked(symbol, value)
    scalars |= {s: sympy.Integer(count) for s, count in system.given_sizes.items() if s in system.sizes}
    sizes = [s for s in scalars if isinstance(s, Size)]
    top = max((scalars[s] for s in sizes), default=sympy.S.One)
    scalars.update({s: scalars[s] / top for s in sizes})
    for condition in system.conditions:
        if condition.value.subs(scalars).is_negative:
            raise ShapeError(f"{condition.words}; the given sizes do not satisfy this")
    derived = {c.symbol for c in system.coefficients}
    numbers: dict[sympy.Symbol, sympy.Expr] = {}
    dependent = [symbol for symbol, law in system.laws.items() if derived & law.free_symbols]
    if dependent:
        digits = _PATH_DIGITS if path_laws(system).keys() >= set(dependent) else _LAW_DIGITS
        found = Binding(system, scalars, {}).coefficients(digits)
        with mpmath.workdps(digits + 5):
            numbers = {s: _float(value, digits) for s, value in found.items()}
    for symbol, law in system.laws.items():
        law = law.subs({s: given_laws[s] for s in law.law_symbols}) if law.law_symbols else law
        bound = law.subs({s: scalars[s] for s in law.free_symbols if s in scalars})
        bound = bound.subs({s: numbers[s] for s in bound.free_symbols if s in numbers})
        if bound.free_symbols:
            raise MissingValue(f"the law {symbol} = {bound} needs values for {sorted(map(str, bound.free_symbols))}")
        bound.require_bounded()
        laws[symbol] = bound
    return Binding(system, scalars, laws)


def _is_given(system: SelfConsistentSystem, name: str, value: Any) -> bool:
    """Return whether a name is that of a size which an array fixes; refuse another value of it."""
    counts = {symbol.name: count for symbol, count in system.given_sizes.items()}
    count = counts.get(name, counts.get(name.removesuffix("_")))
    if count is not None and as_scalar(value) != count:
        raise ShapeError(
            f"the size {name} is {count}, as a given array says, and not {value}. Remedy: leave it out, and give the "
            "other sizes as whole numbers"
        )
    return count is not None


def _checked(symbol: sympy.Symbol, value: Any) -> sympy.Expr:
    try:
        exact = as_scalar(value)
    except TypeError as error:
        raise MissingValue(f"the value {value!r} of {symbol} is not a finite real number") from error
    if exact.free_symbols:
        raise MissingValue(f"the value of {symbol} still contains {sorted(map(str, exact.free_symbols))}")
    if isinstance(symbol, Size) and not exact.is_positive:
        raise ShapeError(f"the size {symbol} = {value} must be positive; only ratios of sizes matter")
    if symbol.is_positive and not exact.is_positive:
        raise MissingValue(f"the parameter {symbol} was declared positive but is {value}")
    if symbol.is_nonnegative and exact.is_negative:
        raise MissingValue(f"the parameter {symbol} was declared nonnegative but is {value}")
    return exact
