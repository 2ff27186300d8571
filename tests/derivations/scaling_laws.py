"""Published formulas for power-law spectra, in NumPy, by nothing of the package."""

from types import ModuleType

import numpy as np
from scipy.optimize import brentq

__all__ = ["FORMULAS", "kernel_ridge_error", "random_features_error", "ridgeless_error"]


def _root(excess, low: float, high: float) -> float:
    """Return the root of an increasing function of a positive number."""
    return float(np.exp(brentq(lambda u: excess(np.exp(u)), np.log(low), np.log(high), xtol=1e-15, rtol=1e-15)))


def kernel_ridge_error(levels, teacher, n: float, penalty: float, sigma: float) -> float:
    """Canatar, Bordelon and Pehlevan 2021: teacher holds the squared coefficients, kappa the effective ridge."""

    def excess(kappa: float) -> float:
        return kappa * (1 - np.sum(levels / (levels + kappa)) / n) - penalty

    kappa = _root(excess, penalty, penalty + levels.sum() / n)
    spread = np.sum(levels**2 / (levels + kappa) ** 2) / n
    return float((kappa**2 * np.sum(teacher * levels / (levels + kappa) ** 2) + sigma**2) / (1 - spread) - sigma**2)


def random_features_error(levels, teacher: float, n: float, p: float, ridge: float, sigma: float) -> float:
    """Linear random features F = u x of p dimensions, with (F F^T + ridge)^-1; all modes have one teacher variance.

    The effective ridge solves ridge = kappa (n - df1)(p - df1), symmetric in samples and parameters (Zhang,
    arXiv 2405.19398). Given the features this is ridge regression with the covariance u Sigma u^T and the effective
    ridge kappa_2 = kappa (p - df1), whose bias and degrees of freedom are derivatives in kappa_2 (Atanasov,
    Zavatone-Veth and Pehlevan, arXiv 2405.00592).
    """

    def df1(kappa: float) -> float:
        return float(np.sum(levels / (levels + kappa)))

    def excess(kappa: float) -> float:
        first = df1(kappa)
        return kappa * (n - first) * (p - first) - ridge if first < min(n, p) else -ridge

    top = ridge / (n * p) + 4 * levels.sum() / min(n, p)
    kappa = _root(excess, 1e-30 * top, top)
    first, second = df1(kappa), float(np.sum(levels**2 / (levels + kappa) ** 2))
    bias = teacher * kappa * p * (first - second) / (p - second)  # kappa_2^2 tr Sigma (G + kappa_2)^-2
    spread = (first - (first - second) * (p - first) / (p - second)) / n  # tr Sigma_F^2 (Sigma_F + kappa_2)^-2 / n
    return float((bias + sigma**2) / (1 - spread) - sigma**2)


def ridgeless_error(levels, teacher: float, n: float, p: float) -> float:
    """Maloney, Roberts and Sully 2022: sum of levels / (levels + Delta) = min(N, T)."""
    small, large = sorted((n, p))
    delta = _root(lambda x: small - np.sum(levels / (levels + x)), 1e-30 * levels.max(), 4 * levels.sum() / small)
    return float(teacher * delta * small / (1 - small / large))


def _random_features(module: ModuleType, n, p, d, lambda_, sigma, H) -> float:
    return random_features_error(H.values / d, 1.0, n, p, lambda_ * n, sigma)


def _kernel_ridge(module: ModuleType, n, d, lambda_, sigma, H) -> float:
    return kernel_ridge_error(H.values, H.values**1.5 / d, n, lambda_, sigma)


FORMULAS = {"random_features_of_power_laws": _random_features, "kernel_ridge_of_power_laws": _kernel_ridge}
"""What a fact of the gallery may name as ``published``."""
