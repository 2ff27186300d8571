"""The numeric intermediate representation: straight-line arithmetic that every target can print.

A :class:`Procedure` assigns scalars one after the other and returns some of them. An :class:`Average` statement
runs a procedure at every node of a quadrature rule of a law and adds up its outputs with the weights. An
:class:`Inverse` statement inverts a matrix, and a :class:`PathAverages` statement averages entries of an inverse over
many coordinates, one after the other. A :class:`Repeat` is a procedure that runs once for each of many equations.
There are no loops, branches or calls beside that. The trees below hold numbers, names, sums, products, quotients,
integer powers and a few functions of one argument; nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Assign",
    "Average",
    "Call",
    "Chained",
    "Component",
    "Inverse",
    "Name",
    "Number",
    "PathAverages",
    "PathSite",
    "Power",
    "Procedure",
    "Product",
    "Program",
    "Quotient",
    "Repeat",
    "Sum",
    "Tree",
]


@dataclass(frozen=True)
class Number:
    """A rational constant."""

    numerator: int
    denominator: int = 1


@dataclass(frozen=True)
class Name:
    """A scalar that was an input or was assigned before."""

    identifier: str


@dataclass(frozen=True)
class Sum:
    """The sum of several trees."""

    terms: tuple[Tree, ...]


@dataclass(frozen=True)
class Product:
    """The product of several trees."""

    factors: tuple[Tree, ...]


@dataclass(frozen=True)
class Quotient:
    """A quotient of two trees."""

    numerator: Tree
    denominator: Tree


@dataclass(frozen=True)
class Power:
    """A positive integer power."""

    base: Tree
    exponent: int


@dataclass(frozen=True)
class Call:
    """A function of one argument: ``sqrt``, ``exp``, ``log``, ``sin``, ``cos``, ``tanh``, ``erf``, ``asin``."""

    function: str
    argument: Tree


Tree = Number | Name | Sum | Product | Quotient | Power | Call


@dataclass(frozen=True)
class Assign:
    """``target = value``."""

    target: str
    value: Tree


@dataclass(frozen=True)
class Inverse:
    """``targets[k] = (A^-1)[places[k]]``: entries of the inverse of one matrix.

    Attributes
    ----------
    size : int
    entries : tuple of (int, int, Tree)
        The entries of the matrix A that do not vanish.
    places : tuple of (int, int)
    targets : tuple of str
    """

    size: int
    entries: tuple[tuple[int, int, Tree], ...]
    places: tuple[tuple[int, int], ...]
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Average:
    """``targets[i] = sum_k weight_k body(node_k)[i]`` over the quadrature nodes of a law.

    Attributes
    ----------
    law : str
    node : str
        The name of the node inside the body.
    body : tuple of Assign or Inverse
    outputs : tuple of Tree
    targets : tuple of str
    tables : tuple of (str, str)
        (identifier, table): numbers given at the nodes, beside the node itself.
    """

    law: str
    node: str
    body: tuple[Assign | Inverse, ...]
    outputs: tuple[Tree, ...]
    targets: tuple[str, ...]
    tables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Link:
    """A coordinate of a site that is correlated with one of the site before.

    Attributes
    ----------
    before, place : (str, int)
        The names of the rules of the two coordinates, and their places among those of the site before and of the site.
    correlation : str
        The name under which their correlation is listed like a rule, as its one node.
    """

    before: tuple[str, int]
    place: tuple[str, int]
    correlation: str


@dataclass(frozen=True)
class PathSite:
    """A diagonal block of the matrix of :class:`PathAverages`, with coordinates of its own.

    Attributes
    ----------
    size : int
    entries : tuple of (int, int, Tree)
        Entries that do not vanish, local rows and columns.
    rules : tuple of str
        The names of the rules of its coordinates.
    tables : tuple of (str, str, int)
        (identifier, table, coordinate): numbers given at the nodes of a coordinate.
    left, right : (int, int)
        Row and column at which the sites on that side enter.
    coupling : Tree
        The factor with which the site before enters.
    places : tuple of (int, int)
        Entries of the inverse that are averaged.
    parameters : tuple of (int, int)
        Entries in which averages are differentiated.
    link : Link or None
        How its coordinates depend on those of the site before; None where they are independent.
    """

    size: int
    entries: tuple[tuple[int, int, Tree], ...]
    rules: tuple[str, ...]
    tables: tuple[tuple[str, str, int], ...]
    left: tuple[int, int]
    right: tuple[int, int]
    coupling: Tree
    places: tuple[tuple[int, int], ...]
    parameters: tuple[tuple[int, int], ...]
    link: Link | None = None


@dataclass(frozen=True)
class PathAverages:
    """``targets = `` averages of entries of the inverse of a matrix over coordinates that follow one another on a path.

    Attributes
    ----------
    law : str
        The rule of this name has as many nodes as stand for all sites on one side.
    sites : tuple of PathSite
    targets : tuple of str
        One for each place of each site, in order.
    slopes : str
        The array of the derivatives of all targets in all parameters.
    """

    law: str
    sites: tuple[PathSite, ...]
    targets: tuple[str, ...]
    slopes: str


@dataclass(frozen=True)
class Procedure:
    """Statements, then the values returned."""

    statements: tuple[Assign | Inverse | Average | PathAverages, ...]
    outputs: tuple[Tree, ...]


@dataclass(frozen=True)
class Repeat:
    """One procedure for many equations that differ in the names of their unknowns and inputs alone.

    Attributes
    ----------
    rows : tuple of int
        The equations, local indices.
    arguments : tuple of (str, tuple of str)
        Names inside the procedure, and the unknown or input that each equation has there.
    procedure : Procedure
        Outputs: the residual, then its derivatives. It may also use what is the same for all equations.
    columns : tuple of tuple of int
        For each derivative the local index of the unknown of each equation.
    """

    rows: tuple[int, ...]
    arguments: tuple[tuple[str, tuple[str, ...]], ...]
    procedure: Procedure
    columns: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Chained:
    """Entries of a Jacobian by the chain rule: ``outer @ slopes @ inner``.

    Attributes
    ----------
    slopes : str
        The slopes of a :class:`PathAverages`.
    outer : tuple of (int, int, Tree)
        Derivatives of the residuals (rows) in the targets (columns).
    inner : tuple of (int, int, Tree)
        Derivatives of the parameters (rows) in the unknowns (columns), local indices.
    """

    slopes: str
    outer: tuple[tuple[int, int, Tree], ...]
    inner: tuple[tuple[int, int, Tree], ...]


@dataclass(frozen=True)
class Component:
    """Residuals ``u - right(u)`` of some unknowns and their Jacobian, row by row.

    Attributes
    ----------
    unknowns : tuple of int
        Indices into the vector of all unknowns.
    rows : tuple of int
        The equations of ``procedure``, local indices; the others are those of ``repeats``.
    procedure : Procedure
        Outputs: the residuals, then the Jacobian entries (i, j) listed in ``pattern``.
    pattern : tuple of (int, int)
        Positions of Jacobian entries that are not identically zero, local indices.
    linear : bool
    repeats : tuple of Repeat
    border : int or None
        The Jacobian is sparse: its entries lie next to the diagonal, but for as many last rows and columns; None when
        it is not worth the trouble.
    chained : tuple of Chained
        What is added to the Jacobian.
    """

    unknowns: tuple[int, ...]
    rows: tuple[int, ...]
    procedure: Procedure
    pattern: tuple[tuple[int, int], ...]
    linear: bool
    repeats: tuple[Repeat, ...] = ()
    border: int | None = None
    chained: tuple[Chained, ...] = ()

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """The positions of all entries of the Jacobian that are not identically zero, row by row."""
        repeated = {place for r in self.repeats for columns in r.columns for place in zip(r.rows, columns, strict=True)}
        return tuple(sorted(repeated.union(self.pattern)))


@dataclass(frozen=True)
class Program:
    """What a target prints.

    Attributes
    ----------
    unknowns : tuple of str
    inputs : tuple of str
        Sizes, parameters and coefficients that need a value, in order.
    spectral : bool
        Whether there is a spectral parameter, named ``z``.
    components : tuple of Component
        In order of solution.
    readout : Procedure
        One output: the answer.
    laws : tuple of str
    positive : bool
        Whether the law lives on [0, infinity).
    """

    unknowns: tuple[str, ...]
    inputs: tuple[str, ...]
    spectral: bool
    components: tuple[Component, ...]
    readout: Procedure
    laws: tuple[str, ...]
    positive: bool
