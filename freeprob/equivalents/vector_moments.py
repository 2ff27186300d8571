r"""Inner products of the vectors of a network in the limit: signal propagation on the graph.

At initialisation the entries of a vector of a wide network behave like independent copies of one random variable:
``W u`` like a Gaussian variable of variance ``lim |u|^2 / width`` that is independent of what does not hold W, and
``f(h)`` like f of the variable of h. So ``lim <u, v>/N`` follows from below, for one input:

    q_{l+1} = sigma_w^2 E f(sqrt(q_l) xi)^2 + sigma_b^2.

Poole, Lahiri, Raghu, Sohl-Dickstein and Ganguli 2016; Schoenholz, Gilmer, Ganguli and Sohl-Dickstein 2017; for graphs
of any form, Yang 2020 (tensor programs).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import sympy

from ..derivation.coefficient import Coefficient
from ..derivation.record import Hypothesis, Refusal
from ..errors import UnsupportedModel
from ..language.activations import Activation, as_activation
from ..language.expression import ONE, Expression, walk
from ..language.hadamard import is_all_ones
from ..language.nodes import Entrywise, Hadamard, Leaf, Product, Transpose
from ..language.operations import family_function, multiply, spectral_function, tr
from ..language.printing import Names, text
from .activation_moment import Moment, mean_formula
from .coefficients import variance_coefficient
from .preactivation import weight_factor

__all__ = ["RULE", "VectorMoments", "entry_function"]

RULE = "activation_diagonal"

_SHORT = 12
"""A scalar with more operations than this is given a symbol."""

_FEW = 3
"""A scalar in more symbols than this is not written out: it would be short only by chance."""

Entry = tuple[Activation, Expression]
"""A function of a Gaussian vector, entry by entry."""


def entry_function(node: Expression) -> Entry:
    """Return (f, h) with node = f(h).

    Raises
    ------
    UnsupportedModel
        If the node is a function of several vectors that is no product of functions of one.
    """
    if isinstance(node, Entrywise):
        if len(node.arguments) > 1:
            raise UnsupportedModel(
                f"{RULE}: {node} is a function of {len(node.arguments)} vectors at once, and this rule covers "
                "functions of one, their sums and products. Remedy: write it so, a gate for "
                "example as fp.hadamard(f(g), h)"
            )
        return node.activation, node.arguments[0]
    return as_activation("linear"), node


class VectorMoments:
    """Limits of ``<u, v>/N`` for vectors of one network.

    Parameters
    ----------
    closed_form : callable
        Returns the limit of a normalised trace of functions of populations, or None.
    names : mapping of Expression to str
        Names of matrices in messages.

    Attributes
    ----------
    coefficients : list of Coefficient
        Symbols for variances and moments that are too long, or have no closed form.
    """

    def __init__(self, closed_form: Callable[[Expression], sympy.Expr | None], names: Names):
        self.closed_form = closed_form
        self.names = names
        self.coefficients: list[Coefficient] = []
        self.symbols: dict[tuple, sympy.Symbol] = {}
        self.known: dict[tuple[Expression, Expression], sympy.Expr] = {}
        self._variances: dict[Expression, sympy.Expr] = {}
        self._values: dict[tuple[Activation, str, sympy.Expr], sympy.Expr] = {}
        self.checked: dict[Expression, tuple[Hypothesis, ...]] = {}
        self.below: dict[Expression, frozenset[Expression]] = {}

    # ---- Gaussian vectors -----------------------------------------------------------------------------------------

    def prepare(self, vectors: Sequence[Expression]) -> None:
        """Go through networks from below, so that no recursion is deep."""
        for node in walk(*vectors):
            self.below[node] = frozenset([node] if isinstance(node, Leaf) else ()).union(
                *(self.below[argument] for argument in node.arguments)
            )
            if isinstance(node, Entrywise) and node.columns == (ONE,):
                self.variance(node.arguments[0])

    def require_gaussian(self, vector: Expression) -> tuple[Hypothesis, ...]:
        """Return why the entries of a vector are Gaussian in the limit, or refuse it."""
        if vector not in self.checked:
            outcome = self._gaussian(vector)
            if isinstance(outcome, Refusal):
                raise UnsupportedModel(str(outcome))
            self.checked[vector] = outcome
        return self.checked[vector]

    def _gaussian(self, vector: Expression) -> tuple[Hypothesis, ...] | Refusal:
        weights = []
        for part, _ in vector.terms():
            lead = part.arguments[0] if isinstance(part, Product) else part
            leaf = weight_factor(lead)
            if leaf is None:
                return Refusal(
                    RULE,
                    f"the entries of {text(vector, self.names)} are Gaussian when each term is a Gaussian vector or "
                    f"begins with Gaussian or Haar distributed weights; {text(part, self.names)} does not",
                    "multiply by weights of its own",
                )
            if isinstance(part, Product) and any(leaf in self.leaves(factor) for factor in part.arguments[1:]):
                return Refusal(
                    RULE,
                    f"the weights {text(leaf, self.names)} of {text(vector, self.names)} must not occur in the layers "
                    "below, but they do (tied weights)",
                    "use new weights for each layer",
                )
            weights.append(text(leaf, self.names))
        letters = ", ".join(dict.fromkeys(weights))
        return (
            Hypothesis(
                f"{letters}: independent of what they multiply, with Gaussian or Haar law", "proved on the graph"
            ),
        )

    def leaves(self, node: Expression) -> frozenset[Expression]:
        """Return the leaves below a node."""
        if node not in self.below:
            self.below[node] = frozenset(leaf for leaf in walk(node) if isinstance(leaf, Leaf))
        return self.below[node]

    def variance(self, vector: Expression) -> sympy.Expr:
        """Return the variance of the entries of a Gaussian vector, under a symbol if it is long."""
        if vector not in self._variances:
            self.require_gaussian(vector)
            self._variances[vector] = self.short(self.inner(vector, vector))
        return self._variances[vector]

    def short(self, value: sympy.Expr) -> sympy.Expr:
        """Return a variance as it is, or a symbol for it if it is long."""
        used = value.free_symbols & set(self.symbols.values())
        if 0 < len(used) <= _FEW:
            exact = {c.symbol: c.exact for c in self.coefficients if c.exact is not None and c.symbol in used}
            plain = sympy.expand(value.xreplace(exact))  # a bias that keeps the variance cancels the moment here
            value = plain if plain.count_ops() <= _SHORT else value
        if value.is_Symbol or (not used and value.count_ops() <= _SHORT):
            return value
        return self._named(("variance", value), variance_coefficient, value, "variance of the entries")

    def probability(self, value: sympy.Expr) -> sympy.Expr:
        """Return a probability as it is where it is rational, else a symbol for it."""
        if value.is_Rational:
            return value
        words = "probability that the pre-activation lies where the function has this value"
        return self._named(("probability", value), variance_coefficient, value, words)

    def _named(self, key: tuple, make: Callable[..., Coefficient], *arguments: Any) -> sympy.Symbol:
        if key not in self.symbols:
            letter = {"variance": "q", "probability": "p"}.get(key[0], "e")
            number = 1 + sum(symbol.name.startswith(letter) for symbol in self.symbols.values())
            signs = {"real": True} if letter == "e" else {"positive": True}
            symbol = sympy.Symbol(f"{letter}_h{number}", **signs)
            self.symbols[key] = symbol
            self.coefficients.append(make(symbol, *arguments))
        return self.symbols[key]

    # ---- inner products -------------------------------------------------------------------------------------------

    def inner(self, u: Expression, v: Expression) -> sympy.Expr:
        """Return lim <u, v>/N."""
        key = (u, v) if id(u) <= id(v) else (v, u)
        if key not in self.known:
            self.known[key] = sympy.expand(sympy.Add(*self._pairs(u, v)))
        return self.known[key]

    def _pairs(self, u: Expression, v: Expression) -> list[sympy.Expr]:
        """Return the products of terms that do not vanish for certain."""
        if len(u.terms()) == len(v.terms()) == 1:
            (a, x), (b, y) = *u.terms(), *v.terms()
            return [x * y * self._pair(a, b)]
        by_weight: dict[Expression, list[tuple[Expression, sympy.Expr]]] = defaultdict(list)
        others: list[tuple[Expression, sympy.Expr]] = []
        for b, y in v.terms():
            key = _centred(b)
            (others if key is None else by_weight[key]).append((b, y))
        found = []
        for a, x in u.terms():
            key = _centred(a)
            partners = [*others, *by_weight.get(key, ())] if key is not None else v.terms()
            found += [x * y * self.inner(a, b) for b, y in partners]
        return found

    def _pair(self, a: Expression, b: Expression) -> sympy.Expr:
        """Return lim <a, b>/N of two vectors that are no sums."""
        for one, other in ((a, b), (b, a)):
            if is_all_ones(one):
                return self._mean(self._entries(other)) if not is_all_ones(other) else sympy.S.One
        lead_a, lead_b = _centred(a), _centred(b)
        if lead_a is not None and lead_b is not None:
            return self._linear(lead_a, a, b) if lead_a is lead_b else sympy.S.Zero
        for one, other in ((a, b), (b, a)):
            found = _family_lead(one)
            if found is not None:
                return self._through_family(*found, one, other)
        return self._mean([*self._entries(a), *self._entries(b)])

    def _linear(self, leaf: Leaf, a: Expression, b: Expression) -> sympy.Expr:
        """Return <W u, W v>/rows, or that of one Gaussian vector."""
        if not isinstance(a, Product) or not isinstance(b, Product):
            return sympy.S.One
        first, second = a.arguments[0], b.arguments[0]
        if first is not second:
            raise UnsupportedModel(
                f"{RULE}: the weights {text(leaf, self.names)} are used together with their transpose, which "
                "this rule excludes (tied weights). Remedy: use new weights for each layer"
            )
        inner = self.inner(multiply(*a.arguments[1:]), multiply(*b.arguments[1:]))
        (rows,), (columns,) = first.rows, first.columns
        if leaf.ensemble.name == "gaussian":
            return columns * inner
        return inner if isinstance(first, Transpose) else columns / rows * inner

    def _through_family(self, leaf: Leaf, formula: sympy.Expr, a: Expression, b: Expression) -> sympy.Expr:
        """Return <F u, b>/N with a function F of a population that is independent of u and b."""
        rest, other = multiply(*a.arguments[1:]), b
        second = _family_lead(b)
        if second is not None and second[0] is leaf:
            formula *= second[1]
            other = multiply(*b.arguments[1:])
        if leaf in self.leaves(rest) | self.leaves(other):
            raise UnsupportedModel(
                f"{RULE}: {text(leaf, self.names)} must be independent of the layers that it multiplies in "
                f"{text(a, self.names)}. Remedy: use it once"
            )
        matrix = spectral_function(leaf, sympy.expand(formula))
        value = self.closed_form(tr(matrix))
        if value is None:
            raise UnsupportedModel(
                f"{RULE}: the trace of {text(matrix, self.names)} has no closed form. Remedy: use a law with moments"
            )
        return value * self.inner(rest, other)

    def _entries(self, node: Expression) -> list[Entry]:
        """Return a vector as an entrywise product of functions of Gaussian vectors."""
        if isinstance(node, Hadamard):
            return [entry for factor in node.arguments for entry in self._entries(factor)]
        f, h = entry_function(node)
        self.require_gaussian(h)
        return [(f, h)]

    def _mean(self, entries: list[Entry]) -> sympy.Expr:
        """Return E prod f_i(h_i)."""
        groups: dict[Expression, list[Activation]] = {}
        for f, h in entries:
            groups.setdefault(h, []).append(f)
        vectors = list(groups)
        correlated = [(h, k) for i, h in enumerate(vectors) for k in vectors[i + 1 :] if self._covariance(h, k) != 0]
        if not correlated:
            return sympy.Mul(*(self._moment(tuple(fs), self.variance(h)) for h, fs in groups.items()))
        if len(entries) == 2:
            for (f, h), (g, k) in (entries, reversed(entries)):
                if f == as_activation("linear"):  # Stein: E h g(k) = Cov(h, k) E g'(k)
                    return self._covariance(h, k) * self._slope(g, self.variance(k))
        one, other = (text(h, self.names) for h in correlated[0])
        raise UnsupportedModel(
            f"{RULE}: a mean of functions of the correlated vectors {one} and {other} is needed, and this rule covers "
            "functions of one vector or of uncorrelated ones. Remedy: use independent weights for the two"
        )

    def _covariance(self, h: Expression, k: Expression) -> sympy.Expr:
        return self.inner(h, k) if h.rows == k.rows else sympy.S.Zero

    # ---- moments of activations -----------------------------------------------------------------------------------

    def _slope(self, f: Activation, q: sympy.Expr) -> sympy.Expr:
        return self._value(f, "slope", q)

    def _moment(self, factors: tuple[Activation, ...], q: sympy.Expr) -> sympy.Expr:
        if len(factors) == 1:
            return self._value(factors[0], "mean", q)
        if len(factors) == 2 and factors[0] == factors[1]:
            return self._value(factors[0], "second_moment", q)
        if any(f.formula is None for f in factors):
            raise UnsupportedModel(f"{RULE}: a product with a Python function has no rule. Remedy: give its formula")
        return self._value(as_activation(sympy.Mul(*(f.formula for f in factors))), "mean", q)

    def _value(self, f: Activation, kind: str, q: sympy.Expr) -> sympy.Expr:
        """Return a moment in closed form where it is short, else a symbol for it."""
        if (f, kind, q) not in self._values:
            self._values[f, kind, q] = self._closed_or_named(f, kind, q)
        return self._values[f, kind, q]

    def _closed_or_named(self, f: Activation, kind: str, q: sympy.Expr) -> sympy.Expr:
        exact = getattr(f, kind)(q)
        if exact is not None and exact.count_ops() <= _SHORT:
            return exact
        words = {"mean": "E f(sqrt(q) x)", "slope": "E f'(sqrt(q) x)", "second_moment": "E f(sqrt(q) x)^2"}[kind]
        body = {"mean": "f", "slope": "f'", "second_moment": "f^2"}[kind]

        def make(symbol: sympy.Symbol) -> Coefficient:
            return Coefficient(
                symbol,
                rf"\mathbb{{E}}\left[{body}(\sqrt{{q}}\,\xi)\right],\; f={f.latex},\; q={sympy.latex(q)}",
                f"{words} for f = {f}, q = {q}, x standard normal",
                (q,),
                Moment(f, kind),
                exact,
                mean_formula(f, kind, q),
            )

        return self._named((kind, f, q), make)


def _centred(node: Expression) -> Leaf | None:
    """Return the leaf that makes a vector Gaussian and centred: itself, or the weights with which it begins."""
    lead = node.arguments[0] if isinstance(node, Product) else node
    leaf = lead.arguments[0] if isinstance(lead, Transpose) else lead
    if isinstance(leaf, Leaf) and (leaf.ensemble.name == "gaussian" or leaf.ensemble.is_isometry):
        return leaf
    return None


def _family_lead(node: Expression) -> tuple[Leaf, sympy.Expr] | None:
    """Return (population, function) when a vector is a function of a population times another vector."""
    return family_function(node.arguments[0]) if isinstance(node, Product) else None
