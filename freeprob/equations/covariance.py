"""The covariance map of the letters: eta(G) = E[S G S] for the random part S of the pencil.

For a Gaussian rectangular letter Z between the spaces a and b with positions c Z at (i, v) and c' Z^T at (k, w),

    eta_a(G)[i, w] += c c' N_b G_b[v, k]      and      eta_b(G)[k, v] += c c' N_a G_a[w, i],

and for a Wigner letter with positions c at (i, v) and c' at (k, w), eta(G)[i, w] += c c' N G[v, k].
(Helton, Rashidi Far and Speicher 2007; with rectangular spaces Benaych-Georges 2009.)
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ..pencil.linear_pencil import LinearPencil

__all__ = ["CovarianceTerm", "covariance_map"]


@dataclass(frozen=True)
class CovarianceTerm:
    """``eta(G)[row, column]`` contains ``scalar * G[variable, source]``."""

    row: int
    column: int
    scalar: sympy.Expr
    variable: int
    source: int


def covariance_map(pencil: LinearPencil) -> tuple[CovarianceTerm, ...]:
    """Return the terms of the covariance map of all Gaussian and Wigner letters of a pencil."""
    terms: list[CovarianceTerm] = []
    for leaf, entries in pencil.letters.items():
        if leaf.ensemble.symmetric:
            pairs = [(first, second) for first in entries for second in entries]
        else:
            plain = [e for e in entries if not e.transposed]
            turned = [e for e in entries if e.transposed]
            pairs = [(p, q) for p in plain for q in turned] + [(q, p) for p in plain for q in turned]
        for first, second in pairs:
            size = pencil.spaces[first.column]
            scalar = first.scalar * second.scalar * size
            terms.append(CovarianceTerm(first.row, second.column, scalar, first.column, second.row))
    return tuple(terms)
