"""From a model to a derivation.

========================  ===============================================  =====================================
stage                     input                                            output
========================  ===============================================  =====================================
checks                    expression                                       the same, or a named error
matrix_functions          f(M) of self-adjoint matrices M                  resolvents on contours around spectra
gradient_independence     weights in forward and backward passes           the same with copies in the backward pass
activation_diagonals      diag(f(h)) of the layers h of a network          diagonal matrices with a law
commuting_diagonals       diagonal matrices that share a basis             functions of one matrix with a joint law
composition               functions of functions                           one function of the pre-activations
bond_dilution             expression with random patterns of 0 and 1       the same without, new noise matrices
gaussian_equivalence      expression with entrywise functions              linear equivalent, coefficients
isometry_projection       V V^T of an isometry V that is nowhere else      projections in Haar distributed bases
haar_conjugation          O f(D) O^T of O and D that are nowhere else      functions of rotated matrices
finite_rank               linear equivalent                                the same without finite-rank parts
woodbury                  vectors inside an inverse                        the same outside of it
vector_expectation        number with vectors                              polynomial in normalised traces
realisation               traces of rational expressions                   linear pencil
dyson_equation            linear pencil                                    equations of the entries of G
reduction                 equations                                        self-consistent system
outliers                  linear equivalent with vectors, system           det D(z) = 0 (when somebody asks)
========================  ===============================================  =====================================

With ``via="scalar"`` the last three are replaced by the rules of the scalar free calculus, ``equations/scalar``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import sympy

from .algebra.symbols import TAU, Size, Z
from .derivation.average import Average
from .derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from .derived import FunctionLimit, LimitValue, SpectralLaw
from .equations.assembly import Assembly, assemble, with_symbols
from .equations.outliers import OutlierEquation, outlier_equation
from .equations.record import system_steps
from .equations.scalar.assembly import ScalarAssembly, scalar_assembly
from .equations.singular_values import SingularValues
from .equivalents.activation_diagonals import activation_diagonals
from .equivalents.bond_dilution import BondDilution
from .equivalents.commuting_diagonals import commuting_diagonals
from .equivalents.composition import composition
from .equivalents.finite_rank import drop_finite_rank, settle_means
from .equivalents.fresh_label import check_fresh_labels
from .equivalents.gaussian_equivalence import gaussian_equivalence
from .equivalents.given_features import given_features
from .equivalents.given_products import fold_given, fold_traces
from .equivalents.given_push_through import push_through
from .equivalents.gradient_independence import gradient_independence
from .equivalents.haar_conjugation import haar_conjugation
from .equivalents.hidden_finite_rank import met_means, outliers_refused
from .equivalents.isometry_projection import isometry_projection
from .equivalents.linear_equivalent import LinearEquivalent
from .equivalents.matrix_functions import Resolvents, holds_function, matrix_functions
from .equivalents.positivity import is_positive_semidefinite
from .equivalents.random_patterns import random_patterns
from .equivalents.vector_expectation import TracePolynomial, trace_polynomial
from .equivalents.woodbury import woodbury
from .errors import NotSelfAdjoint, ScalingError, ShapeError, UnsupportedModel
from .language.block_orders import refuse_vanishing_blocks
from .language.expression import Expression, walk
from .language.given_sizes import array_of, given_sizes
from .language.laws import JointLaw
from .language.naming import check_symbols, names_from_frame, symbols_of
from .language.nodes import Inverse, Leaf, Product, Zero, factor_text
from .language.operations import identity, inv, multiply, tr
from .language.printing import text
from .language.rewriting import expand

__all__ = ["limit", "spectrum"]


def spectrum(
    matrix: Expression, *, names: Mapping[str, Expression] | None = None, via: str | None = None
) -> SpectralLaw:
    """Derive the limiting spectral law of a self-adjoint matrix.

    Parameters
    ----------
    matrix : Expression
        Square, self-adjoint, of order one in the sizes (divide by sizes as papers do).
    names : mapping of str to Expression, optional
        Names of matrices in formulas; by default the variables of the caller that hold them.
    via : {"pencil", "scalar"}, optional
        The route to the equations: a linear pencil and its Dyson equation, which covers every rational expression, or
        the scalar free calculus (R- and S-transforms), for expressions that are built from free parts. By default the
        pencil, and the scalar calculus where the pencil is refused.

    Returns
    -------
    SpectralLaw
        Equations of the Stieltjes transform ``m(z) = lim tr (matrix - z)^-1`` and all that follows.

    Raises
    ------
    NotSelfAdjoint
        If the matrix is not equal to its transpose.
    ScalingError
        If its norm would diverge or vanish in the limit.
    ShapeError
        If it is not square.
    UnsupportedModel
        If the theory does not cover it; the message names the rule and the hypothesis that fails.
    ValueError
        If there is no route of this name.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n)
    >>> law = fp.spectrum(X @ X.T / n)
    >>> round(law.at(n=2, d=1).density(1.0), 6)
    0.421084
    """
    if via is not None and via not in ROUTES:
        raise ValueError(f"there is no route {via!r}; via is one of {', '.join(map(repr, ROUTES))}")
    labels = _check_matrix(matrix, names if names is not None else _caller_names())
    if holds_function(matrix):
        raise UnsupportedModel(
            f"matrix_functions: {text(matrix, labels)} holds a function of a matrix, which enters numbers and not "
            "spectral laws. Remedy: take the law of the matrix inside, whose eigenvalues the function maps, or limits "
            "of numbers such as fp.tr"
        )
    table = _law_symbols(matrix)
    below, linear = _linear_equivalent(matrix, table, labels)
    whole, folded = fold_given(linear.expression)
    linear = replace(linear, expression=whole, steps=(*linear.steps, *folded))
    bulk, dropped = drop_finite_rank(linear.expression)
    if isinstance(bulk, Zero):
        raise UnsupportedModel(f"{matrix} has finite rank: its spectral law is a point mass at 0")
    resolvent = inv(bulk - Z * identity(matrix.rows))
    labels = _extend(labels, below, linear, {resolvent: "Q"})
    known = _all_names(matrix)

    def derive(route: str) -> SpectralLaw:
        assembly, steps = ROUTES[route](bulk, table, linear, labels)
        assembly = _with_conditions(assembly, linear, matrix)

        def finite_rank() -> OutlierEquation | Refusal | None:
            refusal = outliers_refused(linear, labels)
            if refusal is not None or not dropped:
                return refusal
            if not isinstance(assembly, Assembly):
                return Refusal("outliers", "they need a linear pencil.", 'derive the law with via="pencil".')
            whole = inv(linear.expression - Z * identity(matrix.rows))
            return outlier_equation(
                assembly,
                resolvent,
                whole,
                names=labels,
                laws=table,
                coefficients=linear.coefficients,
                tables=linear.tables,
            )

        every = (*_model_step(matrix, labels), *linear.steps, *dropped, *steps)
        return SpectralLaw(matrix, labels, every, assembly, known, finite_rank, route, derive)

    if via is not None:
        return derive(via)
    try:
        return derive("pencil")
    except UnsupportedModel as refusal:
        try:
            return derive("scalar")
        except UnsupportedModel:
            raise refusal from None


def _by_pencil(
    bulk: Expression, table: dict[Leaf, sympy.Symbol], linear: LinearEquivalent, labels: dict[Expression, str]
) -> tuple[Assembly, list[Step]]:
    placeholder = sympy.Symbol("T1")
    assembly = assemble(
        [inv(bulk - Z * identity(bulk.rows))],
        placeholder,
        [placeholder],
        laws=table,
        spectral=Z,
        coefficients=linear.coefficients,
        tables=linear.tables,
        positive=is_positive_semidefinite(bulk),
        labels=labels,
    )
    return assembly, system_steps(assembly, labels)


def _by_scalar(
    bulk: Expression, table: dict[Leaf, sympy.Symbol], linear: LinearEquivalent, labels: dict[Expression, str]
) -> tuple[ScalarAssembly, list[Step]]:
    _refuse_given_pairs(bulk)
    assembly = scalar_assembly(
        bulk,
        laws=table,
        labels=labels,
        coefficients=linear.coefficients,
        tables=linear.tables,
        positive=is_positive_semidefinite(bulk),
    )
    return assembly, list(assembly.steps)


def _refuse_given_pairs(bulk: Expression) -> None:
    """Refuse the scalar calculus where two matrices on one space are not known to be free."""
    arrays: dict[Any, Leaf] = {}
    leaves = [node for node in walk(bulk) if isinstance(node, Leaf)]
    for leaf in leaves:
        if array_of(leaf) is None:
            continue
        for size in dict.fromkeys((leaf.rows, leaf.columns)):
            other = arrays.setdefault(size, leaf)
            others = [x for x in leaves if x.ensemble.is_family and x.ensemble.is_diagonal and x.rows == size]
            if other is not leaf or others:
                second = others[0] if other is leaf else other
                raise UnsupportedModel(
                    f"scalar: {second} and the given matrix {leaf} act on one space and are not known to be free, "
                    'which the scalar calculus needs. Remedy: derive the law with via="pencil"'
                )


Route = Callable[
    [Expression, dict[Leaf, sympy.Symbol], LinearEquivalent, dict[Expression, str]],
    tuple[Assembly | ScalarAssembly, list[Step]],
]

AnyAssembly = TypeVar("AnyAssembly", bound=Assembly | ScalarAssembly)

ROUTES: dict[str, Route] = {"pencil": _by_pencil, "scalar": _by_scalar}
"""The ways from a matrix without entrywise functions to equations."""


def limit(number: Any, *, names: Mapping[str, Expression] | None = None) -> LimitValue:
    """Derive the limit of a number: a normalised trace or any 1 x 1 expression.

    Parameters
    ----------
    number : Expression, shape (1, 1)
        For example ``fp.tr(fp.inv(K + lam * fp.identity(n)))`` or ``fp.test_error(w, phi, y)``. Vectors are averaged
        over; all else concentrates.
    names : mapping of str to Expression, optional
        Names of matrices in formulas; by default the variables of the caller that hold them.

    Returns
    -------
    LimitValue

    Raises
    ------
    ShapeError
        If the expression is not 1 x 1.
    ScalingError
        If it diverges.
    UnsupportedModel
        If the theory does not cover it.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n)
    >>> tau = fp.limit(fp.tr(fp.inv(X @ X.T / n + fp.identity(d))))
    >>> round(float(tau.at(n=1, d=1)), 6)
    0.618034
    """
    if not isinstance(number, Expression) or not number.is_number:
        shape = number.shape_text if isinstance(number, Expression) else type(number).__name__
        raise ShapeError(f"fp.limit needs a 1 x 1 expression such as fp.tr(A), not {shape}")
    check_symbols(number)
    check_fresh_labels(number)
    labels = names_from_frame(names if names is not None else _caller_names(), number)
    table = _law_symbols(number)
    functions = matrix_functions(number)
    below, linear = _linear_equivalent(functions.expression, table, labels)
    settled, dropped = settle_means(linear.expression, functions.matrices)
    means = met_means(settled, linear.curved)
    if means:
        below, linear = _linear_equivalent(functions.expression, table, labels, means)
        settled, dropped = settle_means(linear.expression, functions.matrices)
    settled, pushed = push_through(settled)
    settled, folded = fold_given(settled)
    settled, updated = woodbury(settled)
    averaged = trace_polynomial(settled)
    polynomial, traced = fold_traces(averaged)
    assembly = _with_conditions(_assemble_polynomial(polynomial, table, linear, labels), linear, number)
    resolvents = sorted({node for t in polynomial.traces.values() for node in walk(t) if _is_inverse(node)}, key=str)
    letters = {node: "Q" if len(resolvents) == 1 else f"Q_{k}" for k, node in enumerate(resolvents, start=1)}
    labels = _extend(labels, below, linear, letters)
    steps = (
        *_model_step(number, labels),
        *functions.steps,
        *linear.steps,
        *dropped,
        *pushed,
        *folded,
        *updated,
        *_vector_step(settled, averaged),
        *traced,
        *system_steps(assembly, labels),
    )
    assembly = _integrated(assembly, functions)
    if not assembly.system.contours:  # no functions, or their terms vanish in the limit
        return LimitValue(number, labels, steps, assembly, _all_names(number))
    shown = {name: node for node, name in labels.items()}
    return FunctionLimit(
        number,
        labels,
        steps,
        assembly,
        _all_names(number),
        {point: matrix for point, matrix in functions.matrices.items() if point in assembly.system.contours},
        lambda matrix: spectrum(matrix, names=shown),
        bool(dropped),
        bool(updated),
    )


def _integrated(assembly: Assembly, functions: Resolvents) -> Assembly:
    """Return the equations with the contour integrals of functions of matrices in the read-out."""
    system = replace(assembly.system, readout=functions.integrated(assembly.system.readout))
    tables = tuple(table for _, table in system.tables)
    return replace(assembly, system=with_symbols(system, system.coefficients, tables))


def _linear_equivalent(
    expression: Expression,
    table: dict[Leaf, sympy.Symbol],
    labels: dict[Expression, str],
    means: frozenset[sympy.Expr] | None = None,
) -> tuple[LinearEquivalent, LinearEquivalent]:
    """Return the model without what the rule for entrywise functions excludes, and its linear equivalent."""
    moments = _SecondMoment(table)
    given = given_features(expression, labels)
    given = given.then(random_patterns(given.expression, labels))
    back = given.then(gradient_independence(given.expression, labels))
    layers = back.then(activation_diagonals(back.expression, moments.closed_form, labels))
    merged = layers.then(commuting_diagonals(layers.expression, labels))
    merged = merged.then(composition(merged.expression))
    dilution = BondDilution(moments.closed_form, labels)
    below = merged.then(dilution(merged.expression))
    linear = gaussian_equivalence(below.expression, moments, dilution, labels, means)
    linear = linear.then(dilution(linear.expression))
    linear = linear.then(commuting_diagonals(linear.expression, labels))
    linear = replace(
        linear,
        coefficients=(*below.coefficients, *linear.coefficients),
        steps=(*below.steps, *linear.steps),
        tables=(*below.tables, *linear.tables),
        refused=(*below.refused, *linear.refused),
    )
    return below, haar_conjugation(isometry_projection(linear, labels), labels, table)


def _is_inverse(node: Expression) -> bool:
    return isinstance(node, Inverse) and not node.is_number


def _check_matrix(matrix: Any, names: Mapping[str, Any]) -> dict[Expression, str]:
    """Refuse what has no spectral law, in the user's names, and return those names."""
    if not isinstance(matrix, Expression):
        raise TypeError(f"fp.spectrum needs an expression, not {type(matrix).__name__}")
    if not matrix.is_square or matrix.is_number:
        raise ShapeError(f"only a square matrix has a spectrum; {matrix} is {matrix.shape_text}")
    check_symbols(matrix)
    labels = names_from_frame(names, matrix)
    others = {node: name for node, name in labels.items() if node is not matrix}
    shown = text(matrix, others)
    order = matrix.order
    if order != 0:
        inner = [f.columns[0] for part, _ in matrix.terms() if isinstance(part, Product) for f in part.arguments[:-1]]
        size = next((s for s in [*inner, *matrix.rows] if isinstance(s, Size)), matrix.rows[0])
        verb = "grow" if order > 0 else "vanish"
        raise ScalingError(
            f"the eigenvalues of {shown} {verb} like N^({order}); a factor of order N^({-order}) is missing, for "
            f"example ({shown}) {factor_text(size, -order)}"
        )
    refuse_vanishing_blocks(matrix)
    if not _is_self_adjoint(matrix) and not _is_self_adjoint(commuting_diagonals(matrix, labels).expression):
        raise NotSelfAdjoint(
            f"{shown} is not equal to its transpose {text(matrix.T, others)}; a spectral law needs a self-adjoint "
            "matrix, such as A + A.T, A @ A.T, or S**0.5 @ B @ S**0.5 in place of S @ B"
        )
    return labels


def _is_self_adjoint(matrix: Expression) -> bool:
    return matrix.T is matrix or expand(matrix).T is expand(matrix)


def _caller_names() -> dict[str, Any]:
    frame = sys._getframe(2)
    return {**frame.f_globals, **frame.f_locals}


class _LawSymbols(dict):
    """The symbol of the spectral law of each family; families that rules introduce get their own."""

    def __missing__(self, leaf: Leaf) -> sympy.Symbol:
        stem = "J" if isinstance(leaf.ensemble.law, JointLaw) else "gamma"
        added = sum(symbol.name.startswith(stem) for symbol in self.values())
        self[leaf] = sympy.Symbol(stem if not added else f"{stem}_{added + 1}")
        return self[leaf]


def _law_symbols(expression: Expression) -> _LawSymbols:
    """Name the spectral law of each family: a symbolic law keeps its name, others are H, or H_1, H_2, ..."""
    leaves = [n for n in walk(expression) if isinstance(n, Leaf) and getattr(n.ensemble, "law", None) is not None]
    leaves = [leaf for leaf in leaves if not leaf.ensemble.is_isometry]
    table = _LawSymbols()
    for number, leaf in enumerate(leaves, start=1):
        symbolic = getattr(leaf.ensemble.law, "symbol", None)
        table[leaf] = symbolic if symbolic is not None else sympy.Symbol("H" if len(leaves) == 1 else f"H_{number}")
    return table


def _all_names(expression: Expression) -> set[str]:
    """Return the names of all sizes and parameters of a model, so that unused ones are accepted by ``at``."""
    return {s.name for node in walk(expression) for s in symbols_of(node)}


def _extend(
    labels: dict[Expression, str], below: LinearEquivalent, linear: LinearEquivalent, letters: dict[Expression, str]
) -> dict[Expression, str]:
    """Carry names over to linear equivalents of named nodes, and name resolvents."""
    result = dict(labels)
    for node, name in labels.items():
        image = linear.image.get(below.image.get(node, node))
        if image is not None and image not in result:
            result[image] = name
    for node, name in letters.items():
        if node not in result:
            result[node] = name
    return result


class _SecondMoment:
    """Limits of numbers made of linear expressions in closed form; called, the mean square of the entries of one."""

    def __init__(self, table: dict[Leaf, sympy.Symbol]):
        self.table = table

    def __call__(self, expression: Expression) -> sympy.Expr:
        square = multiply(expression.T, expression)
        number = square if square.is_number else tr(square)
        value = self.closed_form(number / sympy.Add(*expression.rows))
        if value is None:
            raise UnsupportedModel(
                f"gaussian_equivalence: the variance of the entries of {expression} has no closed form because the "
                "layer below contains an inverse; this rule needs one. Remedy: apply entrywise functions to products "
                "and sums only"
            )
        return value

    def closed_form(self, number: Expression) -> sympy.Expr | None:
        """Return the limit of a 1 x 1 expression, or None where it has no closed form."""
        assembly = _assemble_polynomial(trace_polynomial(number), self.table, None)
        value = _closed_form(assembly)
        if value is None:
            return None
        exact = value.replace(
            lambda e: isinstance(e, Average), lambda a: _exact_average(a, assembly)
        )  # inner ones first
        return sympy.expand(exact)


def _exact_average(average: Average, assembly: Assembly) -> sympy.Expr:
    """Return an average with its constants taken out, and as an exact number where the law has numbers."""
    integrand, variable, symbol = average.args
    total = sympy.S.Zero
    for term in sympy.Add.make_args(sympy.expand(integrand)):
        constant, rest = term.as_independent(variable, as_Add=False)
        total += constant * _number_average(rest, variable, symbol, assembly)
    return total


def _number_average(
    integrand: sympy.Expr, variable: sympy.Symbol, symbol: sympy.Symbol, assembly: Assembly
) -> sympy.Expr:
    if not integrand.has(variable):
        return integrand
    average = Average(integrand, variable, symbol)
    law = assembly.system.laws[symbol]
    if symbol in law.free_symbols:
        return average
    if integrand.is_polynomial(variable):
        terms = sympy.Poly(integrand, variable).terms()
        return sympy.Add(*(c * law.moment(k) for (k,), c in terms))
    if isinstance(law, JointLaw) and (exact := law.monomial_mean(integrand)) is not None:
        return exact
    if law.is_atomic and not law.has_many_atoms:
        return sympy.Add(*(w * integrand.subs(variable, x) for x, w in law.atoms.items()))
    return average


def _closed_form(assembly: Assembly) -> sympy.Expr | None:
    """Return the read-out of a system without feedback as an explicit expression, else None."""
    values: dict[sympy.Symbol, sympy.Expr] = {}
    for component in assembly.system.components:
        if len(component.unknowns) > 1:
            return None
        (unknown,), (right,) = component.unknowns, component.right
        right = right.subs(TAU, 1)
        if unknown in right.free_symbols:  # an R-transform of a polynomial is linear in its unknown
            residual = right - unknown
            slope = residual.diff(unknown)
            if slope == 0 or unknown in slope.free_symbols:
                return None
            right = -residual.xreplace({unknown: sympy.S.Zero}) / slope
        values[unknown] = right.xreplace(values)
    return sympy.expand(assembly.system.readout.xreplace(values))


def _assemble_polynomial(
    polynomial: TracePolynomial,
    table: dict[Leaf, sympy.Symbol],
    linear: LinearEquivalent | None,
    labels: Mapping[Expression, str] | None = None,
) -> Assembly:
    return assemble(
        list(polynomial.traces.values()),
        polynomial.formula,
        list(polynomial.traces),
        laws=table,
        coefficients=linear.coefficients if linear is not None else (),
        tables=linear.tables if linear is not None else (),
        labels=labels,
    )


def _with_conditions(assembly: AnyAssembly, linear: LinearEquivalent, model: Expression) -> AnyAssembly:
    """Return the equations with what the isometries need that are no longer in them, and the sizes of given arrays."""
    needed = [c for leaf in linear.isometries for c in SingularValues(leaf, 0).conditions]
    system = replace(
        assembly.system,
        conditions=(*assembly.system.conditions, *needed),
        given_sizes=given_sizes(model, linear.expression),
    )
    return replace(assembly, system=system)


def _model_step(expression: Expression, labels: dict[Expression, str]) -> list[Step]:
    leaves = [node for node in walk(expression) if isinstance(node, Leaf)]
    hypotheses = tuple(
        Hypothesis(f"{labels.get(leaf, str(leaf))}: {leaf.ensemble.statement}", "asserted by the user")
        for leaf in leaves
    )
    return [
        Step(
            rule="model",
            statement="the matrices of the model and what is assumed of them",
            status="exact",
            hypotheses=hypotheses,
        )
    ]


def _vector_step(before: Expression, polynomial: TracePolynomial) -> list[Step]:
    if not polynomial.averaged:
        return []
    lines = [Formula(symbol, tr(matrix)) for symbol, matrix in polynomial.traces.items()]
    return [
        Step(
            rule="vector_expectation",
            statement="u^T M v -> N tr(M) delta_uv",
            status="asymptotic",
            before=(Formula(None, before),),
            after=(Formula(None, polynomial.formula), *lines),
            hypotheses=(
                Hypothesis("vectors are independent of each other and of the matrices", "proved on the graph"),
                Hypothesis("quadratic forms concentrate on their means", "assumed"),
            ),
            references=(Citation("RudelsonVershynin2013", "Theorem 1.1"),),
        )
    ]
