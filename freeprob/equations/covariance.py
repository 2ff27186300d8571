"""The covariance map of the letters: eta(G) = E[S G S] for the random part S of the pencil.

For a letter Z from the space b to the space a with uncorrelated entries, at positions c Z at (i, v) and c' Z^T at
(k, w),

    eta_a(G)[i, w] += c c' N_b G_b[v, k]      and      eta_b(G)[k, v] += c c' N_a G_a[w, i].

A square letter whose mirrored entries have covariance tau = E[Z_ij Z_ji] pairs with itself as well: for c Z at (i, v)
and c' Z at (k, w), or both transposed, eta(G)[i, w] += tau c c' N G[v, k]. So tau = 0 is a Gaussian letter and tau = 1
a Wigner letter. (Helton, Rashidi Far and Speicher 2007; with rectangular spaces Benaych-Georges 2009; elliptic letters
Sommers, Crisanti, Sompolinsky and Stein 1988.)
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import sympy

from ..errors import UnsupportedModel
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
    """Return the terms of the covariance map of all random letters of a pencil."""
    terms: list[CovarianceTerm] = []
    for leaf, entries in pencil.letters.items():
        if leaf.ensemble.entry_mean != 0:
            raise UnsupportedModel(
                f"dyson_equation: the entries of {leaf} ({leaf.ensemble}) have mean {leaf.ensemble.entry_mean}, and "
                "this rule needs centred letters. Remedy: subtract the mean"
            )
        tau = leaf.ensemble.self_covariance
        for first, second in product(entries, repeat=2):
            weight = tau if first.transposed == second.transposed else sympy.S.One
            if weight != 0:
                scalar = weight * first.scalar * second.scalar * pencil.spaces[first.column]
                terms.append(CovarianceTerm(first.row, second.column, scalar, first.column, second.row))
    return tuple(terms)
