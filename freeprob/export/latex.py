"""A derivation as a LaTeX article that compiles with the base packages, and its equations for a notebook."""

from __future__ import annotations

import re
from typing import Any

from ..derivation import references
from .lines import Line, aligned
from .outline import Cite, Equations, Items, Math, Outline, Paragraph, Section, final_rows, outline
from .spelling import latex as spelled
from .words import latex_words

__all__ = ["document", "fragment"]

WIDTH = 40.8
"""Width of a line of the article, in em: 160 mm at 10.95 pt, less a margin."""

_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb,graphicx}
\usepackage[hidelinks]{hyperref}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
\emergencystretch=4em
\sloppy
"""


def document(derivation: Any) -> str:
    """Return a stand-alone LaTeX article: model, conventions, steps, equations, result, assumptions, bibliography.

    Parameters
    ----------
    derivation : spectral law or limit value

    Returns
    -------
    str
        Source for ``pdflatex``, ``xelatex`` or ``lualatex``; it needs only amsmath, amssymb, geometry, graphicx and
        hyperref.
    """
    content = outline(derivation)
    title = _text(content.title)
    body = "\n".join(_section(section) for section in content.sections)
    head = f"% Written by freeprob. Derivation {_comment(content.digest)}\n{_PREAMBLE}{_wide_matrices(body)}"
    names = rf"\title{{{title}}}" + "\n" + r"\author{Derived by \texttt{freeprob}}" + "\n\\date{}\n"
    foot = rf"\par\bigskip{{\footnotesize Derivation \texttt{{{_digest(content)}}}}}"
    opening = "\\begin{document}\n\\maketitle"
    parts = (head, names, opening, body, _bibliography(content.keys), foot, r"\end{document}")
    return "\n".join(part for part in parts if part) + "\n"


def _wide_matrices(body: str) -> str:
    """Return what the preamble needs for matrices with more than the ten columns that amsmath allows."""
    matrices = re.findall(r"\\begin\{p?matrix\}(.*?)\\end\{p?matrix\}", body, re.DOTALL)
    columns = max((row.count("&") + 1 for matrix in matrices for row in matrix.split(r"\\")), default=0)
    return f"\\setcounter{{MaxMatrixCols}}{{{columns}}}\n" if columns > 10 else ""


def fragment(derivation: Any) -> str:
    r"""Return the final equations as one displayed formula, as notebooks (MathJax) show it.

    Parameters
    ----------
    derivation : spectral law or limit value

    Returns
    -------
    str
        ``$$\begin{aligned} ... \end{aligned}$$``.
    """
    rows = [(row.left, row.right) for row in final_rows(derivation)]
    lines = [_line(line) for equation in aligned(rows, WIDTH) for line in equation]
    body = " \\\\\n".join(lines)
    return f"$$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$$"


def _comment(text: str) -> str:
    return " ".join(text.split())


def _digest(content: Outline) -> str:
    return latex_words(content.digest[:16])


def _section(section: Section) -> str:
    mark = rf" \textnormal{{({latex_words(section.mark)})}}" if section.mark else ""
    command = "section" if section.level == 1 else "subsection"
    title = latex_words(section.title)
    heading = rf"\{command}*{{{title}{mark}}}"
    return "\n".join([heading, *(_block(block) for block in section.blocks)]) + "\n"


def _block(block: Any) -> str:
    match block:
        case Paragraph(role="statement"):
            return rf"\emph{{{_text(block.text)}}}\par"
        case Paragraph(role="lead"):
            return rf"{_text(block.text)}\nopagebreak"
        case Paragraph():
            return rf"{_text(block.text)}\par"
        case Items():
            items = "\n".join(rf"\item {_text(text)}{_mark(mark)}" for text, mark in block.items)
            return f"\\begin{{itemize}}\\setlength{{\\itemsep}}{{0pt}}\n{items}\n\\end{{itemize}}"
        case Equations():
            rows = [(row.left, row.right) for row in block.rows]
            groups = aligned(rows, WIDTH)
            body = " \\\\\n".join(_line(line, WIDTH) for lines in groups for line in lines)
            return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
        case _:
            raise TypeError(f"{type(block).__name__} is no block of a document")


def _mark(mark: str) -> str:
    return rf" \hfill\mbox{{\footnotesize [{latex_words(mark)}]}}" if mark else ""


def _text(text: tuple) -> str:
    parts = []
    for part in text:
        match part:
            case Math():
                parts.append(f"${part.latex}$")
            case Cite():
                parts.append(_cite(part))
            case _:
                parts.append(latex_words(part))
    return "".join(parts)


def _cite(cite: Cite) -> str:
    place = f"[{latex_words(cite.place)}]" if cite.place else ""
    return rf"\cite{place}{{{cite.key}}}"


def _line(line: Line, available: float | None = None) -> str:
    right = spelled(line.right)
    if line.too_wide and available is not None:
        right = rf"\resizebox{{{line.room:.1f}em}}{{!}}{{$\displaystyle {right}$}}"
    gap = rf"\hspace{{{line.indent:.1f}em}} {{}} " if line.indent else ""
    return f"{spelled(line.left)} & {gap}{right}".strip()


def _bibliography(keys: tuple[str, ...]) -> str:
    if not keys:
        return ""
    items = "\n".join(rf"\bibitem{{{key}}} {_reference(references.entry(key))}" for key in keys)
    return f"\\begin{{thebibliography}}{{{len(keys)}}}\n\\raggedright\n{items}\n\\end{{thebibliography}}"


def _reference(entry: references.Entry) -> str:
    where = ", ".join(part for part in (entry.place, entry.fields["year"]) if part)
    title = entry.fields["title"]
    link = rf" \href{{{_address(entry.url)}}}{{{latex_words(entry.label)}}}" if entry.url else ""
    return rf"{entry.authors}. \emph{{{title}}}. {where}.{link}"


def _address(url: str) -> str:
    return url.replace("%", r"\%").replace("#", r"\#")
