import networkx
import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language import laws

d = sympy.Symbol("d", positive=True)


@pytest.mark.parametrize("degree", [2, 3, 4])
def test_moments_count_closed_walks_on_the_tree(degree):
    """McKay 1981, lemma 2.1: closed walks from the root of the regular tree, by brute force."""
    frontier, tree = [0], networkx.empty_graph(1)
    for depth in range(5):
        following = []
        for node in frontier:
            for _ in range(degree if depth == 0 else degree - 1):
                following.append(len(tree))
                tree.add_edge(node, len(tree))
        frontier = following
    adjacency = networkx.to_scipy_sparse_array(tree, dtype=int)
    walk = np.zeros(len(tree), dtype=int)
    walk[0] = 1
    law = laws.kesten_mckay(degree)
    for k in range(1, 11):  # a walk of length 10 stays within distance 5
        walk = adjacency @ walk
        assert law.moment(k) == walk[0]


def test_degree_two_is_the_arcsine_law_and_a_large_degree_the_semicircle():
    two, arcsine = laws.kesten_mckay(2), laws.arcsine(-2, 2)
    z = np.array([0.3 + 0.1j, -2.5, 1.0])
    np.testing.assert_allclose(two.cauchy(z), arcsine.cauchy(z), rtol=1e-13)
    np.testing.assert_allclose(two.nodes(9), arcsine.nodes(9), atol=1e-14)
    assert sympy.limit(laws.kesten_mckay(d).moment(6) / d**3, d, sympy.oo) == 5


def test_sum_of_free_haar_unitaries():
    """d = 2 r: free cumulants of r free copies of arcsine(-2, 2) add (Kesten 1959); here through the moments."""
    m2, m4 = (2 * laws.arcsine(-2, 2).moment(2), laws.kesten_mckay(4).moment(4))
    kappa4 = laws.arcsine(-2, 2).moment(4) - 2 * laws.arcsine(-2, 2).moment(2) ** 2
    assert laws.kesten_mckay(4).moment(2) == m2 and m4 == 2 * m2**2 + 2 * kappa4


def test_random_regular_graph():
    """Traces of one large cubic graph; they exceed those of the tree by walks around cycles.

    Closed walks without backtracking of length j number 2^j on average, with variance 2 j 2^j (McKay, Wormald and
    Wysocka 2004), and x^4 = f_4 + ..., x^6 = f_6 + 12 f_4 + ... for their generating polynomials f_j at d = 3.
    """
    size = 1500
    eigenvalues = np.linalg.eigvalsh(networkx.to_numpy_array(networkx.random_regular_graph(3, size, seed=1)))
    cycles = {2: (0, 0.0), 4: (16, 128**0.5), 6: (64 + 8 + 12 * 16, (768 + 144 * 128) ** 0.5)}  # 8: triangles, twice
    for k, (mean, deviation) in cycles.items():
        excess = np.sum(eigenvalues**k) - size * float(laws.kesten_mckay(3).moment(k))
        assert abs(excess - mean) <= 4.5 * deviation + 1e-6


def test_gauss_rule_is_exact_to_its_degree_close_to_degree_two():
    law = laws.kesten_mckay("20001/10000")
    for count in (1, 2, 3, 8):
        points, weights = law.nodes(count)
        for k in range(2 * count):
            assert weights @ points**k == pytest.approx(float(law.moment(k)), rel=1e-12, abs=1e-13 * 2.0**k)
        assert abs(weights @ points ** (2 * count) - float(law.moment(2 * count))) > 0.5


@pytest.mark.parametrize("degree", [1, 1.999, "1/2", -3, sympy.oo])
def test_small_degrees_are_refused(degree):
    with pytest.raises(UnsupportedModel, match=r"at least 2|non-finite law"):
        laws.kesten_mckay(degree)
    with pytest.raises(UnsupportedModel, match=r"at least 2|non-finite law"):
        laws.kesten_mckay(d).subs({d: degree})
