"""freeprob: the high-dimensional theory of a model, derived from its graph.

Importing the package loads nothing else; each name loads the module that owns it when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import free as free
    from . import importing as importing
    from .errors import FreeprobError as FreeprobError
    from .errors import MissingDependency as MissingDependency
    from .errors import MissingValue as MissingValue
    from .errors import NotAlgebraic as NotAlgebraic
    from .errors import NotIdentified as NotIdentified
    from .errors import NotPrecise as NotPrecise
    from .errors import NotSelfAdjoint as NotSelfAdjoint
    from .errors import ScalingError as ScalingError
    from .errors import ShapeError as ShapeError
    from .errors import SolveError as SolveError
    from .errors import UnsupportedModel as UnsupportedModel
    from .importing import from_torch as from_torch
    from .language import Expression as Expression
    from .language import abs as abs
    from .language import batch_norm as batch_norm
    from .language import block as block
    from .language import bonds as bonds
    from .language import centering as centering
    from .language import chebyshev_iteration as chebyshev_iteration
    from .language import correlated as correlated
    from .language import cos as cos
    from .language import degrees_of_freedom as degrees_of_freedom
    from .language import diag as diag
    from .language import diagonal as diagonal
    from .language import elliptic as elliptic
    from .language import elu as elu
    from .language import ensemble as ensemble
    from .language import entrywise as entrywise
    from .language import erf as erf
    from .language import exp as exp
    from .language import first_order_method as first_order_method
    from .language import from_json as from_json
    from .language import funm as funm
    from .language import gaussian as gaussian
    from .language import gaussian_bump as gaussian_bump
    from .language import gcv as gcv
    from .language import gelu as gelu
    from .language import gradient_descent as gradient_descent
    from .language import gradient_flow as gradient_flow
    from .language import graph as graph
    from .language import haar as haar
    from .language import hadamard as hadamard
    from .language import hard_sigmoid as hard_sigmoid
    from .language import hard_swish as hard_swish
    from .language import hard_tanh as hard_tanh
    from .language import hermite as hermite
    from .language import identity as identity
    from .language import independent_copy as independent_copy
    from .language import inv as inv
    from .language import jacobian as jacobian
    from .language import kernel_ridge as kernel_ridge
    from .language import kernel_vector as kernel_vector
    from .language import laws as laws
    from .language import layer_norm as layer_norm
    from .language import leaky_relu as leaky_relu
    from .language import linear as linear
    from .language import mask as mask
    from .language import ntk as ntk
    from .language import off_diagonal as off_diagonal
    from .language import ones as ones
    from .language import overlap as overlap
    from .language import parameters as parameters
    from .language import population as population
    from .language import relu as relu
    from .language import relu6 as relu6
    from .language import ridge as ridge
    from .language import rms_norm as rms_norm
    from .language import rotated as rotated
    from .language import selu as selu
    from .language import sigmoid as sigmoid
    from .language import sign as sign
    from .language import signal as signal
    from .language import silu as silu
    from .language import sin as sin
    from .language import sizes as sizes
    from .language import smoother as smoother
    from .language import softplus as softplus
    from .language import softsign as softsign
    from .language import sqrt as sqrt
    from .language import squared_distances as squared_distances
    from .language import step as step
    from .language import tanh as tanh
    from .language import test_error as test_error
    from .language import to_json as to_json
    from .language import tr as tr
    from .language import train_error as train_error
    from .language import variance_profile as variance_profile
    from .language import wigner as wigner
    from .language import zeros as zeros
    from .learning import bottleneck as bottleneck
    from .learning import compute_optimal as compute_optimal
    from .learning import misclassification_error as misclassification_error
    from .learning import scaling_exponent as scaling_exponent
    from .learning import variance_due_to as variance_due_to
    from .pipeline import limit as limit
    from .pipeline import spectrum as spectrum

__version__ = "0.1.0"

_OWNERS = {
    "FreeprobError": "errors",
    "MissingDependency": "errors",
    "MissingValue": "errors",
    "NotAlgebraic": "errors",
    "NotIdentified": "errors",
    "NotPrecise": "errors",
    "NotSelfAdjoint": "errors",
    "ScalingError": "errors",
    "ShapeError": "errors",
    "SolveError": "errors",
    "UnsupportedModel": "errors",
    "from_torch": "importing",
    "Expression": "language",
    "batch_norm": "language",
    "block": "language",
    "bonds": "language",
    "chebyshev_iteration": "language",
    "correlated": "language",
    "diag": "language",
    "diagonal": "language",
    "elliptic": "language",
    "entrywise": "language",
    "first_order_method": "language",
    "from_json": "language",
    "funm": "language",
    "gaussian": "language",
    "gradient_descent": "language",
    "gradient_flow": "language",
    "graph": "language",
    "haar": "language",
    "centering": "language",
    "hadamard": "language",
    "ntk": "language",
    "off_diagonal": "language",
    "squared_distances": "language",
    "identity": "language",
    "inv": "language",
    "jacobian": "language",
    "laws": "language",
    "layer_norm": "language",
    "mask": "language",
    "ones": "language",
    "parameters": "language",
    "population": "language",
    "ridge": "language",
    "rms_norm": "language",
    "rotated": "language",
    "signal": "language",
    "sizes": "language",
    "sqrt": "language",
    "test_error": "language",
    "ensemble": "language",
    "independent_copy": "language",
    "overlap": "language",
    "gcv": "language",
    "degrees_of_freedom": "language",
    "kernel_ridge": "language",
    "kernel_vector": "language",
    "smoother": "language",
    "to_json": "language",
    "tr": "language",
    "train_error": "language",
    "variance_profile": "language",
    "wigner": "language",
    "zeros": "language",
    "bottleneck": "learning",
    "compute_optimal": "learning",
    "misclassification_error": "learning",
    "scaling_exponent": "learning",
    "variance_due_to": "learning",
    "limit": "pipeline",
    "spectrum": "pipeline",
}

_MODULES = ("free", "importing")
"""Packages that are public as a whole."""

__all__ = [*_OWNERS, *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module 'freeprob' has no attribute {name!r}")
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    owner = importlib.import_module(f"{__name__}.{_OWNERS.get(name, 'language')}")
    try:
        value = getattr(owner, name)  # ensembles and activations that are not listed above are words of the language
    except AttributeError:
        raise AttributeError(f"module 'freeprob' has no attribute {name!r}") from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *importlib.import_module(f"{__name__}.language.vocabulary").words()})
