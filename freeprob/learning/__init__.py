"""Questions about learners: where their variance comes from, how often they err, what limits them, how they scale."""

from .bottleneck import Bottleneck, bottleneck
from .classification import Misclassification, misclassification_error
from .exponent import Exponent, scaling_exponent
from .frontier import ComputeFrontier, compute_optimal
from .variance import VarianceDecomposition, VarianceTable, variance_due_to

__all__ = [
    "Bottleneck",
    "ComputeFrontier",
    "Exponent",
    "Misclassification",
    "VarianceDecomposition",
    "VarianceTable",
    "bottleneck",
    "compute_optimal",
    "misclassification_error",
    "scaling_exponent",
    "variance_due_to",
]
