"""scikit-rmt: closed forms of densities; it leaves atoms out."""

from __future__ import annotations

import importlib
from typing import Any

from .measure import Answer


def _answer(name: str, *parameters: float) -> Answer:
    law: Any = getattr(importlib.import_module("skrmt.ensemble.spectral_law"), name)(*parameters)
    return Answer(law.pdf, lambda: [law.lambda_minus, law.lambda_plus])


LAWS = {
    "marchenko_pastur": {"scikit-rmt (closed form)": lambda: _answer("MarchenkoPasturDistribution", 0.5)},
    "projection_corner": {"scikit-rmt (closed form)": lambda: _answer("ManovaSpectrumDistribution", 1.2, 0.8)},
}
