"""The bibliography is complete, and everything cited is in it."""

import ast
from pathlib import Path

import pytest

import freeprob
from freeprob.derivation.references import bibtex, entries, entry, formatted, parse, plain

ROOT = Path(freeprob.__file__).parent
SOURCES = [*ROOT.rglob("*.py"), *(ROOT.parent / "derivations").rglob("*.py")]


def cited(path):
    """Yield the keys of the calls ``Citation("key", ...)`` in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Citation":
            keys = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "key")]
            yield from (key.value for key in keys if isinstance(key, ast.Constant))


def test_every_cited_key_has_an_entry():
    missing = {(str(path.relative_to(ROOT.parent)), key) for path in SOURCES for key in cited(path)
               if key not in entries()}  # fmt: skip
    assert not missing, "add these to references.bib"


def test_the_scan_sees_citations(tmp_path):
    source = tmp_path / "a.py"
    source.write_text('Citation("A1", "Theorem 2"); record.Citation(key="B2")')
    assert list(cited(source)) == ["A1", "B2"]


@pytest.mark.parametrize("key", entries())
def test_entries_are_complete(key):
    found = entry(key)
    assert not found.missing
    assert found.fields["year"].isdigit() and found.fields["year"] in key
    text = formatted(key)
    assert text.count("{") == 0 and "\\" not in text and "  " not in text and "None" not in text
    assert parse(found.source)[key] == found


def test_entries_are_sorted():
    assert list(entries()) == sorted(entries(), key=str.lower)


def test_printing():
    assert formatted("Wigner1958").endswith("Annals of Mathematics 67(2), 325–327, 1958. doi:10.2307/1970008")
    assert entry("HeltonRashidiFarSpeicher2007").authors == "J. W.~Helton, R.~Rashidi Far and R.~Speicher"
    assert plain(r"Mar{\v{c}}enko, Thorbj{\o}rnsen \& M{\"u}ller $\ell_2$") == "Marčenko, Thorbjørnsen & Müller ℓ2"
    assert bibtex(["Wigner1958"]).startswith("@article{Wigner1958,")


def test_errors():
    with pytest.raises(KeyError, match="did you mean Wigner1958"):
        entry("Wigner1955")
    with pytest.raises(ValueError, match="two entries 'a'"):
        parse("@misc{a,\n year = {1}}\n@misc{a,\n year = {1}}")
    with pytest.raises(ValueError, match="do not balance"):
        parse("@misc{a,\n year = {1")
