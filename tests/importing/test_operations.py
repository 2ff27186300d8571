"""Operations of PyTorch on expressions, called without PyTorch."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.importing.letters import Letters
from freeprob.importing.reader import Reader
from freeprob.importing.registry import find_layer, find_operation, layer_names
from freeprob.importing.unsupported import reason_and_remedy
from freeprob.importing.widths import Widths

n, d, p = fp.sizes("n d p")
H = fp.gaussian(p, d) @ fp.gaussian(d, n) / fp.sqrt(d)


@pytest.fixture
def reader():
    widths = Widths(None)
    return Reader(widths, Letters(widths, True))


@pytest.mark.parametrize(("end", "value"), [(0.5, -1.0), (0.1, 0.1), (0, 0), (-1, 2.5)])
def test_a_threshold_is_a_function_with_a_jump(reader, end, value):
    features = find_operation("threshold")(reader, H, end, value)
    x = np.array([-2.0, -0.7, 0.3, 0.9, 4.0])
    assert np.allclose(features.activation(x), np.where(x > end, x, value))


def test_a_threshold_at_its_value_is_a_rectifier(reader):
    assert find_operation("threshold")(reader, H, 0, 0) is fp.relu(H)
    assert find_operation("threshold_")(reader, H, 0, 0) is fp.relu(H)


def test_one_group_is_layer_normalisation(reader):
    assert find_operation("group_norm")(reader, H, 1) is fp.layer_norm(H)
    assert find_operation("group_norm")(reader, H, 1, 2.0) is 2 * fp.layer_norm(H)
    with pytest.raises(fp.UnsupportedModel, match=r"of 4 groups divides parts.*Remedy: one group"):
        find_operation("group_norm")(reader, H, 4)


def test_layers_name_their_operations():
    for kind in ("Threshold", "GroupNorm"):
        assert find_operation(find_layer(kind).operation) is not None


@pytest.mark.parametrize(
    ("kind", "reason", "remedy"),
    [
        ("AvgPool1d", "averages features that stand side by side", "mean of several layers"),
        ("AdaptiveAvgPool1d", "averages features", "linear layer"),
        ("MaxPool2d", "mixes neighbouring features", "entrywise functions"),
        ("Unflatten", "a second index", "chunk"),
        ("InstanceNorm1d", "each channel", "LayerNorm"),
    ],
)
def test_what_is_refused_says_why(kind, reason, remedy):
    assert find_layer(kind) is None
    words = reason_and_remedy(kind, layer_names())
    assert reason in words[0] and remedy in words[1]
