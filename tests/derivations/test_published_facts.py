"""What papers say about the spectral models of the gallery, against what is derived here.

Each fact is tested in its own way: an equation by exact polynomial division and at random points with 30 digits, a
system by elimination at random rational numbers, a number to 12 digits. A fact with ``slow`` waits for ``-m slow``.
"""

from functools import partial

import mpmath
import numpy as np
import pytest
import sympy

from freeprob.algebra.symbols import M, Z
from tests.derivations.gallery import FILES, LEARNING, Numbers, decimal, load, name_of

_NODES = 60
POINTS = [0.7 + 0.9j, -1.3 + 0.4j, 2.1 + 0.05j]
FACTS = [
    pytest.param(
        path,
        number,
        id=f"{name_of(path)}-{number}-{fact['kind']}",
        marks=[pytest.mark.slow] if fact.get("slow") else [],
    )
    for path in FILES
    if path.parent.name != LEARNING
    for number, fact in enumerate(load(path).FACTS)
]


def facts_of(*kinds):
    return pytest.mark.parametrize(
        "path, number", [p for p in FACTS if load(p.values[0]).FACTS[p.values[1]]["kind"] in kinds]
    )


def bind(path, number):
    """Return (module, fact, bound law, numbers)."""
    module = load(path)
    fact = module.FACTS[number]
    bound = module.law.at(**(module.AT | fact.get("at", {})))
    return module, fact, bound, Numbers(bound)


def by_name(expression, symbols):
    """Return an expression in the symbols of a system that have the same names."""
    table = {s.name: s for s in symbols}
    expression = sympy.sympify(expression)
    return expression.subs({s: table[s.name] for s in expression.free_symbols if s.name in table})


def symbols_of(law):
    system = law.system
    return {*system.sizes, *system.parameters, *(c.symbol for c in system.coefficients), M, Z}


@facts_of("polynomial")
def test_polynomial_holds_at_random_points(path, number):
    _, fact, bound, numbers = bind(path, number)
    with mpmath.workdps(40):
        for point in POINTS:
            m = bound.precise(digits=30).stieltjes(point)
            z = mpmath.mpmathify(point)
            function = sympy.lambdify(sympy.symbols("m z"), numbers(fact["value"]), "mpmath")
            slope = mpmath.diff(function, (m, z), (1, 0))
            assert abs(function(m, z)) < mpmath.mpf("1e-24") * abs(m * slope)


@facts_of("polynomial")
def test_polynomial_is_ours_up_to_a_factor_without_m(path, number):
    module, fact, _, _ = bind(path, number)
    if fact.get("elimination") == "slow":
        pytest.skip("the elimination with all sizes as symbols takes over a minute; checked at random points")
    ours = module.law.polynomial()
    numerator = sympy.fraction(sympy.together(by_name(fact["value"], symbols_of(module.law))))[0]
    quotient, remainder = sympy.div(sympy.Poly(numerator, M, Z), sympy.Poly(ours, M, Z), auto=True)
    assert sympy.simplify(remainder.as_expr()) == 0
    assert not quotient.as_expr().has(M)


def averages(module, fact, digits):
    """Return nodes and weights of each average E_<name> of a published system."""
    table = {}
    values = module.AT | fact.get("at", {})
    for name in {
        f.func.__name__[2:] for e in fact["equations"] for f in e.atoms(sympy.Function) if "E_" in str(f.func)
    }:
        law = fact.get("laws", {}).get(name) or values.get(name) or vars(module)[name].ensemble.law
        if getattr(law, "is_atomic", False):
            table[name] = list(law.atoms.items())
        else:
            with mpmath.workdps(digits):
                nodes = zip(*law.nodes(_NODES, digits), strict=True)
                table[name] = [(decimal(x, digits), decimal(w, digits)) for x, w in nodes]
    return table


def averaged(expression, table):
    """Return an expression with E_<name>(f(t)) replaced by sums over nodes."""
    t = sympy.Symbol("t")
    return expression.replace(
        lambda e: e.func.__name__.startswith("E_"),
        lambda e: sympy.Add(*(w * e.args[0].subs(t, x) for x, w in table[e.func.__name__[2:]])),
    )


@facts_of("system")
def test_system_holds_at_random_points(path, number):
    module, fact, bound, numbers = bind(path, number)
    digits = 25
    table = averages(module, fact, digits + 10)
    equations = [numbers(averaged(e, table)) for e in fact["equations"]]
    z, m = sympy.symbols("z m")
    with mpmath.workdps(digits + 10):
        function = sympy.lambdify((z, m, *fact["unknowns"]), equations, "mpmath", cse=True)
        scale = float(bound.anchor.width)
        start = [mpmath.mpmathify(fact["start"][u]) for u in fact["unknowns"]] if fact["unknowns"] else []
        for point in (30j * scale, (0.4 + 20j) * scale):
            ours = bound.precise(digits=digits).stieltjes(point)
            theirs = mpmath.findroot(partial(function, point), [-1 / mpmath.mpc(point), *start])
            theirs = theirs if isinstance(theirs, mpmath.mpc) else theirs[0]
            assert abs(ours - theirs) < 1e-18 * abs(ours)
        if not start:
            for point in POINTS:
                ours = bound.precise(digits=digits).stieltjes(point)
                assert abs(function(mpmath.mpmathify(point), ours)[0]) < 1e-12 * abs(ours)


@facts_of("system")
def test_system_and_our_polynomial_have_a_common_factor(path, number):
    """The paper's system, with random rational numbers, eliminates to a multiple of our polynomial."""
    module, fact, _, _ = bind(path, number)
    if fact.get("elimination") == "slow":
        pytest.skip("the elimination with all coefficients as symbols takes minutes; checked at random points")
    law = module.law
    table = averages(module, fact, 30)
    if any(not sympy.sympify(x).is_Rational for nodes in table.values() for pair in nodes for x in pair):
        pytest.skip("averages over a continuous law are not algebraic; checked at random points")
    if any(getattr(law_, "free_symbols", None) for law_ in law.system.laws.values()):
        pytest.skip("a symbolic law; its equation is checked at random points")
    m = sympy.Symbol("m")
    numbers = {
        "z": sympy.Rational(7, 3),
        "n": sympy.Integer(1),
        "d": sympy.Rational(3, 7),
        "sigma": sympy.Rational(5, 4),
    }
    equations = [
        sympy.fraction(sympy.together(e.subs({s: numbers[s.name] for s in e.free_symbols if s.name in numbers})))[0]
        for e in (averaged(e, table) for e in fact["equations"])
    ]
    ours = law.polynomial()
    ours = sympy.Poly(by_name(ours.subs({s: numbers[s.name] for s in ours.free_symbols if s.name in numbers}), {m}), m)
    if fact["unknowns"]:
        basis = sympy.groebner(equations, *fact["unknowns"], m, order="lex")
        theirs = sympy.Poly(next(p for p in basis.exprs if p.free_symbols <= {m}), m)
    else:
        theirs = sympy.Poly(equations[0], m)
    assert sympy.rem(theirs, ours).is_zero


@facts_of("edges")
def test_edges(path, number):
    _, fact, bound, numbers = bind(path, number)
    expected = np.array([float(numbers(e)) for e in fact["value"]])
    np.testing.assert_allclose(bound.edges(), expected, rtol=1e-12, atol=1e-13 * bound.anchor.width)


@facts_of("critical_values")
def test_edges_are_critical_values_of_the_inverse(path, number):
    module, fact, bound, numbers = bind(path, number)
    b = sympy.Symbol("b")
    inverse = fact["value"](b, numbers(fact["ratio"]), vars(module)[fact["law"]].ensemble.law.atoms)
    roots = sympy.Poly(sympy.fraction(sympy.together(inverse.diff(b)))[0], b).nroots(n=30)
    critical = np.array([float(inverse.subs(b, root)) for root in roots if root.is_real])
    assert len(bound.edges())
    for edge in bound.edges():
        assert np.min(np.abs(critical - edge)) < 1e-12 * abs(edge)


@facts_of("atoms")
def test_atoms(path, number):
    _, fact, bound, numbers = bind(path, number)
    expected = {float(numbers(x)): float(numbers(w)) for x, w in fact["value"].items()}
    atoms = bound.atoms()
    np.testing.assert_allclose(list(atoms), list(expected), atol=1e-12)
    np.testing.assert_allclose(list(atoms.values()), list(expected.values()), rtol=1e-11)
    assert abs(bound.mass() - 1) < 1e-11


@facts_of("density")
def test_density(path, number):
    _, fact, bound, numbers = bind(path, number)
    for x, value in fact["value"].items():
        assert bound.density(float(numbers(x))) == pytest.approx(float(numbers(value)), rel=1e-12)


@facts_of("moments", "cumulants")
def test_moments_and_cumulants(path, number):
    _, fact, bound, numbers = bind(path, number)
    ours = getattr(bound, fact["kind"])(len(fact["value"]))
    for a, b in zip(ours, fact["value"], strict=True):
        value = numbers(b)
        if value.is_Rational and hasattr(a, "numerator"):
            assert sympy.Rational(a.numerator, a.denominator) == value
        else:
            assert abs(mpmath.mpf(a) - mpmath.mpf(value.evalf(30))) <= 1e-12 * abs(mpmath.mpf(value.evalf(30)))


@facts_of("coefficients")
def test_coefficients(path, number):
    _, fact, _, numbers = bind(path, number)
    for expression, value in fact["value"].items():
        assert abs(numbers(expression) - sympy.sympify(value).evalf(30)) < 1e-14


@facts_of("observed")
def test_observed_spectra(path, number):
    """The statements about a spectrum beside the file: distances to a unit of the last digit, numbers exactly."""
    _, fact, bound, _ = bind(path, number)
    found = bound.compare(path.parent / fact["data"])
    value = dict(fact["value"])
    assert found.agrees is value.pop("agrees")
    assert len(found.outliers) == value.pop("outliers")
    for place, mass in value.pop("atoms", {}).items():
        assert float(np.mean(np.abs(found.eigenvalues - place) < 1e-15)) == pytest.approx(mass, abs=1e-12)
    assert value
    for name, number_ in value.items():
        assert getattr(found, name) == pytest.approx(number_, abs=1e-4)


def given(module, fact):
    """Return the values of all sizes and parameters by name, as exact numbers."""
    return {k: sympy.Rational(str(v)) for k, v in (module.AT | fact.get("at", {})).items()}


@facts_of("outliers")
def test_outliers(path, number):
    module = load(path)
    fact = module.FACTS[number]
    values = given(module, fact)
    law = vars(module)[fact.get("law", "law")]
    found = law.at(**(module.AT | fact.get("at", {}))).outliers()
    assert [o.multiplicity for o in found] == [1] * len(fact["value"])
    for outlier, (place, overlaps) in zip(found, fact["value"], strict=True):
        assert outlier.location == pytest.approx(float(by_value(place, values)), rel=1e-12)
        for name, overlap in overlaps.items():
            assert outlier.overlaps[name] == pytest.approx(float(by_value(overlap, values)), abs=1e-11)


@facts_of("threshold")
def test_thresholds(path, number):
    module = load(path)
    fact = module.FACTS[number]
    values = given(module, fact)
    del values[fact["parameter"]]
    critical = module.law.threshold(fact["parameter"], fact["side"], **values)
    if "value" in fact:
        assert critical == pytest.approx(float(by_value(fact["value"], values)), rel=1e-11)
    else:
        condition = by_value(fact["zero"], values | {fact["parameter"]: sympy.Float(critical)})
        assert abs(float(condition)) < 1e-10


def by_value(expression, values):
    """Return an expression with values for the symbols that have one, by name."""
    expression = sympy.sympify(expression)
    return expression.subs({s: values[s.name] for s in expression.free_symbols if s.name in values})
