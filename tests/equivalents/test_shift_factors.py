"""Factors with a shift: the split into a diagonal matrix and the rest is an identity."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.equivalents import gaussian_equivalence as rule
from tests.agreement import spectrum_agreement

N, D, P = fp.sizes("n d p")
X = fp.gaussian(D, N)


def _biased():
    return fp.gaussian(P, D) @ X / fp.sqrt(D) + fp.gaussian(P) @ fp.ones(N).T / 2


def gates():
    one, three = _biased(), fp.gaussian(P, D) @ X / fp.sqrt(D)
    v = fp.gaussian(P) @ fp.ones(N).T
    return {
        "a shift alone": fp.hadamard(v, fp.sin(one)),
        "linear in one that is seen twice": fp.hadamard(one, fp.tanh(one)),
        "beside functions of the same": fp.hadamard(one, fp.tanh(three)) + fp.tanh(three),
        "linear in a shift": fp.hadamard(one, fp.sin(three)),
    }


@pytest.mark.parametrize("name", gates())
def test_the_law_is_that_without_the_split(name, monkeypatch):
    feature = gates()[name]
    matrix = feature.T @ feature / P
    values = {"n": 1, "d": 1.5, "p": 2}
    z = np.array([0.7 + 0.6j])
    split = fp.spectrum(matrix).at(**values).stieltjes(z)
    monkeypatch.setattr(rule, "split_at_shift", lambda function, preactivations: None)
    whole = fp.spectrum(matrix).at(**values).stieltjes(z)
    assert np.allclose(split, whole, atol=1e-8)


def test_the_law_agrees_with_samples():
    feature = gates()["beside functions of the same"]
    agreement = spectrum_agreement(feature.T @ feature / P, {"n": 150, "d": 200, "p": 300}, replicates=6)
    assert agreement.ratio < 1, agreement


def test_what_is_linear_in_a_shift_needs_no_table_of_it():
    feature = fp.hadamard(_biased(), fp.tanh(_biased()))
    law = fp.spectrum(feature.T @ feature / P)
    assert len(law.system.laws) == 1 and next(iter(law.system.laws.values())).dimension == 2
    assert all(len(places) == 1 for places, _ in law.system.tables)
