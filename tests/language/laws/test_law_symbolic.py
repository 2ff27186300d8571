import copy
import pickle

import pytest
import sympy

from freeprob.errors import MissingValue, UnsupportedModel
from freeprob.language import laws

H = sympy.Symbol("H")


def test_placeholder_is_replaced_by_a_law():
    law = laws.symbolic("H")
    assert str(law) == law.latex() == "H" and law.free_symbols == {H}
    assert law.subs({H: laws.uniform(0, 1)}) == laws.uniform(0, 1)
    assert law.subs({sympy.Symbol("K"): 1}) is law
    assert not law.is_atomic
    for twin in (pickle.loads(pickle.dumps(law)), copy.deepcopy(law), laws.Law.from_data(law.to_data())):
        assert twin == law and hash(twin) == hash(law)
    with pytest.raises(UnsupportedModel, match="stands for a law"):
        law.subs({H: 2})
    with pytest.raises(UnsupportedModel, match="name"):
        laws.symbolic("2 x")


@pytest.mark.parametrize(
    "ask",
    [
        lambda law: law.support,
        lambda law: law.atoms,
        lambda law: law.moment(2),
        lambda law: law.nodes(4),
        lambda law: law.nodes(4, digits=40),
        lambda law: law.expectation(H, H),
        lambda law: law.sample(3),
        lambda law: law.quantiles(3),
        lambda law: law.cauchy(1j),
        lambda law: law.density(0.0),
    ],
)
def test_every_number_asks_for_the_law(ask):
    with pytest.raises(MissingValue, match=r"give a law for H, e\.g\. \.at\(H=fp\.laws\.atoms"):
        ask(laws.symbolic("H"))
