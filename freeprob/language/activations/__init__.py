"""Activations: entrywise functions and their Gaussian moments, one activation a file.

``REGISTRY`` maps names to activations; ``as_activation`` makes one from a name, a SymPy function or expression (all
polynomials are), or a function of NumPy arrays. Activations have sums, products, compositions and derivatives. See
:class:`Activation` for how to add a file.

Examples
--------
>>> from freeprob.language.activations import as_activation
>>> relu, tanh = as_activation("relu"), as_activation("tanh")
>>> print(2 * relu - 0.5, "|", tanh.compose(relu), "|", relu.derivative())
2*Max(0, x) - 1/2 | tanh(Max(0, x)) | step
>>> relu.derivative().second_moment(3)
1/2
"""

from freeprob.language.activations import calculus as calculus
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
