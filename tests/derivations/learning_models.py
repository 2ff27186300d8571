"""Quantities of the reference rows and further learning models, in the language of the package."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import scipy.stats
import sympy

import freeprob as fp

GALLERY = Path(__file__).parents[2] / "derivations" / "learning"


@cache
def gallery(name: str) -> ModuleType:
    """Load a file of the gallery."""
    spec = importlib.util.spec_from_file_location(f"gallery_learning_{name}", GALLERY / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def value(model: Any, values: Mapping[str, Any], **changes: Any) -> float:
    """Return the number at those of the values that the model needs."""
    merged = {**values, **changes}
    return float(model.at(**{k: v for k, v in merged.items() if k.rstrip("_") in model.needs}))


QUANTITIES: dict[str, Callable[[], float]] = {}


def quantity(row: str) -> Callable:
    """Register the function that computes a row of the reference."""

    def register(function: Callable[[], float]) -> Callable[[], float]:
        QUANTITIES[row] = function
        return function

    return register


# -- L01: isotropic ridge --------------------------------------------------------------------------------------------

L01 = dict(n=1.37, d=1, lambda_=0.021, sigma=0.3, r=1)


def _isotropic(model: str, **changes: Any) -> float:
    return value(getattr(gallery("ridge_isotropic"), model), L01, **changes)


QUANTITIES["L01-A-test"] = lambda: _isotropic("test")
QUANTITIES["L01-A-train"] = lambda: _isotropic("train")
QUANTITIES["L01-A-gcv"] = lambda: _isotropic("cross_validation")
QUANTITIES["L01-A-df"] = lambda: _isotropic("degrees_of_freedom")
QUANTITIES["L01-A-bias"] = lambda: _isotropic("test", sigma=0)
QUANTITIES["L01-A-var"] = lambda: _isotropic("test", r=0) - 0.09


def _without_penalty(model: str) -> float:
    m = gallery("ridge_isotropic")
    return value(fp.limit(getattr(m, model).expression.subs({m.lam: 0})), L01)


QUANTITIES["L01-D-test"] = lambda: _without_penalty("test")
QUANTITIES["L01-D-train"] = lambda: _without_penalty("train")

# -- L02: ridge with covariance --------------------------------------------------------------------------------------


@cache
def _covariance() -> dict[str, Any]:
    """Return derivations for a teacher S^a beta of norm r, aligned (a = 1/2) or a power law."""
    m = gallery("ridge_covariance")
    r = fp.parameters("r", positive=True)
    models: dict[str, Any] = {}
    for name, exponent in (("A", sympy.Rational(1, 2)), ("D", sympy.Rational(3, 13))):
        teacher = r * m.S**exponent @ m.beta / fp.sqrt(m.d)
        y = m.X.T @ teacher + m.sigma * m.eps
        w = fp.ridge(m.X, y, penalty=m.lam)
        hat = m.X.T @ fp.inv(m.X @ m.X.T / m.n + m.lam * fp.identity(m.d)) @ m.X / m.n
        models[f"{name}-test"] = fp.limit(fp.test_error(w, m.x, teacher.T @ m.x + m.sigma * m.noise))
        models[f"{name}-train"] = fp.limit(fp.train_error(w, m.X, y))
        models[f"{name}-gcv"] = fp.limit(fp.train_error(w, m.X, y) / (1 - fp.tr(hat)) ** 2)
    models["kappa"] = fp.limit(m.lam / (1 - fp.tr(hat)))
    models["noise"] = fp.limit(fp.test_error(fp.ridge(m.X, m.eps, penalty=m.lam), m.x, m.noise))  # 1 / (1 - df2)
    return models


L02 = {
    "A": dict(n=1.37, d=1, lambda_=0.021, sigma=0.3, r=1, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"})),
    "D": dict(
        n=300,
        d=800,
        lambda_=0.0003,
        sigma=0.1,
        r=sympy.sqrt(800),
        H=fp.laws.empirical(np.arange(1.0, 801.0) ** -1.3),
    ),
}


def _l02(name: str, what: str) -> float:
    models, at = _covariance(), L02[name]
    if what in ("test", "train", "gcv"):
        return value(models[f"{name}-{what}"], at)
    if what == "bias":
        return value(models[f"{name}-test"], at, sigma=0)
    if what == "kappa":
        return value(models["kappa"], at)
    excess = value(models["noise"], at)
    return at["sigma"] ** 2 * (excess - 1) if what == "var" else 1 - 1 / excess


for _name in ("A", "D"):
    for _what in ("test", "train", "gcv", "bias", "var", "kappa", "df2"):
        QUANTITIES[f"L02-{_name}-{_what}"] = lambda name=_name, what=_what: _l02(name, what)

# -- L03: random features, with the decomposition of the variance into its sources -------------------------------------

L03 = dict(d=1, p=1.9, n=3.1, lambda_=0.021, sigma=0.3, G=0.4, F=1)

QUANTITIES["L03-relu-A-test"] = lambda: value(gallery("random_features_ridge").test_relu, L03)
QUANTITIES["L03-relu-A-train"] = lambda: value(gallery("random_features_ridge").train_relu, L03)


def _predictor(m: ModuleType, W: Any, X: Any, nonlinear: Any, eps: Any) -> Any:
    """Return the prediction at the test point of the model trained with these sources of randomness."""
    y = m.F * X.T @ m.beta / fp.sqrt(m.d) + m.G * nonlinear + m.sigma * eps
    features = fp.relu(W @ X / fp.sqrt(m.d))
    weights = fp.ridge(features, y, penalty=m.p / m.d * m.lam)
    return weights.T @ fp.relu(W @ m.x / fp.sqrt(m.d))


@cache
def _overlap(shared: str) -> float:
    """Return E[f f'] for two predictors that share the sources named (W, X, e) and have the others on their own."""
    m = gallery("random_features_ridge")
    if shared == "target":
        return value(fp.limit(_predictor(m, m.W, m.X, m.nonlinear, m.eps) * m.y_x), L03)
    W = m.W if "W" in shared else fp.gaussian(m.p, m.d)
    X = m.X if "X" in shared else fp.gaussian(m.d, m.n)
    nonlinear = m.nonlinear if "X" in shared else fp.gaussian(m.n)  # a function of X
    eps = m.eps if "e" in shared else fp.gaussian(m.n)
    first = _predictor(m, m.W, m.X, m.nonlinear, m.eps)
    return value(fp.limit(first * _predictor(m, W, X, nonlinear, eps)), L03)


QUANTITIES["L03-relu-A-bias2"] = lambda: 1 + 0.4**2 - 2 * _overlap("target") + _overlap("")
QUANTITIES["L03-relu-A-V_W"] = lambda: _overlap("W") - _overlap("")
QUANTITIES["L03-relu-A-V_X"] = lambda: _overlap("X") - _overlap("")
QUANTITIES["L03-relu-A-V_WX"] = lambda: _overlap("WX") - _overlap("W") - _overlap("X") + _overlap("")
QUANTITIES["L03-relu-A-V_Xeps"] = lambda: _overlap("Xe") - _overlap("X")
QUANTITIES["L03-relu-A-V_WXeps"] = lambda: _overlap("WXe") - _overlap("Xe") - _overlap("WX") + _overlap("X")

# -- L05 and L08: deep random features, random projections -------------------------------------------------------------

L05 = dict(d=1, p_1=1.9, p_2=1.3, n=2.5, lambda_=0.21, sigma=0.3, F=1)
L08 = dict(n=1.37, d=1, m=0.83, lambda_=0.021, sigma=0.3, H=L02["A"]["H"])

for _what in ("test", "train"):
    QUANTITIES[f"L05-2A-{_what}"] = lambda what=_what: value(getattr(gallery("deep_random_features_ridge"), what), L05)
    QUANTITIES[f"L08-projA-gauss-{_what}"] = lambda what=_what: value(getattr(gallery("ridge_projected"), what), L08)


@quantity("L05-2A-df")
def _degrees_of_freedom() -> float:
    m = gallery("deep_random_features_ridge")
    smoother = m.Phi.T @ fp.inv(m.Phi @ m.Phi.T + m.lam * fp.identity(m.p_2)) @ m.Phi
    return value(fp.limit(fp.tr(smoother)), L05)


# -- L06: gradient flow, isotropic and for two classes ----------------------------------------------------------------

_TIMES = {"0.6": 0.6, "3.7": 3.7, "40": 40}
for _name, _time in _TIMES.items():
    QUANTITIES[f"L06-isoA-t{_name}-test"] = lambda time=_time: value(
        gallery("gradient_flow_ridge").flow, gallery("gradient_flow_ridge").AT, t=time
    )
    QUANTITIES[f"L06-isoA-t{_name}-train"] = lambda time=_time: value(
        gallery("gradient_flow_ridge").train, gallery("gradient_flow_ridge").AT, t=time
    )


def _misclassified(time: float) -> float:
    module = gallery("classification_dynamics")
    mean, variance = (value(model, module.AT, t=time) for model in (module.mean, module.variance))
    return float(scipy.stats.norm.sf(mean / np.sqrt(variance)))


for _name, _time in {"0.4": 0.4, "3": 3, "60": 60}.items():
    QUANTITIES[f"L06-GMMA-t{_name}-err"] = lambda time=_time: _misclassified(time)


# -- g18: traces with two resolvents of a sample covariance matrix -----------------------------------------------------

_n, _p = fp.sizes("n p")
_lam = fp.parameters("lambda", positive=True)
_S, _Z = fp.population(_p, fp.laws.atoms({"0.5": "0.4", "1.9": "0.35", "4.2": "0.25"})), fp.gaussian(_p, _n)
_Q = fp.inv(_S**0.5 @ _Z @ _Z.T @ _S**0.5 / _n + _lam * fp.identity(_p))
_TRACES = {
    "kappa(effective ridge)": _lam / (1 - fp.tr(fp.identity(_p) - _lam * _Q) * _p / _n),
    "(1/p)tr(Sigma Q)": fp.tr(_S @ _Q),
    "(1/p)tr(Sigma Q Sigma Q)": fp.tr(_S @ _Q @ _S @ _Q),
    "(1/p)tr(Sigma Q Q)": fp.tr(_S @ _Q @ _Q),
    "(1/p)tr(Q Q)": fp.tr(_Q @ _Q),
    "(1/p)tr(Sigma^2 Q Sigma Q)": fp.tr(_S**2 @ _Q @ _S @ _Q),
    "(1/p)tr(Sigma^2 Q Sigma^2 Q)": fp.tr(_S**2 @ _Q @ _S**2 @ _Q),
}
for _what, _number in _TRACES.items():
    QUANTITIES[f"g18_ridge_a:{_what}"] = lambda number=_number: value(fp.limit(number), dict(n=1, p=0.37, lambda_=0.31))
