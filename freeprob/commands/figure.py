"""The picture of a derivation at given values: a density over simulated eigenvalues, or a curve."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..derived import SpectralLaw
from ..errors import MissingValue
from ..export.plot import curve_figure, save
from ..language.laws import Law
from ..observe.spectral_distance import Reference, split_outliers
from ..verify.simulated_model import SimulatedModel
from .model_file import Derivation
from .terminal import listed

__all__ = ["write_figure"]

_EIGENVALUES = 1200


def write_figure(derivation: Derivation, path: Path, values: Mapping[str, Any], name: str) -> None:
    """Draw a derivation; a law needs numbers, a limit a range of one value.

    Raises
    ------
    MissingValue
        If values are missing.
    """
    ranges = [k for k, v in values.items() if not isinstance(v, Law) and np.ndim(v) > 0]
    if isinstance(derivation, SpectralLaw):
        if ranges:
            raise MissingValue(f"the density needs one number for {', '.join(ranges)}, not a range")
        law = derivation.at(**values)
        matrix = derivation.names.get(derivation.expression, name)
        title = f"Spectrum of {matrix} at {listed(values)}"
        law.plot(str(path), eigenvalues=_eigenvalues(derivation, law, values), title=title)
        return
    if len(ranges) != 1:
        raise MissingValue("the picture of a limit needs a range of one value, for example --at n=0.1:5:60")
    x = np.asarray(values[ranges[0]], dtype=float)
    rest = {k: v for k, v in values.items() if k != ranges[0]}
    curve = (x, derivation.curve(**values))
    save(curve_figure({name: curve}, {}, x_label=ranges[0].removesuffix("_"), title=f"{name} at {listed(rest)}"), path)


def _eigenvalues(derivation: SpectralLaw, law: Any, values: Mapping[str, Any]) -> np.ndarray:
    model = SimulatedModel(derivation.expression, values)
    sizes, _ = model.sizes(_EIGENVALUES)
    return split_outliers(model.eigenvalues(sizes, seed=0), Reference(law))
