"""A derivation as one HTML file that needs no network, no scripts and no fonts."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from ..derivation import references
from . import mathml, plot
from .lines import aligned
from .notation import parse
from .outline import Cite, Equations, Items, Math, Outline, Paragraph, Section, outline, words
from .spelling import plain
from .stylesheet import STYLE

__all__ = ["page", "report"]

WIDTH = 44.0
"""Width of a line of the page, in em."""


def report(
    derivation: Any,
    path: str | Path,
    figures: Mapping[str, Any] | None = None,
    check: Any = None,
    graph: str = "",
) -> Path:
    """Write a self-contained HTML report.

    Parameters
    ----------
    derivation : spectral law or limit value
    path : str or Path
    figures : mapping of str to figure, optional
        Caption to a Matplotlib figure, the text of an SVG or the bytes of a PNG.
    check : CheckReport, optional
        With ``lines`` of (name, verdict, detail) and ``verdict``.
    graph : str, optional
        Drawing of the computation graph, from :func:`freeprob.export.drawing.graph_svg`.

    Returns
    -------
    Path
        Where it was written.
    """
    path = Path(path)
    path.write_text(page(derivation, figures, check, graph), encoding="utf-8")
    return path


def page(derivation: Any, figures: Mapping[str, Any] | None = None, check: Any = None, graph: str = "") -> str:
    """Return the text of the report; see :func:`report`."""
    content = outline(derivation)
    numbers = {key: number for number, key in enumerate(content.keys, 1)}
    sections = [_section(section, numbers) for section in content.sections]
    if graph:
        sections.insert(1, f'<section><h2>Computation graph</h2><figure class="wide">{graph}</figure></section>')
    if figures:
        drawn = "".join(_figure(n, caption, figure) for n, (caption, figure) in enumerate(figures.items()))
        sections.append(f"<section><h2>Figures</h2>{drawn}</section>")
    if check is not None:
        sections.append(_check(check))
    sections.append(_bibliography(content.keys))
    return _frame(content, "\n".join(section for section in sections if section))


def _frame(content: Outline, body: str) -> str:
    title = "".join(plain(parse(part.latex)) if isinstance(part, Math) else part for part in content.title)
    status = f'<p class="status {content.status}">{content.status}</p>'
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="generator" content="freeprob"/>
<meta name="color-scheme" content="light dark"/>
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<header><h1>{_text(content.title, {})}</h1>{status}</header>
{body}
</main>
<footer><p>Derived by freeprob. Derivation <code>{escape(content.digest[:16])}</code></p></footer>
</body>
</html>
"""


def _section(section: Section, numbers: dict[str, int]) -> str:
    tag = "h2" if section.level == 1 else "h3"
    mark = f' <span class="status {section.mark}">{section.mark}</span>' if section.mark else ""
    body = "\n".join(_block(block, numbers) for block in section.blocks)
    name = "step" if section.mark else "part"
    return f'<section class="{name}"><{tag}>{escape(section.title)}{mark}</{tag}>\n{body}</section>'


def _block(block: Any, numbers: dict[str, int]) -> str:
    match block:
        case Paragraph():
            role = f' class="{block.role}"' if block.role else ""
            return f"<p{role}>{_text(block.text, numbers)}</p>"
        case Items():
            items = "".join(f"<li>{_text(text, numbers)}{_mark(mark)}</li>" for text, mark in block.items)
            return f"<ul>{items}</ul>"
        case Equations():
            lines = aligned([(row.left, row.right) for row in block.rows], WIDTH)
            return f'<div class="equation">{mathml.display(lines)}</div>'
        case _:
            raise TypeError(f"{type(block).__name__} is no block of a document")


def _mark(mark: str) -> str:
    return f' <span class="evidence {mark.split()[0]}">{escape(mark)}</span>' if mark else ""


def _text(text: tuple, numbers: dict[str, int]) -> str:
    parts = []
    for part in text:
        match part:
            case Math():
                parts.append(mathml.inline(parse(part.latex)))
            case Cite():
                place = f", {escape(part.place)}" if part.place else ""
                number = numbers[part.key]
                parts.append(f'<a class="cite" href="#ref-{number}">[{number}]</a>{place}')
            case _:
                parts.append(escape(part.replace("->", "→")))
    return "".join(parts)


def _figure(number: int, caption: str, figure: Any) -> str:
    if isinstance(figure, bytes):
        data = base64.b64encode(figure).decode("ascii")
        image = f'<img alt="{escape(caption)}" src="data:image/png;base64,{data}"/>'
    else:
        svg = figure if isinstance(figure, str) else plot.svg_text(figure)
        image = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>f{number}-", svg[svg.index("<svg") :])
    return f"<figure>{image}<figcaption>{_text(words(caption), {})}</figcaption></figure>"


def _check(check: Any) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th><td><span class="verdict {_word(verdict)}">'
        f"{escape(str(verdict))}</span></td><td>{_text(words(str(detail)), {})}</td></tr>"
        for name, verdict, detail in check.lines
    )
    head = '<tr><th scope="col">check</th><th scope="col">verdict</th><th scope="col">detail</th></tr>'
    overall = f'<p>Overall: <span class="verdict {_word(check.verdict)}">{escape(str(check.verdict))}</span></p>'
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return f'<section class="check"><h2>Checks</h2>{overall}<div class="scroll">{table}</div></section>'


def _word(verdict: Any) -> str:
    """Return the class of a verdict: good, bad or open."""
    word = str(verdict).lower()
    if any(bad in word for bad in ("fail", "wrong", "not ok", "error", "disagree", "false", "refut")):
        return "bad"
    return "good" if any(w in word for w in ("pass", "ok", "certif", "agree", "true", "held")) else "open"


def _bibliography(keys: tuple[str, ...]) -> str:
    if not keys:
        return ""
    items = "".join(f'<li id="ref-{n}">{_reference(references.entry(key))}</li>' for n, key in enumerate(keys, 1))
    return f'<section><h2>References</h2><ol class="references">{items}</ol></section>'


def _reference(entry: references.Entry) -> str:
    authors, title, place = (escape(references.plain(t)) for t in (entry.authors, entry.fields["title"], entry.place))
    where = ", ".join(part for part in (place, entry.fields["year"]) if part)
    link = f' <a href="{escape(entry.url)}">{escape(entry.label)}</a>' if entry.url else ""
    return f"{authors}. <cite>{title}</cite>. {where}.{link}"
