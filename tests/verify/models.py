"""Derivations on which the checks are tried, each made once."""

import copy
from dataclasses import replace
from functools import cache

import freeprob as fp


def _network():
    n, d, p = fp.sizes("n d p")
    lam, sigma = fp.parameters("lambda sigma", positive=True)
    x_train, w = fp.gaussian(d, n), fp.gaussian(p, d)
    features = fp.relu(w @ x_train / fp.sqrt(d))
    return n, d, p, lam, sigma, x_train, features


@cache
def random_features():
    _, _, p, _, _, _, features = _network()
    return fp.spectrum(features.T @ features / p)


@cache
def inverse_trace():
    n, _, p, lam, _, _, features = _network()
    return fp.limit(fp.tr(fp.inv(features.T @ features / p + lam * fp.identity(n))))


def test_error_expression():
    n, d, _, lam, sigma, x_train, features = _network()
    beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
    y = x_train.T @ beta / fp.sqrt(d) + sigma * eps
    weights = fp.ridge(features, y, penalty=lam)
    return fp.test_error(weights, features.subs({x_train: x}), beta.T @ x / fp.sqrt(d))


test_error_expression.__test__ = False


@cache
def risk():
    return fp.limit(test_error_expression())


@cache
def two_layers():
    n, d, p, q = fp.sizes("n d p q")
    x, w, v = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(q, p)
    hidden = fp.tanh(w @ x / fp.sqrt(d))
    features = fp.erf(v @ hidden / fp.sqrt(p))
    return fp.spectrum(features.T @ features / q)


@cache
def marchenko_pastur():
    n, d = fp.sizes("n d")
    x = fp.gaussian(d, n)
    return fp.spectrum(x @ x.T / n)


@cache
def generalised_marchenko_pastur(law):
    n, d = fp.sizes("n d")
    x, s = fp.gaussian(d, n), fp.population(d, law)
    return fp.spectrum(s**0.5 @ x @ x.T @ s**0.5 / n)


@cache
def semicircle():
    n = fp.sizes("n")
    return fp.spectrum(fp.wigner(n) / fp.sqrt(n))


@cache
def anticommutator():
    n = fp.sizes("n")
    a, b = fp.wigner(n) / fp.sqrt(n), fp.wigner(n) / fp.sqrt(n)
    return fp.spectrum(a @ b + b @ a)


def with_system(derivation, system):
    """Return the derivation with another system: a wrong derivation."""
    wrong = copy.copy(derivation)
    wrong.__dict__.pop("program", None)
    wrong.assembly = replace(derivation.assembly, system=system)
    return wrong


def spoiled_coefficient(derivation, index, factor=1.1):
    """Return the derivation with one coefficient off by a factor."""
    coefficients = list(derivation.system.coefficients)
    true = coefficients[index]
    coefficients[index] = replace(
        true, exact=None, evaluate=lambda *numbers, digits: factor * true.evaluate(*numbers, digits=digits)
    )
    return with_system(derivation, replace(derivation.system, coefficients=tuple(coefficients)))


def dropped_term(derivation, component, row, term):
    """Return the derivation without one term of one denominator of an equation."""
    components = list(derivation.system.components)
    right = list(components[component].right)
    inner = right[row]
    base = next(a for a in (inner, *inner.args) if a.is_Pow and a.exp == -1).base
    kept = base.func(*(a for k, a in enumerate(base.args) if k != term))
    right[row] = inner.subs(base, kept)
    components[component] = replace(components[component], right=tuple(right))
    return with_system(derivation, replace(derivation.system, components=tuple(components)))
