"""The node types of the graph."""

from __future__ import annotations

from typing import Any

import sympy

from ..errors import ScalingError, ShapeError
from .expression import Expression
from .numbering import claim, holder
from .scalars import degree

__all__ = [
    "Block",
    "Diagonal",
    "Entrywise",
    "Hadamard",
    "Identity",
    "Inverse",
    "Leaf",
    "MatrixFunction",
    "NormScaled",
    "Normalised",
    "OffDiagonal",
    "Product",
    "SpectralFunction",
    "SquaredDistances",
    "Sum",
    "Trace",
    "Transpose",
    "Zero",
    "diagonal_order",
    "entries_order",
    "factor_text",
    "inner_size",
    "is_outer_product",
]

HALF = sympy.Rational(1, 2)


class Leaf(Expression):
    """A matrix that is given: fields (ensemble, rows, columns, index, name).

    ``index`` tells two leaves of one ensemble and shape apart; it counts the leaves made in a process.
    """

    __slots__ = ()

    def _setup(self, ensemble: Any, rows: Any, columns: Any, index: int, name: str | None) -> None:
        self._set(arguments=(), rows=(rows,), columns=(columns,))
        claim(index, self)

    def __reduce__(self):
        return _load_leaf, self.fields

    @property
    def ensemble(self) -> Any:
        """The ensemble of which the matrix is a sample."""
        return self.fields[0]

    @property
    def index(self) -> int:
        """The number of the leaf in the order of creation."""
        return self.fields[3]

    @property
    def name(self) -> str | None:
        """The name given by the user."""
        return self.fields[4]

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return self.ensemble.order


def _load_leaf(*fields: Any) -> Expression:
    other = holder(fields[3])
    if other is not None and other.fields != fields:
        raise ValueError(
            f"this pickle holds a leaf number {fields[3]} which here is another leaf, {other}; "
            "send the graph with fp.to_json and load it with fp.from_json(text, fresh=True)"
        )
    return Leaf.intern(*fields)


class Transpose(Expression):
    """The transpose of a leaf or of an entrywise function: fields (node,)."""

    __slots__ = ()

    def _setup(self, node: Expression) -> None:
        self._set(arguments=(node,), rows=node.columns, columns=node.rows)

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return self.arguments[0].order


class SpectralFunction(Expression):
    """A function of the matrices of one commuting family: fields (leaf, formula, variable)."""

    __slots__ = ()

    def _setup(self, leaf: Leaf, formula: sympy.Expr, variable: sympy.Symbol) -> None:
        self._set(arguments=(leaf,), rows=leaf.rows, columns=leaf.columns)

    @property
    def leaf(self) -> Leaf:
        """The population matrix."""
        return self.fields[0]

    @property
    def formula(self) -> sympy.Expr:
        """The function, in the variable of the family."""
        return self.fields[1]

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return sympy.S.Zero


class Identity(Expression):
    """The identity matrix: fields (space,)."""

    __slots__ = ()

    def _setup(self, space: tuple) -> None:
        self._set(arguments=(), rows=space, columns=space)

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return sympy.S.Zero


class Zero(Expression):
    """The zero matrix: fields (rows, columns)."""

    __slots__ = ()

    def _setup(self, rows: tuple, columns: tuple) -> None:
        self._set(arguments=(), rows=rows, columns=columns)

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return sympy.S.Zero

    def terms(self) -> tuple:
        """Return the pairs of node and scalar."""
        return ()


class Sum(Expression):
    """A linear combination: fields (nodes, scalars), nodes in canonical order."""

    __slots__ = ()

    def _setup(self, nodes: tuple[Expression, ...], scalars: tuple[sympy.Expr, ...]) -> None:
        self._set(arguments=nodes, rows=nodes[0].rows, columns=nodes[0].columns)

    @property
    def scalars(self) -> tuple[sympy.Expr, ...]:
        """The coefficients, one for each node."""
        return self.fields[1]

    def terms(self) -> tuple[tuple[Expression, sympy.Expr], ...]:
        """Return the pairs of node and scalar."""
        return tuple(zip(self.arguments, self.scalars, strict=True))

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        bulk = [(node, scalar) for node, scalar in self.terms() if not is_outer_product(node)]
        return max(node.order + degree(scalar) for node, scalar in bulk or self.terms())


class Product(Expression):
    """A product of at least two factors without scalars: fields (factors,)."""

    __slots__ = ()

    def _setup(self, factors: tuple[Expression, ...]) -> None:
        self._set(arguments=factors, rows=factors[0].rows, columns=factors[-1].columns)

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return sum((factor.order for factor in self.arguments), sympy.S.Zero)


class Inverse(Expression):
    """The inverse of a square expression: fields (node,)."""

    __slots__ = ()

    def _setup(self, node: Expression) -> None:
        self._set(arguments=(node,), rows=node.rows, columns=node.columns)

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return -self.arguments[0].order


class MatrixFunction(Expression):
    """An analytic function of a self-adjoint matrix: fields (node, formula, variable).

    The formula is in the variable, which stands for the eigenvalues.
    """

    __slots__ = ()

    def _setup(self, node: Expression, formula: sympy.Expr, variable: sympy.Symbol) -> None:
        self._set(arguments=(node,), rows=node.rows, columns=node.columns)

    @property
    def matrix(self) -> Expression:
        """The self-adjoint matrix."""
        return self.arguments[0]

    @property
    def formula(self) -> sympy.Expr:
        """The function of the eigenvalues."""
        return self.fields[1]

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return sympy.S.Zero


class Entrywise(Expression):
    """A function applied to the entries of one matrix, or of several: fields (activation, nodes)."""

    __slots__ = ()

    def _setup(self, activation: Any, nodes: tuple[Expression, ...]) -> None:
        first = nodes[0]
        self._set(arguments=nodes, rows=first.rows, columns=first.columns)
        for node in nodes:
            self._check(activation, node)
            if node.rows != first.rows or node.columns != first.columns:
                raise ShapeError(
                    f"a function of several matrices needs one shape, not {first} of shape {first.shape_text} and "
                    f"{node} of shape {node.shape_text}"
                )

    @staticmethod
    def _check(activation: Any, node: Expression) -> None:
        inner = not node.is_number or all(isinstance(part, Product) for part, _ in node.terms())
        if len(node.rows) != 1 or len(node.columns) != 1 or not inner:
            raise ShapeError(
                "an entrywise function needs a matrix or vector over one space, or an inner product of vectors, not "
                f"{node} of shape {node.shape_text}"
            )
        kernel = node.order == 0 and (activation.is_of_kernel or (node.is_square and node.T is node))
        if node.order != HALF and not kernel:
            excess = node.order - HALF
            verb = "grow" if excess > 0 else "vanish"
            raise ScalingError(
                f"the entries of {node} {verb} like N^({excess}), so {activation} of them has no limit; "
                f"a factor of order N^({-excess}) is missing, for example "
                f"{_missing_factor(node, -excess)}"
            )

    @property
    def activation(self) -> Any:
        """The function."""
        return self.fields[0]

    @property
    def is_of_kernel(self) -> bool:
        """Whether the argument is a kernel matrix or a block of one, of order one: its entries tend to constants."""
        return self.arguments[0].order == 0

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`.

        The mean of the entries, a part of rank one, is not counted.
        """
        return sympy.S.Zero if self.is_of_kernel else HALF


class Diagonal(Expression):
    """The diagonal matrix of the entries of a vector: fields (vector,)."""

    __slots__ = ()

    def _setup(self, vector: Expression) -> None:
        if len(vector.rows) != 1 or vector.rows == (sympy.S.One,) or vector.columns != (sympy.S.One,):
            raise ShapeError(f"a diagonal matrix is made of a vector over one space, not of {vector.shape_text}")
        self._set(arguments=(vector,), rows=vector.rows, columns=vector.rows)

    @property
    def vector(self) -> Expression:
        """The entries."""
        return self.arguments[0]

    def growth(self) -> sympy.Rational:
        """Return the exponent of the entries, that of the norm of the vector less one half."""
        return self.vector.order - HALF


class Hadamard(Expression):
    """The entrywise product of at least two matrices of one shape: fields (factors,), in canonical order."""

    __slots__ = ()

    def _setup(self, factors: tuple[Expression, ...]) -> None:
        first = factors[0]
        for other in factors[1:]:
            if other.rows != first.rows or other.columns != first.columns:
                raise ShapeError(
                    f"an entrywise product needs matrices of one shape, not {first} of shape {first.shape_text} and "
                    f"{other} of shape {other.shape_text}"
                )
        self._set(arguments=factors, rows=first.rows, columns=first.columns)

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`.

        Entries of a matrix of norm N^k are of order N^(k - 1/2), those of an outer product N^(k - 1); orders of entries
        add up. The diagonal is counted apart: that of ``X X^T / n`` is of the order of its norm.
        """
        thin = all(is_outer_product(factor) for factor in self.arguments)
        bulk = sum(map(entries_order, self.arguments), sympy.S.One if thin else HALF)
        if not self.is_square or self.rows == (sympy.S.One,):
            return bulk
        return max(bulk, sum((diagonal_order(factor) for factor in self.arguments), sympy.S.Zero))


def diagonal_order(node: Expression) -> sympy.Rational:
    """Return k such that diagonal entries are at most of order N^k."""
    if isinstance(node, Sum):
        return max(diagonal_order(part) + degree(scalar) for part, scalar in node.terms())
    if is_outer_product(node):
        return node.order - 1
    if isinstance(node, Entrywise) and node.is_of_kernel:
        return node.order
    noisy = isinstance(node, (Entrywise, Transpose)) or (isinstance(node, Leaf) and not node.ensemble.is_family)
    return node.order - HALF if noisy else node.order


class OffDiagonal(Expression):
    """A square matrix with its diagonal set to 0: fields (node,)."""

    __slots__ = ()

    def _setup(self, node: Expression) -> None:
        if not node.is_square or len(node.rows) != 1 or node.is_number:
            raise ShapeError(f"only a square matrix over one space has a diagonal to remove, not {node.shape_text}")
        self._set(arguments=(node,), rows=node.rows, columns=node.columns)

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return self.arguments[0].order


class Normalised(Expression):
    """Each column, or each row, divided by its standard deviation or root mean square: fields (node, over, mean).

    ``over`` is "rows" where means run over the rows, one for each column, else "columns"; ``mean`` is "subtracted" or
    "kept".
    """

    __slots__ = ()

    def _setup(self, node: Expression, over: str, mean: str) -> None:
        if over not in ("rows", "columns") or mean not in ("subtracted", "kept"):
            raise ValueError(f"means run over rows or columns, and are subtracted or kept, not {over!r} and {mean!r}")
        axis = node.rows if over == "rows" else node.columns
        if len(node.rows) != 1 or len(node.columns) != 1:
            raise ShapeError(
                f"norms over the {over} of {node}, of shape {node.shape_text}, mix blocks of several kinds, such as "
                "the samples of several classes; normalise the blocks one by one"
            )
        if axis == (sympy.S.One,):
            raise ShapeError(f"norms over the {over} of {node}, of shape {node.shape_text}, are not over many entries")
        self._set(arguments=(node,), rows=node.rows, columns=node.columns)

    @property
    def over(self) -> str:
        """The axis over which means run, "rows" or "columns"."""
        return self.fields[1]

    @property
    def mean(self) -> str:
        """What is done with the mean, "subtracted" or "kept"."""
        return self.fields[2]

    @property
    def centred(self) -> bool:
        """Whether the mean is subtracted."""
        return self.mean == "subtracted"

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`.

        The mean of the entries, a part of rank one, is not counted.
        """
        return HALF


class NormScaled(Expression):
    """A matrix divided, column by column, by the norms that divide the columns of features: fields (node, norms).

    ``norms`` is the normalised matrix (:class:`Normalised`) of those features; where that has one column, its norm
    divides the whole matrix. With means over the columns all this holds for rows.
    """

    __slots__ = ()

    def _setup(self, node: Expression, norms: Normalised) -> None:
        mine, theirs = (node.columns, norms.columns) if norms.over == "rows" else (node.rows, norms.rows)
        if theirs not in (mine, (sympy.S.One,)):
            raise ShapeError(f"the norms of {norms} do not divide {node}, of shape {node.shape_text}")
        self._set(arguments=(node, norms.arguments[0]), rows=node.rows, columns=node.columns)

    @property
    def norms(self) -> Normalised:
        """The normalised features."""
        return self.fields[1]

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        node, features = self.arguments
        return node.order - (features.order - HALF)


class SquaredDistances(Expression):
    """The squared distances ``|x_i - y_j|^2`` of the columns of two matrices, or of one: fields (first, second)."""

    __slots__ = ()

    def _setup(self, first: Expression, second: Expression) -> None:
        for node in (first, second):
            if len(node.columns) != 1 or node.columns == (sympy.S.One,):
                raise ShapeError(f"squared distances need a matrix with columns of one kind, not {node.shape_text}")
        if first.rows != second.rows:
            raise ShapeError(
                f"squared distances need points in one space, not the columns of {first} of shape {first.shape_text} "
                f"and of {second} of shape {second.shape_text}"
            )
        self._set(arguments=(first, second), rows=first.columns, columns=second.columns)

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm but for parts of finite rank; see :meth:`Expression.growth`."""
        return 2 * max(node.order for node in self.arguments)


class Block(Expression):
    """A matrix of blocks: fields (grid,), a tuple of rows of expressions."""

    __slots__ = ()

    def _setup(self, grid: tuple[tuple[Expression, ...], ...]) -> None:
        rows = tuple(s for row in grid for s in row[0].rows)
        columns = tuple(s for node in grid[0] for s in node.columns)
        self._set(arguments=tuple(node for row in grid for node in row), rows=rows, columns=columns)

    @property
    def grid(self) -> tuple[tuple[Expression, ...], ...]:
        """The rows of blocks."""
        return self.fields[0]

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`."""
        return max((node.order for node in self.arguments if not isinstance(node, Zero)), default=sympy.S.Zero)


class Trace(Expression):
    """The normalised trace of a square expression, a number: fields (node,)."""

    __slots__ = ()

    def _setup(self, node: Expression) -> None:
        self._set(arguments=(node,), rows=(sympy.S.One,), columns=(sympy.S.One,))

    def growth(self) -> sympy.Rational:
        """Return the exponent of the operator norm; see :meth:`Expression.growth`.

        That of the norm of the matrix; one eigenvalue of N, that of an outer product, counts 1/N.
        """
        (node,) = self.arguments
        return node.order - 1 if is_outer_product(node) else node.order


def is_outer_product(node: Expression) -> bool:
    """Return whether a matrix has rank one because a factor of it is a column vector."""
    if isinstance(node, NormScaled):
        return is_outer_product(node.arguments[0])
    if not isinstance(node, Product):
        return False
    thin = any(f.columns == (sympy.S.One,) for f in node.arguments[:-1])
    return thin or any(isinstance(f, NormScaled) and is_outer_product(f) for f in node.arguments)


def entries_order(node: Expression) -> sympy.Rational:
    """Return k such that entries are of order N^k: the norm is N^(k + 1/2), or N^(k + 1) for an outer product."""
    parts = [(part.order + degree(scalar), is_outer_product(part)) for part, scalar in node.terms()]
    return max((order - (1 if thin else HALF) for order, thin in parts), default=-HALF)


def _missing_factor(node: Expression, power: sympy.Rational) -> str:
    """Return a factor N^power made of the inner dimension of a product, as the user would write it."""
    return factor_text(inner_size(node), power)


def inner_size(node: Expression) -> sympy.Expr:
    """Return the size that a product sums over first, or a size of the matrix itself."""
    inner = (f.columns[0] for part, _ in node.terms() if isinstance(part, Product) for f in part.arguments[:-1])
    return next((size for size in (*inner, *node.columns, *node.rows) if size != 1), sympy.S.One)


def factor_text(size: sympy.Expr, power: sympy.Rational) -> str:
    """Return the text of a factor size**power, for example ``/ sqrt(d)``."""
    sign, amount = ("*", power) if power > 0 else ("/", -power)
    body = {sympy.S.One: str(size), HALF: f"fp.sqrt({size})"}.get(amount, f"{size}**({amount})")
    return f"{sign} {body}"
