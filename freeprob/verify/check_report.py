"""The outcome of checks: lines with a verdict, a sentence and its numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

__all__ = ["CheckLine", "CheckReport", "Verdict"]

Verdict = Literal["passed", "failed", "remark", "skipped"]

_WIDTH = 88


@dataclass(frozen=True)
class CheckLine:
    """The outcome of one check.

    Attributes
    ----------
    name : str
    verdict : {"passed", "failed", "remark", "skipped"}
    detail : str
        What was found, with numbers.
    data : dict
        The same numbers for programs.
    """

    name: str
    verdict: Verdict
    detail: str
    data: dict[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        """Yield name, verdict and detail."""
        yield from (self.name, self.verdict, self.detail)


@dataclass(frozen=True)
class CheckReport:
    """The outcome of all checks of one derivation at one set of values.

    Attributes
    ----------
    title : str
    values : str
        The values of sizes and parameters, in words.
    lines : tuple of CheckLine
    """

    title: str
    values: str
    lines: tuple[CheckLine, ...]

    @property
    def verdict(self) -> str:
        """``"failed"`` if a line failed, ``"passed with remarks"`` if a line has a remark, else ``"passed"``."""
        verdicts = {line.verdict for line in self.lines}
        if "failed" in verdicts or "passed" not in verdicts:
            return "failed"
        return "passed with remarks" if "remark" in verdicts else "passed"

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return self.verdict != "failed"

    def __getitem__(self, name: str) -> CheckLine:
        """Return the line of a check by its name."""
        for line in self.lines:
            if line.name == name:
                return line
        raise KeyError(f"no check is named {name!r}; there are {', '.join(line.name for line in self.lines)}")

    def __str__(self) -> str:
        name = max((len(line.name) for line in self.lines), default=0)
        verdict = max((len(line.verdict) for line in self.lines), default=0)
        rows = [f"{self.title}, {self.values}" if self.values else self.title]
        for line in self.lines:
            first, *rest = textwrap.wrap(line.detail, _WIDTH) or [""]
            rows.append(f"  {line.name:{name}}  {line.verdict:{verdict}}  {first}")
            rows += [" " * (name + verdict + 6) + text for text in rest]
        return "\n".join([*rows, f"Verdict: {self._reasoned_verdict()}"])

    def _reasoned_verdict(self) -> str:
        groups = {v: [line.name for line in self.lines if line.verdict == v] for v in ("failed", "remark", "skipped")}
        reasons = [f"{word}: {', '.join(names)}" for word, names in groups.items() if names]
        return self.verdict + (f" ({'; '.join(reasons)})" if reasons else "")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:left">{escape(line.name)}</th><td>{escape(line.verdict)}</td>'
            f'<td style="text-align:left">{escape(line.detail)}</td></tr>'
            for line in self.lines
        )
        return f"<table>{rows}</table><p>Verdict: {escape(self._reasoned_verdict())}</p>"
