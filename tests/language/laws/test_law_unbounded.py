"""Laws without a bounded support or without moments: refused when they are built, used, or bound."""

import mpmath
import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.errors import UnsupportedModel
from freeprob.language import laws
from freeprob.language.laws.continuous import ContinuousLaw

x = sympy.Symbol("x")


class Pareto(ContinuousLaw):
    """Density x^-2 on [1, oo): no moment exists."""

    __slots__ = ()

    @classmethod
    def examples(cls):
        return ()

    def _support(self):
        return 1.0, np.inf

    def _moment(self, k):
        return sympy.oo

    def _interval(self, ops):
        return 0 * ops.pi, 0 * ops.pi + 1

    def _push(self, parameter, ops):
        return 1 / (1 - parameter), 1 + 0 * parameter

    def _rule(self, count, digits):
        return self._legendre_rule(count, digits)

    def _cauchy(self, z):
        raise NotImplementedError

    def _density(self, x):
        return x**-2.0


Pareto.name = "pareto"  # after the class is defined, so that it is not registered


@pytest.mark.parametrize(
    "build",
    [
        lambda: laws.density(sympy.exp(-x), (0, sympy.oo)),
        lambda: laws.density(lambda t: np.exp(-t), (0, np.inf)),
        lambda: laws.density(1 / (sympy.pi * (1 + x**2)), (-sympy.oo, sympy.oo)),
        lambda: laws.density(x**-2, (1, mpmath.inf)),
        lambda: laws.power_law(2, 1, sympy.oo),
        lambda: laws.power_law(2.5, 1, np.inf),
        lambda: laws.uniform(-sympy.oo, 0),
        lambda: laws.arcsine(0, np.inf),
        lambda: laws.beta(1, 2, 0, sympy.oo),
        lambda: laws.empirical([1.0, np.inf]),
        lambda: laws.atoms({sympy.oo: 1}),
    ],
)
def test_unbounded_laws_are_refused_when_built(build):
    with pytest.raises(UnsupportedModel, match=r"non-finite law.*(cut it off|remove)"):
        build()


def test_the_message_names_the_law_and_the_remedy():
    with pytest.raises(UnsupportedModel, match=r"density\(exp\(-x\), \(0, oo\)\).*unbounded.*cut it off"):
        laws.density(sympy.exp(-x), (0, sympy.oo))


def test_a_power_law_loses_its_cut_off_when_bound():
    end = sympy.Symbol("b", positive=True)
    with pytest.raises(UnsupportedModel, match=r"b in power_law is oo.*cut it off"):
        laws.power_law(2, 1, end).subs({end: sympy.oo})


def test_a_law_of_ones_own_is_refused_by_every_matrix():
    n, d = fp.sizes("n d")
    for build in (lambda: fp.population(d, Pareto()), lambda: fp.signal(n, d, Pareto())):
        with pytest.raises(UnsupportedModel, match=r"pareto\(\) has unbounded support \(1\.0, inf\).*cut it off"):
            build()


def test_a_law_of_ones_own_is_refused_when_bound():
    n, d = fp.sizes("n d")
    S, X = fp.population(d, laws.symbolic("H")), fp.gaussian(d, n)
    law = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n)
    with pytest.raises(UnsupportedModel, match=r"pareto\(\) has unbounded support.*cut it off"):
        law.at(n=1, d=1, H=Pareto())


def test_moments_that_do_not_exist_are_refused():
    with pytest.raises(UnsupportedModel, match=r"pareto\(\) has no finite moment of order 1; cut"):
        Pareto().moment(1)
    assert Pareto().moment(0) == 1
