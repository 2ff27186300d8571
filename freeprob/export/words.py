"""Plain words in LaTeX: special characters escaped, Unicode letters as commands, long words breakable."""

from __future__ import annotations

import re
import unicodedata

from .glyphs import COMMANDS

__all__ = ["latex_words", "typeset"]

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\ensuremath{\sim}", "<": r"\ensuremath{<}", ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}", "–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'", "−": r"\ensuremath{-}",
    "·": r"\ensuremath{\cdot}", "√": r"\ensuremath{\surd}", "…": r"\dots{}", "\u00a0": "~", "‖": r"\ensuremath{\|}",
    "′": r"\ensuremath{'}", "→": r"\ensuremath{\to}", '"': "''",
}  # fmt: skip
_UP = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀᵗⁿᵏ", ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "-", "+", r"\top", "t", "n", "k"],
               strict=True))  # fmt: skip
_DOWN = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₛₙ", "0123456789ijklsn", strict=True))
_CHARACTERS = {char: f"\\{name}" for name, (char, kind, _) in COMMANDS.items() if len(char) == 1 and ord(char) > 127}


_GREEK = {name: char for name, (char, kind, _) in COMMANDS.items() if kind == "ord" and "\u0391" <= char <= "\u03c9"}
_GREEK_WORD = re.compile(rf"(?<![A-Za-z\\])({'|'.join(sorted(_GREEK, key=len, reverse=True))})(?![A-Za-z])")
_POWER = re.compile(r"\^(?:\{([-+0-9nkT]+)\}|(T\b|[-+]?[0-9]+|n\b|k\b))")
_RAISE = str.maketrans("0123456789-+Tnk", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀⁿᵏ")


def typeset(statement: str) -> str:
    """Return the statement of a rule with Greek letters and powers in place of their ASCII spelling.

    What stands between dollar signs is left alone.

    Examples
    --------
    >>> typeset("G = (A - eta(G))^-1, u^T M u -> tr M")
    'G = (A - η(G))⁻¹, uᵀ M u → tr M'
    """
    parts = statement.split("$")
    for i in range(0, len(parts), 2):
        text = _GREEK_WORD.sub(lambda m: _GREEK[m[1]], parts[i].replace("->", "→"))
        parts[i] = _POWER.sub(lambda m: (m[1] or m[2]).translate(_RAISE), text)
    return "$".join(parts)


def latex_words(text: str) -> str:
    r"""Return text that LaTeX prints as it reads, with the base packages and any characters.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> latex_words("50 % of σ²")
    '50 \\% of \\ensuremath{\\sigma}\\ensuremath{^{2}}'
    """
    return re.sub(r"\S+", lambda m: _word(m[0]), text.replace("->", "→"))


def _word(word: str) -> str:
    """Return one word; a long one may be broken after its punctuation, and anywhere if it has none."""
    breakable = len(word) > 14
    pieces, since = [], 0
    for run in re.findall(f"[{''.join(_UP)}]+|[{''.join(_DOWN)}]+|.", word):
        pieces.append(_escaped(run))
        since += len(run)
        if breakable and (not run.isalnum() or since >= 14):
            pieces.append(r"\allowbreak{}")
            since = 0
    return "".join(pieces)


def _escaped(run: str) -> str:
    if run[0] in _UP:
        return rf"\ensuremath{{^{{{''.join(_UP[c] for c in run)}}}}}"
    if run[0] in _DOWN:
        return rf"\ensuremath{{_{{{''.join(_DOWN[c] for c in run)}}}}}"
    if run in _SPECIAL:
        return _SPECIAL[run]
    if run.isascii() or "\u00c0" <= run <= "\u017f":
        return run
    if run in _CHARACTERS:
        return rf"\ensuremath{{{_CHARACTERS[run]}}}"
    base = unicodedata.normalize("NFKD", run).encode("ascii", "ignore").decode()
    return "".join(_SPECIAL.get(c, c) for c in base) or f"[{unicodedata.name(run, 'character').lower()}]"
