"""The computation graph as a drawing in SVG, in the colours of the page."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from html import escape
from typing import Any

__all__ = ["graph_svg"]

_CHARACTER = 7.4
_HEIGHT = 28.0
_GAP = 22.0
_LAYER = 66.0
_LONGEST = 40


def graph_svg(graph: Any, positions: Mapping[Any, tuple[float, float]], label: str = "label") -> str:
    """Return an ``svg`` element that shows a directed graph.

    Parameters
    ----------
    graph : networkx.DiGraph
        Nodes may have the attribute ``label`` (else the node itself is printed) and ``kind``, which becomes a class
        of the style sheet.
    positions : mapping of node to (x, y)
        Nodes of equal x form a layer, drawn as a row below the layers of smaller x, in the order of y.
    label : str
        Name of the attribute that is printed.

    Returns
    -------
    str
    """
    full = _labels(graph, label)
    texts = {node: _short(text) for node, text in full.items()}
    widths = {node: max(34.0, _CHARACTER * len(text) + 18) for node, text in texts.items()}
    places, width, height = _places(positions, widths)
    parts = [_edge(places[a], places[b]) for a, b in graph.edges]
    for node, data in graph.nodes(data=True):
        hint = full[node] + (f" [{' x '.join(data['shape'])}]" if "shape" in data else "")
        parts.append(_box(places[node], widths[node], texts[node], hint, str(data.get("kind", "node"))))
    marker = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0.6 L7.5 4 L0 7.4 z" fill="currentColor"/></marker></defs>'
    )
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    head = f'<svg class="graph" xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="computation graph">'
    return head + marker + "".join(parts) + "</svg>"


def _labels(graph: Any, label: str) -> dict[Hashable, str]:
    """Return the labels; a node that others call ``node_3`` says so."""
    plain = {node: str(data.get(label, node)) for node, data in graph.nodes(data=True)}
    called = set(re.findall(r"\bnode_\d+\b", " ".join(plain.values())))
    return {n: f"node_{n} = {text}" if f"node_{n}" in called else text for n, text in plain.items()}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _places(positions: Mapping, widths: Mapping) -> tuple[dict, float, float]:
    """Return the centres of the boxes in pixels: rows as given, boxes of a row moved apart where they touch."""
    rows: dict[float, list] = {}
    for node in widths:
        layer, place = positions[node]
        rows.setdefault(round(float(layer), 6), []).append((float(place), node))
    span = [float(positions[node][1]) for node in widths]
    low, high = min(span, default=0.0), max(span, default=0.0)
    widest = max(sum(widths[n] + _GAP for _, n in row) for row in rows.values())
    scale = (widest - _GAP) / (high - low) if high > low else 0.0
    places: dict = {}
    for number, layer in enumerate(sorted(rows)):
        row = sorted(rows[layer], key=lambda pair: pair[0])
        centres = _apart([(x - low) * scale for x, _ in row], [widths[n] for _, n in row])
        for centre, (_, node) in zip(centres, row, strict=True):
            places[node] = (centre, _HEIGHT + number * _LAYER)
    left = min(x - widths[n] / 2 for n, (x, _) in places.items()) - 8
    right = max(x + widths[n] / 2 for n, (x, _) in places.items()) + 8
    shifted = {node: (x - left, y) for node, (x, y) in places.items()}
    return shifted, right - left, 2 * _HEIGHT + (len(rows) - 1) * _LAYER


def _apart(wanted: list[float], widths: list[float]) -> list[float]:
    """Return centres near the wanted ones, in the same order, whose boxes do not touch."""
    centres: list[float] = []
    for number, centre in enumerate(wanted):
        if number:
            centre = max(centre, centres[-1] + (widths[number - 1] + widths[number]) / 2 + _GAP)
        centres.append(centre)
    drift = sum(c - w for c, w in zip(centres, wanted, strict=True)) / max(len(wanted), 1)
    return [c - drift for c in centres]


def _edge(start: tuple[float, float], stop: tuple[float, float]) -> str:
    (x, y), (u, v) = start, stop
    side = _HEIGHT / 2 * (1 if v > y else -1)
    y, v = y + side, v - side
    middle = (y + v) / 2
    path = f"M{x:.1f} {y:.1f} C{x:.1f} {middle:.1f} {u:.1f} {middle:.1f} {u:.1f} {v:.1f}"
    return f'<path class="edge" d="{path}" fill="none" stroke="currentColor" marker-end="url(#arrow)"/>'


def _box(centre: tuple[float, float], width: float, text: str, full: str, kind: str) -> str:
    x, y = centre
    title = f"<title>{escape(full)}</title>"
    rectangle = (
        f'<rect x="{x - width / 2:.1f}" y="{y - _HEIGHT / 2:.1f}" width="{width:.1f}" height="{_HEIGHT:.0f}" rx="6"/>'
    )
    words = f'<text x="{x:.1f}" y="{y + 4.5:.1f}" text-anchor="middle">{escape(text)}</text>'
    return f'<g class="box {escape(kind.lower())}">{title}{rectangle}{words}</g>'
