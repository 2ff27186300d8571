"""The drawing of the computation graph."""

import re
import xml.etree.ElementTree as ElementTree

import networkx
import pytest

import freeprob as fp
from freeprob.export.drawing import graph_svg
from freeprob.language.graph import graph, positions

from .made_derivations import random_features


def boxes(svg):
    return [tuple(map(float, m)) for m in re.findall(r'<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"', svg)]


@pytest.mark.parametrize("depth", [1, 4])
def test_boxes_do_not_touch_and_lie_inside(depth):
    node = random_features().expression
    for _ in range(depth - 1):
        n = node.rows[0]
        node = fp.inv(node @ node + node + 2 * fp.identity(n)) @ node + node
    view = graph(node)
    svg = graph_svg(view, positions(view))
    ElementTree.fromstring(svg)
    found = boxes(svg)
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups())
    assert len(found) == len(view) and svg.count('class="edge"') == view.number_of_edges()
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in found)
    for i, (x, y, w, h) in enumerate(found):
        for u, v, a, b in found[:i]:
            assert x >= u + a or u >= x + w or y >= v + b or v >= y + h


def test_labels_are_escaped_and_short():
    view = networkx.DiGraph()
    view.add_node(0, label="a < b & " + "c" * 80, kind="Leaf", shape=("n", "d"))
    view.add_node(1, label="f(node_0)")
    view.add_edge(0, 1)
    svg = graph_svg(view, {0: (0, 0), 1: (1, 0)})
    shown = [element.text for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]
    assert shown[0].startswith("node_0 = a < b & ccc") and shown[0].endswith("…") and shown[1] == "f(node_0)"
    assert "[n x d]</title>" in svg and 'class="box leaf"' in svg
