"""f(M) -> -(1/2 pi i) oint f(z) (M - z)^-1 dz: functions of matrices are contour integrals of resolvents.

The contour runs once around the spectrum of M, inside the domain where f is analytic (Dunford and Taylor; Higham 2008,
section 1.2.3, for matrices). Each function that occurs in a product gets a spectral parameter of its own: a quadratic
form in ``f(M)`` is a double integral. The resolvents enter the equations like every other inverse. Their equations
hold one parameter at a time; only the linear response depends on pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import sympy

from ..algebra.symbols import ContourPoint, ContourWeight
from ..derivation.contour_integral import ContourIntegral
from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..errors import UnsupportedModel
from ..language.expression import Expression, walk
from ..language.nodes import Inverse, MatrixFunction, Product, Sum, Trace
from ..language.operations import combine, identity, inv, multiply, tr

__all__ = ["Resolvents", "holds_function", "matrix_functions"]

_MOST = 2
"""Functions in one product: the integrals become double, not triple."""


@dataclass
class Resolvents:
    """A number in which resolvents stand for functions of matrices.

    Attributes
    ----------
    expression : Expression
        Polynomial in the weights, each of which is the value of a function at a point.
    points : dict of (Expression, int) to ContourPoint
        The spectral parameter of the k-th function of a matrix in a product.
    weights : dict of (formula, ContourPoint) to ContourWeight
    steps : list of Step
    """

    expression: Expression
    points: dict[tuple[Expression, int], ContourPoint] = field(default_factory=dict)
    weights: dict[tuple[sympy.Expr, ContourPoint], ContourWeight] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def matrices(self) -> dict[ContourPoint, Expression]:
        """The matrix around whose spectrum each spectral parameter runs."""
        return {point: matrix for (matrix, _), point in self.points.items()}

    def integrated(self, readout: sympy.Expr) -> sympy.Expr:
        """Return a read-out, polynomial in the weights, with its contour integrals written down."""
        densities = {weight: (point, formula) for (formula, point), weight in self.weights.items()}
        if not readout.free_symbols & densities.keys():
            return readout
        names = sorted(readout.free_symbols & densities.keys(), key=lambda w: int(w.name[2:]))
        total = sympy.S.Zero
        for used, coefficient in _coefficients(readout, names).items():
            total += ContourIntegral.of(coefficient, [densities[name] for name in used])
        return total


def _coefficients(readout: sympy.Expr, weights: list[ContourWeight]) -> dict[tuple[ContourWeight, ...], sympy.Expr]:
    """Return the coefficients of the products of weights in a read-out, in which no weight is squared.

    Coefficients are often long, and only terms that hide weights in sums are multiplied out.
    """
    found: dict[tuple[ContourWeight, ...], list[sympy.Expr]] = {}
    for term in sympy.Add.make_args(readout):
        coefficient, product = term.as_independent(*weights, as_Add=False)
        factors = sympy.Mul.make_args(product)
        if all(factor in weights for factor in factors) or product == 1:
            used = tuple(weight for weight in weights if weight in factors)
            found.setdefault(used, []).append(coefficient)
            continue
        for powers, inner in sympy.Poly(product, *weights).terms():
            used = tuple(weight for weight, power in zip(weights, powers, strict=True) if power)
            found.setdefault(used, []).append(coefficient * inner)
    return {used: sympy.Add(*terms) for used, terms in found.items()}


def holds_function(node: Expression) -> bool:
    """Return whether a function of a matrix occurs in an expression."""
    return any(isinstance(inner, MatrixFunction) for inner in walk(node))


def matrix_functions(expression: Expression) -> Resolvents:
    """Replace functions of matrices in a number by resolvents on contours.

    Raises
    ------
    UnsupportedModel
        If a function occurs inside an inverse, a function or a block, or more than two of them in one product.
    """
    result = Resolvents(expression)
    if not holds_function(expression):
        return result
    words = [(_placed(word, result, {}), scalar) for word, scalar in _words(expression)]
    result.expression = combine(words)
    result.steps.append(_step(expression, result))
    return result


def _words(node: Expression) -> Iterator[tuple[Expression, sympy.Expr]]:
    """Yield products that add up to an expression, distributed over the sums that hold functions of matrices."""
    if not holds_function(node) or isinstance(node, MatrixFunction):
        if node.arguments and isinstance(node, MatrixFunction) and holds_function(node.matrix):
            raise UnsupportedModel(
                f"matrix_functions: {node} is a function of a function, which this rule excludes. Remedy: compose the "
                "two into one function of one matrix"
            )
        yield node, sympy.S.One
    elif isinstance(node, Sum):
        for part, scalar in node.terms():
            for word, factor in _words(part):
                yield word, scalar * factor
    elif isinstance(node, Product):
        found: list[tuple[list[Expression], sympy.Expr]] = [([], sympy.S.One)]
        for factor in node.arguments:
            parts = list(_words(factor))
            found = [([*word, part], scalar * c) for word, scalar in found for part, c in parts]
        for factors, scalar in found:
            yield multiply(*factors), scalar
    elif isinstance(node, Trace):
        for word, scalar in _words(node.arguments[0]):
            yield tr(word), scalar
    else:
        inside = "an inverse" if isinstance(node, Inverse) else f"a node of type {type(node).__name__}"
        raise UnsupportedModel(
            f"matrix_functions: a function of a matrix occurs inside {inside}, {node}, and this rule covers sums and "
            "products of them. Remedy: take the limits of numerator and denominator, or of the blocks, one by one"
        )


def _placed(node: Expression, result: Resolvents, counts: dict[Expression, int]) -> Expression:
    """Return a product with a resolvent in place of each function; ``counts`` says how many each matrix had so far."""
    if isinstance(node, Sum):  # a multiple of one product
        return combine([(_placed(part, result, counts), scalar) for part, scalar in node.terms()])
    if isinstance(node, Product):
        return multiply(*(_placed(factor, result, counts) for factor in node.arguments))
    if isinstance(node, Trace):
        return tr(_placed(node.arguments[0], result, counts))
    if not isinstance(node, MatrixFunction):
        return node
    if sum(counts.values()) == _MOST:
        raise UnsupportedModel(
            f"matrix_functions: more than {_MOST} functions of matrices occur in one product, and this rule covers "
            "single and double contour integrals. Remedy: write products of functions of one matrix as one function"
        )
    key = (node.matrix, counts.get(node.matrix, 0))
    counts[node.matrix] = key[1] + 1
    point = result.points.setdefault(key, ContourPoint(f"z_{len(result.points) + 1}"))
    density = node.formula.subs(node.fields[2], point)
    weight = result.weights.setdefault((density, point), ContourWeight(f"w_{len(result.weights) + 1}"))
    return combine([(inv(node.matrix - point * identity(node.rows)), weight)])


def _step(before: Expression, result: Resolvents) -> Step:
    nodes = [node for node in walk(before) if isinstance(node, MatrixFunction)]
    lines = []
    for node in dict.fromkeys(nodes):
        point = result.points[node.matrix, 0]
        resolvent = inv(node.matrix - point * identity(node.rows))
        density = node.formula.subs(node.fields[2], point)
        lines.append(Formula(node, combine([(resolvent, density)]), f"times -1/(2 pi i), integrated over {point}"))
    return Step(
        rule="matrix_functions",
        statement="f(M) -> contour integral of -f(z) (M - z)^-1 / (2 pi i) around the spectrum of M",
        status="exact",
        before=(Formula(None, before),),
        after=tuple(lines),
        hypotheses=(
            Hypothesis("the matrices M are self-adjoint", "proved on the graph"),
            Hypothesis("the functions are analytic on and inside contours around the limiting spectra", "assumed"),
            Hypothesis("no eigenvalue that matters lies outside the contours", "assumed"),
        ),
        references=(Citation("Higham2008", "Definition 1.11"),),
    )
