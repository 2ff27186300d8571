"""The bibliography: a small reader of ``references.bib`` and one way to print an entry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["Entry", "bibtex", "entries", "entry", "formatted"]

_MARKS = {"'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", ".": "\u0307", "=": "\u0304"}
_LETTER_MARKS = {"v": "\u030c", "H": "\u030b", "c": "\u0327", "u": "\u0306", "r": "\u030a", "k": "\u0328"}
_LETTERS = {"o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "ae": "æ", "aa": "å", "i": "ı"}
_REQUIRED = {
    "article": ("author", "title", "journal", "year"),
    "book": ("author", "title", "publisher", "year"),
    "inproceedings": ("author", "title", "booktitle", "year"),
    "misc": ("author", "title", "eprint", "year"),
}


@dataclass(frozen=True)
class Entry:
    """One entry of the bibliography; the fields hold BibTeX source.

    Attributes
    ----------
    key, kind : str
        For example ``MarchenkoPastur1967`` and ``article``.
    fields : mapping of str to str
    """

    key: str
    kind: str
    fields: Mapping[str, str]

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that an entry of this kind must have and this one lacks."""
        required = _REQUIRED.get(self.kind, ("author", "title", "year"))
        return tuple(name for name in required if not self.fields.get(name))

    @property
    def authors(self) -> str:
        """The authors, in BibTeX source, as ``J. W. Helton, T. Mai and R. Speicher``."""
        people = []
        for person in self.fields["author"].split(" and "):
            family, comma, given = person.partition(", ")
            people.append(f"{given}~{family}" if comma else family)
        return people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"

    @property
    def place(self) -> str:
        """Where it appeared, in BibTeX source, without the year."""
        f = self.fields
        if self.kind == "article":
            number = f"({f['number']})" if "number" in f else ""
            volume = f" {f['volume']}{number}" if "volume" in f else ""
            return f"{f['journal']}{volume}" + (f", {f['pages']}" if "pages" in f else "")
        if self.kind == "inproceedings":
            series = f" ({f['series']} {f['volume']})" if "series" in f else f" {f['volume']}" if "volume" in f else ""
            return f"{f['booktitle']}{series}" + (f", {f['pages']}" if "pages" in f else "")
        if self.kind == "book":
            series = f"{f['series']} {f.get('volume', '')}".strip() + ", " if "series" in f else ""
            edition = f"{f['edition']} edition, " if "edition" in f else ""
            return series + edition + f["publisher"]
        return f.get("howpublished", "")

    @property
    def url(self) -> str:
        """The address of the DOI, or of the arXiv preprint; may be empty."""
        if "doi" in self.fields:
            return f"https://doi.org/{self.fields['doi']}"
        return f"https://arxiv.org/abs/{self.fields['eprint']}" if "eprint" in self.fields else ""

    @property
    def label(self) -> str:
        """What a link to :attr:`url` says; may be empty."""
        if "doi" in self.fields:
            return f"doi:{self.fields['doi']}"
        return f"arXiv:{self.fields['eprint']}" if "eprint" in self.fields else ""

    @property
    def source(self) -> str:
        """The entry as BibTeX."""
        body = "".join(f"  {name} = {{{value}}},\n" for name, value in self.fields.items())
        return f"@{self.kind}{{{self.key},\n{body}}}"

    def __str__(self) -> str:
        parts = (self.authors, self.fields["title"], self.place, self.fields["year"])
        text = ". ".join(parts[:2]) + ". " + ", ".join(p for p in parts[2:] if p) + "."
        return plain(text) + (f" {self.label}" if self.label else "")


def parse(text: str) -> dict[str, Entry]:
    """Read BibTeX source whose values stand in braces.

    Raises
    ------
    ValueError
        If a key occurs twice or braces do not balance.
    """
    found: dict[str, Entry] = {}
    for match in re.finditer(r"^@(\w+)\{([^,\s]+),", text, re.MULTILINE):
        kind, key = match[1].lower(), match[2]
        if key in found:
            raise ValueError(f"the bibliography has two entries {key!r}")
        found[key] = Entry(key, kind, dict(_fields(text, match.end())))
    return found


def _fields(text: str, at: int):
    pattern = re.compile(r"\s*(\w+)\s*=\s*\{")
    while (match := pattern.match(text, at)) is not None:
        depth, at = 1, match.end()
        while depth:
            if at >= len(text):
                raise ValueError(f"the braces of the field {match[1]!r} do not balance")
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        yield match[1].lower(), " ".join(text[match.end() : at - 1].split())
        at += 1 if text[at : at + 1] == "," else 0


def plain(source: str) -> str:
    r"""Return BibTeX source as Unicode text, for example ``Marčenko`` for ``Mar{\v{c}}enko``."""

    def accent(match: re.Match) -> str:
        mark = _MARKS.get(match[1]) or _LETTER_MARKS[match[1]]
        return unicodedata.normalize("NFC", match[2] + mark)

    text = re.sub(r"\$([^$]*)\$", lambda m: re.sub(r"\\math\w+|[{}\\_^]", "", m[1].replace(r"\ell", "ℓ")), source)
    text = re.sub(r"\\(['`\"^~.=])\{?(\w)\}?", accent, text)
    text = re.sub(r"\\([vHcurk])\{(\w)\}", accent, text)
    text = re.sub(r"\\(ss|ae|aa|[oOlLi])(?![A-Za-z])\s?", lambda m: _LETTERS[m[1]], text)
    text = re.sub(r"\\([&%])", r"\1", text)
    return text.replace("---", "—").replace("--", "–").replace("~", " ").replace("{", "").replace("}", "")


@lru_cache(maxsize=1)
def entries() -> Mapping[str, Entry]:
    """Return all entries by key, in the order of the file."""
    return parse(files(__package__).joinpath("references.bib").read_text(encoding="utf-8"))


def entry(key: str) -> Entry:
    """Return the entry of a key.

    Raises
    ------
    KeyError
        If there is none; the message names the nearest keys.
    """
    try:
        return entries()[key]
    except KeyError:
        from_same = [k for k in entries() if k[:4].lower() == key[:4].lower()]
        hint = f"; did you mean {', '.join(from_same)}?" if from_same else ""
        raise KeyError(f"references.bib has no entry {key!r}{hint}") from None


def formatted(key: str) -> str:
    """Return an entry as one line of Unicode text.

    Examples
    --------
    >>> from freeprob.derivation.references import formatted
    >>> formatted("Wigner1958")
    'E. P. Wigner. On the distribution of the roots of certain symmetric matrices. Annals of Mathematics 67(2), \
325–327, 1958. doi:10.2307/1970008'
    """
    return str(entry(key))


def bibtex(keys) -> str:
    """Return the BibTeX source of some entries, in the order given."""
    return "\n\n".join(entry(key).source for key in keys) + "\n"
