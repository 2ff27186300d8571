"""freealg: named laws by closed form or by a polynomial at a small height eta, and decompression of a fitted curve.

``eta`` is its default where none is written. It knows atoms of fitted curves only.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .measure import Answer


def _named(name: str, *parameters: Any, **options: float) -> Answer:
    law = getattr(importlib.import_module("freealg.distributions"), name)(*parameters)
    edges = lambda: law.support() if callable(law.support) else law.support  # noqa: E731
    return Answer(lambda points: law.density(points, **options), edges)


def _decompressed() -> Answer:
    """From a corner half as large: to a larger size it evolves a law, to a smaller one it returns the law unchanged."""
    corner = importlib.import_module("freealg.distributions").FreeLevy([0.125], [1.0], 8.0, sigma=0.5)
    form = importlib.import_module("freealg").AlgebraicForm(corner, n=1000)
    form.fit(deg_m=3, deg_z=1)
    return Answer(lambda points: np.squeeze(form.decompress(2000, x=points)))


WIGNER = ([-1.0, 1.4], [0.3, 0.7], 0.6)
POPULATION = ([1.0, 3.0, 10.0], [1 / 3] * 3, 0.3)

LAWS = {
    "marchenko_pastur": {"freealg MarchenkoPastur (closed form)": lambda: _named("MarchenkoPastur", 0.5)},
    "semicircle_marchenko_pastur": {
        "freealg FreeLevy": lambda: _named("FreeLevy", [0.5], [1.0], 2.0, 0.0, 1.0),
        "freealg FreeLevy, eta 1e-8": lambda: _named("FreeLevy", [0.5], [1.0], 2.0, 0.0, 1.0, eta=1e-8),
    },
    "two_cuts": {
        "freealg DeformedWigner": lambda: _named("DeformedWigner", *WIGNER),
        "freealg DeformedWigner, eta 1e-8": lambda: _named("DeformedWigner", *WIGNER, eta=1e-8),
    },
    "population": {
        "freealg DeformedMarchenkoPastur": lambda: _named("DeformedMarchenkoPastur", *POPULATION),
        "freealg DeformedMarchenkoPastur, eta 1e-8": lambda: _named("DeformedMarchenkoPastur", *POPULATION, eta=1e-8),
    },
    "two_marchenko_pastur": {
        "freealg CompoundFreePoisson": lambda: _named("CompoundFreePoisson", [0.5, 0.25], [1 / 3, 2 / 3], 6.0),
        "freealg CompoundFreePoisson, eta 1e-8": lambda: _named(
            "CompoundFreePoisson", [0.5, 0.25], [1 / 3, 2 / 3], 6.0, eta=1e-8
        ),
    },
    "singular_marchenko_pastur": {
        "freealg CompoundFreePoisson": lambda: _named("CompoundFreePoisson", [2.0, 3.0], [0.6, 0.4], 5 / 6),
        "freealg CompoundFreePoisson, eta 1e-8": lambda: _named(
            "CompoundFreePoisson", [2.0, 3.0], [0.6, 0.4], 5 / 6, eta=1e-8
        ),
    },
    "projection_corner": {"freealg Wachter (closed form)": lambda: _named("Wachter", 1.2, 0.8)},
    "corner": {"freealg decompress, from a smaller corner": _decompressed},
    "power": {"freealg KestenMcKay (closed form)": lambda: _named("KestenMcKay", 1.5)},
}
