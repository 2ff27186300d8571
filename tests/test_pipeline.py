"""What goes in and what comes out: refusals, names, records."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob import pipeline
from freeprob.derivation.references import formatted
from freeprob.errors import (
    FreeprobError,
    MissingValue,
    NotAlgebraic,
    NotSelfAdjoint,
    ScalingError,
    ShapeError,
    UnsupportedModel,
)

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
X, W, U = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(d, n)
S = fp.population(d, fp.laws.atoms({1: sympy.Rational(1, 2), 4: sympy.Rational(1, 2)}))
K = X @ X.T / n
Q = fp.inv(K + lam * fp.identity(d))
v = fp.gaussian(d)


def _no_names(expression):
    return fp.spectrum(expression, names={})


BAD = {
    "shapes of a product": (
        lambda: X @ X,
        ShapeError,
        r"cannot multiply .* of shape \(d\) x \(n\) by .* \(d\) x \(n\)",
    ),
    "shapes of a sum": (
        lambda: X + X.T,
        ShapeError,
        r"cannot add .* of shape \(d\) x \(n\) and .* of shape \(n\) x \(d\)",
    ),
    "shapes of blocks": (lambda: fp.block([[K, X.T], [X, K]]), ShapeError, r"block \(0, 1\).* is \(n\) x \(d\)"),
    "a scalar added to a matrix": (
        lambda: K + 1,
        ShapeError,
        r"scalar 1 cannot be added .* write 1 \* fp\.identity\(d\)",
    ),
    "spectrum of a rectangle": (
        lambda: fp.spectrum(X),
        ShapeError,
        r"only a square matrix has a spectrum; .*\(d\) x \(n\)",
    ),
    "spectrum of a number": (lambda: fp.spectrum(fp.tr(K)), ShapeError, r"only a square matrix has a spectrum"),
    "spectrum of no expression": (
        lambda: fp.spectrum(np.eye(3)),
        TypeError,
        r"fp\.spectrum needs an expression, not nd",
    ),
    "limit of a matrix": (lambda: fp.limit(K), ShapeError, r"fp\.limit needs a 1 x 1 expression such as fp\.tr\(A\)"),
    "limit of no expression": (lambda: fp.limit(3.0), ShapeError, r"fp\.limit needs a 1 x 1 expression .* float"),
    "missing scaling": (
        lambda: _no_names(X @ X.T),
        ScalingError,
        r"the eigenvalues of .* grow like N\^\(1\); a factor of order N\^\(-1\) is missing, for example \(.*\) / n",
    ),
    "too much scaling": (lambda: _no_names(X @ X.T / n**2), ScalingError, r"vanish like N\^\(-1\); .* \* n"),
    "scaling of features": (
        lambda: _no_names(fp.relu(W @ X / fp.sqrt(d)).T @ fp.relu(W @ X / fp.sqrt(d))),
        ScalingError,
        r"a factor of order N\^\(-1\) is missing, for example \(.*\) / p",
    ),
    "scaling of a pre-activation": (
        lambda: fp.relu(W @ X),
        ScalingError,
        r"the entries of .* grow like N\^\(1/2\), so relu of them has no limit; .* for example / fp\.sqrt\(d\)",
    ),
    "scaling in a sum": (
        lambda: X @ X.T + fp.identity(d),
        ScalingError,
        r"is of order N\^\(0\) but .* of order N\^\(1\), so the first vanishes in the limit; .* / n",
    ),
    "scaling of a number": (
        lambda: fp.limit(v.T @ S @ v),
        ScalingError,
        r"of the number grows like N\^\(1\); divide by a size",
    ),
    "not self-adjoint": (
        lambda: _no_names(S @ X @ X.T / n),
        NotSelfAdjoint,
        r"is not equal to its transpose .*; a spectral law needs a self-adjoint matrix, such as .*S\*\*0\.5 @ B",
    ),
    "not self-adjoint, square Gaussian": (
        lambda: _no_names(fp.gaussian(d, d) / fp.sqrt(d)),
        NotSelfAdjoint,
        r"such as A \+ A\.T",
    ),
    "missing value": (lambda: fp.spectrum(K).at(n=1), MissingValue, r"^no value for d; write \.at\(d=\.\.\.\)$"),
    "unknown value": (
        lambda: fp.spectrum(K).at(n=1, d=1, dd=3),
        MissingValue,
        r"^'dd' is not a size or parameter of this model; it needs d, n$",
    ),
    "missing value of a number": (lambda: fp.limit(fp.tr(Q)).at(n=1, d=1), MissingValue, r"no value for lambda; write"),
    "missing value of a curve": (lambda: fp.limit(fp.tr(Q)).curve(n=1, d=[1, 2]), MissingValue, r"no value for lambda"),
    "negative ratio": (
        lambda: fp.spectrum(K).at(n=1, d=-2),
        ShapeError,
        r"the size d = -2 must be positive; only ratios",
    ),
    "zero ratio": (lambda: fp.spectrum(K).at(n=0, d=1), ShapeError, r"the size n = 0 must be positive"),
    "law with infinite support": (
        lambda: fp.population(d, fp.laws.density(lambda t: np.exp(-t), (0, np.inf))),
        (FreeprobError, ValueError),
        r"finite|bounded",
    ),
    "law with an infinite atom": (
        lambda: fp.laws.atoms({float("inf"): 1}),
        (FreeprobError, ValueError, TypeError),
        r"finite",
    ),
    "law without mass": (lambda: fp.laws.atoms({1: 0.3}), (FreeprobError, ValueError), r"sum|add|mass"),
    "activation without moments": (
        lambda: fp.entrywise(sympy.exp(sympy.Symbol("h", real=True) ** 4), W @ X / fp.sqrt(d)),
        UnsupportedModel,
        r"moment|finite",
    ),
    "activation with a pole": (
        lambda: fp.entrywise(1 / sympy.Symbol("h", real=True), W @ X / fp.sqrt(d)),
        UnsupportedModel,
        r"moment|finite",
    ),
    "activation whose moments end": (
        lambda: fp.spectrum(_steep().T @ _steep() / p),
        UnsupportedModel,
        r"variance|moment",
    ),
    "singular inverse, zero": (lambda: fp.inv(K - K), UnsupportedModel, r"the zero matrix is singular"),
    "singular inverse, rank one": (
        lambda: fp.inv(v @ v.T / d),
        UnsupportedModel,
        r"has rank one, .* add a multiple of fp\.ide",
    ),
    "singular inverse, population": (
        lambda: fp.inv(fp.population(d, fp.laws.atoms({0: 0.5, 1: 0.5}))),
        UnsupportedModel,
        r"singular|no inverse",
    ),
    "inverse of a rectangle": (
        lambda: fp.inv(X),
        ShapeError,
        r"only a square matrix has an inverse; .* is \(d\) x \(n\)",
    ),
    "two symbols of one name": (
        lambda: fp.spectrum(fp.parameters("n", positive=True) * K),
        UnsupportedModel,
        r"two symbols are named n: the size n and the parameter n",
    ),
    "a number divided by a matrix": (lambda: 1 / K, (ShapeError, TypeError), r"a matrix cannot divide; use fp\.inv"),
    "finite rank": (lambda: fp.spectrum(v @ v.T / d), UnsupportedModel, r"has finite rank"),
}


def _steep():
    h = sympy.Symbol("h", real=True)
    return fp.entrywise(sympy.exp(h**2 / 6), 2 * W @ X / fp.sqrt(d))


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    act, error, message = BAD[name]
    with pytest.raises(error, match=message) as caught:
        act()
    assert "\n" not in str(caught.value)


def test_errors_are_also_built_in_errors():
    assert issubclass(ShapeError, ValueError) and issubclass(MissingValue, KeyError)
    assert all(issubclass(e, FreeprobError) for e in (ScalingError, NotAlgebraic, NotSelfAdjoint, UnsupportedModel))


def test_a_continuous_population_has_no_polynomial():
    law = fp.spectrum(K + fp.population(d, fp.laws.uniform(1, 2)))
    with pytest.raises(NotAlgebraic, match=r"uniform|law|average"):
        law.polynomial()


def test_a_singular_inverse_is_found_when_solved():
    """X X^T / n is singular when d > n."""
    tau = fp.limit(fp.tr(fp.inv(K)))
    assert float(tau.at(n=2, d=1)) == pytest.approx(2.0)
    with pytest.raises(fp.SolveError, match=r"at d=1, n=0\.5: "):
        float(tau.at(n=1, d=2))


def test_a_singular_difference_is_refused():
    with pytest.raises(UnsupportedModel, match=r"singular when its random matrices are switched off"):
        fp.limit(fp.tr(fp.inv(fp.wigner(d) / fp.sqrt(d))))


# -- names -----------------------------------------------------------------------------------------


def test_names_are_those_of_the_caller():
    kernel = X.T @ X / n
    law = fp.spectrum(kernel)
    assert law.names[kernel] == "kernel" and law.names[X] == "X"
    assert law.title == "Limiting spectral law of kernel"
    assert "kernel = X.T @ X / n" in law.model_text()


def test_names_of_a_function_that_calls():
    def inner(Data):
        return fp.spectrum(Data @ Data.T / n)

    assert inner(X).names[X] in ("Data", "U", "X")


def test_names_can_be_given():
    law = fp.spectrum(K, names={"Data": X, "Cov": K})
    assert law.names[X] == "Data" and law.names[K] == "Cov"
    limit = fp.limit(fp.tr(Q), names={"Data": X})
    assert limit.names[X] == "Data"


def test_resolvents_are_named():
    assert "Q" in fp.spectrum(K).names.values()
    limit = fp.limit(fp.tr(fp.inv(K + fp.identity(d)) @ fp.inv(K + 2 * fp.identity(d))), names={})
    assert {"Q_1", "Q_2"} <= set(limit.names.values())


def test_no_two_things_have_one_name():
    for derived in (fp.spectrum(K), fp.limit(fp.tr(Q @ S @ Q))):
        assert len(set(derived.names.values())) == len(derived.names)


# -- the record ------------------------------------------------------------------------------------

FEATURES = fp.relu(W @ X / fp.sqrt(d))
RISK = fp.limit(
    fp.test_error(
        fp.ridge(X, X.T @ v / fp.sqrt(d) + fp.gaussian(n), lam),
        U @ fp.gaussian(n) / fp.sqrt(n),
        v.T @ U @ fp.gaussian(n) / n,
    )
)
DERIVED = {
    "gram": fp.spectrum(K),
    "features": fp.spectrum(FEATURES.T @ FEATURES / p),
    "number": fp.limit(fp.tr(S @ Q)),
    "risk": RISK,
}


@pytest.mark.parametrize("name", DERIVED)
def test_every_step_is_complete(name):
    derived = DERIVED[name]
    rules = [step.rule for step in derived.steps]
    assert rules[0] == "model" and {"realisation", "dyson_equation", "reduction"} <= set(rules)
    for step in derived.steps:
        assert step.statement and step.status in ("exact", "asymptotic", "conjecture")
        for hypothesis in step.hypotheses:
            assert hypothesis.evidence in ("proved on the graph", "asserted by the user", "assumed")
            assert hypothesis.statement
        for citation in step.references:
            assert formatted(citation.key)


def test_rules_that_were_used_are_on_record():
    rules = {name: {step.rule for step in derived.steps} for name, derived in DERIVED.items()}
    assert {"gaussian_equivalence", "finite_rank"} <= rules["features"]
    assert "gaussian_equivalence" not in rules["gram"] and "vector_expectation" in rules["risk"]


def test_status_is_that_of_the_weakest_step():
    assert DERIVED["gram"].status == "asymptotic"
    assert all(derived.status == "asymptotic" for derived in DERIVED.values())


def test_assumptions_leave_out_what_was_proved():
    law = DERIVED["features"]
    proved = {h.statement for s in law.steps for h in s.hypotheses if h.evidence == "proved on the graph"}
    assert proved and not proved & set(law.assumptions)
    assert any("finite-rank" in line for line in law.assumptions)
    assert len(set(law.assumptions)) == len(law.assumptions)


def test_the_system_step_shows_the_equations():
    law = DERIVED["gram"]
    (step,) = [s for s in law.steps if s.rule == "dyson_equation"]
    shown = [(formula.left, formula.right) for formula in step.after]
    assert shown, "no equations"
    assert str(law.system.equations[0].lhs) == "m"


def test_digest():
    assert fp.spectrum(K).digest == fp.spectrum(K).digest
    assert fp.spectrum(2 * K, names={}).digest != fp.spectrum(K, names={}).digest
    assert len(DERIVED["gram"].digest) == 16


def test_text_of_a_derivation():
    text = str(DERIVED["gram"])
    assert text.startswith("Limiting spectral law") and "m(z) = m" in text and "m = " in text
    assert repr(DERIVED["gram"]) == text
    assert "c_1" in str(DERIVED["features"]) and "E f'(sqrt(q) x) for f = relu" in str(DERIVED["features"])


def test_positivity_is_recorded():
    assert DERIVED["gram"].system.positive and not fp.spectrum(fp.wigner(d) / fp.sqrt(d)).system.positive


def test_needs():
    assert DERIVED["number"].needs == ("d", "lambda", "n")
    assert fp.spectrum(fp.wigner(d) / fp.sqrt(d)).needs == ()


def test_deriving_twice_gives_one_system():
    first, second = fp.spectrum(FEATURES.T @ FEATURES / p), fp.spectrum(FEATURES.T @ FEATURES / p)
    assert first.system.equations == second.system.equations and first.digest == second.digest


# -- numbers that nobody else looks at -------------------------------------------------------------


def test_deterministic_models():
    at = fp.spectrum(S @ S + fp.identity(d)).at()
    assert at.atoms() == pytest.approx({2.0: 0.5, 17.0: 0.5}) and len(at.edges()) == 0
    assert [int(m) for m in at.moments(2)] == [9, 146]
    assert at.stieltjes(1j) == pytest.approx(0.5 / (2 - 1j) + 0.5 / (17 - 1j), rel=1e-14)
    assert float(fp.limit(fp.tr(S @ fp.inv(S + fp.identity(d)))).at()) == pytest.approx(0.5 * (0.5 + 0.8))


def test_numbers_without_randomness_or_sizes():
    assert float(fp.limit(fp.tr(fp.identity(d))).at()) == 1
    assert float(fp.limit(3 * fp.tr(S) - 1).at()) == 6.5
    assert float(fp.limit(lam * v.T @ v / d).at(lambda_=2)) == 2


def test_shift_and_scale():
    a, b = fp.parameters("a b", real=True)
    plain, moved = fp.spectrum(K).at(n=2, d=1), fp.spectrum(a * K + b * fp.identity(d)).at(n=2, d=1, a=-3, b=5)
    np.testing.assert_allclose(moved.edges(), 5 - 3 * plain.edges()[::-1], rtol=1e-11)
    z = 1 + 0.3j
    assert moved.stieltjes(z) == pytest.approx(plain.stieltjes((z - 5) / -3) / -3, rel=1e-11)


@pytest.mark.parametrize(("sample", "dimension"), [(1, 0.01), (1, 100), (1, 1)])
def test_companion_laws(sample, dimension):
    """X X^T and X^T X: the same edges, m related exactly, at extreme ratios too."""
    one, other = fp.spectrum(K).at(n=sample, d=dimension), fp.spectrum(X.T @ X / n).at(n=sample, d=dimension)
    ratio = dimension / sample
    np.testing.assert_allclose(one.edges(), other.edges(), rtol=1e-10, atol=1e-13)
    z = np.array([0.5 + 0.1j, ratio + 0.2j, -1.0])
    np.testing.assert_allclose(other.stieltjes(z), ratio * one.stieltjes(z) + (ratio - 1) / z, rtol=1e-11)
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2
    np.testing.assert_allclose(one.edges(), [low, high], rtol=1e-11, atol=1e-13)
    assert one.mass() == pytest.approx(1, abs=1e-9) and other.mass() == pytest.approx(1, abs=1e-9)


def test_resolvents_of_both_sides():
    """tr X X^T/n Q + lambda tr Q = 1, and the two-resolvent identity -d/dlambda tr Q = tr Q^2."""
    given = dict(n=1, d=1.7, lambda_=0.4)
    one = float(fp.limit(fp.tr(K @ Q)).at(**given)) + 0.4 * float(fp.limit(fp.tr(Q)).at(**given))
    assert one == pytest.approx(1, rel=1e-12)
    tau, step = fp.limit(fp.tr(Q)), 1e-4
    slope = (float(tau.at(n=1, d=1.7, lambda_=0.4 + step)) - float(tau.at(n=1, d=1.7, lambda_=0.4 - step))) / (2 * step)
    assert float(fp.limit(fp.tr(Q @ Q)).at(**given)) == pytest.approx(-slope, rel=1e-6)


def test_functionals_of_an_inverse_are_spectral_integrals():
    S2 = fp.population(d, fp.laws.uniform(1, 3))
    gram = S2**0.5 @ X @ X.T @ S2**0.5 / n
    at = fp.spectrum(gram).at(n=1, d=0.6)
    direct = float(fp.limit(fp.tr(fp.inv(fp.identity(d) + gram))).at(n=1, d=0.6))
    assert direct == pytest.approx(at.integrate(lambda t: 1 / (1 + t)), rel=1e-9)
    inverse = fp.spectrum(fp.inv(fp.identity(d) + gram)).at(n=1, d=0.6)
    assert inverse.integrate(lambda t: t) == pytest.approx(direct, rel=1e-9)
    np.testing.assert_allclose(inverse.edges(), 1 / (1 + at.edges()[::-1]), rtol=1e-9)
    other = float(fp.limit(fp.tr(fp.inv(fp.identity(n) + X.T @ S2 @ X / n))).at(n=1, d=0.6))
    assert other == pytest.approx(0.6 * direct + 0.4, rel=1e-10)


def test_wisharts_that_share_a_population():
    """S^(1/2) (X X^T + U U^T) S^(1/2) / n is one Wishart matrix of twice the samples."""
    both = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n + S**0.5 @ U @ U.T @ S**0.5 / n).at(n=1, d=0.5)
    one = fp.spectrum(2 * S**0.5 @ X @ X.T @ S**0.5 / n).at(n=2, d=0.5)
    np.testing.assert_allclose(both.edges(), one.edges(), rtol=1e-11)
    x = np.linspace(0.1, 12, 50)
    np.testing.assert_allclose(both.density(x), one.density(x), atol=1e-10)


def test_polynomials_of_degree_four():
    A, B = fp.wigner(d) / fp.sqrt(d), fp.wigner(d) / fp.sqrt(d)
    word = A @ B @ B @ A + B @ A @ A @ B
    moments = [int(m) for m in fp.spectrum(word).at().moments(2)]
    # tr(ABBA) = 1; tr of the squares: ABBAABBA -> 2*2 - ... by non-crossing pairings of each letter
    assert moments[0] == 2
    assert moments[1] == _moment(word_of="ABBA", other="BAAB")
    fourth = fp.spectrum(A @ A @ A @ A).at()
    assert [int(m) for m in fourth.moments(3)] == [2, 14, 132]  # Catalan numbers C_2, C_4, C_6


def _moment(word_of: str, other: str) -> int:
    """Return tr of the square of a sum of two words in free semicirculars: non-crossing pairings of equal letters."""

    def count(word: str) -> int:
        if not word:
            return 1
        return sum(count(word[1:k]) * count(word[k + 1 :]) for k in range(1, len(word), 2) if word[k] == word[0])

    return sum(count(a + b) for a in (word_of, other) for b in (word_of, other))


def test_block_matrices():
    """[[0, X], [X^T, 0]] has the singular values of X and their mirror images."""
    block = fp.block([[0, X / fp.sqrt(n)], [X.T / fp.sqrt(n), 0]])
    at, gram = fp.spectrum(block).at(n=2, d=1), fp.spectrum(K).at(n=2, d=1)
    roots = np.sqrt(gram.edges())
    np.testing.assert_allclose(at.edges(), [-roots[1], -roots[0], roots[0], roots[1]], rtol=1e-11)
    assert at.atoms() == pytest.approx({0.0: 1 / 3})
    x = np.linspace(roots[0] + 0.01, roots[1] - 0.01, 20)
    np.testing.assert_allclose(at.density(x), gram.density(x**2) * 2 * x / 3, rtol=1e-9)


def test_schur_complements():
    """A corner of the inverse of blocks is the inverse of the Schur complement."""
    A = fp.wigner(d) / fp.sqrt(d)
    blocks = fp.block([[A + 3 * fp.identity(d), X / fp.sqrt(n)], [X.T / fp.sqrt(n), -2 * fp.identity(n)]])
    whole = float(fp.limit(fp.tr(fp.inv(blocks))).at(n=1, d=1))
    first = float(fp.limit(fp.tr(fp.inv(A + 3 * fp.identity(d) + K / 2))).at(n=1, d=1))
    inner = fp.inv(A + 3 * fp.identity(d))
    second = float(fp.limit(fp.tr(fp.inv(2 * fp.identity(n) + X.T @ inner @ X / n))).at(n=1, d=1))
    assert whole == pytest.approx((first - second) / 2, rel=1e-10)


def test_three_layers():
    V, Y = fp.gaussian(d, p), fp.gaussian(p, d)
    first = fp.tanh(W @ X / fp.sqrt(d))
    second = fp.erf(V @ first / fp.sqrt(p))
    third = fp.sign(Y @ second / fp.sqrt(d))
    at = fp.spectrum(third.T @ third / p).at(n=1, d=1.5, p=2)
    assert float(at.moments(1)[0]) == pytest.approx(1, rel=1e-12)  # sign^2 = 1
    assert at.mass() == pytest.approx(1, abs=1e-9)
    assert at.quadrature_moment(3) == pytest.approx(float(at.moments(3)[2]), rel=1e-9)


def test_the_scalar_calculus_is_tried_where_the_pencil_is_refused(monkeypatch):
    def refuse(*arguments):
        raise UnsupportedModel("the pencil says no")

    free, together = fp.population(n, fp.laws.uniform(1, 2)), fp.wigner(n) / fp.sqrt(n)
    expected = fp.spectrum(free + together, via="scalar").at(n=1).stieltjes(1 + 1j)
    monkeypatch.setitem(pipeline.ROUTES, "pencil", refuse)
    assert fp.spectrum(free + together).at(n=1).stieltjes(1 + 1j) == expected
    with pytest.raises(UnsupportedModel, match="the pencil says no"):
        fp.spectrum(free + together, via="pencil")
    with pytest.raises(UnsupportedModel, match="the pencil says no"):
        fp.spectrum(free @ together + together @ free)
