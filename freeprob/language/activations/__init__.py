"""Activations: entrywise functions and their Gaussian moments, one activation a file.

``REGISTRY`` maps names to activations; ``as_activation`` makes one from a name, a SymPy function or expression, or a
function of NumPy arrays. See :class:`Activation` for how to add a file.
"""

from freeprob.language.activations.base import Activation, Q, X, gaussian_product
from freeprob.language.activations.callable import CallableActivation
from freeprob.language.activations.expression import ExpressionActivation
from freeprob.language.activations.joint import JointActivation, as_joint_activation, joint_arguments
from freeprob.language.activations.registry import REGISTRY, as_activation, from_data

__all__ = [
    "REGISTRY",
    "Activation",
    "CallableActivation",
    "ExpressionActivation",
    "JointActivation",
    "Q",
    "X",
    "as_activation",
    "as_joint_activation",
    "from_data",
    "gaussian_product",
    "joint_arguments",
]
