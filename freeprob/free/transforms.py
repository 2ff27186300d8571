"""R- and S-transforms of laws, as numbers and as formulas, and free cumulants."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from ..algebra.free_cumulants import free_cumulants as cumulants_of_moments
from ..algebra.symbols import TAU, M
from ..derivation.average import Average
from ..equations.elimination import expand_atomic_averages
from ..equations.scalar.assembly import finished
from ..equations.scalar.node import Node, Unknowns
from ..equations.scalar.rules.free_product import FreeProduct
from ..equations.scalar.rules.free_sum import FreeSum
from ..errors import NotAlgebraic, SolveError, UnsupportedModel
from ..program.binding import bind
from ..program.lowering import lower
from ..solve.bound_law import NODES
from ..solve.numeric_model import numeric_model
from ..targets import numpy_runtime as runtime
from .free_law import FreeLaw, LawNames, node_of

__all__ = ["free_cumulants", "r_transform", "s_transform"]

_ARGUMENT = sympy.Symbol("z")
"""The spectral parameter of the program stands for the argument of the transform."""


def free_cumulants(law: Any, count: int | None = None) -> list[Any]:
    """Return the free cumulants ``kappa_1, ..., kappa_count`` of a law, or of a sequence of moments.

    Parameters
    ----------
    law : law, FreeLaw or sequence of moments ``m_1, m_2, ...``
    count : int, optional
        Needed for a law.

    Returns
    -------
    list
        Exact where the moments are.

    Examples
    --------
    >>> import freeprob as fp
    >>> fp.free.free_cumulants(fp.laws.marchenko_pastur("1/2"), 3)
    [1, 1/2, 1/4]
    >>> fp.free.free_cumulants([0, 1, 0, 2])
    [0, 1, 0, 0]
    """
    if isinstance(law, Sequence):
        moments = list(law)
        return cumulants_of_moments(moments if count is None else moments[:count])
    if count is None:
        raise TypeError("free_cumulants(law, count) needs the number of cumulants")
    if isinstance(law, FreeLaw):
        return law.cumulants(count)
    node_of(law)
    return [sympy.expand(k) for k in cumulants_of_moments([law.moment(k) for k in range(1, count + 1)])]


def r_transform(law: Any, g: Any) -> Any:
    """Return the R-transform, ``G(R(g) + 1/g) = g`` and ``R(g) = sum kappa_k g^(k-1)``.

    Parameters
    ----------
    law : law or FreeLaw
    g : complex, array of complex, or SymPy expression
        A number in the domain that is reached from 0 on a straight line; an expression gives a formula.

    Raises
    ------
    SolveError
        If R has a singular point on the way.
    NotAlgebraic
        If there is no formula of degree at most 2.

    Examples
    --------
    >>> import sympy
    >>> import freeprob as fp
    >>> g = sympy.Symbol("g")
    >>> fp.free.r_transform(fp.laws.atoms({-1: "1/2", 1: "1/2"}), g)
    (sqrt(4*g**2 + 1) - 1)/(2*g)
    >>> round(fp.free.r_transform(fp.laws.uniform(0, 1), 0.5), 10)
    0.5414940825
    """
    node = node_of(law)
    if isinstance(g, sympy.Basic):
        return _formula(node, g, False)
    return _numbers(law, g, lambda unknowns: node.r_transform(TAU * _ARGUMENT, unknowns))


def s_transform(law: Any, t: Any) -> Any:
    """Return the S-transform, ``S(t) = (1 + t) psi^{-1}(t)/t``; it is 1/R(g) at the g with ``g R(g) = t``.

    Parameters
    ----------
    law : law or FreeLaw
        With a mean that is not 0.
    t : complex, array of complex, or SymPy expression
        A number in the domain that is reached from 0 on a straight line; an expression gives a formula.

    Raises
    ------
    UnsupportedModel
        If the mean is 0: S has two branches then (Rao and Speicher 2007), and ``multiply`` does not need it.
    SolveError
        If S has a singular point on the way.
    NotAlgebraic
        If there is no formula of degree at most 2.

    Examples
    --------
    >>> import sympy
    >>> import freeprob as fp
    >>> t = sympy.Symbol("t")
    >>> c = fp.parameters("c", positive=True)
    >>> fp.free.s_transform(fp.laws.marchenko_pastur(c), t)
    1/(c*t + 1)
    """
    node = node_of(law)
    if isinstance(t, sympy.Basic):
        return _formula(node, t, True)
    if isinstance(node, FreeProduct):
        values = [s_transform(FreeLaw(part), t) for part in node.parts]
        return functools.reduce(operator.mul, values)

    def inverse(unknowns: Unknowns) -> sympy.Expr:
        s = unknowns.new("s", "S-transform")
        return unknowns.equate(s, 1 / node.r_transform(TAU * _ARGUMENT * s, unknowns))

    mean = complex(np.ravel(_numbers(law, 0.0, lambda unknowns: node.r_transform(TAU * _ARGUMENT, unknowns)))[0])
    if abs(mean) < 1e-14:
        raise UnsupportedModel(
            f"s_transform: {law} has mean 0, where S has two branches and no value at 0 (Rao and Speicher 2007); "
            "multiply(...) does not need it"
        )
    return _numbers(law, t, inverse)


def _numbers(law: Any, argument: Any, readout: Any) -> Any:
    """Continue a transform from 0 to the arguments along straight lines."""
    unknowns = Unknowns(LawNames())
    value = readout(unknowns)
    rows = unknowns.rows or {M: value}
    system = finished(rows, value if unknowns.rows else M, _ARGUMENT, unknowns)
    binding = bind(system, {})
    model = numeric_model(lower(system), binding.quadrature(NODES))
    places = np.asarray(argument, dtype=complex)
    flat = places.ravel()
    try:
        u, good = runtime.switch_on(model, binding.floats(), flat, len(flat))
    except runtime.SolveError as error:
        raise SolveError(f"the transform of {law} could not be started: {error}") from error
    if not good.all():
        raise SolveError(f"the transform of {law} has a singular point on the way from 0 to {flat[~good][0]:.6g}")
    result = np.broadcast_to(model.readout(u, binding.floats(), flat), flat.shape).reshape(places.shape)
    real = not np.iscomplexobj(argument)
    if places.ndim == 0:
        return float(result.real) if real else complex(result)
    return result.real if real else result


def _formula(node: Node, argument: sympy.Expr, inverse: bool) -> sympy.Expr:
    """Return R or S in closed form."""
    if inverse and isinstance(node, FreeProduct):
        return sympy.Mul(*(_formula(part, argument, True) for part in node.parts))
    if inverse and (level := node.at_level(argument)) is not None:
        return sympy.factor(1 / level)
    if not inverse and isinstance(node, FreeSum):
        return sympy.Add(*(_formula(part, argument, False) for part in node.parts))
    unknowns = Unknowns(LawNames())
    r = sympy.Dummy("r")
    g = sympy.Dummy("g")
    value = node.r_transform(g, unknowns)
    equations = [expand_atomic_averages(u - right, unknowns.laws) for u, right in unknowns.rows.items()]
    value = expand_atomic_averages(value, unknowns.laws)
    if len(equations) > 1 or value.has(Average):
        raise NotAlgebraic(f"{node} has no transform in closed form of degree at most 2; give a number")
    target = argument / r if inverse else argument
    relation = r - value
    if equations:
        (u,) = unknowns.rows
        relation = sympy.resultant(*(sympy.numer(sympy.together(e)) for e in (equations[0], relation)), u)
    relation = sympy.numer(sympy.together(relation.subs(g, target)))
    mean = value.subs(g, 0).subs(dict.fromkeys(unknowns.rows, 0)) if not inverse else None
    return _branch(node, relation, r, argument, inverse, mean)


def _branch(
    node: Node, relation: sympy.Expr, r: sympy.Symbol, argument: sympy.Expr, inverse: bool, mean: sympy.Expr | None
) -> sympy.Expr:
    """Return the root that is the mean at 0."""
    z = sympy.Dummy("z")
    if mean is None:
        mean = _formula(node, z, False)
        mean = sympy.limit(mean, z, 0)
    for factor, _ in sympy.factor_list(relation, r)[1]:
        if sympy.degree(factor, r) > 2:
            continue
        for root in sympy.solve(factor, r):
            at_zero = sympy.limit(root.subs(argument, z), z, 0) if argument.is_Symbol else None
            if at_zero is None or sympy.simplify(at_zero - mean) == 0:
                return sympy.simplify(1 / root if inverse else root)
    raise NotAlgebraic(f"{node} has no transform in closed form of degree at most 2; give a number")
