"""Reads the fenced blocks of Markdown files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block; ``info`` is what stands after the opening fence."""

    info: str
    body: str
    line: int

    @property
    def language(self) -> str:
        return self.info.split(" ")[0]

    @property
    def file(self) -> str | None:
        """The file that the block is to be written to: ``python file=PATH``."""
        found = re.search(r"\bfile=(\S+)", self.info)
        return found[1] if found else None


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(m["info"].strip(), m["body"], text.count("\n", 0, m.start()) + 1) for m in _FENCE.finditer(text)]


def expected_output(page: list[Block], position: int) -> str | None:
    """Return the body of the ``text`` block that follows a block, if there is one."""
    following = page[position + 1] if position + 1 < len(page) else None
    return following.body if following is not None and following.language == "text" else None
