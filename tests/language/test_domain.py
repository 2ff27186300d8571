"""Values at which a model does not exist are refused, whether its equations notice or not."""

import pytest

import freeprob as fp
from freeprob.language.domain import domain_conditions

n, p = fp.sizes("n p")
rho, tau, q = fp.parameters("rho tau q")
s = fp.parameters("s", positive=True)
X, Y = fp.correlated([[1, rho], [rho, 1]], p, n)
Z, B, W = fp.elliptic(n, tau), fp.bonds(p, n, keep=q), fp.gaussian(p, n)


@pytest.mark.parametrize(
    ("matrix", "good", "bad"),
    [
        ((X + Y) @ (X + Y).T / n, {"rho": -0.5}, {"rho": 1.2}),
        ((Z + Z.T) / fp.sqrt(n), {"tau": 1}, {"tau": -1.1}),
        (Z @ Z.T / n, {"tau": 0.3}, {"tau": 2}),
        (fp.hadamard(B, W) @ fp.hadamard(B, W).T / n, {"q": 0.3}, {"q": 1.5}),
    ],
)
def test_values_outside_the_domain(matrix, good, bad):
    law = fp.spectrum(matrix)
    sizes = {name: value for name, value in {"n": 1, "p": 0.5}.items() if name in law.known}
    assert law.at(**sizes, **good).density(0.4) >= 0
    with pytest.raises(fp.MissingValue, match="does not exist at"):
        law.at(**sizes, **bad)


def test_assumptions_settle_conditions():
    assert domain_conditions(fp.sqrt(s) * fp.wigner(n) / fp.sqrt(n)) == ()
    assert [value for value, _ in domain_conditions(fp.sqrt(1 - s) * fp.wigner(n) / fp.sqrt(n))] == [1 - s]


def test_samples_outside_the_domain():
    with pytest.raises(fp.UnsupportedModel, match="must lie between -1 and 1"):
        Z.simulate({"n": 4}, {"tau": 2})
    with pytest.raises(fp.UnsupportedModel, match="the probability must lie in"):
        B.simulate({"n": 4, "p": 3}, {"q": -1})


def test_a_parameter_of_a_leaf_is_not_replaced():
    with pytest.raises(TypeError, match="the parameter tau belongs to the ensemble of the leaf"):
        (Z + Z.T).subs({tau: 1})
