"""Assembly: names, sizes, parameters and coefficients of the system."""

import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import TAU, M, Z, unknown
from freeprob.equations.assembly import assemble
from tests.equations.models import EYE, LAMBDA, MATRICES, NUMBERS, VALUES, A, D, N, P, S, W, X, resolvent

T1, T2 = sympy.symbols("T1 T2")
H = sympy.Symbol("H")


def _spectral(matrix, **options):
    return assemble([resolvent(matrix)], T1, [T1], laws={S: H}, spectral=Z, **options).system


def test_sizes_and_parameters_are_collected():
    matrix = LAMBDA * X @ X.T / N + fp.parameters("s", positive=True) * W.T @ W / P
    system = _spectral(matrix)
    assert [s.name for s in system.sizes] == ["d", "n", "p"]
    assert [s.name for s in system.parameters] == ["lambda", "s"]
    assert system.spectral == Z and system.readout == M
    assert system.coefficients == () and system.laws == {}


def test_parameters_that_drop_out_are_not_asked_for():
    assert _spectral(LAMBDA * X @ X.T / (N * LAMBDA)).parameters == ()


def test_a_single_size_disappears():
    system = _spectral(A)
    assert system.sizes == ()
    assert system.equations == (sympy.Eq(M, 1 / (-M - Z), evaluate=False),)
    assert {s.name for s in _spectral(X @ X.T / N).sizes} == {"d", "n"}


@pytest.mark.parametrize("name", ["anticommutator", "degree 4", "rational"])
def test_a_single_size_disappears_from_words(name):
    system = fp.spectrum(MATRICES[name]).system
    assert system.sizes == () and not any(D in e.free_symbols for e in system.equations)


def test_parameters_of_laws_are_asked_for():
    a = fp.parameters("a", positive=True)
    law = fp.laws.uniform(a, 2 * a)
    B = fp.population(D, law)
    system = assemble([resolvent(B + A)], T1, [T1], laws={B: H}, spectral=Z).system
    assert system.parameters == (a,) and system.laws == {H: law}


def test_only_coefficients_in_use_are_kept():
    law = fp.spectrum(fp.tanh(W @ X / fp.sqrt(D)) @ X.T / N @ X @ fp.tanh(W @ X / fp.sqrt(D)).T / N)
    used = set().union(*(e.rhs.free_symbols for e in law.system.equations))
    names = [c.symbol.name for c in law.system.coefficients]
    assert all(c.symbol in used for c in law.system.coefficients) and len(names) == len(set(names))
    own = {u.symbol for u in law.system.unknowns}
    declared = own | set(law.system.sizes) | set(law.system.parameters) | {c.symbol for c in law.system.coefficients}
    assert used <= declared | {Z}


def test_coefficients_come_in_order_of_dependence():
    h = fp.tanh(fp.gaussian(N, P) @ fp.erf(W @ X / fp.sqrt(D)) / fp.sqrt(P))
    seen = set()
    system = fp.spectrum(h @ h.T / N).system
    symbols = {c.symbol for c in system.coefficients}
    for coefficient in system.coefficients:
        for argument in coefficient.arguments:
            assert argument.free_symbols & symbols <= seen
        seen.add(coefficient.symbol)
    assert len(symbols) >= 3


@pytest.mark.parametrize("name", [*MATRICES, *NUMBERS])
def test_every_symbol_is_declared(name):
    derived = fp.spectrum(MATRICES[name]) if name in MATRICES else fp.limit(fp.tr(NUMBERS[name]))
    system = derived.system
    used = system.readout.free_symbols.union(*(r.free_symbols for c in system.components for r in c.right))
    declared = {u.symbol for u in system.unknowns} | set(system.sizes) | set(system.parameters) | set(system.laws)
    assert used <= declared | {Z, TAU}
    assert TAU not in system.readout.free_symbols
    assert [u for c in system.components for u in c.unknowns] != [] or not system.unknowns
    assert {u for c in system.components for u in c.unknowns} == {u.symbol for u in system.unknowns}
    assert not any(s.name.startswith("G") for s in used)


def test_unknowns_are_numbered_from_one():
    names = [u.symbol.name for u in fp.spectrum(MATRICES["degree 4"]).system.unknowns]
    assert sorted(n for n in names if n != "m") == sorted(f"g_{k}" for k in range(1, len(names)))
    numbers = [u.symbol for u in fp.limit(fp.tr(NUMBERS["two letters twice"])).system.unknowns]
    assert set(numbers) == {unknown(f"g_{k}") for k in range(1, len(numbers) + 1)}


def test_the_meaning_of_m_is_the_resolvent():
    law = fp.spectrum(X @ X.T / N)
    (m,) = [u for u in law.system.unknowns if u.symbol == M]
    assert m.meaning is resolvent(X @ X.T / N) and m.space == D


@pytest.mark.parametrize("name", ["trace of two resolvents", "two letters twice", "nested resolvents"])
def test_meanings_are_the_values_of_the_unknowns(name):
    limit = fp.limit(fp.tr(NUMBERS[name]))
    given = {s.name: v for s, v in VALUES.items() if s.name in limit.needs}
    values = limit.at(**given).unknowns
    for u in limit.system.unknowns:
        bounded = u.meaning / N**u.meaning.order  # n is 1 in the values
        assert float(fp.limit(fp.tr(bounded)).at(**given)) == pytest.approx(values[u.symbol.name], rel=1e-9)


def test_several_traces_share_one_pencil():
    q = fp.inv(X @ X.T / N + EYE)
    both = assemble([q, S @ q], T1 / T2, [T1, T2], laws={S: H})
    assert both.pencil.readouts[0] != both.pencil.readouts[1]
    assert both.pencil.size < 2 * assemble([S @ q], T1, [T1], laws={S: H}).pencil.size
