"""Questions about learners that need more than one limit: where their variance comes from, how often they err."""

from .classification import Misclassification, misclassification_error
from .variance import VarianceDecomposition, VarianceTable, variance_due_to

__all__ = [
    "Misclassification",
    "VarianceDecomposition",
    "VarianceTable",
    "misclassification_error",
    "variance_due_to",
]
