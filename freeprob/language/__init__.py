"""The language in which models are written.

Sizes and parameters are SymPy symbols; leaves are samples of ensembles; operations return frozen, interned nodes; a
learning problem is a graph like any other. Besides the names below, each file of :mod:`.ensembles` adds its constructor
and each file of :mod:`.activations` adds a function of matrices (``relu``, ``tanh``, ...).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..algebra.symbols import parameters, sizes
from . import laws
from . import operators as operators
from .copies import ensemble, independent_copy, overlap
from .correlated import correlated
from .diagonal_matrix import diag
from .dynamics import chebyshev_iteration, first_order_method, gradient_descent, gradient_flow
from .ensembles.bonds import bonds
from .ensembles.diagonal import diagonal
from .ensembles.elliptic import elliptic
from .ensembles.gaussian import gaussian
from .ensembles.haar import haar
from .ensembles.mask import mask
from .ensembles.ones import ones
from .ensembles.population import population
from .ensembles.rotated import rotated
from .ensembles.signal import signal
from .ensembles.wigner import wigner
from .entrywise import entrywise
from .expression import Expression
from .graph import graph
from .hadamard import hadamard
from .jacobian import jacobian
from .kernels import centering, off_diagonal, squared_distances
from .learning import (
    degrees_of_freedom,
    gcv,
    kernel_ridge,
    kernel_vector,
    ridge,
    smoother,
    test_error,
    train_error,
)
from .matrix_function import funm
from .normalisation import batch_norm, layer_norm, rms_norm
from .operations import block, identity, inv, sqrt, tr, zeros
from .serialization import from_json, to_json
from .tangent_kernel import ntk
from .variance_profile import variance_profile
from .vocabulary import word, words

if TYPE_CHECKING:
    from collections.abc import Callable

    abs: Callable[..., Expression]
    cos: Callable[..., Expression]
    elu: Callable[..., Expression]
    erf: Callable[..., Expression]
    exp: Callable[..., Expression]
    gaussian_bump: Callable[..., Expression]
    gelu: Callable[..., Expression]
    hard_sigmoid: Callable[..., Expression]
    hard_swish: Callable[..., Expression]
    hard_tanh: Callable[..., Expression]
    hermite: Callable[..., Expression]
    leaky_relu: Callable[..., Expression]
    linear: Callable[..., Expression]
    relu6: Callable[..., Expression]
    relu: Callable[..., Expression]
    selu: Callable[..., Expression]
    sigmoid: Callable[..., Expression]
    sign: Callable[..., Expression]
    silu: Callable[..., Expression]
    sin: Callable[..., Expression]
    softplus: Callable[..., Expression]
    softsign: Callable[..., Expression]
    step: Callable[..., Expression]
    tanh: Callable[..., Expression]

__all__ = [
    "Expression",
    "batch_norm",
    "block",
    "bonds",
    "centering",
    "chebyshev_iteration",
    "correlated",
    "degrees_of_freedom",
    "diag",
    "diagonal",
    "elliptic",
    "ensemble",
    "entrywise",
    "first_order_method",
    "from_json",
    "funm",
    "gaussian",
    "gcv",
    "gradient_descent",
    "gradient_flow",
    "graph",
    "haar",
    "hadamard",
    "identity",
    "independent_copy",
    "inv",
    "jacobian",
    "kernel_ridge",
    "kernel_vector",
    "laws",
    "layer_norm",
    "mask",
    "ntk",
    "off_diagonal",
    "ones",
    "overlap",
    "parameters",
    "population",
    "ridge",
    "rms_norm",
    "rotated",
    "signal",
    "sizes",
    "smoother",
    "sqrt",
    "squared_distances",
    "test_error",
    "to_json",
    "tr",
    "train_error",
    "variance_profile",
    "wigner",
    "zeros",
]


def __getattr__(name: str) -> Any:
    found = word(name)
    if found is None:
        raise AttributeError(f"freeprob.language has no name {name!r}")
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *words()})
