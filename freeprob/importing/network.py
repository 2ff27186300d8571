"""What was read of a network: its graph, its sizes and its weights."""

from __future__ import annotations

from dataclasses import dataclass

from ..language.expression import Expression

__all__ = ["ImportedNetwork", "ImportedWeight"]


@dataclass(frozen=True)
class ImportedWeight:
    """A parameter of a module.

    Attributes
    ----------
    path : str
        Where the module holds it, for example ``"0.weight"``; with the part that is used, if it is a part.
    letter : Expression or None
        The leaf that stands for it; None where it has none (a bias that vanishes, for example).
    statement : str
        What was found, in words: law, variance, why it is left out.
    """

    path: str
    letter: Expression | None
    statement: str

    def __str__(self) -> str:
        return f"{self.path:20} {'-' if self.letter is None else str(self.letter):6} {self.statement}"


@dataclass(frozen=True)
class ImportedNetwork:
    """A network as a graph.

    Attributes
    ----------
    output, input : Expression
        Columns are samples.
    sizes : dict of str to int
        The widths of the module by the names of their sizes: ``law.at(n=..., **network.sizes)``. The number of samples
        is not among them.
    weights : tuple of ImportedWeight
        In the order of their use. ``print(network)`` shows them.
    """

    output: Expression
    input: Expression
    sizes: dict[str, int]
    weights: tuple[ImportedWeight, ...]

    def __str__(self) -> str:
        return "\n".join([str(self.output), *map(str, self.weights)])
