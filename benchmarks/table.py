"""Tables of measurements, as Markdown that reads well in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Table", "error", "ratio", "seconds"]


@dataclass(frozen=True)
class Table:
    """One topic: a heading, columns, rows of text, and what a reader must know beside."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    remark: str = ""

    def __str__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.columns))]
        texts = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines]
        texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join([f"## {self.title}", "", *texts, *(["", self.remark] if self.remark else []), ""])


def seconds(value: float | None) -> str:
    """Return a time with two or three digits."""
    if value is None:
        return "-"
    if value >= 1:
        return f"{value:.2f} s"
    return f"{1e3 * value:.3g} ms" if value >= 1e-3 else f"{1e6 * value:.3g} us"


def ratio(value: float | None, unit: float | None) -> str:
    """Return value / unit."""
    return "-" if value is None or not unit else f"{value / unit:.2g}"


def error(value: float | None) -> str:
    """Return an error with two digits."""
    return "-" if value is None else f"{value:.1e}"
