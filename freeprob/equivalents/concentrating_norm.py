r"""Normalisation layers: norms that concentrate are numbers.

For features ``Y = g 1^T + C`` with p neurons, where all columns of C have one norm in the limit,

    layer_norm(Y) -> ((g - m 1) 1^T + C) / sqrt(v),   m = lim 1^T g / p,   v = <C, C> + |g|^2 / p - m^2,
    rms_norm(Y)   -> Y / sqrt(v + m^2),
    batch_norm(Y) -> C / sqrt(<C, C>)                 where all rows of C have one norm.

The norm of column j is ``sqrt(v) (1 + O(1/sqrt(p)))``, so that what is left out is ``C diag(eps)``, of norm o(1) beside
C, and parts of rank two: the means ``1^T C / p`` that are subtracted, and ``g eps^T``.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

from ..derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ..errors import UnsupportedModel
from ..language.ensembles.ones import ones
from ..language.expression import ONE, Expression, walk
from ..language.nodes import HALF, Normalised, NormScaled, Zero, inner_size
from ..language.operations import combine, multiply
from ..language.rewriting import rebuild
from .closed_forms import ClosedForms
from .coefficients import Coefficients
from .entry_products import EntryProducts
from .hidden_finite_rank import refuse_strong_vectors
from .neurons import split_shared
from .preactivation import exchangeable_columns

__all__ = ["OUTLIERS", "RULE", "NormRule", "derivative_step", "without_norms"]

RULE = "concentrating_norm"

OUTLIERS = Refusal(
    "outliers",
    "the derivative of a normalisation leaves out a part of rank two, which moves no bulk eigenvalue but may make "
    "outliers.",
    "find outliers by simulation",
)


def derivative_step(norms: Normalised, value: sympy.Expr) -> Step:
    """Return the record of a derivative of a normalisation, given as the normalised features."""
    return Step(
        RULE,
        "the derivative of y = h / norm(h) -> the identity over the limit of the norm",
        "asymptotic",
        (Formula(norms, None),),
        (Formula(None, value, "the derivative is the identity times"),),
        (
            Hypothesis("all columns (or rows) that are normalised have one law", "proved on the graph"),
            Hypothesis("fluctuations of the norms are of order 1/sqrt(N), so that they are one number", "assumed"),
            Hypothesis("-1 1^T / p - y y^T / p, the rest of the derivative, has rank two for a sample", "assumed"),
        ),
        (Citation("RudelsonVershynin2013", "Theorem 1.1"),),
    )


class NormRule:
    """Replaces normalised matrices by multiples; used by the Gaussian equivalence, which knows the images of nodes."""

    def __init__(
        self,
        moments: ClosedForms,
        products: EntryProducts,
        coefficients: Coefficients,
        image: Callable[[Expression], Expression],
    ) -> None:
        self.moments, self.products, self.coefficients, self.image = moments, products, coefficients, image
        self.done: dict[Expression, Expression] = {}
        self.steps: list[Step] = []
        self.refused: tuple[Refusal, ...] = ()

    def rewritten(self, node: Normalised) -> Expression:
        """Return the linear equivalent of a normalised matrix.

        Raises
        ------
        UnsupportedModel
            If the norms do not concentrate at one number, or their limit has no closed form.
        """
        if node.T not in self.done:
            self.done[node] = self.oriented(node)
        return self.done[node] if node in self.done else self.done[node.T].T

    def oriented(self, node: Normalised) -> Expression:
        """Return the equivalent with one row for each neuron, or the transpose of that of the transpose."""
        shown, result, variance = self.read(node)
        result = combine([(result, 1 / sympy.sqrt(variance))])
        self.record(shown, result)
        return result if shown is node else result.T

    def reciprocal(self, norms: Normalised) -> sympy.Expr:
        """Return the limit of one over the norms of features, given as the normalised matrix.

        Raises
        ------
        UnsupportedModel
            As :meth:`rewritten`.
        """
        (inside,) = norms.arguments
        shown, _, variance = self.read(norms)
        value = inner_size(inside) ** (HALF - inside.order) / sympy.sqrt(variance)
        self.steps.append(derivative_step(shown, value))
        self.refused = tuple(dict.fromkeys((*self.refused, OUTLIERS)))
        return value

    def read(self, node: Normalised) -> tuple[Normalised, Expression, sympy.Expr]:
        """Return (the node or its transpose, what is divided, the mean square by whose root it is divided)."""
        (inside,) = node.arguments
        if inside.is_square and inside.T is inside:
            raise UnsupportedModel(f"{RULE}: {inside} is a kernel matrix, and this rule needs features, one row each")
        refuse_strong_vectors(inside)
        image = combine([(self.image(inside), inner_size(inside) ** (HALF - inside.order))])
        for turned in (False, True) if node.over == "rows" else (True, False):  # a constant mean is a shift both ways
            shown: Normalised = node.T if turned else node  # type: ignore[assignment]
            shared = split_shared(image.T if turned else image)
            if shared is not None and (shared[0] is None or shown.over == "rows" or shown.centred):
                return shown, *self.divided(shown, *shared)
        raise UnsupportedModel(
            f"{RULE}: {inside} has a part that is shared by many entries, but not as one shift for each neuron, "
            "which this rule needs. Remedy: centre the activation below"
        )

    def divided(self, node: Normalised, shift: Expression | None, centred: Expression) -> tuple[Expression, sympy.Expr]:
        """Return what the norms divide in ``shift 1^T + centred``, and the limit of their mean square."""
        (inside,) = node.arguments
        over_rows = node.over == "rows"
        sides = (inside, centred) if over_rows else (inside.T, centred.T)
        if not all(exchangeable_columns(side) for side in sides):
            these = "columns" if over_rows else "rows"
            raise UnsupportedModel(
                f"{RULE}: all {these} of {inside} must have one norm in the limit, but their norms follow a diagonal "
                f"or population matrix, or the shifts of the neurons. Remedy: let all {these} have one law, or "
                f"normalise over the {these}"
            )
        result, square = self.of_columns(node, shift, centred) if over_rows else (centred, self.square(centred))
        variance = self.coefficients.variance(square, "q", f"mean square over the {node.over} in the norms of {node}")
        if variance == 0:
            raise UnsupportedModel(f"{RULE}: the norms in {node} vanish in the limit, and nothing can be divided by 0")
        return result, variance

    def square(self, centred: Expression) -> sympy.Expr:
        """Return the mean square of the entries of the centred part."""
        return sympy.S.Zero if isinstance(centred, Zero) else self.products.limit(centred, centred)

    def of_columns(
        self, node: Normalised, shift: Expression | None, centred: Expression
    ) -> tuple[Expression, sympy.Expr]:
        """Return what is divided by the norms of the columns, and their limit."""
        square = self.square(centred)
        if shift is None:
            return centred, square
        right = ones(node.columns[0]).T if node.columns != (ONE,) else None
        total = square + self.products.limit(shift, shift)
        if node.centred:
            (size,) = node.rows
            mean = self.moments.closed_form(multiply(ones(size).T, shift) / size)
            if mean is None:
                raise UnsupportedModel(f"{RULE}: the mean of the neurons of {node} has no closed form")
            total -= mean**2
            shift = combine([(shift, sympy.S.One), (ones(size), -mean)])
        if isinstance(shift, Zero):
            return centred, total
        shared = shift if right is None else multiply(shift, right)
        return combine([(centred, sympy.S.One), (shared, sympy.S.One)]), total

    def record(self, node: Normalised, result: Expression) -> None:
        """Note the step, and that outliers are not known any more."""
        shown, after = min(((node, result), (node.T, result.T)), key=lambda pair: len(str(pair[0])))
        words = "fluctuations of the norms are of order 1/sqrt(N), so that they are one number in the limit"
        dropped = "means of the centred part, and the products of means with fluctuations of the norms, have rank two"
        self.steps.append(
            Step(
                RULE,
                "columns or rows divided by their norms -> the matrix over the limit of the norms",
                "asymptotic",
                (Formula(shown, None),),
                (Formula(shown, after),),
                (
                    Hypothesis("all columns (or rows) that are normalised have one law", "proved on the graph"),
                    Hypothesis(words, "assumed"),
                    Hypothesis(dropped, "assumed"),
                ),
                (Citation("RudelsonVershynin2013", "Theorem 1.1"),),
            )
        )
        self.refused = (
            *self.refused,
            Refusal(
                "outliers",
                f"{shown} leaves out parts of rank two, the means of the features and the fluctuations of their norms, "
                "which move no bulk eigenvalue but may move outliers.",
                "ask for outliers of the model without normalisation",
            ),
        )


def without_norms(expression: Expression, reciprocal: Callable[[Normalised], sympy.Expr]) -> Expression:
    """Return an expression in which matrices over norms are multiples of the matrices.

    Parameters
    ----------
    expression : Expression
    reciprocal : callable
        The limit of one over the norms of features, given as the normalised features; asked once for each.
    """
    image: dict[Expression, Expression] = {}
    scalars: dict[Normalised, sympy.Expr] = {}
    for node in walk(expression):
        arguments = tuple(image[a] for a in node.arguments)
        if isinstance(node, NormScaled):
            if node.norms not in scalars:
                scalars[node.norms] = reciprocal(node.norms)
            image[node] = combine([(arguments[0], scalars[node.norms])])
        else:
            image[node] = node if arguments == node.arguments else rebuild(node, arguments)
    return image[expression]
