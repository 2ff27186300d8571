"""Published formulas for given data, in NumPy, by nothing of the package."""

from types import ModuleType

import numpy as np
from scipy.optimize import brentq

__all__ = ["FORMULAS"]


def relu_kernel(X: np.ndarray) -> np.ndarray:
    """E relu(w.x) relu(w.y), w ~ N(0, I): Cho and Saul 2009, equation (6), halved."""
    norms = np.linalg.norm(X, axis=0)
    scale = np.outer(norms, norms)
    cosine = np.clip(X.T @ X / scale, -1, 1)
    angle = np.arccos(cosine)
    return scale * (np.sin(angle) + (np.pi - angle) * cosine) / (2 * np.pi)


def louart_errors(kernel, y, y_test, p: float, penalty: float) -> tuple[float, float]:
    """Theorem 3 and Conjecture 1 of Louart, Liao and Couillet 2018; the kernel is that of all points."""
    n, m = len(y), len(y_test)
    K, K_cross, K_test = kernel[:n, :n], kernel[:n, n:], kernel[n:, n:]
    levels, basis = np.linalg.eigh(K)

    def excess(delta: float) -> float:
        return np.sum(levels / (p / n * levels / (1 + delta) + penalty)) / n - delta

    scale = p / n / (1 + brentq(excess, 0.0, levels.sum() / (n * penalty), xtol=1e-15, rtol=1e-15))
    psi = scale * levels
    q = 1 / (psi + penalty)
    labels = basis.T @ y
    cross = basis.T @ K_cross * scale
    spread = np.sum(psi * (q * labels) ** 2) / p / (1 - np.sum((psi * q) ** 2) / p)
    train = penalty**2 / n * (np.sum((q * labels) ** 2) + spread * np.sum(psi * q**2))
    noise = scale * np.trace(K_test) - np.sum((1 + penalty * q) * q * (cross**2).sum(axis=1))
    test = np.mean((y_test - cross.T @ (q * labels)) ** 2) + spread * noise / m
    return float(train), float(test)


def _louart(module: ModuleType, p: float, lambda_: float) -> tuple[float, float]:
    n = len(module._parity) // 2
    labels = module._parity[:n], module._parity[n:]
    return louart_errors(relu_kernel(module._pixels), *labels, p, lambda_)


def ridge_on_moments(module: ModuleType, n: float, lambda_: float) -> float:
    """Hastie, Montanari, Rosset and Tibshirani 2022, Theorem 5, with the second moment of the data as covariance."""
    pixels, labels = module._pixels, module._parity
    levels, basis = np.linalg.eigh(pixels @ pixels.T / pixels.shape[1])
    fit = np.linalg.lstsq(pixels.T, labels, rcond=None)[0]
    noise = np.mean((labels - pixels.T @ fit) ** 2)
    weights = (basis.T @ fit) ** 2

    def excess(kappa: float) -> float:
        return kappa * (1 - np.sum(levels / (levels + kappa)) / n) - lambda_

    kappa = brentq(excess, lambda_, lambda_ + levels.sum() / n, xtol=1e-15, rtol=1e-15)
    bias = kappa**2 * np.sum(weights * levels / (levels + kappa) ** 2)
    return float((bias + noise) / (1 - np.sum(levels**2 / (levels + kappa) ** 2) / n))


FORMULAS = {
    "louart_train": lambda module, **at: _louart(module, **at)[0],
    "louart_test": lambda module, **at: _louart(module, **at)[1],
    "ridge_on_moments": ridge_on_moments,
}
"""What a fact of the gallery may name as ``published``."""
