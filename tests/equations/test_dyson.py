"""The Dyson equation, entry by entry and reduced, against the full fixed point F(G) = G."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import TAU, Z
from freeprob.derivation.average import Average
from freeprob.equations.dyson import DysonEquation
from freeprob.errors import UnsupportedModel
from freeprob.pencil.realisation import realise
from tests.equations.models import (
    EYE,
    EYE_N,
    MATRICES,
    NUMBERS,
    VALUES,
    BruteForce,
    D,
    N,
    X,
    family_symbols,
    readout,
    resolvent,
)

HIGH = VALUES | {Z: 0.4 + 6.0j}


def _case(name):
    expression = resolvent(MATRICES[name]) if name in MATRICES else NUMBERS[name]
    values = HIGH if name in MATRICES else VALUES
    return realise([expression]), values


def _atoms(expression, dyson):
    """Replace averages over atomic laws by sums."""
    laws = {family.law: family.leaf.ensemble.law for family in dyson.families.values()}
    return expression.replace(
        lambda e: isinstance(e, Average),
        lambda e: sympy.Add(*(w * e.args[0].subs(e.args[1], x) for x, w in laws[e.args[2]].atoms.items())),
    )


def _needed(dyson):
    return {u for r in dyson.pencil.readouts for v, s, _ in r.entries if (u := dyson.symbol(v, s)) != 0}


@pytest.mark.parametrize("name", [*MATRICES, *NUMBERS])
def test_written_equations_hold_at_the_full_solution(name):
    pencil, values = _case(name)
    full = BruteForce(pencil, values)
    g = full.solve()
    assert np.abs(full.image(g) - g).max() < 1e-12 * np.abs(g).max()
    dyson = DysonEquation(pencil, family_symbols(pencil))
    assert not dyson.regularised
    equations = dyson.close(_needed(dyson))
    at = {u: g[dyson.representatives[int(u.name[1:])]] for u in equations}
    for u, right in equations.items():
        value = complex(_atoms(right, dyson).subs(TAU, 1).subs(values).subs(at))
        assert abs(value - at[u]) < 1e-9 * (1 + abs(at[u])), (name, u, right)


@pytest.mark.parametrize("name", MATRICES)
def test_derived_law_is_the_full_solution(name):
    pencil, values = _case(name)
    expected = readout(pencil, BruteForce(pencil, values).solve(), 0, values)
    law = fp.spectrum(MATRICES[name])
    at = law.at(**{s.name: v for s, v in VALUES.items() if s.name in law.needs})
    assert at.stieltjes(HIGH[Z]) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", NUMBERS)
def test_derived_number_is_the_full_solution(name):
    pencil, values = _case(name)
    expected = readout(pencil, BruteForce(pencil, values).solve(), 0, values)
    limit = fp.limit(fp.tr(NUMBERS[name]))
    at = limit.at(**{s.name: v for s, v in VALUES.items() if s.name in limit.needs})
    assert float(at) == pytest.approx(expected.real, rel=1e-10, abs=1e-12) and abs(expected.imag) < 1e-12


def test_switched_off_solution_is_the_deterministic_inverse():
    pencil, values = _case("deformed")
    dyson = DysonEquation(pencil, family_symbols(pencil))
    for u, right in dyson.close(_needed(dyson)).items():
        off = complex(_atoms(right.subs(TAU, 0), dyson).subs(values))
        expected = BruteForce(pencil, values).image(np.zeros((pencil.size, pencil.size)))
        assert off == pytest.approx(expected[dyson.representatives[int(u.name[1:])]], rel=1e-12)


def test_singular_without_randomness():
    regular = DysonEquation(realise([fp.inv(X @ X.T / N)]), {})
    assert regular.regularised
    pencil = realise([fp.inv(X @ X.T / N)])
    assert float(fp.limit(fp.tr(fp.inv(X @ X.T / N))).at(n=1, d=0.25)) == pytest.approx(1 / 0.75, rel=1e-12)
    assert pencil.size == len(pencil.spaces)
    with pytest.raises(UnsupportedModel, match=r"dyson_equation: the inverse of .* is singular when .* Remedy: add a"):
        A = fp.wigner(D) / fp.sqrt(D)
        DysonEquation(realise([fp.inv(A)]), {})


def test_identities_alone_are_regular():
    assert not DysonEquation(realise([fp.inv(EYE + X @ EYE_N @ X.T / N)]), {}).regularised
