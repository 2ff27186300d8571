"""What is recognised of weight matrices, and what is refused; no PyTorch needed."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.importing.initialisation import initialisation, rounded
from freeprob.language.ensembles.haar import orthogonal

SHAPES = [(20, 20), (64, 300), (300, 64), (1, 300), (300, 200)]


def _rng(*key):
    return np.random.default_rng(list(key))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(5))
def test_well_known_initialisers(shape, seed):
    rows, columns = shape
    uniform = _rng(seed, *shape).uniform(-1, 1, shape)
    default = initialisation(uniform / np.sqrt(columns))
    assert (default.kind, default.shape, default.gain, default.fan) == (
        "iid",
        "uniform",
        sympy.Rational(1, 3),
        "fan in",
    )
    xavier = initialisation(uniform * np.sqrt(6 / (rows + columns)))
    value = xavier.fan_value(sympy.Integer(columns), sympy.Integer(rows))
    assert xavier.is_recognised and abs(float(value) * (rows + columns) / 2 - 1) < 1e-12


@pytest.mark.parametrize("shape", [(300, 200), (500, 400)])
@pytest.mark.parametrize("variance, gain, fan", [("2/i", 2, "fan in"), ("1/i", 1, "fan in"), ("1/o", 1, "fan out")])
def test_normal_initialisers(shape, variance, gain, fan):
    value = eval(variance, {"o": shape[0], "i": shape[1]})
    found = initialisation(_rng(1, *shape).standard_normal(shape) * np.sqrt(value))
    assert (found.gain, found.fan, found.shape) == (gain, fan, "normal")


def test_other_variances_are_measured():
    found = initialisation(_rng(2).standard_normal((300, 200)) * 0.02)
    assert not found.is_recognised and abs(found.variance / 0.0004 - 1) < 0.03
    with pytest.raises(ValueError, match="recognised"):
        found.fan_value(sympy.Integer(200), sympy.Integer(300))
    assert "not a well-known initialiser" in found.statement


def test_a_tensor_too_small_to_tell_initialisers_apart_is_measured():
    assert not initialisation(_rng(4).standard_normal((1, 90)) * np.sqrt(2.35 / 90)).is_recognised


def test_laws_with_tails_are_iid_and_measured():
    found = initialisation(_rng(3).laplace(size=(400, 300)))
    assert (found.kind, found.shape) == ("iid", "other")


@pytest.mark.parametrize("shape", [(60, 60), (40, 90), (90, 40)])
def test_orthogonal(shape):
    tall = orthogonal(max(shape), min(shape), _rng(4))
    matrix = (tall if shape[0] >= shape[1] else tall.T).astype(np.float32)
    found = initialisation(5 / 3 * matrix)
    assert (found.kind, found.gain) == ("orthogonal", sympy.Rational(25, 9))
    assert initialisation(1.234 * matrix).gain is None


def test_zero():
    assert initialisation(np.zeros((30, 40))).kind == "zero"


def test_rounded():
    assert rounded(1 / 3) == sympy.Rational(333333, 10**6)


def _trained(rng):
    left, right = rng.standard_normal((300, 1)), rng.standard_normal((1, 200))
    return rng.standard_normal((300, 200)) + 0.2 * left @ right


REFUSED = {
    "a spike": (_trained, "largest singular value|second moment"),
    "a mean": (lambda rng: rng.uniform(0, 1, (50, 40)), "not centred"),
    "rows of different norms": (
        lambda rng: rng.standard_normal((300, 200)) * np.linspace(0.3, 1.7, 300)[:, None],
        "not iid",
    ),
    "a repeated block": (lambda rng: np.tile(rng.standard_normal((150, 200)), (2, 1)), "not iid"),
    "an identity": (lambda rng: np.eye(50), "not generic"),
    "a permutation": (lambda rng: np.eye(50)[rng.permutation(50)], "not generic"),
    "not a number": (lambda rng: np.full((5, 5), np.nan), "not finite"),
    "heavy tails": (lambda rng: rng.standard_cauchy((300, 200)), "not iid|not centred"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    make, reason = REFUSED[name]
    with pytest.raises(fp.UnsupportedModel, match=reason) as refusal:
        initialisation(make(_rng(5)))
    assert "Remedy" in str(refusal.value) or "initialise the module" in str(refusal.value)


def test_fresh_matrices_are_not_refused():
    for seed in range(100):
        rows, columns = (int(k) for k in _rng(6, seed).integers(2, 120, 2))
        assert initialisation(_rng(7, seed).standard_normal((rows, columns))).kind == "iid"
