"""Networks and kernels: deriving the law, and solving it at 100 points, with new matrices in each run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import sympy

import freeprob as fp
from freeprob.derived import SpectralLaw

from .table import Table, seconds
from .timing import median_seconds

__all__ = ["table"]

POINTS = np.linspace(0, 3, 100) + 0.1j
n, d, p, q = fp.sizes("n d p q")
AT = {"n": 1.0, "d": 1.5, "p": 2.0, "q": 1.2}


def _features(depth: int, activation: Callable, x: fp.Expression) -> tuple[fp.Expression, sympy.Symbol]:
    """Return the features of a network with widths p, q, p, ..., and the last width."""
    signal, width = x, d
    for level in range(depth):
        above = (p, q)[level % 2]
        signal, width = activation(fp.gaussian(above, width) @ signal / fp.sqrt(width)), above
    return signal, width


def _conjugate_kernel(depth: int, activation: Callable) -> SpectralLaw:
    features, width = _features(depth, activation, fp.gaussian(d, n))
    return fp.spectrum(features.T @ features / width)


def _residual(depth: int) -> SpectralLaw:
    features, _ = _features(1, fp.tanh, fp.gaussian(d, n))
    for _ in range(depth - 1):
        features = fp.tanh(fp.gaussian(p, p) @ features / fp.sqrt(p)) + features
    return fp.spectrum(features.T @ features / p)


def _tangent_kernel(depth: int) -> SpectralLaw:
    x = fp.gaussian(d, n)
    features, width = _features(depth, fp.tanh, x)
    return fp.spectrum(fp.ntk(fp.gaussian(width).T @ features / fp.sqrt(width), x))


def _gate() -> SpectralLaw:
    x = fp.gaussian(d, n) / fp.sqrt(d)
    features = fp.hadamard(fp.gaussian(p, d) @ x, fp.sigmoid(fp.gaussian(p, d) @ x))
    return fp.spectrum(features.T @ features / p)


def _inner_products() -> SpectralLaw:
    x, t = fp.gaussian(d, n), sympy.Symbol("t", real=True)
    return fp.spectrum(fp.off_diagonal(fp.entrywise(t**3 - t, x.T @ x / fp.sqrt(d))) / fp.sqrt(n))


def _jacobian(depth: int) -> SpectralLaw:
    source = signal = fp.gaussian(n)
    for _ in range(depth):
        signal = fp.relu(fp.sqrt(2) * fp.gaussian(n, n) @ signal / fp.sqrt(n))
    jacobian = fp.jacobian(signal, source)
    return fp.spectrum(jacobian.T @ jacobian, via="scalar")


MODELS: dict[str, Callable[[], SpectralLaw]] = {
    "gated linear unit": _gate,
    "inner-product kernel": _inner_products,
    "conjugate kernel, tanh, depth 2": lambda: _conjugate_kernel(2, fp.tanh),
    "conjugate kernel, tanh, depth 3": lambda: _conjugate_kernel(3, fp.tanh),
    "conjugate kernel, tanh, depth 10": lambda: _conjugate_kernel(10, fp.tanh),
    "conjugate kernel, tanh, depth 50": lambda: _conjugate_kernel(50, fp.tanh),
    "conjugate kernel, tanh, depth 100": lambda: _conjugate_kernel(100, fp.tanh),
    "residual, tanh, depth 10": lambda: _residual(10),
    "residual, tanh, depth 50": lambda: _residual(50),
    "conjugate kernel, relu, depth 2": lambda: _conjugate_kernel(2, fp.relu),
    "tangent kernel, tanh, depth 1": lambda: _tangent_kernel(1),
    "tangent kernel, tanh, depth 2": lambda: _tangent_kernel(2),
    "Jacobian, relu, depth 10": lambda: _jacobian(10),
    "Jacobian, relu, depth 100": lambda: _jacobian(100),
}


def _derived(make: Callable[[], SpectralLaw]) -> tuple[SpectralLaw, float]:
    """Return a law with its numeric program, and the CPU seconds that it took."""
    start = time.process_time()
    law = make()
    law.program  # noqa: B018 - part of what is timed
    return law, time.process_time() - start


def _row(name: str, runs: int) -> tuple[str, ...]:
    law, first = _derived(MODELS[name])
    values = {size: value for size, value in AT.items() if size in law.needs}
    later = statistics.median([_derived(MODELS[name])[1] for _ in range(runs)])
    law.at(**values).stieltjes(POINTS)
    solve = median_seconds(lambda: law.at(**values).stieltjes(POINTS), runs)
    return name, str(len(law.system.unknowns)), seconds(first), seconds(later), seconds(solve)


def table(runs: int, quick: bool) -> Table:
    rows = [_row(name, runs) for name in list(MODELS)[: 2 if quick else None]]
    return Table(
        "Networks: equations and numeric program, and 100 points",
        ("model", "unknowns", "first", "later", "solve"),
        rows,
        "First: the first of its kind in the process; later: new matrices of the same model, median; both in CPU time. "
        "Solve: law.at(...) from nothing and m(z) at 100 points, median wall time.",
    )
