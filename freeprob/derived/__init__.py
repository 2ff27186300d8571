"""What a derivation hands to its user: a spectral law, or the limit of a number."""

from .derived import Derived
from .function_limit import FunctionLimit
from .limit_value import LimitValue
from .spectral_law import SpectralLaw

__all__ = ["Derived", "FunctionLimit", "LimitValue", "SpectralLaw"]
