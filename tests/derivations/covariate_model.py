"""The saddle-point equations of ridge regression on Gaussian covariates, in NumPy, by nothing of the package."""

from types import ModuleType

import numpy as np

__all__ = ["FORMULAS", "covariate_error"]


def covariate_error(levels, crossed, weights, rho: float, alpha: float, gamma: float, penalty: float, noise: float):
    """Return the test error without the noise of the label (Loureiro et al. 2021).

    levels are the eigenvalues of Omega, crossed the diagonal of Phi Phi^T in its eigenvectors, weights how many of the
    p directions have them; rho = tr Psi / k, alpha = n/p, gamma = k/p, noise the variance of the label noise. With
    D = penalty + Vhat levels, the equations are

        V = E[levels / D]   q = E[(qhat levels^2 + mhat^2 crossed levels) / D^2]   m = mhat E[crossed / D] / sqrt(gamma)
        Vhat = alpha / (1 + V)   mhat = Vhat / sqrt(gamma)   qhat = alpha (rho + q - 2 m + noise) / (1 + V)^2

    Vhat is found by bisection; q is linear in qhat, and the error is rho + q - 2 m.
    """
    mean = lambda f: float(np.sum(weights * f))  # noqa: E731
    low, high = 0.0, alpha  # Vhat - alpha / (1 + V(Vhat)) increases
    for _ in range(200):
        hat = (low + high) / 2
        low, high = (hat, high) if hat * (1 + mean(levels / (penalty + hat * levels))) < alpha else (low, hat)
    below = penalty + hat * levels
    m = hat / gamma * mean(crossed / below)
    bent = hat**2 / gamma * mean(crossed * levels / below**2)
    rate = hat**2 / alpha * mean(levels**2 / below**2)
    return (rho - 2 * m + bent + rate * noise) / (1 - rate)


def marchenko_pastur(ratio: float, count: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues of W W^T / d and their weights, W of shape (p, d) and ratio = p/d."""
    angle = (np.arange(count) + 0.5) * np.pi / count
    places = 1 + ratio + 2 * np.sqrt(ratio) * np.cos(angle)
    weights = 2 * np.sin(angle) ** 2 / places / count
    return np.append(places, 0.0), np.append(weights, max(0.0, 1 - 1 / ratio))


SLOPE, SECOND = 2 / np.sqrt(3 * np.pi), 2 / np.pi * np.arcsin(2 / 3)  # E f', E f^2 of erf


def _covariates(module: ModuleType, n, p, lambda_, sigma, **_) -> float:
    points = np.array([[float(x) for x in point] for point in module.JOINT])
    weights = np.array([float(w) for w in module.JOINT.values()])
    omega, a, b = points.T
    rho = float(np.sum(weights * (a**2 + b**2)))
    return covariate_error(omega, omega * a**2, weights, rho, n / p, 1.0, lambda_, sigma**2)


def _student(d, p) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    places, weights = marchenko_pastur(p / d)
    return SLOPE**2 * places + SECOND - SLOPE**2, SLOPE**2 * places, weights


def _networks(module: ModuleType, n, d, p, k, lambda_, sigma) -> float:
    """V is independent of W: Phi Phi^T is c^2 b^2 (k/d) W W^T / d on average, with b^2 = 2/pi for the sign."""
    levels, linear, weights = _student(d, p)
    return covariate_error(levels, 2 / np.pi * k / d * linear, weights, 1.0, n / p, k / p, lambda_, sigma**2)


def _latent(module: ModuleType, n, d, p, lambda_, sigma, **_) -> float:
    levels, linear, weights = _student(d, p)
    return covariate_error(levels, linear, weights, 1.0, n / p, d / p, lambda_, sigma**2)


FORMULAS = {"covariates": _covariates, "networks": _networks, "latent": _latent}
"""What a fact of the gallery may name as ``published``."""
