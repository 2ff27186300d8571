"""The documentation: its snippets run and print what it says, its links lead somewhere."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from .documents import PAGES, ROOT, blocks, expected_output

EXTENDING = ROOT / "docs" / "extending.md"
RUNNABLE = [p for p in PAGES if p != EXTENDING and any(b.language == "python" for b in blocks(p))]
_MARK = "---- end of block ----"
_LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")


def _name(page):
    return str(page.relative_to(ROOT))


def _lines(text):
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _run(place, *arguments):
    path = os.pathsep.join([str(place), str(ROOT)])  # the copy, where there is one, comes first
    environment = {**os.environ, "PYTHONPATH": path, "MPLBACKEND": "agg"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=place, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("page", RUNNABLE, ids=_name)
def test_snippets_run_and_print_what_the_page_says(page, tmp_path):
    """The blocks of one page are one program; a ``text`` block after a block is what it prints."""
    found = blocks(page)
    program = [(k, block) for k, block in enumerate(found) if block.language == "python"]
    lines = [f"{block.body}\nprint({_MARK!r})" for _, block in program]
    (tmp_path / "page.py").write_text("\n".join(lines), encoding="utf-8")
    outcome = _run(tmp_path, "page.py")
    assert outcome.returncode == 0, outcome.stderr
    for (k, block), printed in zip(program, outcome.stdout.split(_MARK + "\n"), strict=False):
        wanted = expected_output(found, k)
        if wanted is not None:
            assert _lines(printed) == _lines(wanted), f"{page.name}, line {block.line}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_to_files(page):
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        path = target.partition("#")[0]
        if path and "://" not in path:
            assert (page.parent / path).exists(), f"{page.name} links to {target}"


def test_every_page_is_reachable_from_the_index():
    seen, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            waiting.append((page.parent / target.partition("#")[0]).resolve())
    assert set(PAGES[1:]) <= seen


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A copy of the package and of its tests, with the files of ``docs/extending.md`` added and nothing else edited."""
    place = tmp_path_factory.mktemp("extended")
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "freeprob", place / "freeprob", ignore=skip)
    shutil.copytree(ROOT / "tests", place / "tests", ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", place)
    for block in blocks(EXTENDING):
        if block.file is not None:
            path = place / block.file
            assert not path.exists(), f"{block.file} exists already: choose another example"
            path.write_text(block.body, encoding="utf-8")
    return place


def test_extensions_are_one_file_each(extended):
    """Every other block of the page runs in the extended copy and prints what the page says."""
    found = blocks(EXTENDING)
    for position, block in enumerate(found):
        if block.language != "python" or block.file is not None:
            continue
        outcome = _run(extended, "-c", block.body)
        assert outcome.returncode == 0, outcome.stderr
        wanted = expected_output(found, position)
        if wanted is not None:
            assert _lines(outcome.stdout) == _lines(wanted), f"line {block.line}"


def test_contracts_test_the_newcomers(extended):
    """The contract tests find the added files by themselves and pass."""
    names = [block.file.rpartition("/")[2].removesuffix(".py") for block in blocks(EXTENDING) if block.file]
    outcome = _run(extended, "-m", "pytest", "-p", "no:cacheprovider", "tests/language", "-k", " or ".join(names))
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    assert int(re.search(r"(\d+) passed", outcome.stdout)[1]) >= 10


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_of_make_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^\$ |`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


def test_the_readme_shows_a_picture_of_moderate_size():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < 100_000
