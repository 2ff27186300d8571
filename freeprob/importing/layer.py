"""A class of ``torch.nn`` as an operation on attributes of the module."""

from __future__ import annotations

__all__ = ["Layer"]


class Layer:
    """An operation and its arguments.

    Parameters
    ----------
    operation : str
        The name of the operation.
    *attributes : str
        Attributes of the module, in the order of the arguments after the input. ``"weight"`` and other tensors become
        parameters.
    """

    def __init__(self, operation: str, *attributes: str) -> None:
        self.operation = operation
        self.attributes = attributes
