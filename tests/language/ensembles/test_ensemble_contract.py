"""What holds for the leaves of every ensemble, found by looking in the folder."""

import inspect

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.language.ensembles import ENSEMBLES
from freeprob.language.ensembles.given import Given
from freeprob.language.ensembles.joint_family import JointFamily
from freeprob.language.nodes import Leaf
from freeprob.language.vocabulary import word

n, d = fp.sizes("n d")
ARGUMENTS = {
    "rows": n,
    "columns": d,
    "size": n,
    "law": fp.laws.atoms({1: 0.5, 3: 0.5}),
    "keep": 0.3,
    "tau": 0.3,
    "dilute_diagonal": None,
}
"""An argument for each parameter of a constructor; a new ensemble with another parameter needs a line here."""


def _leaf(name):
    parameters = inspect.signature(word(name)).parameters
    return word(name)(**{key: "A" if key == "name" else ARGUMENTS[key] for key in parameters})


SCALABLE = sorted(name for name, cls in ENSEMBLES.items() if not issubclass(cls, (JointFamily, Given)))
"""A given matrix has no other size; see test_given.py. Joint families have files of their own, too."""


@pytest.mark.parametrize("name", SCALABLE)
class TestEnsemble:
    def test_class(self, name):
        cls = ENSEMBLES[name]
        assert cls.name == name and name.isidentifier() and cls.letter and cls.statement
        assert cls.order in (0, sympy.Rational(1, 2))
        assert not cls.is_family or cls.symmetric

    def test_two_leaves_are_independent(self, name):
        a, b = _leaf(name), _leaf(name)
        assert isinstance(a, Leaf) and a.name == b.name
        assert (a is b) == (a.index == 0) == a.ensemble.is_constant
        assert a.ensemble == b.ensemble and hash(a.ensemble) == hash(b.ensemble)
        assert (a.T is a) == (a.ensemble.mirror == 1)

    def test_json(self, name):
        a = _leaf(name)
        assert fp.from_json(fp.to_json(a)) is a
        copy = fp.from_json(fp.to_json(a), fresh=True)
        assert (copy is a) == a.ensemble.is_constant and copy.ensemble == a.ensemble

    def test_sample(self, name):
        a = _leaf(name)
        sizes = {"n": 60, "d": 40}
        value = a.simulate(sizes, seed=1)
        assert value.shape == tuple(sizes.get(str(s), 1) for s in a.shape) and value.dtype == float
        assert np.array_equal(value, a.simulate(sizes, seed=1))
        if a.ensemble.mirror:
            assert np.array_equal(value, a.ensemble.mirror * value.T)
        if a.ensemble.is_zero_one:
            assert np.array_equal(value, value**2)

    def test_order(self, name):
        a = _leaf(name)
        mean = float(a.ensemble.entry_mean)
        norms = [np.linalg.norm(a.simulate({"n": k, "d": k}, seed=1) - mean, 2) for k in (50, 200)]
        assert abs(np.log(norms[1] / norms[0]) / np.log(4) - float(a.order)) < 0.15

    def test_moments_of_entries(self, name):
        """Mean, variance and covariance with the mirror image are those that the ensemble states."""
        a = _leaf(name)
        if a.order == 0 or a.ensemble.is_constant:
            return
        value = np.array([a.simulate({"n": 300, "d": 300}, seed=k) for k in range(2)])
        mean, count = float(a.ensemble.entry_mean), 300 * 299
        off = ~np.eye(300, dtype=bool)
        assert abs(value[:, off].mean() - mean) < 6 / np.sqrt(count)
        if a.ensemble.is_exchangeable:
            assert abs((value[:, off] ** 2).mean() - 1) < 6 * np.sqrt(2 / count)
            mirrored = (value * value.transpose(0, 2, 1))[:, off].mean() if len(set(a.shape)) == 1 else 0.0
            assert abs(mirrored - float(a.ensemble.self_covariance)) < 6 * np.sqrt(2 / count)
