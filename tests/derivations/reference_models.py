"""The models of the reference rows, written in the package's language."""

from itertools import pairwise

import sympy

import freeprob as fp

n, d, p, q, r = fp.sizes("n d p q r")
u = sympy.Symbol("u", real=True)
CENTRED_RELU = sympy.Max(u, 0) - 1 / sympy.sqrt(2 * sympy.pi)


def _atoms(places, weights):
    return fp.laws.atoms(dict(zip(places, weights, strict=True)))


def marchenko_pastur(c, s2):
    X = fp.gaussian(d, n)
    return sympy.Rational(s2) * X @ X.T / n, dict(n=1, d=sympy.Rational(c))


def semicircle(s2):
    H = fp.wigner(n)
    return fp.sqrt(sympy.Rational(s2)) * H / fp.sqrt(n), dict(n=1)


def generalised(c, law):
    T = fp.population(d, law)
    X = fp.gaussian(d, n)
    return T**0.5 @ X @ X.T @ T**0.5 / n, dict(n=1, d=sympy.Rational(c))


def separable(c, A, wA, B, wB):
    S, T = fp.population(d, _atoms(A, wA)), fp.population(n, _atoms(B, wB))
    X = fp.gaussian(d, n)
    return S**0.5 @ X @ T @ X.T @ S**0.5 / n, dict(n=1, d=sympy.Rational(c))


def product(ratios):
    sizes = fp.sizes(" ".join(f"n_{k}" for k in range(len(ratios) + 1)))
    J = None
    for rows, columns in pairwise(sizes):
        G = fp.gaussian(rows, columns) / fp.sqrt(columns)
        J = G if J is None else J @ G
    values = {sizes[0].name: 1} | {s.name: 1 / sympy.Rational(c) for s, c in zip(sizes[1:], ratios)}
    return J @ J.T, values


def site_wigner(q_, v):
    D = fp.population(n, fp.laws.atoms({1: q_, 0: 1 - sympy.Rational(q_)}))
    W = fp.wigner(n)
    return fp.sqrt(sympy.Rational(v)) * D @ W @ D / fp.sqrt(n), dict(n=1)


def site_wishart(q_, c):
    D = fp.population(d, fp.laws.atoms({1: q_, 0: 1 - sympy.Rational(q_)}))
    Z = fp.gaussian(d, n)
    return D @ Z @ Z.T @ D / n, dict(n=1, d=sympy.Rational(c))


def bond_wishart(q_, c):
    Z = fp.gaussian(d, n)
    return fp.hadamard(fp.bonds(d, keep=q_), Z @ Z.T / n), dict(n=1, d=sympy.Rational(c))


def wigner_xyx(v1, v2):
    x, y = fp.wigner(n), fp.wigner(n)
    scale = sympy.Rational(v1) * sympy.sqrt(sympy.Rational(v2))
    return scale * x @ y @ x / n / fp.sqrt(n), dict(n=1)


def hessian(eps, phi):
    J, W = fp.gaussian(n, p), fp.wigner(n)
    return J @ J.T / p + fp.sqrt(2 * sympy.Rational(eps)) * W / fp.sqrt(n), dict(n=sympy.Rational(phi), p=1)


def deformed_wigner(v, atoms, weights):
    A, W = fp.population(n, _atoms(atoms, weights)), fp.wigner(n)
    return A + fp.sqrt(sympy.Rational(v)) * W / fp.sqrt(n), dict(n=1)


def anticommutator():
    x, y = fp.wigner(n), fp.wigner(n)
    return (x @ y + y @ x) / n, dict(n=1)


def anticommutator_and_square():
    x, y = fp.wigner(n), fp.wigner(n)
    return (x @ y + y @ x + x @ x) / n, dict(n=1)


def random_features(activation, m_over_n0, m_over_n1):
    W, X = fp.gaussian(p, d), fp.gaussian(d, n)
    F = fp.entrywise(activation, W @ X / fp.sqrt(d))
    return F.T @ F / p, dict(n=1, d=1 / sympy.Rational(m_over_n0), p=1 / sympy.Rational(m_over_n1))


def conjugate_kernel(gammas):
    """Two layers of tanh, normalised to unit variance; its second moment is given to 30 digits."""
    activation = sympy.tanh(u) / sympy.sqrt(sympy.Rational("0.394294490397841174416459772444"))
    sizes = (d, p, q)
    F = fp.gaussian(d, n)
    for rows, columns in zip(sizes[1:], sizes):
        F = fp.entrywise(activation, fp.gaussian(rows, columns) @ F / fp.sqrt(columns))
    return F.T @ F / q, {"n": 1} | {s.name: 1 / sympy.Rational(g) for s, g in zip(sizes, gammas)}


def linear_jacobian(layers, sw2):
    J = fp.identity(n)
    for _ in range(layers):
        J = fp.sqrt(sympy.Rational(sw2)) * fp.gaussian(n, n) @ J / fp.sqrt(n)
    return J @ J.T, dict(n=1)


def residual_jacobian(layers, a2):
    J = fp.identity(n)
    for _ in range(layers):
        J = (fp.identity(n) + fp.sqrt(sympy.Rational(a2)) * fp.gaussian(n, n) / fp.sqrt(n)) @ J
    return J @ J.T, dict(n=1)


def block_shifted(c, s):
    X = fp.gaussian(p, n) / fp.sqrt(n)
    return fp.block([[fp.zeros(p, p), X], [X.T, sympy.Rational(s) * fp.identity(n)]]), dict(n=1, p=sympy.Rational(c))


def block_correlated():
    S = [fp.wigner(n) / fp.sqrt(n) for _ in range(3)]
    B = sympy.Rational(1, 2) * S[0] + sympy.Rational(7, 10) * S[2]
    C = sympy.Rational(3, 5) * S[0] + sympy.Rational(4, 5) * S[1]
    return fp.block([[S[0], B], [B, C]]), dict(n=1)


def variance_profile(c, rho, gamma, s):
    rows, columns = fp.sizes("p_1 p_2"), fp.sizes("n_1 n_2")
    table = [[sympy.Rational(entry) for entry in row] for row in s]
    Y = fp.variance_profile(rows, columns, variances=table) / fp.sqrt(columns[0] + columns[1])
    values = {a.name: sympy.Rational(c) * sympy.Rational(x) for a, x in zip(rows, rho)}
    return Y @ Y.T, values | {b.name: sympy.Rational(x) for b, x in zip(columns, gamma)}


def _projection(weight):
    return fp.laws.atoms({1: weight, 0: 1 - sympy.Rational(weight)})


def sum_of_rotated(components):
    laws = [_atoms(component["atoms"], component["weights"]) for component in components]
    return sum((fp.rotated(n, law) for law in laws[1:]), fp.population(n, laws[0])), dict(n=1)


def jacobi(a, b):
    P, Q = fp.population(n, _projection(a)), fp.rotated(n, _projection(b))
    return P @ Q @ P, dict(n=1)


def projected_wishart(q_, c):
    P, Z = fp.rotated(d, _projection(q_)), fp.gaussian(d, n)
    return P @ Z @ Z.T @ P / n, dict(n=1, d=sympy.Rational(c))


def information_plus_noise(c, sigma2, atoms, weights):
    law = fp.laws.atoms({sympy.sqrt(sympy.Rational(x)): w for x, w in zip(atoms, weights, strict=True)})
    Y = fp.signal(p, n, law) + fp.sqrt(sympy.Rational(sigma2)) * fp.gaussian(p, n) / fp.sqrt(n)
    return Y @ Y.T, dict(p=sympy.Rational(c), n=1)


def sum_of_rotations(count, s):
    total = fp.zeros(n, n)
    for _ in range(count):
        rotation = fp.haar(n)
        total = total + rotation + rotation.T
    return sympy.Rational(s) * total, dict(n=1)


MODELS = {
    "g01_mp_c0.37": lambda v: marchenko_pastur(v["c"], v["s2"]),
    "g01_semicircle_a": lambda v: semicircle(v["s2"]),
    "g02_atoms3_c0.21": lambda v: generalised(v["c"], _atoms(v["t"], v["w"])),
    "g02_uniform_c0.37": lambda v: generalised(v["c"], fp.laws.uniform(v["a"], v["b"])),
    "g03_separable_c0.37": lambda v: separable(v["c"], v["A"], v["wA"], v["B"], v["wB"]),
    "g04_k2_a": lambda v: product(v["c"]),
    "g04_k3_bottleneck": lambda v: product(v["c"]),
    "g05_site_wigner_a": lambda v: site_wigner(v["q"], v["v"]),
    "g05_site_wishart_a": lambda v: site_wishart(v["q"], v["c"]),
    "g05_bond_wishart_a": lambda v: bond_wishart(v["q"], v["c"]),
    "g05_wigner_xyx_a": lambda v: wigner_xyx(v["v1"], v["v2"]),
    "g05_wishart_wishart_a": lambda v: product([v["c1"], v["c2"]]),
    "g06_pb_a": lambda v: hessian(v["eps"], v["phi"]),
    "g06_two_projections_a": lambda v: sum_of_rotated(v["components"]),
    "g06_sc_atoms_twocut": lambda v: deformed_wigner(v["v"], v["atoms"], v["weights"]),
    "g07_jacobi_a": lambda v: jacobi(v["a"], v["b"]),
    "g07_proj_mp_a": lambda v: projected_wishart(v["q"], v["c"]),
    "g08_anticommutator_sc_a": lambda v: anticommutator(),
    "g08_bms_a": lambda v: anticommutator_and_square(),
    "g09_infonoise_a": lambda v: information_plus_noise(v["c"], v["sigma2"], v["atoms"], v["weights"]),
    "g10_relu_a": lambda v: random_features(CENTRED_RELU, v["m_over_n0"], v["m_over_n1"]),
    "g10_tanh_a": lambda v: random_features(sympy.tanh(u), v["m_over_n0"], v["m_over_n1"]),
    "g11_ck_L2_tanh": lambda v: conjugate_kernel(v["gammas"]),
    "g13_linear_L3": lambda v: linear_jacobian(v["L"], v["sw2"]),
    "g13_res_linear_L4": lambda v: residual_jacobian(v["L"], v["a2"]),
    "g15_arcsine_a": lambda v: sum_of_rotations(v["k"], v["s"]),
    "g15_kesten_k2": lambda v: sum_of_rotations(v["k"], v["s"]),
    "g16_block_xs_a": lambda v: block_shifted(v["c"], v["s"]),
    "g16_corr_block2_a": lambda v: block_correlated(),
    "g17_cov_a": lambda v: variance_profile(v["c"], v["rho"], v["gamma"], v["s"]),
}
