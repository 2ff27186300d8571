"""Published formulas for power-law spectra, in NumPy, by nothing of the package."""

from itertools import pairwise
from types import ModuleType

import numpy as np
from scipy.optimize import brentq

__all__ = [
    "FORMULAS",
    "gradient_flow_error",
    "kernel_ridge_error",
    "many_modes",
    "random_features_error",
    "ridgeless_error",
]


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

    kappa = _effective_ridge(levels, n, p, ridge)
    first, second = float(np.sum(levels / (levels + kappa))), float(np.sum(levels**2 / (levels + kappa) ** 2))
    bias = teacher * kappa * p * (first - second) / (p - second)  # kappa_2^2 tr Sigma (G + kappa_2)^-2
    spread = (first - (first - second) * (p - first) / (p - second)) / n  # tr Sigma_F^2 (Sigma_F + kappa_2)^-2 / n
    return float((bias + sigma**2) / (1 - spread) - sigma**2)


def _effective_ridge(levels, n: float, p: float, ridge: float) -> float:
    """Return kappa with ridge = kappa (n - df1)(p - df1)."""

    def excess(kappa: float) -> float:
        first = np.sum(levels / (levels + kappa))
        return kappa * (n - first) * (p - first) - ridge if first < min(n, p) else -ridge

    top = ridge / (n * p) + 4 * levels.sum() / min(n, p)
    return _root(excess, 1e-30 * top, top)


def ridgeless_error(levels, teacher: float, n: float, p: float) -> float:
    """Maloney, Roberts and Sully 2022: sum of levels / (levels + Delta) = min(N, T)."""
    small, large = sorted((n, p))
    delta = _root(lambda x: small - np.sum(levels / (levels + x)), 1e-30 * levels.max(), 4 * levels.sum() / small)
    return float(teacher * delta * small / (1 - small / large))


def many_modes(alpha: float, n: float, p: float) -> tuple[float, float]:
    """Return the best ridge and the smallest error for eigenvalues k^-(1 + alpha), as many as one likes.

    The error of Zhang is stationary in the degrees of freedom f, which solve a quadratic equation; its derivation is in
    the gallery file.
    """
    a, b, c = (alpha + 2) * (alpha - 1) / (alpha + 1), -alpha * (n + p), alpha * n * p
    f = 2 * c / (-b + np.sqrt(b**2 - 4 * a * c))
    angle = np.pi / (1 + alpha)
    delta = (angle / np.sin(angle) / f) ** (1 + alpha)
    error = delta * n * p * f / ((1 + alpha) * (n - f) * (p - f) + f * (n + p - 2 * f))
    return float(delta * (n - f) * (p - f)), float(error)


def gradient_flow_error(levels, teacher, n: float, p: float, time: float, sigma: float) -> float:
    """Bordelon, Atanasov and Pehlevan 2024: gradient flow from 0 on linear random features, by dynamical mean fields.

    With ``H_k(s) = 1 / (s + levels_k R_1 R_3)`` and the responses

        R_1 = 1 / (1 + sum levels R_3 H / n)        R_3 = 1 / (1 + sum levels R_1 H / p)

    at two Laplace variables s, s' (primed: the same at s'), the correlations of the errors of modes and of what the
    features see are linear in each other,

        C_0 = sum levels H H' (teacher + C_3 / p + R_3 R_3' levels C_1 / n)
        C_2 = sum levels H H' (s s' C_1 / n + levels R_1 R_1' (teacher + C_3 / p))

    where ``C_1 = R_1 R_1' (C_0 + sigma^2 / (s s'))`` and ``C_3 = R_3 R_3' C_2``; the loss is the double inverse
    transform of C_0 at (t, t), on a circle around the poles.
    """
    top = 1.5 * levels.max() * (1 + np.sqrt(len(levels) / n)) ** 2 * (1 + np.sqrt(len(levels) / p)) ** 2
    top = min(top, 1.5 * (levels.max() + levels.sum() / n) * (1 + np.sqrt(n / p)) ** 2)
    gap = min(1 / time, top)
    radius = top / 2 + gap
    count = int(40 * np.sqrt(radius / gap) + 16 * radius * time + 60)
    s = -top / 2 + radius * np.exp(1j * np.pi * (np.arange(count) + 0.5) / count)
    s = np.concatenate([s, s[::-1].conj()])
    kappa = _effective(levels, n, p, s[:count])
    kappa = np.concatenate([kappa, kappa[::-1].conj()])
    first = np.sum(levels[:, None] / (levels[:, None] + kappa), axis=0)
    one, three = 1 - first / n, 1 - first / p
    H = 1 / (s + levels[:, None] * one * three)
    moment = lambda f: (H * (f * levels)[:, None]).T @ H  # noqa: E731
    pair = lambda f: f[:, None] * f  # noqa: E731
    a, b, c, e = moment(teacher), moment(np.ones_like(levels)), moment(levels * teacher), moment(levels)
    R1, R3, S = pair(one), pair(three), pair(s)
    # C_0 = a + b R3 C_2 / p + e R3 C_1 / n,   C_2 = b S C_1 / n + R1 (c + e R3 C_2 / p),   C_1 = R1 (C_0 + sigma^2 / S)
    inner = R3 / p / (1 - R1 * e * R3 / p)
    slope = R1 / n * (R3 * e + inner * b * b * S)
    C0 = (a + b * inner * R1 * c + slope * sigma**2 / S) / (1 - slope)
    weights = (s + top / 2) * np.exp(s * time) / len(s)
    return float((weights @ C0 @ weights).real)


def _effective(levels, n: float, p: float, s: np.ndarray) -> np.ndarray:
    """Return kappa with s = kappa (1 - df1 / n)(1 - df1 / p), along a path that begins on the positive axis."""
    kappa = complex(_effective_ridge(levels, n, p, abs(s[0]) * n * p))
    path = np.concatenate([np.linspace(abs(s[0]), s[0], 20), s])
    found = []
    for before, after in pairwise(path):
        for goal in np.linspace(before, after, 5)[1:]:
            for _ in range(20):
                first, slope = np.sum(levels / (levels + kappa)), -np.sum(levels / (levels + kappa) ** 2)
                one, three = 1 - first / n, 1 - first / p
                kappa -= (kappa * one * three - goal) / (one * three - kappa * slope * (three / n + one / p))
        found.append(kappa)
    return np.array(found[-len(s) :])


def _random_features(module: ModuleType, n, p, d, lambda_, sigma, H) -> float:
    return random_features_error(H.values / d, 1.0, n, p, lambda_ * n, sigma)


def _kernel_ridge(module: ModuleType, n, d, lambda_, sigma, H) -> float:
    return kernel_ridge_error(H.values, H.values**1.5 / d, n, lambda_, sigma)


def _noiseless(module: ModuleType, n, p, d, lambda_, H) -> float:
    return random_features_error(H.values / d, 1.0, n, p, lambda_ * n, 0.0)


def _ridgeless(module: ModuleType, n, p, d, lambda_, H) -> float:
    assert lambda_ == 0
    return ridgeless_error(H.values / d, 1.0, n, p)


def _gradient_flow(module: ModuleType, n, p, d, t, sigma, H) -> float:
    return gradient_flow_error(H.values, H.values**0.5, n, p, t, sigma * np.sqrt(d)) / d


FORMULAS = {
    "random_features_of_power_laws": _random_features,
    "kernel_ridge_of_power_laws": _kernel_ridge,
    "noiseless_power_laws": _noiseless,
    "ridgeless_power_laws": _ridgeless,
    "gradient_flow_of_power_laws": _gradient_flow,
}
"""What a fact of the gallery may name as ``published``."""
