"""Reads and runs the fenced blocks of Markdown files.

A block ``python`` is run; a block ``text`` that follows it is what it prints; a block ``python file=PATH`` is a file.
``python -m tests.documents`` writes the real output into the pages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXTENDING = ROOT / "docs" / "extending.md"

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "---- end of block ----\n"


@dataclass(frozen=True)
class Block:
    """A fenced block; ``info`` is what stands after the opening fence, ``span`` where the body is."""

    info: str
    body: str
    line: int
    span: tuple[int, int]

    @property
    def language(self) -> str:
        return self.info.split(" ")[0]

    @property
    def file(self) -> str | None:
        found = re.search(r"\bfile=(\S+)", self.info)
        return found[1] if found else None

    @property
    def is_program(self) -> bool:
        return self.language == "python" and self.file is None


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(m["info"].strip(), m["body"], text.count("\n", 0, m.start()) + 1, m.span("body"))
        for m in _FENCE.finditer(text)
    ]


def run(place: Path, *arguments: str) -> str:
    """Run Python in a folder, whose modules come before those of the checkout, and return what it prints."""
    path = os.pathsep.join([str(place), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "MPLBACKEND": "agg"}
    outcome = subprocess.run(
        [sys.executable, *arguments], cwd=place, env=environment, capture_output=True, text=True, timeout=300
    )
    assert outcome.returncode == 0, outcome.stdout[-3000:] + outcome.stderr[-3000:]
    return outcome.stdout


def extended_copy(place: Path) -> None:
    """Copy the package and its tests, and add the files of ``docs/extending.md``."""
    for folder in ("freeprob", "tests"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    for block in blocks(EXTENDING):
        if block.file is not None:
            path = place / block.file
            assert not path.exists(), f"{block.file} exists already: choose another example"
            path.write_text(block.body, encoding="utf-8")


def printed(page: Path, place: Path) -> list[tuple[Block, str, Block | None]]:
    """Run a page as one program; return each block, what it prints and the block that says so."""
    found = blocks(page)
    programs = [(k, block) for k, block in enumerate(found) if block.is_program]
    if page == EXTENDING:  # each block sees the new files and nothing of the other blocks
        outputs = [run(place, "-c", block.body) for _, block in programs]
    else:
        source = "\n".join(f"{block.body}\nprint({_MARK!r}, end='')" for _, block in programs)
        (place / "page.py").write_text(source, encoding="utf-8")
        outputs = run(place, "page.py").split(_MARK)
    following = [found[k + 1] if k + 1 < len(found) and found[k + 1].language == "text" else None for k, _ in programs]
    return [(block, output, after) for (_, block), output, after in zip(programs, outputs, following, strict=False)]


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def update(page: Path) -> bool:
    """Write the real output into a page; return whether it changed."""
    with tempfile.TemporaryDirectory() as folder:
        if page == EXTENDING:
            extended_copy(Path(folder))
        outputs = printed(page, Path(folder))
    old = new = page.read_text(encoding="utf-8")
    for _, output, after in reversed(outputs):
        if after is not None:
            start, stop = after.span
            new = new[:start] + "\n".join(lines(output)) + "\n" + new[stop:]
    if new != old:
        page.write_text(new, encoding="utf-8")
    return new != old


if __name__ == "__main__":
    for one in PAGES:
        if any(block.is_program for block in blocks(one)) and update(one):
            print(f"updated {one.relative_to(ROOT)}")
