"""Edges, moments, high precision, certificates; curves, phase diagrams and gradients of test errors."""

from __future__ import annotations

import runpy

import mpmath
import numpy as np
import sympy

from freeprob.algebra.symbols import M, Z
from freeprob.derived import SpectralLaw

from .baselines import polynomial_at
from .density import AT
from .table import Table, error, seconds
from .timing import ROOT, median_seconds

__all__ = ["table"]


def _true_edges(law: SpectralLaw, values: dict[str, float]) -> list[mpmath.mpf]:
    """Return the edges to 30 digits: common zeros of the polynomial and of its derivative in m."""
    polynomial = polynomial_at(law, values, 40).as_expr()
    bound = law.at(**values)
    with mpmath.workdps(30):
        functions = [sympy.lambdify((M, Z), f, "mpmath") for f in (polynomial, polynomial.diff(M))]
        equations = lambda m, z: [f(m, z) for f in functions]  # noqa: E731
        starts = [(mpmath.mpf(bound.stieltjes(e).real), mpmath.mpf(e)) for e in bound.edges()]
        return [mpmath.findroot(equations, start)[1] for start in starts]


def _spectrum_rows(runs: int) -> list[tuple[str, ...]]:
    law = runpy.run_path(str(ROOT / "derivations" / "networks" / "random_features.py"))["law"]
    bound = law.at(**AT)
    z = complex(np.mean(bound.edges()), 0.1)
    edge_error = max(abs(float(a / b - 1)) for a, b in zip(bound.edges(), _true_edges(law, AT)))
    moments = [float(m) for m in bound.moments(8)]
    moment_error = max(abs(bound.quadrature_moment(k) / m - 1) for k, m in enumerate(moments, start=1))
    gap = abs(complex(bound.precise(50).stieltjes(z)) / bound.stieltjes(z) - 1)
    radius = float(bound.certify(z).radius)
    return [
        ("edges()", seconds(median_seconds(lambda: law.at(**AT).edges(), runs)), error(edge_error), "30 digits"),
        (
            "moments(8)",
            seconds(median_seconds(lambda: law.at(**AT).moments(8), runs)),
            error(moment_error),
            "integrals of the density",
        ),
        ("stieltjes(z)", seconds(median_seconds(lambda: bound.stieltjes(z), runs)), error(gap), "50 digits"),
        ("precise(50).stieltjes(z)", seconds(median_seconds(lambda: bound.precise(50).stieltjes(z), runs)), "-", ""),
        ("certify(z)", seconds(median_seconds(lambda: bound.certify(z), runs)), error(radius), "radius of the ball"),
    ]


def _curve_row(runs: int, points: int) -> tuple[str, ...]:
    model = runpy.run_path(str(ROOT / "derivations" / "learning" / "random_features_ridge.py"))
    risk, values = model["test_relu"], {k: v for k, v in model["AT"].items() if k != "p"}
    p = np.linspace(0.1, 5, points)
    numbers = risk.curve(p=p, progress=False, **values)
    some = range(0, points, max(points // 10, 1))
    worst = max(abs(float(risk.at(p=float(p[i]), **values).precise(30)) / numbers[i] - 1) for i in some)
    time = median_seconds(lambda: risk.curve(p=p, progress=False, **values), runs)
    return f"test error of random features, {points} widths", seconds(time), error(worst), "30 digits"


def _diagram_row(runs: int, points: int) -> tuple[str, ...]:
    model = runpy.run_path(str(ROOT / "derivations" / "learning" / "random_features_ridge.py"))
    risk, values = model["test_relu"], {k: v for k, v in model["AT"].items() if k not in ("p", "lambda_")}
    p, penalty = np.geomspace(0.1, 10, points), np.geomspace(1e-5, 10, points)
    numbers = risk.curve(p=p[:, None], lambda_=penalty, progress=False, **values)
    some = [(k % points, (7 * k) % points) for k in range(0, 10 * points, points + 1)]
    worst = max(
        abs(float(risk.at(p=p[i], lambda_=penalty[j], **values).precise(30)) / numbers[i, j] - 1) for i, j in some
    )
    time = median_seconds(lambda: risk.curve(p=p[:, None], lambda_=penalty, progress=False, **values), runs)
    return f"the same over width and penalty, {points} x {points}", seconds(time), error(worst), "30 digits"


def _ridgeless_row(runs: int, points: int) -> tuple[str, ...]:
    model = runpy.run_path(str(ROOT / "derivations" / "learning" / "random_features_ridge.py"))
    risk, values = model["test_relu"], {k: v for k, v in model["AT"].items() if k not in ("p", "lambda_")}
    p = np.linspace(0.1, 5, points)
    numbers = risk.curve(p=p, lambda_=0, progress=False, **values)
    nearly = [float(risk.at(p=float(x), lambda_=1e-20, **values)) for x in p[:: max(points // 5, 1)]]
    worst = float(np.max(np.abs(numbers[:: max(points // 5, 1)] / np.array(nearly) - 1)))
    time = median_seconds(lambda: risk.curve(p=p, lambda_=0, progress=False, **values), runs)
    return f"the same without a penalty, {points} widths", seconds(time), error(worst), "penalty 1e-20"


def _gradient_row(runs: int, points: int) -> tuple[str, ...]:
    model = runpy.run_path(str(ROOT / "derivations" / "learning" / "random_features_ridge.py"))
    risk, values = model["test_relu"], {k: v for k, v in model["AT"].items() if k != "p"}
    p, step = np.linspace(0.1, 5, points), 1e-4
    slopes = risk.gradient(p=p, progress=False, **values)["p"]
    shifted = [risk.curve(p=p + k * step, progress=False, **values) for k in (-2, -1, 1, 2)]
    differences = (8 * (shifted[2] - shifted[1]) - (shifted[3] - shifted[0])) / (12 * step)
    worst = float(np.max(np.abs(slopes - differences)) / np.max(np.abs(slopes)))
    time = median_seconds(lambda: risk.gradient(p=p, progress=False, **values), runs)
    return f"its gradient in all 7 sizes and parameters, {points} widths", seconds(time), error(worst), "differences"


def table(runs: int, quick: bool) -> Table:
    rows = [*_spectrum_rows(runs), _curve_row(runs, 20 if quick else 200), _diagram_row(runs, 12 if quick else 100)]
    rows += [
        _ridgeless_row(1 if quick else min(runs, 3), 4 if quick else 200),
        _gradient_row(runs, 10 if quick else 200),
    ]
    return Table("Numbers of the random-features models", ("what", "median", "relative error", "against"), rows)
