"""Every file of an ensemble or an activation adds a word."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.language.activations import REGISTRY
from freeprob.language.ensembles import ENSEMBLES
from freeprob.language.vocabulary import word, words

n, d = fp.sizes("n d")


def test_words():
    assert set(words()) == {*ENSEMBLES, *REGISTRY} and list(words()) == sorted(words())
    assert word("no_such_word") is None
    assert not set(ENSEMBLES) & set(REGISTRY), "a word has one meaning"


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_an_activation_is_a_function_of_matrices(name):
    H = fp.gaussian(n, d)
    function = getattr(fp, name)
    assert function(H) is fp.entrywise(name, H)
    assert function is getattr(fp, name) and function.__name__ == name and name in function.__doc__
    sizes = {"n": 5, "d": 4}
    assert np.allclose(function(H).simulate(sizes), REGISTRY[name](H.simulate(sizes)))


def test_parameters_of_an_activation():
    H = fp.gaussian(n)
    assert str(fp.leaky_relu(H, negative_slope=0.2).activation) == "leaky_relu(1/5)"
    with pytest.raises(TypeError):
        fp.relu(H, slope=1)
