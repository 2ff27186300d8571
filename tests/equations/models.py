"""Pencils on which the equations are tested, and their full solution by brute force."""

from __future__ import annotations

import numpy as np
import sympy

import freeprob as fp
from freeprob.algebra.symbols import Z
from freeprob.equations.covariance import covariance_map
from freeprob.language.nodes import Leaf
from freeprob.language.operations import FAMILY_VARIABLE
from freeprob.pencil.linear_pencil import LinearPencil
from tests.strategies import LAMBDA, D, N, P

VALUES = {N: 1.0, D: 0.6, P: 0.8, LAMBDA: 0.7}

HALF = sympy.Rational(1, 2)
E = fp.elliptic(D, sympy.Rational(-2, 5)) / fp.sqrt(D)
X, Y, W = fp.gaussian(D, N), fp.gaussian(D, N), fp.gaussian(P, D)
A, B = fp.wigner(D) / fp.sqrt(D), fp.wigner(D) / fp.sqrt(D)
S = fp.population(D, fp.laws.atoms({1: HALF, 4: HALF}))
T = fp.population(N, fp.laws.atoms({sympy.Rational(1, 3): HALF, 2: HALF}))
EYE, EYE_N, EYE_P = fp.identity(D), fp.identity(N), fp.identity(P)
Q = fp.inv(X @ X.T / N + LAMBDA * EYE)
THETA = fp.gaussian(P, N)
FEATURES = (W @ X / fp.sqrt(D) + THETA) / fp.sqrt(P)

MATRICES = {
    "semicircle": A,
    "Marchenko-Pastur": X @ X.T / N,
    "other side": X.T @ X / N,
    "noisy covariance": A + X @ X.T / N,
    "anticommutator": A @ B + B @ A,
    "degree 4": A @ B @ B @ A + B @ A @ B @ A + A @ B @ A @ B + A,
    "population": S**HALF @ X @ X.T @ S**HALF / N,
    "separable": S**HALF @ X @ T @ X.T @ S**HALF / N,
    "deformed": S + A,
    "random features": FEATURES.T @ FEATURES,
    "rational": fp.inv(4 * EYE - A) + fp.inv(4 * EYE - A) @ B @ fp.inv(4 * EYE - A),
    "nested": X.T @ fp.inv(X @ X.T / N + S) @ X / N,
    "elliptic": (E - EYE) @ (E - EYE).T + E @ E + (E @ E).T,
    "block": fp.block([[A, X / fp.sqrt(N)], [X.T / fp.sqrt(N), EYE_N]]),
}
"""Self-adjoint matrices."""

NUMBERS = {
    "trace of two resolvents": X @ X.T @ Q @ S @ Q / N,
    "trace of a square": Q @ Q,
    "nested resolvents": fp.inv(EYE + A @ Q @ A),
    "two letters twice": A @ Q @ A @ Q,
}
"""Matrices whose normalised trace is asked for."""


def resolvent(matrix):
    return fp.inv(matrix - Z * fp.identity(matrix.rows))


def family_symbols(pencil: LinearPencil) -> dict[Leaf, sympy.Symbol]:
    return {leaf: sympy.Symbol(f"H_{k}") for k, leaf in enumerate(pencil.families)}


class BruteForce:
    """The operator-valued Dyson equation with full matrices: every entry, nothing reduced."""

    def __init__(self, pencil: LinearPencil, values: dict[sympy.Symbol, complex]):
        self.pencil, self.values = pencil, values
        self.blocks = [np.array(pencil.variables(s)) for s in dict.fromkeys(pencil.bases)]
        n = self.n = pencil.size
        self.constant = np.zeros((n, n), dtype=complex)
        for (i, j), scalar in pencil.constant.items():
            self.constant[i, j] = self.number(scalar)
        self.eta = np.zeros((n * n, n * n), dtype=complex)
        for t in covariance_map(pencil):
            self.eta[t.row * n + t.column, t.variable * n + t.source] += self.number(t.scalar)
        self.atoms: dict[object, list[tuple[float, np.ndarray]]] = {}
        for leaf, members in pencil.families.items():
            rule = []
            for place, weight in leaf.ensemble.law.atoms.items():
                matrix = np.zeros((n, n), dtype=complex)
                for e in members:
                    matrix[e.row, e.column] += self.number(e.scalar * e.formula.subs(FAMILY_VARIABLE, place))
                rule.append((float(weight), matrix))
            self.atoms[leaf.rows[0]] = rule

    def number(self, scalar) -> complex:
        return complex(sympy.sympify(scalar).subs(self.values))

    def image(self, g: np.ndarray, switch: float = 1.0) -> np.ndarray:
        """Return F(g) = E (A - eta(g) + C)^-1, space by space."""
        base = self.constant - switch * (self.eta @ g.ravel()).reshape(self.n, self.n)
        result = np.zeros_like(base)
        for block in self.blocks:
            corner = np.ix_(block, block)
            rule = self.atoms.get(self.pencil.spaces[block[0]], [(1.0, np.zeros_like(base))])
            result[corner] = sum(w * np.linalg.inv((base + c)[corner]) for w, c in rule)
        return result

    def _derivative(self, g: np.ndarray, switch: float) -> np.ndarray:
        """Return dF/dg as a matrix on the entries of g."""
        n = self.n
        base = self.constant - switch * (self.eta @ g.ravel()).reshape(n, n)
        jacobian = np.zeros((n * n, n * n), dtype=complex)
        for block in self.blocks:
            corner = np.ix_(block, block)
            places = (block[:, None] * n + block[None, :]).ravel()
            rule = self.atoms.get(self.pencil.spaces[block[0]], [(1.0, np.zeros_like(base))])
            for w, c in rule:
                inner = np.linalg.inv((base + c)[corner])
                jacobian[places] += w * switch * np.kron(inner, inner.T) @ self.eta[places]
        return jacobian

    def solve(self, steps: int = 20) -> np.ndarray:
        """Return the solution: the randomness is switched on in steps, with Newton's method at each.

        Plain iteration of F would leave the physical solution where that is unstable.
        """
        g = self.image(np.zeros_like(self.constant), 0.0)
        for switch in np.linspace(1 / steps, 1, steps):
            for _ in range(30):
                matrix = np.eye(self.n**2) - self._derivative(g, switch)
                step = np.linalg.solve(matrix, (self.image(g, switch) - g).ravel()).reshape(g.shape)
                g = g + step
                if np.abs(step).max() < 1e-14 * np.abs(g).max():
                    break
        return g


def readout(pencil: LinearPencil, g: np.ndarray, number: int, values) -> complex:
    return sum(
        complex(sympy.sympify(weight).subs(values)) * g[v, s] for v, s, weight in pencil.readouts[number].entries
    )
