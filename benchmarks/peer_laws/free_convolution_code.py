"""FreeConvolutionCode (Cortinovis and Ying, 2023): contour integrals of R- and S-transforms, as in its demos.

It is no package: the environment variable ``FREEPROB_FREECONVOLUTIONCODE`` names a folder with its files.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import numpy as np

from .measure import Answer

VARIABLE = "FREEPROB_FREECONVOLUTIONCODE"
POINTS, COEFFICIENTS, MARGIN = 400, 20, 0.05
"""What its demos take for this kind of law."""


def _module(name: str) -> Any:
    folder = os.environ.get(VARIABLE)
    if not folder:
        raise ModuleNotFoundError(f"on no package index; {VARIABLE} may name a copy of its files")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


def _law(kind: str, *parameters: Any) -> Any:
    law = _module("spectral_measure").spectral_measure()
    getattr(law, f"set_{kind}")(*(np.array(p) if isinstance(p, list) else p for p in parameters))
    return law


def _answer(operation: str, *laws: tuple[Any, ...]) -> Answer:
    convolve = getattr(_module("freeconvolution"), f"free_{operation}_convolution")
    low, high, _, _, law = convolve(*(_law(*x) for x in laws), POINTS, POINTS, POINTS, COEFFICIENTS, MARGIN, 0)
    return Answer(law.density, lambda: [low, high])


SUMS = {
    "semicircle_marchenko_pastur": (("semicircle", 1), ("marchenko_pastur", 0.5)),
    "two_cuts": (("semicircle", 0.6), ("discrete", [-1.0, 1.4], [0.3, 0.7])),
    "two_marchenko_pastur": (("marchenko_pastur", 0.5), ("marchenko_pastur", 0.25)),
    "two_projections": (("discrete", [0.0, 1.0], [0.3, 0.7]), ("discrete", [0.0, 1.0], [0.4, 0.6])),
}
PRODUCTS = {"product": (("marchenko_pastur", 0.5), ("marchenko_pastur", 0.25))}

LAWS = {
    name: {"FreeConvolutionCode": lambda operation=operation, laws=laws: _answer(operation, *laws)}
    for operation, table in {"additive": SUMS, "multiplicative": PRODUCTS}.items()
    for name, laws in table.items()
}
