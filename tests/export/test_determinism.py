"""Documents are the same bytes whatever the hash seed."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import hashlib, numpy
from freeprob.export import drawing, html, latex, plot
from freeprob.language.graph import graph, positions
from tests.export.made_derivations import random_features
made = random_features()
view = graph(made.expression, made.names)
figure = plot.density_figure({"theory": (numpy.arange(9), numpy.arange(9))})
page = html.page(made, {"figure": figure}, None, drawing.graph_svg(view, positions(view)))
texts = (latex.document(made), latex.fragment(made), page)
print(*(hashlib.sha256(text.encode()).hexdigest() for text in texts))
"""


def test_documents_do_not_depend_on_the_hash_seed():
    root = Path(__file__).parents[2]
    environments = [{**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(root)} for seed in (1, 2)]
    runs = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=root, env=environment, stdout=subprocess.PIPE, text=True)
        for environment in environments
    ]
    first, second = (run.communicate(timeout=120)[0] for run in runs)
    assert first == second and len(first.split()) == 3
