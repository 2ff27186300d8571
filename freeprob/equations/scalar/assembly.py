"""From a tree of laws to a self-consistent system: m = 1/(R(-m) - z).

The randomness is switched on by ``R(g) -> R(tau g)``: at each tau this is the law of a corner of relative size tau of
the matrix (Nica and Speicher 1996), so a probability law all along the path, and at tau = 0 its mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from ...algebra.symbols import TAU, M, Size, Z
from ...algebra.symbols import unknown as unknown_symbol
from ...derivation.coefficient import Coefficient
from ...derivation.record import Citation, Formula, Refusal, Step
from ...derivation.table import Table
from ...errors import UnsupportedModel
from ...language.expression import Expression, walk
from ...language.nodes import Leaf
from ...language.operations import identity, inv
from ..assembly import with_symbols
from ..free_letter import Condition
from ..reduction import eliminate_simple, strongly_connected
from ..singular_values import SingularValues
from ..system import SelfConsistentSystem, Unknown
from .node import Node, Unknowns
from .reading import Reader

__all__ = ["ScalarAssembly", "finished", "scalar_assembly", "system_of"]


@dataclass(frozen=True)
class ScalarAssembly:
    """A system, the tree of laws that it came from, and the rules that were applied."""

    system: SelfConsistentSystem
    root: Node
    steps: tuple[Step, ...]


def system_of(
    root: Node,
    law_symbol: Callable[[Any, Any], sympy.Symbol],
    *,
    meaning: Callable[[], Expression | None] = lambda: None,
    space: sympy.Expr = sympy.S.One,
    coefficients: tuple[Coefficient, ...] = (),
    tables: tuple[Table, ...] = (),
    positive: bool = False,
    conditions: tuple[Condition, ...] = (),
) -> SelfConsistentSystem:
    """Return the equations of the Stieltjes transform of a law.

    Parameters
    ----------
    root : Node
    law_symbol : callable
        Names the laws that are averaged over, by their key and the law.
    meaning : callable
        Returns the matrix whose trace is m, if there is one.
    space : Size
    coefficients, tables
        As for :func:`freeprob.equations.assembly.assemble`.
    positive : bool
        Whether the law lives on [0, infinity).
    conditions : tuple of Condition
        Inequalities that the sizes must satisfy.
    """
    unknowns = Unknowns(law_symbol)
    right = root.subordinated(Z, M, unknowns)
    if right is None:
        right = 1 / (root.r_transform(-TAU * M, unknowns) - Z)
    return finished(
        {M: right, **unknowns.rows},
        M,
        Z,
        unknowns,
        meaning=meaning,
        space=space,
        coefficients=coefficients,
        tables=tables,
        positive=positive,
        conditions=conditions,
    )


def finished(
    raw: dict[sympy.Symbol, sympy.Expr],
    readout: sympy.Expr,
    spectral: sympy.Symbol,
    unknowns: Unknowns,
    *,
    meaning: Callable[[], Expression | None] = lambda: None,
    space: sympy.Expr = sympy.S.One,
    coefficients: tuple[Coefficient, ...] = (),
    tables: tuple[Table, ...] = (),
    positive: bool = False,
    conditions: tuple[Condition, ...] = (),
) -> SelfConsistentSystem:
    """Return equations, reduced and with unknowns r_1, r_2, ... (R-transforms) and g_1, g_2, ... (arguments)."""
    sizes = {s for e in (readout, *raw.values()) for s in e.free_symbols if isinstance(s, Size)}
    if len(sizes) == 1:  # only ratios of sizes matter
        one = {sizes.pop(): sympy.S.One}
        readout, raw = readout.subs(one), {u: right.subs(one) for u, right in raw.items()}
    reduced, eliminated = eliminate_simple(raw, keep={M})
    readout = readout.xreplace(eliminated)
    count: Counter[str] = Counter()
    names: dict[sympy.Symbol, sympy.Symbol] = {}
    for u in reduced:
        letter = u.name[0]
        if u != M:
            count[letter] += 1
        names[u] = M if u == M else unknown_symbol(f"{letter}_{count[letter]}")
    equations = {names[u]: right.xreplace(names) for u, right in reduced.items()}
    used = {s for right in (readout, *equations.values()) for s in right.free_symbols}
    system = SelfConsistentSystem(
        spectral=spectral,
        unknowns=tuple(
            Unknown(names[u], meaning if u == M else (lambda: None), space, unknowns.descriptions.get(u, ""))
            for u in reduced
        ),
        components=strongly_connected(equations),
        readout=readout.xreplace(names).subs(TAU, 1) if spectral == Z else readout.xreplace(names),
        sizes=(),
        parameters=(),
        coefficients=(),
        laws={symbol: law for symbol, law in unknowns.laws.items() if symbol in used},
        positive=positive,
        conditions=conditions,
    )
    return with_symbols(system, coefficients, tables)


def scalar_assembly(
    matrix: Expression,
    *,
    laws: dict[Leaf, sympy.Symbol],
    labels: dict[Expression, str],
    coefficients: tuple[Coefficient, ...] = (),
    tables: tuple[Table, ...] = (),
    positive: bool = False,
) -> ScalarAssembly:
    """Return the self-consistent system of the spectral law of a matrix by the scalar free calculus.

    Parameters
    ----------
    matrix : Expression
        Self-adjoint, without entrywise functions and vectors.
    laws : dict of Leaf to Symbol
        The symbol that names the spectral law of each family.
    labels : dict of Expression to str
    coefficients, tables
        As for :func:`freeprob.equations.assembly.assemble`.
    positive : bool
        Whether the matrix is positive semi-definite by construction.

    Raises
    ------
    UnsupportedModel
        If no rule applies; the message lists the candidates and what fails.
    """
    part = Reader(laws, labels, tables).read(matrix)
    if isinstance(part, Refusal):
        raise UnsupportedModel(str(part))
    isometries = [n for n in walk(matrix) if isinstance(n, Leaf) and n.ensemble.is_isometry]
    system = system_of(
        part.node,
        lambda symbol, _: symbol,
        meaning=lambda: inv(matrix - Z * identity(matrix.rows)),
        space=matrix.rows[0],
        coefficients=coefficients,
        tables=tables,
        positive=positive,
        conditions=tuple(c for leaf in isometries for c in SingularValues(leaf, 0).conditions),
    )
    last = Step(
        rule="stieltjes_transform",
        statement="R -> m(z) = 1/(R(-m) - z)",
        status="exact",
        after=(Formula(None, sympy.Integer(len(system.unknowns)), "unknowns in all"),),
        references=(Citation("Voiculescu1986", "Theorem 4.5"), Citation("NicaSpeicher2006", "Theorem 12.7")),
    )
    return ScalarAssembly(system, part.node, (*part.steps, last))
