"""Functions of pre-activations whose neurons have one of a few scales, ``f(D H)``: a mixture of functions ``f(a_k H)``.

For a diagonal D with entries ``a_1, ..., a_m`` and the projections ``P_k`` on those equal to ``a_k``,
``f(D H) = sum_k P_k f(a_k H)``; in the same way for scales of the samples, ``f(H D)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy

from .expression import Expression
from .hadamard import is_diagonal
from .laws.atoms import Atoms
from .nodes import HALF, Leaf, Product, Zero
from .operations import FAMILY_VARIABLE, combine, family_function, identity, multiply, spectral_function

__all__ = ["mixture_of_scales"]

_MOST_SCALES = 6


def mixture_of_scales(
    function: Callable[..., Expression], nodes: tuple[Expression, ...], at_zero: Callable[[], Expression]
) -> Expression | None:
    """Return ``sum_k P_k f(a_k H)``, None where no argument begins or ends with a diagonal matrix of a few numbers.

    Parameters
    ----------
    function : callable
        From matrices to their function.
    nodes : tuple of Expression
        The arguments.
    at_zero : callable
        Returns the function of matrices that are 0.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, p = fp.sizes("n p")
    >>> P, H = fp.mask(p, keep="1/3", name="P"), fp.gaussian(p, n, name="H")
    >>> fp.tanh(P @ H)
    P @ tanh(H)
    """
    if any(node.order != HALF or isinstance(node, Zero) for node in nodes):
        return None
    for last in (False, True):
        leaf = next((d for node in nodes for d in _scales(node, last)), None)
        if leaf is None:
            continue
        places = _places(leaf)
        terms = []
        for place in places:
            others = [other for other in places if other != place]
            formula = sympy.Mul(*((FAMILY_VARIABLE - other) / (place - other) for other in others))
            projection = spectral_function(leaf, sympy.expand(formula))
            scaled = tuple(_at(node, leaf, place, last) for node in nodes)
            zeros = sum(isinstance(node, Zero) for node in scaled)
            if 0 < zeros < len(scaled):
                return None
            value = at_zero() if zeros else function(*scaled)
            if not isinstance(value, Zero):
                terms.append((multiply(value, projection) if last else multiply(projection, value), sympy.S.One))
        return combine(terms)
    return None


def _factors(part: Expression, last: bool) -> tuple[Expression, ...]:
    """Return the factors of a product from one of its ends."""
    factors = part.arguments if isinstance(part, Product) else (part,)
    return tuple(reversed(factors)) if last else factors


def _scales(node: Expression, last: bool) -> Iterator[Leaf]:
    """Yield the diagonal matrices with entries of a few numbers with which terms begin or end."""
    for part, _ in node.terms():
        for factor in _factors(part, last):
            found = family_function(factor)
            if found is None or not is_diagonal(factor):
                break
            if 0 < len(_places(found[0])) <= _MOST_SCALES:
                yield found[0]


def _places(leaf: Leaf) -> list[sympy.Expr]:
    """Return the numbers that are the entries of a diagonal matrix, none where they are not known."""
    law = getattr(leaf.ensemble, "law", None)
    places = list(law.atoms) if isinstance(law, Atoms) else []
    return places if all(place.is_number for place in places) else []


def _at(node: Expression, leaf: Leaf, place: sympy.Expr, last: bool) -> Expression:
    """Return an argument where the diagonal matrix at its side is a number."""
    terms = []
    for part, scalar in node.terms():
        factors = list(_factors(part, last))
        for k, factor in enumerate(factors):
            found = family_function(factor)
            if found is None or not is_diagonal(factor):
                break
            if found[0] is leaf:
                scalar = scalar * found[1].subs(FAMILY_VARIABLE, place)
                factors[k] = identity(factor.rows[0])
        terms.append((multiply(*(reversed(factors) if last else factors)), scalar))
    kept = [(part, scalar) for part, scalar in terms if scalar != 0]
    return combine(kept) if kept else Zero.intern(node.rows, node.columns)
