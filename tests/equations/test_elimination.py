"""Elimination against published polynomials, the exact moments and held-out points of the solution."""

import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import flint
import mpmath
import pytest
import sympy

from freeprob.algebra import resultant_process
from freeprob.algebra.roots import complex_roots
from freeprob.algebra.series import Laurent
from freeprob.algebra.straight_line import DecimalArithmetic, ExactArithmetic, StraightLine
from freeprob.algebra.symbols import TAU, M, Z, parameters, unknown
from freeprob.derivation.average import Average
from freeprob.equations.elimination import eliminate, expand_atomic_averages, polynomial_of
from freeprob.equations.system import Component, SelfConsistentSystem
from freeprob.errors import MissingValue, NotAlgebraic, SolveError
from freeprob.solve.moments import moments_at_infinity

T, H = sympy.Symbol("t", real=True), sympy.Symbol("H")
HALF = sympy.Rational(1, 2)
TWO_ATOMS = SimpleNamespace(is_atomic=True, atoms={sympy.Integer(1): HALF, sympy.Integer(3): HALF})
c, sigma = parameters("c sigma", positive=True)
g, e = unknown("g"), unknown("e")


def make_system(right, readout, params=(), laws=None):
    component = Component(tuple(right), tuple(right.values()), linear=False)
    return SelfConsistentSystem(Z, (), (component,), readout, (), tuple(params), (), laws or {})


def marchenko_pastur():
    return make_system({g: 1 / (-Z + TAU / (1 + TAU * c * g))}, g, [c])


def random_features():
    eta, zeta, phi, psi = parameters("eta zeta phi psi", positive=True)
    tau, delta, s = map(unknown, ["tau", "delta", "s"])
    right = {
        tau: 1 / (1 + TAU * delta * zeta * g / psi),
        delta: 1 / (1 + s),
        s: TAU * phi / psi * (1 + Z * g) / delta,
        g: 1 / (delta * (eta - zeta) - Z + TAU * delta * zeta * tau),
    }
    return make_system(right, g, [eta, zeta, phi, psi])


def conjugate_kernel(layers):
    """Gram matrices of a network: K_l = Wishart free times (alpha_l + beta_l K_(l-1)) (Fan-Wang 2020).

    With k_l = 1 - c_l (1 + z_l m_l), K = k_L ... k_l and Y = z_l times the k above it, all n_l = m_l / K are multiples
    of the answer m = m_L.
    """
    m, product, numerator, scale = unknown("m_0"), sympy.S.One, Z, sympy.S.One
    right, params = {}, []
    for layer in range(layers, 0, -1):
        ratio, alpha, beta = parameters(f"c_{layer} alpha_{layer} beta_{layer}", positive=True)
        params += [ratio, alpha, beta]
        k = unknown(f"k_{layer}")
        right[k] = 1 - ratio * (1 + numerator * m * scale)
        product *= k
        numerator = (numerator - alpha * product) / beta
        scale *= beta
    ratio = parameters("c_0", positive=True)
    right[m] = 1 / (product * (1 - ratio * (1 + numerator * m * scale)) - numerator) / scale
    return make_system(right, m, [*params, ratio])


def fuss_catalan(factors):
    """Squared singular values of a product of square Gaussians: h = -z m obeys h = 1 + h^(factors + 1) / z * (-1)."""
    chain = [unknown(f"h_{i}") for i in range(factors)]
    right = {chain[0]: 1 + TAU * chain[-1] * chain[0] / Z}
    right |= {chain[i]: chain[i - 1] * chain[0] for i in range(1, factors)}
    return make_system(right, -chain[0] / Z)


def variance_profile(blocks, seed=1):
    rng = random.Random(seed)
    u = [unknown(f"u_{i}") for i in range(blocks)]
    entry = {}
    for i in range(blocks):
        for j in range(i, blocks):
            entry[i, j] = entry[j, i] = sympy.Rational(rng.randint(1, 9), rng.randint(1, 9))
    right = {u[i]: -1 / (Z + TAU * sum(entry[i, j] * u[j] for j in range(blocks))) for i in range(blocks)}
    return make_system(right, sum(u) / blocks)


def sample_covariance():
    """Population with two atoms (Silverstein 1995)."""
    right = {
        e: TAU * Average(T / (T / (1 + TAU * c * e) - Z), T, H),
        g: Average(1 / (T / (1 + TAU * c * e) - Z), T, H),
    }
    return make_system(right, g, [c], {H: TWO_ATOMS})


def noisy_covariance():
    """Information plus noise (Dozier-Silverstein 2007)."""
    v = TAU * sigma**2
    inner = 1 / (T / (1 + v * c * g) - (1 + v * c * g) * Z + v * (1 - c))
    return make_system({g: Average(inner, T, H)}, g, [c, sigma], {H: TWO_ATOMS})


def solutions(system):
    """Points of the physical solution: at large z the right-hand sides contract."""

    def average(law):
        pairs = [(mpmath.mpmathify(x), mpmath.mpmathify(w)) for x, w in law.atoms.items()]
        return lambda f: mpmath.fsum(w * f(x) for x, w in pairs)

    laws = {name: average(law) for name, law in system.laws.items()}
    component = system.components[0]

    def evaluate(seed):
        rng = random.Random(seed)
        with mpmath.workdps(60):
            point = {p: mpmath.mpf(rng.randint(5, 15)) / rng.randint(5, 15) for p in system.parameters}
            point[Z] = mpmath.mpc(rng.randint(-5, 5), rng.randint(60, 90))
            right = [r.xreplace({TAU: sympy.S.One}) for r in component.right]
            program = StraightLine(right, [*point, *component.unknowns])
            current = [-1 / point[Z] if u.name[0] in "gmu" else mpmath.mpf(1) for u in component.unknowns]
            for _ in range(500):
                following = program.run([*point.values(), *current], DecimalArithmetic(), laws)
                change = max(abs(a - b) for a, b in zip(current, following, strict=True))
                current = following
                if change < mpmath.mpf(10) ** -57:
                    return point | dict(zip(component.unknowns, current, strict=True))
        raise ArithmeticError("no convergence")

    known = {}
    return lambda seed: known[seed] if seed in known else known.setdefault(seed, evaluate(seed))


def residual(polynomial, point, value):
    """Return |P| relative to its monomials."""
    with mpmath.workdps(60):
        terms = sympy.Add.make_args(polynomial)
        run = StraightLine(terms, [*point, M]).run([*point.values(), value], DecimalArithmetic())
        return abs(mpmath.fsum(run)) / mpmath.fsum(abs(x) for x in run)


SYSTEMS = {
    "marchenko_pastur": (marchenko_pastur(), (2, 1, 5)),
    "random_features": (random_features(), (4, 2, 22)),
    "conjugate_kernel_1": (conjugate_kernel(1), (4, 2, 19)),
    "conjugate_kernel_2": (conjugate_kernel(2), (8, 4, 136)),
    "fuss_catalan_2": (fuss_catalan(2), (3, 2, 3)),
    "fuss_catalan_5": (fuss_catalan(5), (6, 5, 3)),
    "variance_profile_3": (variance_profile(3), (8, 7, 24)),
    "sample_covariance": (sample_covariance(), (3, 2, 13)),
    "noisy_covariance": (noisy_covariance(), (5, 2, None)),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_degrees_and_a_held_out_point(name):
    system, (degree, degree_z, length) = SYSTEMS[name]
    evaluate = solutions(system)
    polynomial = polynomial_of(system, evaluate)
    as_poly = sympy.Poly(polynomial, M, Z)
    assert (as_poly.degree(M), as_poly.degree(Z)) == (degree, degree_z)
    assert length is None or len(polynomial.args) == length
    point = evaluate(11)  # not one of the points that choose factors
    with mpmath.workdps(60):
        readout = StraightLine([system.readout], list(point)).run(list(point.values()), DecimalArithmetic())[0]
    assert residual(polynomial, point, readout) < 1e-45
    assert residual(polynomial, point, readout * 1.01) > 1e-12


@pytest.mark.parametrize("name", ["marchenko_pastur", "random_features", "sample_covariance", "noisy_covariance"])
def test_the_series_of_the_moments_solves_the_polynomial(name):
    system = SYSTEMS[name][0]
    values = {p: flint.fmpq(2 + i, 3) for i, p in enumerate(system.parameters)}
    moments = moments_at_infinity(system, values, 12)
    w = [flint.fmpq(-1)] + [-flint.fmpq(m.numerator, m.denominator) for m in moments]
    series = {M: Laurent(1, w, 14), Z: Laurent(-1, [flint.fmpq(1)], 20), **values}
    polynomial = polynomial_of(system, solutions(system))
    value = StraightLine([polynomial], list(series)).run(list(series.values()), ExactArithmetic())[0]
    assert not value
    assert value.order >= 10


def test_marchenko_pastur_is_the_textbook_polynomial():
    polynomial = polynomial_of(marchenko_pastur(), solutions(marchenko_pastur()))
    assert sympy.expand(polynomial - (c * Z * M**2 + (Z + c - 1) * M + 1)) == 0


def test_fuss_catalan_is_the_textbook_polynomial():
    polynomial = polynomial_of(fuss_catalan(2), solutions(fuss_catalan(2)))
    assert polynomial == M**3 * Z**2 - M * Z - 1


def test_random_features_has_the_simulated_values_among_its_roots():
    # simulation of 3 samples of size 1000: m(-1/2) = 0.9347, m(-1) = 0.6006
    system = random_features()
    numbers = dict(zip(system.parameters, map(sympy.Rational, ["1", "1/2", "1/2", "4/5"]), strict=True))
    polynomial = polynomial_of(system, solutions(system)).xreplace(numbers)
    for z, expected in ((-HALF, 0.9319), (-sympy.S.One, 0.5997)):
        roots = [complex(r) for r, _ in complex_roots(polynomial.xreplace({Z: z}), M)]
        assert min(abs(r - expected) for r in roots) < 6e-5


def test_roots_of_sizes_and_numbers():
    d = sympy.Symbol("d", positive=True)
    right = {g: 1 / (-Z - sympy.sqrt(2) * sympy.sqrt(d) * e), e: sympy.sqrt(2) * sympy.sqrt(d) * g}
    system = make_system(right, g, [d])
    assert polynomial_of(system, solutions(system)) == 2 * M**2 * d + M * Z + 1
    system = make_system({g: 1 / (-Z - sympy.sqrt(d) * g)}, g, [d])
    assert polynomial_of(system, solutions(system)) == M**2 * sympy.sqrt(d) + M * Z + 1
    system = make_system({g: 1 / (-Z - sympy.sqrt(2) * g)}, g)  # the norm over Q, since sqrt(2) is no parameter
    assert sympy.expand(polynomial_of(system, solutions(system)) - (2 * M**4 - (M * Z + 1) ** 2)) == 0
    system = make_system({g: 1 / (-Z - sympy.exp(-2 * d) * g + sympy.exp(-d))}, g, [d])
    polynomial = polynomial_of(system, solutions(system))
    assert sympy.expand(polynomial - (M**2 + (M * Z + 1) * sympy.exp(2 * d) - M * sympy.exp(d))) == 0


def test_only_the_physical_factor_is_kept():
    # g = f(e), e = f(g) has the branch g = e besides another pair of solutions of the same degree
    right = {g: -1 / (Z + e), e: -1 / (Z + g + Z * (g - e))}
    system = make_system(right, g)
    assert polynomial_of(system, solutions(system)) == M**2 + M * Z + 1


def test_a_number_without_spectral_parameter():
    component = Component((g,), (c / (1 + g),), linear=False)
    system = SelfConsistentSystem(None, (), (component,), 3 * g, (), (c,), ())

    def evaluate(seed):
        with mpmath.workdps(60):
            value = mpmath.mpf(seed + 3) / 7
            return {c: value, g: (mpmath.sqrt(1 + 4 * value) - 1) / 2}

    assert polynomial_of(system, evaluate) == M**2 + 3 * M - 9 * c


def test_a_continuous_law_is_not_algebraic():
    law = SimpleNamespace(is_atomic=False)
    with pytest.raises(NotAlgebraic, match="H = "):
        expand_atomic_averages(Average(1 / (T - Z), T, H), {H: law})


def test_transcendental_equations_are_refused():
    with pytest.raises(NotAlgebraic, match="exp"):
        eliminate([g - sympy.exp(g) / Z, M - g], [g], M, Z, lambda seed: {})


def test_a_missing_value_is_named():
    with pytest.raises(MissingValue, match="c"):
        eliminate([g * Z + c, M - g], [g], M, Z, lambda seed: {Z: 1, g: 1, M: 1})


def test_a_wrong_point_is_an_error():
    with pytest.raises(SolveError, match="do not solve"):
        eliminate([g * Z + 1, M - g], [g], M, Z, lambda seed: {Z: mpmath.mpf(2), g: mpmath.mpf(1), M: mpmath.mpf(1)})


def test_a_point_in_double_precision_is_enough():
    system = random_features()
    exact = solutions(system)

    def evaluate(seed):
        return {s: v if s in system.parameters else complex(v) for s, v in exact(seed).items()}

    assert polynomial_of(system, evaluate) == polynomial_of(system, exact)


def test_floats_in_equations_are_the_decimals_that_were_written():
    law = SimpleNamespace(is_atomic=True, atoms={1: 0.3, 3: 0.7})
    system = make_system({g: Average(1 / (T * 0.1 - Z), T, H)}, g, laws={H: law})
    expected = (1 - 10 * Z) * (3 - 10 * Z) * M - 16 + 100 * Z
    assert polynomial_of(system, solutions(system)) == sympy.expand(expected)


def test_too_few_equations():
    with pytest.raises(NotAlgebraic, match="too few"):
        eliminate([M - g], [g], M, Z, lambda seed: {Z: seed + 2, g: seed + 1, M: seed + 1})


def test_the_time_limit_holds(monkeypatch):
    monkeypatch.setattr(resultant_process, "_INLINE_SIZE", 0.0)
    system = variance_profile(4)
    with pytest.raises(NotAlgebraic, match=r"more than 0\.01 s"):
        polynomial_of(system, solutions(system), seconds=0.01)


def test_a_child_process_gives_the_same_factors(monkeypatch):
    x, y = flint.fmpq_mpoly_ctx.get(["x", "y"], flint.Ordering.lex).gens()
    p, q = x**2 - y**3 + 1, x * y + flint.fmpq(1, 3)
    here = resultant_process.resultant_factors(p, q, 0, 10.0)
    monkeypatch.setattr(resultant_process, "_INLINE_SIZE", 0.0)
    assert resultant_process.resultant_factors(p, q, 0, 10.0) == here


def test_the_result_does_not_depend_on_the_hash_seed():
    here = Path(__file__).parent
    code = (
        f"import sys; sys.path[:0] = [{str(here)!r}, {str(here.parents[1])!r}]; import test_elimination as t;"
        "s = t.random_features(); print(t.polynomial_of(s, t.solutions(s)))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
