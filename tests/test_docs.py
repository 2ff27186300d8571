"""The documentation: its snippets run and print what it says, its links lead somewhere."""

import re

import pytest

from .documents import EXTENDING, PAGES, ROOT, blocks, extended_copy, lines, printed, run

RUNNABLE = [p for p in PAGES if p != EXTENDING and any(block.is_program for block in blocks(p))]
_LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")


def _name(page):
    return str(page.relative_to(ROOT))


def _prints_what_it_says(page, place):
    for block, output, after in printed(page, place):
        if after is not None:
            where = f"{page.name}, line {block.line}: if the new output is right, run python -m tests.documents"
            assert lines(output) == lines(after.body), where


@pytest.mark.parametrize("page", RUNNABLE, ids=_name)
def test_snippets_run_and_print_what_the_page_says(page, tmp_path):
    _prints_what_it_says(page, tmp_path)


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A copy of the package and of its tests, with the files of ``docs/extending.md`` added and nothing else edited."""
    place = tmp_path_factory.mktemp("extended")
    extended_copy(place)
    return place


def test_extensions_are_one_file_each(extended):
    _prints_what_it_says(EXTENDING, extended)


def test_contracts_test_the_newcomers(extended):
    """The contract tests find the added files by themselves and pass."""
    names = [block.file.rpartition("/")[2].removesuffix(".py") for block in blocks(EXTENDING) if block.file]
    output = run(extended, "-m", "pytest", "-p", "no:cacheprovider", "tests/language", "-k", " or ".join(names))
    assert int(re.search(r"(\d+) passed", output)[1]) >= 10


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
