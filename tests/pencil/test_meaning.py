"""Entry (i, j) of the sampled inverse is the sample of its meaning."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.language.nodes import Zero
from freeprob.language.simulation import Sampler
from freeprob.pencil.meaning import entry_meaning
from freeprob.pencil.realisation import realise
from tests.pencil.sampled import SampledPencil, words
from tests.pencil.test_realisation import EXPRESSIONS, EYE, EYE_N, A, Q, S, X, Y
from tests.strategies import LAMBDA, SIMULATION_PARAMETERS, SIMULATION_SIZES, N

MODELS = {name: e for name, e in EXPRESSIONS.items() if "block" not in name} | {
    "two copies of a resolvent": Q @ A @ Q @ A @ Q,
    "two resolvents that share letters": Q @ fp.inv(X @ Y.T @ Y @ X.T / N**2 + EYE),
    "inverse of an inverse inside": fp.inv(fp.inv(A @ A + EYE) + fp.inv(S + A)),
    "inner inverse on the other space": fp.inv(LAMBDA * EYE + X @ fp.inv(EYE_N + X.T @ S @ X / N) @ X.T / N),
}


@pytest.mark.parametrize("name", MODELS)
def test_meaning_of_every_entry(name):
    pencil = realise(words(MODELS[name]))
    sampler = Sampler(SIMULATION_SIZES, SIMULATION_PARAMETERS, seed=3)
    sampled = SampledPencil(pencil, sampler)
    if pencil.size > 12:
        entries = [divmod(k, pencil.size) for k in range(0, pencil.size**2, 5)]
    else:
        entries = list(np.ndindex(pencil.size, pencil.size))
    for i, j in entries:
        if pencil.spaces[i] != pencil.spaces[j]:
            continue
        meaning = entry_meaning(pencil, i, j)
        expected = sampled.entry(i, j)
        value = np.zeros(expected.shape) if isinstance(meaning, Zero) else sampler.value(meaning)
        scale = 1 + np.linalg.norm(sampled.inverse, 2)
        assert np.trace(value) == pytest.approx(np.trace(expected), abs=1e-9 * scale * len(expected)), (i, j)
        np.testing.assert_allclose(value, expected, atol=1e-9 * scale, err_msg=f"{name}: entry {i, j}")


def test_the_resolvent_means_itself():
    pencil = realise([Q])
    (variable,) = pencil.resolvents
    assert entry_meaning(pencil, variable, variable) is Q


def test_inverse_of_blocks_has_no_meaning():
    pencil = realise([EXPRESSIONS["block inverse"]])
    assert entry_meaning(pencil, 0, 0) is None
