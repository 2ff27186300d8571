"""Why layers of ``torch.nn`` have no counterpart."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["reason_and_remedy"]

_REASONS = {
    "Conv": (
        "a convolution uses one small filter at all positions, so its matrix has no independent entries",
        "linear layers on flat features, or the graph of the convolution's blocks by hand",
    ),
    "Attention": ("attention multiplies features by features of other positions", "the graph of one head by hand"),
    "Transformer": ("it contains attention, which multiplies features by features", "the graph of one head by hand"),
    "Embedding": ("it reads rows of a table by numbers of tokens", "give the features of the tokens as input"),
    "RNN": ("it uses one matrix of weights at all times", "one linear layer for each time step"),
    "LSTM": ("it uses one matrix of weights at all times", "one linear layer for each time step"),
    "GRU": ("it uses one matrix of weights at all times", "one linear layer for each time step"),
    "AvgPool": (
        "it averages features that stand side by side, and features here are told apart by their weights only",
        "the mean of several layers, (a(x) + b(x)) / 2, or a linear layer",
    ),
    "Pool": ("it mixes neighbouring features", "linear layers and entrywise functions"),
    "Unflatten": (
        "it gives features a second index, and features here have one",
        "h.chunk(k, dim=1) or h[:, a:b] for parts of a layer",
    ),
    "InstanceNorm": ("it normalises each channel of an image apart", "nn.LayerNorm, or nn.GroupNorm with one group"),
    "Softmax": ("it divides by a sum over features", "entrywise functions; sigmoid for two classes"),
    "Bilinear": ("it is a sum of products over pairs of features", "products of linear layers, which are gates"),
    "Parametrized": (
        "its weights are computed from other tensors (torch.nn.utils.parametrize)",
        "torch.nn.utils.parametrize.remove_parametrizations(module, 'weight')",
    ),
}
"""By parts of the names of classes."""


def reason_and_remedy(kind: str, known: Sequence[str]) -> tuple[str, str]:
    """Return why a class is refused and what to do.

    Examples
    --------
    >>> from freeprob.importing.unsupported import reason_and_remedy
    >>> reason_and_remedy("MaxPool2d", ["Linear"])
    ('it mixes neighbouring features', 'linear layers and entrywise functions')
    """
    for part, answer in _REASONS.items():
        if part in kind:
            return answer
    return f"layers of type {kind} have no counterpart here", f"use what is known: {', '.join(known)}"
