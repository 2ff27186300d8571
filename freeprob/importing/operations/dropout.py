"""Dropout, which does nothing after ``module.eval()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..layer import Layer
from ..reader import Reader

_VARIANTS = {
    "dropout": "Dropout",
    "alpha_dropout": "AlphaDropout",
    "feature_alpha_dropout": "FeatureAlphaDropout",
    "dropout1d": "Dropout1d",
}


def dropout(reader: Reader, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Return the input; in training torch draws a mask, which is refused."""
    if training and p > 0:
        reader.refuse(
            f"in training mode it draws a new mask of keep {1 - p:g} in each call",
            "call module.eval() first, or write the mask with fp.hadamard and fp.bonds",
        )
    return input


OPERATIONS: dict[str, Callable[..., Any]] = {name: dropout for name in _VARIANTS}
LAYERS = {layer: Layer(name, "p", "training") for name, layer in _VARIANTS.items()}
