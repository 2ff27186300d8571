"""Diagonal matrices of activations: theory against the real network, signal propagation, hypotheses."""

import mpmath
import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.activation_diagonals import FunctionTable
from freeprob.language.activations import as_activation
from freeprob.language.expression import walk
from freeprob.language.nodes import Leaf
from freeprob.language.simulation import Sampler

n, d = fp.sizes("n d")
POINTS = np.array([0.3 + 0.4j, 1.0 + 0.5j])
HALF = sympy.Rational(1, 2)


def weights(orthogonal=False):
    return fp.haar(n) if orthogonal else fp.gaussian(n, n) / fp.sqrt(n)


def chain(f, depth, scale=1, orthogonal=False, bias=0):
    """Return (output, input) of a network without skip connections; the first layer changes the width."""
    x = fp.gaussian(d)
    h = fp.entrywise(f, scale * fp.gaussian(n, d) @ x / fp.sqrt(d))
    for _ in range(depth - 1):
        h = fp.entrywise(f, scale * weights(orthogonal) @ h + bias * fp.gaussian(n))
    return h, x


def skip(f, depth, scale):
    x = fp.gaussian(n)
    h = x
    for _ in range(depth):
        h = h + scale * weights() @ fp.entrywise(f, weights() @ h)
    return h, x


def post(f, depth=2):
    x = fp.gaussian(n)
    h = x
    for _ in range(depth):
        h = h + fp.entrywise(f, weights() @ h)
    return h, x


def gated(f, depth):
    x = fp.gaussian(n)
    h = x
    for _ in range(depth):
        h = fp.hadamard(weights() @ h, fp.entrywise(f, weights() @ h))
    return h, x


NETWORKS = {
    "relu": (chain("relu", 2, sympy.sqrt(2)), "both"),
    "hard tanh and bias": (chain("hard_tanh", 2, sympy.Rational(3, 2), bias=HALF), "both"),
    "tanh": (chain("tanh", 2, sympy.Rational(3, 2)), "scalar"),
    "orthogonal": (chain("hard_tanh", 3, sympy.Rational(6, 5), orthogonal=True), "both"),
    "leaky relu": (chain("leaky_relu", 2, orthogonal=True), "both"),
    "orthogonal, with a wide range of slopes": (
        chain("silu", 4, sympy.Rational(3, 2), orthogonal=True, bias=HALF),
        "pencil",
    ),
    "residual blocks of two weights": (skip("relu", 2, HALF), "both"),
    "residual blocks of tanh": (skip("tanh", 2, HALF), "scalar"),
    "gated layers": (gated("sigmoid", 2), "pencil"),
    "gated layers, a kink at 0": (gated("relu", 2), "pencil"),
    "gated layers, swish": (gated("silu", 2), "pencil"),
    "residual blocks of one weight": (post("relu"), "pencil"),
    "smooth residual blocks of one weight": (post("tanh", 3), "pencil"),
    "slopes with a kink at 0": (chain("elu", 2, sympy.Rational(3, 2), bias=HALF), "both"),
    "slopes that jump at 0": (chain("selu", 2, sympy.Rational(3, 2)), "both"),
    "residual blocks of one weight, slopes that jump at 0": (post("selu"), "pencil"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_theory_agrees_with_real_networks(name):
    (output, source), route = NETWORKS[name]
    J = fp.jacobian(output, source)
    M = J.T @ J
    laws = [fp.spectrum(M, via=via) for via in ("pencil", "scalar") if route in (via, "both")]
    values = {"n": 1, "d": 0.7}
    given = {s: v for s, v in values.items() if s in laws[0].known}
    theory = [law.at(**given).stieltjes(POINTS) for law in laws]
    assert np.abs(theory[0] - theory[-1]).max() < 1e-9
    for size, seeds in ((200, 12), (500, 8)):
        samples = []
        for seed in range(seeds):
            sizes = {name: round(size * value) for name, value in given.items()}
            eigenvalues = np.linalg.eigvalsh(M.simulate(sizes, seed=seed))
            samples.append((1 / (eigenvalues[:, None] - POINTS)).mean(axis=0))
        samples = np.array(samples)
        error = samples.std(axis=0, ddof=1) / np.sqrt(seeds)
        assert (np.abs(samples.mean(axis=0) - theory[0]) < 4.5 * np.abs(error) + 4 / size).all()


def test_variances_follow_signal_propagation():
    """q_{l+1} = sigma_w^2 E f^2 + sigma_b^2, with symbols (Poole et al. 2016)."""
    sw, sb = fp.parameters("sigma_w sigma_b", positive=True)
    output, source = chain("erf", 3, sw, bias=sb)
    J = fp.jacobian(output, source)
    mean = fp.limit(fp.tr(J.T @ J)).at(n=1, d=1, sigma_w=1.3, sigma_b=0.4)
    q, chi = 1.3**2, 1.0
    for layer in range(3):
        if layer:
            q = 1.3**2 * float(as_activation("erf").second_moment(q)) + 0.4**2
        t, w = np.polynomial.hermite_e.hermegauss(150)
        slope = 2 / np.sqrt(np.pi) * np.exp(-q * t**2)
        chi *= 1.3**2 * float(w @ slope**2) / w.sum()
    assert float(mean) == pytest.approx(chi, rel=1e-9)


def test_two_functions_of_one_preactivation_commute():
    """An entrywise product of functions of one h: D_{f'} D_g + D_f D_{g'}."""
    x = fp.gaussian(n)
    h = weights() @ x
    moment = fp.limit(fp.tr(fp.diag(fp.step(h)) @ fp.diag(fp.sign(h)) @ fp.diag(fp.step(h))))
    assert float(moment.at(n=1)) == pytest.approx(0.5)


def test_smooth_functions_of_one_preactivation():
    x = fp.gaussian(n)
    h = weights() @ x
    value = fp.limit(fp.tr(fp.diag(h) @ fp.diag(fp.tanh(h))))
    t, w = np.polynomial.hermite_e.hermegauss(100)
    assert float(value.at(n=1)) == pytest.approx(float(w @ (t * np.tanh(t)) / w.sum()), rel=1e-8)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("scale", [1, -2])
def test_linear_functions_of_any_scale(first, scale):
    """E tanh(h) h, whichever of the two is met first: sizes in front of h stay in front."""
    h = weights() @ fp.gaussian(n)
    factors = (fp.diag(fp.tanh(h)), fp.diag(scale * h))
    value = fp.limit(fp.tr(factors[first] @ factors[1 - first]))
    t, w = np.polynomial.hermite_e.hermegauss(100)
    expected = scale * float(w @ (t * np.tanh(t)) / w.sum())
    assert float(value.at(n=1)) == pytest.approx(expected, rel=1e-8)


def test_hard_tanh_orthogonal_at_its_fixed_point():
    """Rows g13_hardtanh_orth_L3 of the reference values (Pennington, Schoenholz and Ganguli 2018)."""
    sw2, sb2 = sympy.Rational(21, 20), sympy.Rational(1, 50)
    second = sympy.lambdify("q", as_activation("hard_tanh").second_moment(sympy.Symbol("q")), "mpmath")
    with mpmath.workdps(40):
        fixed = mpmath.findroot(lambda q: mpmath.mpf(21) / 20 * second(q) + mpmath.mpf(1) / 50 - q, 0.3)
        q = sympy.Float(str(fixed), 35)
    x = fp.gaussian(n)
    h = sympy.sqrt((q - sb2) / sw2) * x
    for _ in range(3):
        h = fp.hard_tanh(sympy.sqrt(sw2) * fp.haar(n) @ h + sympy.sqrt(sb2) * fp.gaussian(n))
    J = fp.jacobian(h, x) / sympy.sqrt((q - sb2) / sw2)
    law = fp.spectrum(J @ J.T, via="scalar").at(n=1)
    assert float(law.moments(2)[1]) == pytest.approx(1.081200156930660477589, rel=1e-13)
    assert law.stieltjes(-1 + 0j).real == pytest.approx(0.5566498248030516051196, rel=1e-11)
    assert law.edges()[1] == pytest.approx(0.4454107815762097131231, rel=1e-10)
    assert law.atoms()[max(law.atoms())] == pytest.approx(0.8042931655275135156864, rel=1e-10)


def tied():
    x, W = fp.gaussian(n), weights()
    return fp.tanh(W @ fp.tanh(W @ x)), x


def without_weights():
    x = fp.gaussian(n)
    return fp.tanh(fp.tanh(weights() @ x)), x


def correlated():
    """Weights that two layers share correlate them beyond what the layer between explains."""
    x, W = fp.gaussian(n), weights()
    h = x + W @ fp.tanh(x)
    k = h + weights() @ fp.tanh(h)
    k = k + weights() @ fp.tanh(k) + W @ fp.tanh(x)
    return k + weights() @ fp.tanh(k), x


def of_several():
    x = fp.gaussian(n)
    return fp.entrywise(sympy.Max(*sympy.symbols("u v")), weights() @ x, weights() @ x), x


REFUSED = {
    "function of 2 vectors": of_several,
    "tied weights": tied,
    "does not": without_weights,
    "share a basis": correlated,
}


@pytest.mark.parametrize("reason", REFUSED)
def test_hypotheses_are_refused(reason):
    J = fp.jacobian(*REFUSED[reason]())
    with pytest.raises(fp.UnsupportedModel, match="activation_diagonal") as caught:
        fp.spectrum(J.T @ J)
    assert reason in str(caught.value)


def test_the_input_of_the_network_is_not_free_from_it():
    output, x = chain("tanh", 1)
    J = fp.jacobian(output, x)
    with pytest.raises(fp.UnsupportedModel, match="occurs outside the diagonal matrices"):
        fp.limit(x.T @ J.T @ J @ x / d)
    probe = fp.gaussian(d)
    mean = fp.limit(probe.T @ J.T @ J @ probe / d)
    assert float(mean.at(n=1, d=1)) == pytest.approx(float(fp.limit(fp.tr(J.T @ J)).at(n=1, d=1)))


def test_outliers_are_refused():
    output, x = chain("relu", 1)
    J = fp.jacobian(output, x)
    with pytest.raises(fp.UnsupportedModel, match="rank one"):
        fp.spectrum(J.T @ J).at(n=1, d=1).outliers()


def test_tables_in_high_precision():
    table = FunctionTable(as_activation("tanh"))
    (low,), (high,) = table(np.array([0.7]), 0.3), table([mpmath.mpf("0.7")], mpmath.mpf("0.3"), 30)
    assert float(high) == pytest.approx(low, rel=1e-14)


def test_laws_with_probabilities_that_are_coefficients():
    """Their weights follow the precision that is asked for, and a solver file holds them as numbers."""
    output, x = chain("hard_tanh", 2, sympy.Rational(3, 2), bias=HALF)
    J = fp.jacobian(output, x)
    law = fp.spectrum(J.T @ J)
    bound = law.at(n=1, d=0.7)
    z = 0.5 + 0.5j
    low, high = bound.precise(digits=30).stieltjes(z), bound.precise(digits=50).stieltjes(z)
    assert abs(low - high) < mpmath.mpf("1e-28")
    assert law.check(n=1, d=0.7, quick=True, only=["residual", "routes", "algebraic"]).verdict == "passed"


def test_solver_files_hold_the_weights(tmp_path):
    output, x = chain("hard_tanh", 2, sympy.Rational(3, 2), bias=HALF)
    J = fp.jacobian(output, x)
    law = fp.spectrum(J.T @ J)
    path = tmp_path / "solver.py"
    law.write_solver(path, target="numpy", n=1, d=0.7)
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    assert complex(space["stieltjes"](0.5 + 0.5j)) == pytest.approx(law.at(n=1, d=0.7).stieltjes(0.5 + 0.5j), rel=1e-12)


def normalised(f, norm, depth, before):
    """Return a network that is normalised before, or after, each activation."""
    h = x = fp.gaussian(n)
    for _ in range(depth):
        h = weights() @ h
        h = fp.entrywise(f, norm(h)) if before else norm(fp.entrywise(f, h))
    return weights() @ h, x


def normalised_blocks(f, norm, before):
    h = x = fp.gaussian(n)
    for _ in range(2):
        branch = weights() @ fp.entrywise(f, weights() @ (norm(h) if before else h)) / 2
        h = h + branch if before else norm(h + branch)
    return h, x


def dropped(norm):
    x = fp.gaussian(n)
    h = fp.mask(n, keep=0.6) @ fp.relu(weights() @ x)
    return fp.tanh(weights() @ norm(h)), x


NORMALISED = {
    "layer norm after a mask of neurons": dropped(fp.layer_norm),
    "layer norm before relu": normalised("relu", fp.layer_norm, 2, True),
    "layer norm after relu": normalised("relu", fp.layer_norm, 2, False),
    "rms norm after relu": normalised("relu", fp.rms_norm, 2, False),
    "layer norm before residual blocks": normalised_blocks("relu", fp.layer_norm, True),
    "layer norm after residual blocks": normalised_blocks("tanh", fp.layer_norm, False),
}


@pytest.mark.parametrize("name", NORMALISED)
def test_jacobians_of_normalised_networks_agree_with_their_derivatives(name):
    """The theory against finite differences of the real network, whose normalisations have all their derivative."""
    output, source = NORMALISED[name]
    J = fp.jacobian(output, source)
    law = fp.spectrum(J.T @ J)
    with pytest.raises(fp.UnsupportedModel, match="derivative of a normalisation"):
        law.at(n=1).outliers()
    theory = law.at(n=1).stieltjes(POINTS)
    size, samples = 150, []
    for seed in range(8):
        sampler = Sampler({"n": size}, {}, seed)
        sampler.value(output)
        leaves = {node: sampler.done[node] for node in walk(output) if isinstance(node, Leaf)}
        rows = []
        for k in range(size):
            ends = []
            for step in (1e-5, -1e-5):
                moved = Sampler({"n": size}, {}, seed)
                moved.done.update(leaves)
                moved.done[source] = leaves[source] + step * np.eye(size)[:, [k]]
                ends.append(moved.value(output)[:, 0])
            rows.append((ends[0] - ends[1]) / 2e-5)
        singular = np.linalg.svd(np.array(rows), compute_uv=False) ** 2
        samples.append((1 / (singular[:, None] - POINTS)).mean(axis=0))
    error = np.std(samples, axis=0, ddof=1) / np.sqrt(len(samples))
    assert (np.abs(np.mean(samples, axis=0) - theory) < 4.5 * np.abs(error) + 4 / size).all()
