r"""W^T B -> W~^T B: weights that carry gradients back are independent copies of those that carry signals forward.

Backpropagation multiplies by the transposes of the weights that made the pre-activations. If the gradients are linear
in the weights of the output layer, which are centred, independent of all else and used nowhere else, then moments of
gradients are as if each transpose were a fresh copy (the gradient independence assumption: Schoenholz, Gilmer, Ganguli
and Sohl-Dickstein 2017; proved in the infinite-width limit by Yang 2020, Tensor Programs II, under this very
condition).
"""

from __future__ import annotations

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..language.ensembles.gaussian import gaussian
from ..language.expression import Expression, walk
from ..language.leaves import leaves_of
from ..language.nodes import Entrywise, Hadamard, Leaf, NormScaled, Product, Sum, Transpose
from ..language.operations import multiply
from ..language.printing import Names, text
from ..language.rewriting import rebuild
from .linear_equivalent import LinearEquivalent
from .preactivation import is_gaussian_factor

__all__ = ["gradient_independence"]

RULE = "gradient_independence"


def gradient_independence(expression: Expression, names: Names) -> LinearEquivalent:
    """Replace the weights of the backward pass by independent copies.

    Parameters
    ----------
    expression : Expression
    names : mapping of Expression to str
        Names of matrices in the record.

    Returns
    -------
    LinearEquivalent
        With an empty ``image`` when there is nothing to do.
    """
    run = _Backward(expression)
    if not run.backward:
        return LinearEquivalent(expression, {}, (), ())
    image: dict[Expression, Expression] = {}
    for node in walk(expression):
        arguments = tuple(image[a] for a in node.arguments)
        image[node] = node if arguments == node.arguments else rebuild(node, arguments)
        if node in run.backward:
            first = image[node].arguments[0]
            image[node] = multiply(run.copy(first), *image[node].arguments[1:])
        elif node.T in run.backward:
            last = image[node].arguments[-1]
            image[node] = multiply(*image[node].arguments[:-1], run.copy(last.T).T)
    letters = ", ".join(text(w, names) for w in run.copies)
    step = Step(
        rule=RULE,
        statement="W^T B -> W~^T B for gradients B",
        status="asymptotic",
        before=(Formula(None, None, f"the weights {letters} occur in the forward and in the backward pass"),),
        after=(Formula(None, None, "in the backward pass they are independent copies"),),
        hypotheses=(
            Hypothesis(
                "the gradients are linear in centred weights of the output that occur nowhere else",
                "proved on the graph",
            ),
        ),
        references=(Citation("Yang2020"), Citation("SchoenholzEtAl2017")),
    )
    return LinearEquivalent(image[expression], image, (), (step,))


class _Backward:
    """The products ``W^T B`` (or ``W B``) in which W made a pre-activation inside B."""

    def __init__(self, expression: Expression):
        self.expression = expression
        self.copies: dict[Leaf, Leaf] = {}
        self.functions = [n for n in walk(expression) if isinstance(n, Entrywise)]
        self.backward = {n for n in walk(expression) if isinstance(n, Product) and self.is_backward(n)}

    def is_backward(self, node: Product) -> bool:
        weights = is_gaussian_factor(node.arguments[0])
        if weights is None:
            return False
        rest = multiply(*node.arguments[1:])
        inside = leaves_of(rest)
        if weights not in inside or not any(isinstance(n, (Entrywise, Hadamard)) for n in walk(rest)):
            return False
        sources = [n for n in inside if n.ensemble.name == "gaussian" and _is_linear(rest, n)]
        return any(not self.is_forward(source) for source in sources if source is not weights)

    def is_forward(self, source: Leaf) -> bool:
        """Return whether weights pass through an entrywise function somewhere."""
        return any(source in leaves_of(f) for f in self.functions)

    def copy(self, factor: Expression) -> Expression:
        """Return the copy of the weights that a product begins with."""
        leaf = factor.arguments[0] if isinstance(factor, Transpose) else factor
        if not isinstance(leaf, Leaf):
            raise TypeError(f"{factor} is no matrix of weights")
        if leaf not in self.copies:
            name = f"{leaf.name}_back" if leaf.name else None
            self.copies[leaf] = gaussian(leaf.rows[0], leaf.columns[0], name=name)
        return self.copies[leaf].T if isinstance(factor, Transpose) else self.copies[leaf]


def _is_linear(node: Expression, source: Leaf) -> bool:
    """Return whether an expression is linear and homogeneous in a leaf."""
    if node is source:
        return True
    if isinstance(node, Sum):
        return all(_is_linear(part, source) for part in node.arguments)
    if isinstance(node, (Product, Hadamard)):
        with_source = [a for a in node.arguments if source in leaves_of(a)]
        return len(with_source) == 1 and _is_linear(with_source[0], source)
    if isinstance(node, NormScaled):
        return source not in leaves_of(node.norms) and _is_linear(node.arguments[0], source)
    if isinstance(node, Transpose):
        return _is_linear(node.arguments[0], source)
    return False
