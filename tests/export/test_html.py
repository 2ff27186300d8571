"""The report: one well-formed file that needs nothing else."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from freeprob.export import html
from freeprob.export.drawing import graph_svg
from freeprob.export.plot import density_figure
from freeprob.language.graph import graph, positions

from .made_derivations import Line, Report, random_features, trace_of_resolvent

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def text():
    made = random_features()
    view = graph(made.expression, made.names)
    x = np.linspace(0, 1, 9)
    figures = {"Density of $K$": density_figure({"theory": (x, x)}), "second": density_figure({"a": (x, x)}), "c": PNG}
    check = Report([Line("residual", "passed", "$10^{-15}$"), Line("simulation", "failed", "p < 0.01")], "failed")
    return html.page(made, figures, check, graph_svg(view, positions(view)))


def test_the_page_is_well_formed(text):
    tree = ElementTree.fromstring(text.replace("<!DOCTYPE html>", ""))
    assert tree.tag == "html"
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_nothing_is_loaded(text):
    assert not re.search(r"<script|<link|<iframe|@import|<object|<embed", text)
    assert all(source.startswith("data:") for source in re.findall(r'\bsrc="([^"]*)"', text))
    assert all(address.startswith("#") for address in re.findall(r"url\(([^)]*)\)", text))
    without_links = re.sub(r'<a href="https://[^"]*"|xmlns(:\w+)?="[^"]*"', "", text)
    assert "http" not in without_links


def test_no_raw_latex_is_shown(text):
    tree = ElementTree.fromstring(text.replace("<!DOCTYPE html>", ""))
    shown = "".join(tree.find("body").itertext())
    assert "\\" not in shown and "$" not in shown


def test_all_parts_are_there(text):
    for part in (
        "Computation graph", "Step 2: Operator valued semicircle", "Theorem 2.1", "assumed", "Core equations",
        "Linear response", "Checks", 'class="verdict bad">failed', "10.1214/21-EJP699", "prefers-color-scheme: dark",
        "@media print", "data:image/png;base64,",
    ):  # fmt: skip
        assert part in text, part


def test_the_report_is_written(tmp_path):
    path = html.report(trace_of_resolvent(), tmp_path / "r.html")
    assert path.read_text(encoding="utf-8") == html.page(trace_of_resolvent())
    assert "References" not in path.read_text(encoding="utf-8")
