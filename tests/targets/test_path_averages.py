"""Averages along a path against the sum over all combinations of nodes, and their derivatives against differences."""

import itertools

import numpy as np
import pytest

from freeprob.targets.path_averages import PathSite, alone, chained, combined, linked, path_averages, spread

SIZE, POINTS = 3, 3
PLACES, PARAMETERS = [(0, 0), (1, 2)], [(0, 0), (2, 1)]


def _sites(count, nodes=4, change=None, spread_out=1.0, correlations=()):
    """Return sites of random blocks; ``change`` is (site, parameter, difference).

    The first sites have coordinates of a chain.
    """
    rng = np.random.default_rng(1)
    x, weights = np.polynomial.legendre.leggauss(nodes)
    weights = weights / 2
    enter, leave = [alone([weights]) for _ in range(count)], [alone([weights]) for _ in range(count)]
    for k, rho in enumerate(correlations):
        rule = x[:, None], weights, [weights], 0
        leave[k], enter[k + 1] = linked(rule, rule, rho)
    sites = []
    for k in range(count):
        draw = rng.normal(size=(SIZE, SIZE, 2, POINTS)) / 3
        entries = {(i, j): draw[i, j, 0] + 1j * draw[i, j, 1] + 3 * (i == j) for i in range(SIZE) for j in range(SIZE)}
        entries[1, 1] = entries[1, 1] + 0.5 * spread_out * x[:, None]
        entries[0, 2] = entries[0, 2] * 0.3 + spread_out * x[:, None]
        if change is not None and change[0] == k:
            entries[PARAMETERS[change[1]]] = entries[PARAMETERS[change[1]]] + change[2]
        sites.append(PathSite(SIZE, entries, enter[k], leave[k], (0, 1), (2, 0), 4.0 + 1j * k, PLACES, PARAMETERS))
    return sites


def _summed(sites):
    """Return the averages by the inverse of the whole matrix at all combinations of nodes."""
    total = np.zeros((len(PLACES) * len(sites), POINTS), dtype=complex)
    for chosen in itertools.product(*(range(site.enter.shape[1]) for site in sites)):
        weight = sites[0].enter[0, chosen[0]] * sites[-1].leave[0, chosen[-1]]
        for (one, k), (other, j) in itertools.pairwise(zip(sites, chosen, strict=True)):
            weight = weight * (one.leave[:, k] @ other.enter[:, j])
        whole = np.zeros((POINTS, SIZE * len(sites), SIZE * len(sites)), dtype=complex)
        for k, site in enumerate(sites):
            for (i, j), value in site.entries.items():
                whole[:, SIZE * k + i, SIZE * k + j] = value if value.ndim == 1 else value[chosen[k]]
            if k:
                (p, q), (d, c) = site.left, sites[k - 1].right
                whole[:, SIZE * k + p, SIZE * (k - 1) + c] = site.coupling
                whole[:, SIZE * (k - 1) + d, SIZE * k + q] = 1.0
        inverse = np.linalg.inv(whole)
        for k in range(len(sites)):
            for number, (i, j) in enumerate(PLACES):
                total[len(PLACES) * k + number] += weight * inverse[:, SIZE * k + i, SIZE * k + j]
    return total


def test_averages_are_those_over_all_combinations():
    sites = _sites(5)
    expected = _summed(sites)
    errors = [np.abs(path_averages(sites, count, POINTS)[0] - expected).max() for count in (2, 4, 6, 8, 20)]
    assert errors[-1] < 1e-12
    assert all(finer < coarser / 4 for coarser, finer in itertools.pairwise(errors[:4])), errors


CHAINS = pytest.mark.parametrize("correlations", [(0.6,), (0.3, -0.8), (0.5, 0.9, 0.7, 0.2)], ids=str)


@CHAINS
def test_chains_are_averaged_over_all_combinations(correlations):
    sites = _sites(5, correlations=correlations)
    assert np.abs(path_averages(sites, 20, POINTS)[0] - _summed(sites)).max() < 1e-12


def test_links_are_the_density_of_correlated_normal_variables():
    x, weights = np.polynomial.hermite_e.hermegauss(60)
    rule = x[:, None], weights / weights.sum(), [weights / weights.sum()], 0
    leave, enter = linked(rule, rule, 0.6)
    joint = (leave.T @ enter) * np.sqrt(np.multiply.outer(rule[1], rule[1]))
    assert joint.sum() == pytest.approx(1, rel=1e-13)
    assert x @ joint @ x == pytest.approx(0.6, rel=1e-12)
    assert x**2 @ joint @ x**2 == pytest.approx(1 + 2 * 0.6**2, rel=1e-12)
    assert np.exp(x) @ joint @ np.exp(x) == pytest.approx(np.exp(1.6), rel=1e-12)


def test_links_of_sites_with_other_coordinates():
    x, weights = np.polynomial.hermite_e.hermegauss(30)
    weights, coin = weights / weights.sum(), np.array([0.25, 0.75])
    plain = linked((x[:, None], weights, [weights], 0), (x[:, None], weights, [weights], 0), 0.5)
    rules = [coin, weights], [weights, coin]
    leave, enter = linked((x[:, None], weights, rules[0], 1), (x[:, None], weights, rules[1], 0), 0.5)
    single, both = plain[0].T @ plain[1], leave.T @ enter
    assert np.allclose(both, np.kron(np.sqrt(coin)[:, None], np.kron(single, np.sqrt(coin)[None])), atol=1e-14)


def test_few_combinations_are_kept_as_they_are():
    sites = _sites(3, nodes=2)
    assert np.abs(path_averages(sites, 8, POINTS)[0] - _summed(sites)).max() < 1e-14


@pytest.mark.parametrize("site", [0, 2, 4])
@pytest.mark.parametrize("correlations", [(), (0.6,), (0.5, 0.9, 0.7, 0.2)], ids=str)
def test_slopes_are_derivatives(site, correlations):
    _, slopes = path_averages(_sites(5, correlations=correlations), 20, POINTS)
    step = 1e-5
    for number in range(len(PARAMETERS)):
        up, down = (
            path_averages(_sites(5, change=(site, number, s), correlations=correlations), 20, POINTS)[0]
            for s in (step, -step)
        )
        difference = (up - down) / (2 * step)
        found = slopes[:, len(PARAMETERS) * site + number]
        assert np.abs(found - difference).max() < 1e-8 * np.abs(difference).max() + 1e-11


@pytest.mark.parametrize("scale", [0.0, 1e-9])
def test_laws_that_are_almost_points_keep_their_slopes(scale):
    _, slopes = path_averages(_sites(5, nodes=6, spread_out=scale), 8, POINTS)
    step = 1e-6
    up, down = (
        path_averages(_sites(5, nodes=6, change=(1, 0, s), spread_out=scale), 8, POINTS)[0] for s in (step, -step)
    )
    difference = (up - down) / (2 * step)
    assert np.abs(slopes[:, 2] - difference).max() < 1e-7 * np.abs(difference).max()


def test_many_points_are_taken_in_parts():
    sites = _sites(4)
    for site in sites:
        site.entries = {place: np.repeat(value, 30, axis=-1) for place, value in site.entries.items()}
    many = path_averages(sites, 12, 30 * POINTS)
    few = path_averages(_sites(4), 12, POINTS)
    assert np.allclose(many[0], np.repeat(few[0], 30, axis=-1), rtol=1e-12)
    assert np.allclose(many[1], np.repeat(few[1], 30, axis=-1), rtol=1e-9, atol=1e-14)


def test_rules_of_several_coordinates():
    rules = [np.array([0.25, 0.75]), np.array([0.5, 0.3, 0.2])]
    weights = combined(rules)
    first, second = (spread(np.arange(len(r))[:, None], rules, k)[:, 0] for k, r in enumerate(rules))
    assert list(zip(first, second, strict=True)) == list(itertools.product(range(2), range(3)))
    assert weights == pytest.approx([rules[0][a] * rules[1][b] for a, b in itertools.product(range(2), range(3))])


def test_the_chain_rule():
    rng = np.random.default_rng(0)
    outer, slopes, inner = rng.normal(size=(2, 3, 5)), rng.normal(size=(3, 4, 5)), rng.normal(size=(4, 2, 5))
    assert np.allclose(chained(outer, slopes, inner), np.einsum("abp,bcp,cdp->adp", outer, slopes, inner))
