"""f(g(H) + G) -> (f o (g + id))(H, G): a function of functions is one function of the matrices below them.

The rules for entrywise functions see pre-activations, ``W Phi``, and a sum of functions is none. Chains such as
``tanh(2 relu(H))``, post-activation skip connections ``tanh(relu(H) + G)`` and functions of gates are functions of H
and G all the same, entry by entry, so that nothing is left out: the step is algebra.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

from ..derivation.record import Formula, Step
from ..language.activations import Activation, X, joint_arguments
from ..language.entry_formulas import is_function, of_order_one, of_several
from ..language.expression import Expression, walk
from ..language.nodes import Entrywise, Hadamard
from ..language.rewriting import rebuild
from .gaussian_equivalence import is_gate
from .linear_equivalent import LinearEquivalent

__all__ = ["composition"]

RULE = "composition"


def composition(expression: Expression) -> LinearEquivalent:
    """Return an expression in which no argument of an entrywise function holds another one outside of products.

    Functions without a formula and functions of kernel matrices stay as they are.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.composition import composition
    >>> n, d, p = fp.sizes("n d p")
    >>> X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
    >>> composition(fp.tanh(2 * fp.relu(W @ X / fp.sqrt(d)))).expression
    entrywise(tanh(2*Max(0, x)), W @ X / sqrt(d))
    """
    image: dict[Expression, Expression] = {}
    steps: list[Step] = []
    for node in walk(expression):
        arguments = tuple(image[a] for a in node.arguments)
        new = node if arguments == node.arguments else rebuild(node, arguments)
        if isinstance(new, Entrywise) and _is_chain(new):
            image[node] = of_several(_formula(new), *new.arguments)
            steps.append(_step(new, image[node]))
        else:
            image[node] = new
    return LinearEquivalent(image[expression], image, (), tuple(steps))


def _is_chain(node: Entrywise) -> bool:
    """Return whether a function acts on functions, all with formulas."""
    if node.is_of_kernel or node.activation.formula is None or not all(map(_is_readable, node.arguments)):
        return False
    return any(is_function(part) for argument in node.arguments for part, _ in argument.terms())


def _is_readable(argument: Expression) -> bool:
    """Return whether all entrywise products in an argument are gates: neither patterns of 0 and 1 nor kernels."""
    for part, scalar in argument.terms():
        if not is_function(part):
            continue
        if (isinstance(part, Hadamard) and not is_gate(part)) or of_order_one(part, scalar)[1].free_symbols:
            return False
        if not all(map(_is_readable, part.arguments)):
            return False
    return True


def _formula(node: Entrywise) -> Callable[..., sympy.Expr]:
    """Return the function as one of SymPy expressions."""
    activation = node.activation
    names = (X,) if isinstance(activation, Activation) else joint_arguments(activation.count)

    def function(*values: sympy.Expr) -> sympy.Expr:
        return activation.formula.subs(dict(zip(names, values, strict=True)), simultaneous=True)

    return function


def _step(before: Expression, after: Expression) -> Step:
    return Step(
        RULE,
        "f(g(H)) -> (f o g)(H), entry by entry",
        "exact",
        (Formula(before, None),),
        (Formula(before, after),),
        (),
        (),
    )
