r"""Entrywise functions and products of kernel matrices.

A kernel matrix A of samples with one law has a diagonal that tends to a number a, and entries off the diagonal that
tend to a number m with fluctuations of order ``1/sqrt(n)``: ``A = m 1 1^T + E + (a - m) I``. To first order in E,

    f(A)   -> (f(m) - m f'(m)) 1 1^T + f'(m) A + (f(a) - f(m) - f'(m)(a - m)) I,
    A o B  -> m_A B + m_B A - m_A m_B 1 1^T + (a - m_A)(b - m_B) I,
    |x_i - y_j|^2 -> (c + c') 1 1^T - 2 X^T Y,   c = lim |x_i|^2,  c' = lim |y_j|^2,

up to parts of finite rank that move no bulk eigenvalue. Between independent samples of two classes ``a = m``.

El Karoui 2010 (Theorems 2.1 and 2.2); for products of Gram matrices Fan and Wang 2020 (section 3.2), Adlam and
Pennington 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy

from ..derivation.coefficient import Coefficient
from ..derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ..errors import UnsupportedModel
from ..language.activations import X, joint_arguments
from ..language.activations.pieces import breakpoints
from ..language.ensembles.ones import ones
from ..language.expression import Expression
from ..language.hadamard import is_all_ones
from ..language.nodes import (
    Entrywise,
    Hadamard,
    Leaf,
    OffDiagonal,
    Product,
    SquaredDistances,
    Trace,
    Transpose,
    Zero,
    diagonal_order,
    inner_size,
)
from ..language.operations import combine, identity, multiply, tr
from ..language.rewriting import expand
from ..language.scalars import degree
from .closed_forms import ClosedForms
from .coefficients import Coefficients
from .entry_products import EntryProducts
from .neurons import NeuronFamily, refuse_shift_beside_functions
from .preactivation import exchangeable_columns, left_gaussian

__all__ = ["KernelRules", "is_kernel", "limit_with_order"]

_ELKAROUI = (Citation("ElKaroui2010", "Theorems 2.1 and 2.2"),)
_PRODUCT = (Citation("FanWang2020", "section 3"), Citation("AdlamPennington2020"))


def limit_with_order(moments: ClosedForms, number: Expression) -> tuple[sympy.Expr | None, sympy.Expr]:
    """Return (limit, scale): the leading term of a number is their product, the scale a power of a size."""
    part = number.terms()[0][0]
    scale = inner_size(part.arguments[0] if isinstance(part, Trace) else part) ** number.order
    return moments.closed_form(combine([(number, 1 / scale)])), scale


@dataclass(frozen=True)
class Kernel:
    """What the rules need of a kernel matrix.

    Attributes
    ----------
    image : Expression
        The linear equivalent.
    diagonal, mean : SymPy expressions
        The limits of the entries on and off the diagonal.
    """

    image: Expression
    diagonal: sympy.Expr
    mean: sympy.Expr


@dataclass(frozen=True)
class _Value:
    """Evaluates a formula."""

    formula: sympy.Expr
    symbols: tuple[sympy.Symbol, ...]

    def __call__(self, *values: Any, digits: int = 15) -> mpmath.mpf:
        with mpmath.workdps(digits + 5):
            value = mpmath.mpmathify(sympy.lambdify(self.symbols, self.formula, "mpmath")(*map(mpmath.mpf, values)))
            if not mpmath.isfinite(value) or mpmath.im(value) != 0:
                places = ", ".join(f"{s} = {float(v):.6g}" for s, v in zip(self.symbols, values, strict=True))
                raise UnsupportedModel(f"kernel_function: {self.formula} is not real and finite at {places}")
            return mpmath.re(value)


def _is_undefined(value: sympy.Expr) -> bool:
    """Return whether a number is infinite, undefined or not real; False for a formula with symbols."""
    if value.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
        return True
    return not value.free_symbols and not (number := sympy.N(value)).is_real and abs(sympy.im(number)) > 1e-15


def is_kernel(node: Expression) -> bool:
    """Return whether a node is an entrywise function or product of kernel matrices, or a matrix of distances."""
    if isinstance(node, Entrywise):
        return node.is_of_kernel
    if isinstance(node, Hadamard):
        factors = node.arguments
        if any(f.T is not f for f in factors):
            return _is_crossed(factors)
        if any(_is_pattern(f) for f in factors):
            return False
        return node.order == sum(map(diagonal_order, factors))
    return isinstance(node, SquaredDistances)


def _is_crossed(factors: Sequence[Expression]) -> bool:
    """Return whether matrices are inner products of two classes, and not all are pre-activations of gates."""
    plain = [f.arguments[0] if isinstance(f, Transpose) else f for f in factors]
    if not all(exchangeable_columns(f) and exchangeable_columns(f.T) for f in plain):
        return False
    if not all(f.is_of_kernel if isinstance(f, Entrywise) else isinstance(f, _INNER_PRODUCTS) for f in plain):
        return False
    return any(not isinstance(f, Product) or _is_no_preactivation(f) for f in plain)


_INNER_PRODUCTS = (Product, SquaredDistances)


def _is_no_preactivation(node: Expression) -> bool:
    return all(isinstance(left_gaussian(side), Refusal) for side in (node, node.T))


def _is_pattern(node: Expression) -> bool:
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    return isinstance(leaf, Leaf) and (leaf.ensemble.is_zero_one or leaf.ensemble.is_family)


def _square_root(node: Expression) -> tuple[tuple[Expression, ...], tuple[Expression, ...], sympy.Expr] | None:
    """Return the factors of B, those of C, and c where a matrix is written as c B^T C with as many factors in each."""
    if len(node.terms()) != 1:
        return None
    ((part, scalar),) = node.terms()
    if not isinstance(part, Product) or len(part.arguments) % 2:
        return None
    half = len(part.arguments) // 2
    left, right = tuple(f.T for f in reversed(part.arguments[:half])), part.arguments[half:]
    return None if len(right[0].rows) != 1 else (left, right, scalar)


class KernelRules:
    """Rewrites functions of kernel matrices; used by the Gaussian equivalence, which knows the images of nodes."""

    def __init__(
        self,
        moments: ClosedForms,
        products: EntryProducts,
        coefficients: Coefficients,
        image: Callable[[Expression], Expression],
        families: Callable[[], Sequence[NeuronFamily]],
        with_hidden_means: bool = False,
    ) -> None:
        self.moments, self.products, self.coefficients = moments, products, coefficients
        self.image, self.families = image, families
        self.with_hidden_means = with_hidden_means
        self.curved: list[Expression] = []
        self.steps: list[Step] = []

    def rewritten(self, node: Expression) -> Expression:
        """Return the linear equivalent of a node for which :func:`is_kernel` holds."""
        if isinstance(node, SquaredDistances):
            return self.distances(node)
        if isinstance(node, Entrywise):
            return self.function(node)
        return self.product(node)

    def kernel(self, node: Expression) -> Kernel:
        """Return a kernel matrix with its limits.

        Raises
        ------
        UnsupportedModel
            If its columns do not have one law, or a limit has no closed form.
        """
        for part, _ in node.terms():
            if not (exchangeable_columns(part) and (part.T is part or exchangeable_columns(part.T))):
                raise UnsupportedModel(
                    f"kernel_function: the samples behind {part} must have one law, so that all entries of its "
                    "diagonal have one limit, but its last factor is not of that kind. Remedy: let the product end "
                    "with a Gaussian data matrix or a function of one"
                )
        image = self.image(node)
        refuse_shift_beside_functions(image, self.families())
        mean = self.mean(image)
        if node.rows != node.columns:  # of two classes of different sizes
            return Kernel(image, mean, mean)
        if isinstance(node, SquaredDistances) and node.T is node:
            return Kernel(image, sympy.S.Zero, mean)
        return Kernel(image, self.diagonal(node, image), mean)

    def diagonal(self, node: Expression, image: Expression) -> sympy.Expr:
        """Return the limit of the diagonal of a kernel matrix; of B^T C from below, layer by layer.

        The trace of the whole would be expanded, which takes a time that is exponential in the depth.
        """
        root = _square_root(node)
        if root is None:
            return self.limit(tr(image), "tau", node)
        *sides, scalar = root
        features, others = (multiply(*map(self.image, factors)) for factors in sides)
        terms = [(term, degree(term)) for term in sympy.Add.make_args(self.products(features, others))]
        if terms[0][0] == 0:
            return sympy.S.Zero
        top = max(order for _, order in terms)
        unit = inner_size(features) ** top
        value = sympy.Add(*(term for term, order in terms if order == top)) / unit
        words = "mean square of the entries behind a kernel matrix"
        return self.coefficients.variance(value, "tau", words) * unit * scalar * sympy.Add(*features.rows)

    def limit(self, number: Expression, letter: str, node: Expression) -> sympy.Expr:
        """Return the limit of the diagonal of a node as a symbol or number."""
        value, scale = limit_with_order(self.moments, number)
        if value is None:
            raise UnsupportedModel(
                f"kernel_function: the diagonal of {node} has no closed form because it contains an inverse; this rule "
                "needs one. Remedy: apply entrywise functions to products and sums only"
            )
        return self.coefficients.variance(value, letter, "limit of the diagonal of a kernel matrix") * scale

    def mean(self, image: Expression) -> sympy.Expr:
        """Return the limit of the entries off the diagonal: the coefficient of 1 1^T."""
        total = sympy.S.Zero
        for part, scalar in expand(image, is_all_ones).terms():
            factors = part.arguments if isinstance(part, Product) else (part,)
            if len(factors) < 2 or not (is_all_ones(factors[0]) and is_all_ones(factors[-1])):
                continue
            inner = factors[1:-1]
            if not inner and degree(scalar) < 0:  # a mean of the order of the bulk
                continue
            value = self.moments.closed_form(combine([(multiply(*inner), scalar)])) if inner else scalar
            if value is None:
                raise UnsupportedModel(
                    f"kernel_function: the mean of the entries of {image} has no closed form; this rule needs one. "
                    "Remedy: centre the layer below"
                )
            total += value
        if total == 0:
            return sympy.S.Zero
        return self.coefficients.variance(total, "w", "limit of the entries off the diagonal of a kernel matrix")

    # -- rules -----------------------------------------------------------------------------------------
    def function(self, node: Entrywise, diagonal: bool = True) -> Expression:
        """Return f(A), or f(A) with its diagonal set to 0."""
        (argument,) = node.arguments
        f = node.activation.formula
        if f is None:
            raise UnsupportedModel(
                f"kernel_function: {node} is a function of a kernel matrix, of which this rule needs the derivative at "
                "a point. Remedy: give the function as a SymPy expression"
            )
        f = f.subs(joint_arguments(1)[0], X)
        kernel = self.kernel(argument)
        smooth = self.smooth(node, f, kernel.mean)
        value, slope = f.subs(X, kernel.mean), sympy.diff(f, X).subs(X, kernel.mean)
        self.require_finite(node, kernel.mean, (value, slope), "entries off the diagonal")
        own = value if kernel.diagonal == kernel.mean else f.subs(X, kernel.diagonal)
        own = own if diagonal else sympy.S.Zero
        self.require_finite(node, kernel.diagonal, (own,), "diagonal entries")
        rest = own - value - slope * (kernel.diagonal - kernel.mean)
        result = self.assembled(kernel.image, slope, value - kernel.mean * slope, rest)
        curvature = sympy.diff(f, X, 2).subs(X, kernel.mean)
        if value == 0 and (curvature != 0 or kernel.mean != 0):
            self.curved.append(node)
            if self.with_hidden_means and kernel.mean != 0:
                raise UnsupportedModel(
                    f"kernel_function: the entries of {node} tend to 0, and those of its argument to {kernel.mean}, so "
                    "that fluctuations of the norms of the samples make a part of finite rank; it meets a mean, as of "
                    "labels, which this rule does not cover. Remedy: centre the labels, or use a kernel with a mean"
                )
            if self.with_hidden_means:
                result = combine([(result, sympy.S.One), self.hidden_mean(node, kernel, kernel, curvature / 2)])
        statement = "f(A) -> (f(m) - m f'(m)) 1 1^T + f'(m) A + (f(a) - f(m) - f'(m)(a - m)) I"
        if argument.T is not argument:
            statement += " (no I where samples of two classes are independent)"
        self.record("kernel_function", statement, node, result, (smooth,), _ELKAROUI)
        return result

    def smooth(self, node: Entrywise, f: sympy.Expr, mean: sympy.Expr) -> Hypothesis:
        """Return the hypothesis that f is smooth where the entries are, or refuse."""
        words = "f is three times differentiable near the limit m of the entries off the diagonal"
        breaks = [float(b) for b in breakpoints(f)]
        number = self.coefficients.number(mean)
        if number is not None and any(abs(float(number) - b) < 1e-9 for b in breaks):
            raise UnsupportedModel(
                f"kernel_function: the entries of the argument of {node} tend to {float(number):.6g}, where "
                f"{node.fields[0]} is not smooth, and this rule needs three derivatives there. Remedy: use a smooth "
                "function, or the scaling fp.off_diagonal(f(X.T @ X / fp.sqrt(d))) / fp.sqrt(n)"
            )
        return Hypothesis(words, "proved on the graph" if not breaks or number is not None else "assumed")

    def require_finite(self, node: Entrywise, place: sympy.Expr, values: tuple[sympy.Expr, ...], entries: str) -> None:
        """Refuse a function that is not real and finite at the limit of the entries, as far as this is known."""
        number = self.coefficients.number(place)
        known = [v.subs(place, number) if number is not None and place.is_Symbol else v for v in values]
        if any(v.is_finite is False or v.is_extended_real is False for v in known) or any(map(_is_undefined, known)):
            where = f"{float(number):.6g}" if number is not None else str(place)
            raise UnsupportedModel(
                f"kernel_function: the {entries} of the argument of {node} tend to {where}, where {node.fields[0]} or "
                "its derivative is not real and finite, and this rule needs both. Remedy: a function that is smooth "
                "there, for example of the argument plus a constant"
            )

    def product(self, node: Expression) -> Expression:
        """Return A o B o ..., from the left."""
        # to entries of order one on the diagonal
        scales = [inner_size(a) ** -diagonal_order(a) for a in node.arguments]
        factors = [self.kernel(combine([(a, s)])) for a, s in zip(node.arguments, scales, strict=True)]
        current = factors[0]
        for other in factors[1:]:
            spread = (current.diagonal - current.mean) * (other.diagonal - other.mean)
            parts = [
                (other.image, self.value(current.mean)),
                (current.image, self.value(other.mean)),
                (self.all_ones(current.image), self.value(-current.mean * other.mean)),
            ]
            if spread != 0:
                parts.append((identity(current.image.rows), self.value(spread)))
            kept = [(e, s) for e, s in parts if s != 0]
            if not kept:  # noise of a smaller order: the order of a square matrix allows for a diagonal
                return Zero.intern(node.rows, node.columns) if node.is_square else node
            if current.mean * other.mean == 0:
                self.curved.append(node)
                if self.with_hidden_means:
                    kept.append(self.hidden_mean(node, current, other, sympy.S.One))
            image = combine(kept)
            current = Kernel(image, current.diagonal * other.diagonal, current.mean * other.mean)
        statement = "A o B -> m_A B + m_B A - m_A m_B 1 1^T + (a - m_A)(b - m_B) I"
        result = combine([(current.image, 1 / sympy.Mul(*scales))])
        self.record("kernel_product", statement, node, result, (), _PRODUCT)
        return result

    def distances(self, node: Expression) -> Expression:
        """Return |x_i - x_j|^2."""
        norms = []
        for points in node.arguments:
            if not exchangeable_columns(points):
                raise UnsupportedModel(
                    f"squared_distances: the columns of {points} must have one law, so that their norms have one limit."
                    " Remedy: let the product end with a Gaussian data matrix"
                )
            image = self.image(points)
            norms.append(self.limit(tr(multiply(image.T, image)), "tau", multiply(points.T, points)))
        first, second = map(self.image, node.arguments)
        inner = multiply(first.T, second)
        result = combine([(self.all_ones(inner), sympy.Add(*norms)), (inner, sympy.Integer(-2))])
        statement = "|x_i - y_j|^2 -> (c + c') 1 1^T - 2 X^T Y"
        self.record("squared_distances", statement, node, result, (), _ELKAROUI)
        return result

    def without_diagonal(self, node: OffDiagonal) -> Expression:
        """Return a matrix without its diagonal, which tends to a multiple of the identity."""
        (argument,) = node.arguments
        if isinstance(argument, Entrywise) and argument.is_of_kernel:
            return self.function(argument, diagonal=False)
        scale = inner_size(argument) ** (-argument.order)
        kernel = self.kernel(combine([(argument, scale)]))
        parts = [(kernel.image, 1 / scale), (identity(node.rows), -kernel.diagonal / scale)]
        result = combine([(e, s) for e, s in parts if s != 0])
        self.record("off_diagonal", "A - diag(A) -> A - a I", node, result, (), ())
        return result

    def hidden_mean(
        self, node: Expression, one: Kernel, other: Kernel, factor: sympy.Expr
    ) -> tuple[Expression, sympy.Expr]:
        """Return ``factor * cov 1 1^T``: the covariance of entries of two kernels off the diagonal is of order 1/n."""
        centred = [combine([(k.image, sympy.S.One), (self.all_ones(k.image), -k.mean)]) for k in (one, other)]
        square = self.moments.closed_form(tr(multiply(centred[0], centred[1].T)))
        if square is None:
            raise UnsupportedModel(
                f"kernel_function: the entries of {node} have a mean of order 1/n, which meets a mean of labels, and "
                "has no closed form because of an inverse. Remedy: apply entrywise functions to products and sums only"
            )
        spread = square - (one.diagonal - one.mean) * (other.diagonal - other.mean)
        return self.all_ones(one.image), self.value(factor * spread) / one.image.columns[0]

    # -- parts -----------------------------------------------------------------------------------------
    def assembled(self, image: Expression, slope: sympy.Expr, mean: sympy.Expr, rest: sympy.Expr) -> Expression:
        """Return the combination of a kernel, the all-ones matrix and the identity."""
        parts = [(image, self.value(slope)), (self.all_ones(image), self.value(mean))]
        if rest != 0:
            parts.append((identity(image.rows), self.value(rest)))
        kept = [(e, s) for e, s in parts if s != 0]
        if not kept:
            raise UnsupportedModel("kernel_function: the function is constant to first order: nothing but 0 is left")
        return combine(kept)

    @staticmethod
    def all_ones(image: Expression) -> Expression:
        """Return ``1 1^T``."""
        return multiply(ones(image.rows[0]), ones(image.columns[0]).T)

    def value(self, formula: sympy.Expr) -> sympy.Expr:
        """Return a number as it is and a formula as a coefficient with a symbol."""
        formula = sympy.expand(formula)
        symbols = tuple(sorted(formula.free_symbols, key=lambda s: s.name))
        if formula.is_Rational or formula.is_Symbol:
            return formula

        def make() -> Coefficient:
            symbol = sympy.Symbol(f"b_{self.coefficients.next_number('b')}", real=True)
            return Coefficient(
                symbol, sympy.latex(formula), str(formula), symbols, _Value(formula, symbols), formula, formula
            )

        return self.coefficients.moment(("kernel", formula), make)

    def record(
        self,
        rule: str,
        statement: str,
        node: Expression,
        result: Expression,
        extra: tuple[Hypothesis, ...],
        references: tuple[Citation, ...],
    ) -> None:
        """Record a step."""
        hypotheses = (
            Hypothesis("all samples have one law, and their norms and inner products concentrate", "assumed"),
            Hypothesis("all sizes grow in proportion", "asserted by the user"),
            *extra,
        )
        before, after = (Formula(node, None),), (Formula(node, result),)
        self.steps.append(Step(rule, statement, "asymptotic", before, after, hypotheses, references))
