"""Normalisation layers, as far as the language has a word for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from ... import language
from ...language.entry_formulas import shifted
from ...language.expression import Expression
from ...language.operations import combine
from ..layer import Layer
from ..reader import Reader

_LARGEST_EPS = 1e-3
"""Beyond this the number under the root of a normalisation is no rounding; the words of the language have none."""


def _word(reader: Reader, name: str, eps: float | None) -> Callable[..., Expression]:
    if eps is not None and eps > _LARGEST_EPS:
        reader.refuse(f"eps={eps:g} is not small beside the variance of the features", "eps=1e-5, torch's default")
    function = getattr(language, name, None)
    if function is None:
        reader.refuse(
            f"the language has no fp.{name}",
            "leave the normalisation out and scale the weights: with wide layers it divides by a number",
        )
    return function


def _affine(reader: Reader, features: Expression, weight: Any, bias: Any) -> Expression:
    """Multiply by a gain and add a bias that are the same for all neurons."""
    gain = sympy.S.One if weight is None else reader.number(weight)
    shift = sympy.S.Zero if bias is None else reader.number(bias)
    return shifted(combine([(features, gain)]), shift)


def layer_norm(
    reader: Reader, input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Expression:
    """Centre each sample and divide it by its standard deviation."""
    return _affine(reader, _word(reader, "layer_norm", eps)(reader.features(input)), weight, bias)


def rms_norm(reader: Reader, input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Expression:
    """Divide each sample by the root of its mean square."""
    return _affine(reader, _word(reader, "rms_norm", eps)(reader.features(input)), weight, None)


def group_norm(
    reader: Reader, input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Expression:
    """Centre each sample and divide it by its standard deviation, all features as one group."""
    if num_groups != 1:
        reader.refuse(
            f"group normalisation of {num_groups} groups divides parts of a layer by norms of their own",
            "one group (layer normalisation), or normalise the parts of x.chunk(groups, dim=1) and concatenate them",
        )
    return layer_norm(reader, input, None, weight, bias, eps)


def batch_norm(
    reader: Reader,
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
) -> Expression:
    """Centre each neuron and divide it by its standard deviation; in evaluation with running numbers."""
    features = reader.features(input)
    if training or running_mean is None:
        return _affine(reader, _word(reader, "batch_norm", eps)(features), weight, bias)
    deviation = sympy.sqrt(reader.number(running_var) + reader.number(eps))
    scaled = combine([(shifted(features, -reader.number(running_mean)), 1 / deviation)])
    return _affine(reader, scaled, weight, bias)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "group_norm": group_norm,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "batch_norm": batch_norm,
}

LAYERS = {
    "GroupNorm": Layer("group_norm", "num_groups", "weight", "bias", "eps"),
    "LayerNorm": Layer("layer_norm", "normalized_shape", "weight", "bias", "eps"),
    "RMSNorm": Layer("rms_norm", "normalized_shape", "weight", "eps"),
    "BatchNorm1d": Layer("batch_norm", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
}
