"""Networks of other libraries as graphs: :func:`from_torch`, and :func:`read_torch` for what was found on the way.

Reading loads the other library when it is called, never before.
"""

from __future__ import annotations

from .network import ImportedNetwork, ImportedWeight
from .torch_network import from_torch, read_torch

__all__ = ["ImportedNetwork", "ImportedWeight", "from_torch", "read_torch"]
