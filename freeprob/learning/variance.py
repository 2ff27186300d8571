"""E e^2 = sum over S of V_S: the variance of a predictor by its sources of randomness.

For independent sources the error e has one orthogonal decomposition, e = sum over sets S of e_S, where e_S depends on
the sources in S alone and has mean zero over each of them (Hoeffding; analysis of variance; Sobol). The mean of e e',
with the sources in T shared and the others drawn anew in e', is the sum of V_S = E e_S^2 over the subsets of T. Each of
these means is the limit of one 1 x 1 expression, and Moebius inversion gives every V_S.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from ..derived import LimitValue
from ..errors import UnsupportedModel
from ..language.copies import overlap, source_leaf, square_root
from ..language.expression import Expression, walk
from ..language.nodes import Leaf
from ..pipeline import limit
from .function_of_limits import FunctionOfLimits

__all__ = ["VarianceDecomposition", "VarianceTable", "variance_due_to"]

Names = frozenset[str]


def variance_due_to(risk: LimitValue, sources: Sequence[Any] | Mapping[str, Any]) -> VarianceDecomposition:
    """Split a test error into squared bias, label noise and the variance due to each set of sources of randomness.

    Parameters
    ----------
    risk : LimitValue
        ``fp.limit(fp.test_error(w, phi_x, y_x))``, or the limit of any other mean square ``e.T @ e``.
    sources : sequence of leaves, or mapping of str to leaf
        Independent sources, named after the variables that hold them. A list of leaves in the place of a leaf is one
        source: several layers, or noise of the labels that belongs to the data.

    Returns
    -------
    VarianceDecomposition
        A mapping of ``frozenset`` of names to numbers that can be evaluated. It is symmetric in the sources: no order
        of training, test, weights and noise is preferred.

    Raises
    ------
    ShapeError
        If the number is not a mean square.
    UnsupportedModel
        If a source is not a random leaf of the model.

    Notes
    -----
    What is not named is averaged over outside of the square: the test point and the teacher, as a rule. The weights of
    the features and the training data should be named; else what they contribute is counted as bias.

    This is the decomposition of B. Adlam and J. Pennington, NeurIPS 2020; that of S. d'Ascoli, M. Refinetti, G. Biroli
    and F. Krzakala, ICML 2020, follows from sums of its parts.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d, p = fp.sizes("n d p")
    >>> X, W = fp.gaussian(d, n), fp.gaussian(p, d)
    >>> beta, eps, x, noise = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d), fp.gaussian(1)
    >>> Phi = fp.tanh(W @ X / fp.sqrt(d))
    >>> w = fp.ridge(Phi, X.T @ beta / fp.sqrt(d) + 0.5 * eps, penalty=0.01)
    >>> y_x = beta.T @ x / fp.sqrt(d) + 0.5 * noise
    >>> risk = fp.limit(fp.test_error(w, Phi.subs({X: x}), y_x))
    >>> parts = fp.variance_due_to(risk, [eps, W, X])
    >>> print(parts.at(n=2, d=1, p=1.5))
    bias^2          0.030108
    noise           0.250000
    V[W]            0.087657
    V[X]            0.015617
    V[eps, X]       0.129672
    V[W, X]         0.099422
    V[eps, W, X]    0.114540
    sum             0.727016
    test error      0.727016
    """
    groups = _groups(risk, sources)
    root = square_root(risk.expression)[1]
    present = {node for node in walk(root) if isinstance(node, Leaf)}
    for name, leaves in groups.items():
        absent = next((leaf for leaf in leaves if leaf not in present), None)
        if absent is not None:
            raise UnsupportedModel(
                f"variance_due_to: {name} does not occur in the error {risk.names.get(risk.expression, 'given')}, so "
                "no variance is due to it. Remedy: name leaves of the model"
            )
    listed = {leaf for leaves in groups.values() for leaf in leaves}
    labels = tuple(leaf for leaf in walk(root) if isinstance(leaf, Leaf) and leaf.is_number and leaf not in listed)
    return VarianceDecomposition(risk, groups, labels)


def _groups(risk: LimitValue, sources: Sequence[Any] | Mapping[str, Any]) -> dict[str, tuple[Leaf, ...]]:
    """Return the leaves of each source by name."""
    given: Iterable[tuple[str | None, Any]]
    given = sources.items() if isinstance(sources, Mapping) else ((None, source) for source in sources)
    groups: dict[str, tuple[Leaf, ...]] = {}
    for name, source in given:
        members = source if isinstance(source, (list, tuple)) else (source,)
        leaves = tuple(dict.fromkeys(source_leaf(member) for member in members))
        key = name or "+".join(risk.names.get(leaf, str(leaf)) for leaf in leaves)
        taken = {leaf for group in groups.values() for leaf in group}
        if not leaves or key in groups or taken.intersection(leaves):
            raise UnsupportedModel(f"variance_due_to: the source {key} is named twice, or empty")
        groups[key] = leaves
    return groups


def _subsets(names: Iterable[str]) -> Iterator[Names]:
    """Yield the subsets of a set of names, small ones first, in the order of the names."""
    ordered = list(names)
    for size in range(len(ordered) + 1):
        yield from (frozenset(chosen) for chosen in combinations(ordered, size))


class VarianceDecomposition(Mapping[Names, FunctionOfLimits]):
    """The parts V_S of a mean square by sets of sources; made by :func:`variance_due_to`.

    Each value has ``.at(...)``, ``.curve(...)`` and the limits it is made of; the keys are the non-empty subsets of the
    names of the sources.

    Attributes
    ----------
    risk : LimitValue
    sources : dict of str to tuple of leaves
    labels : tuple of leaves
        Numbers that are no sources: the noise of the label of the test point.
    """

    def __init__(self, risk: LimitValue, sources: dict[str, tuple[Leaf, ...]], labels: tuple[Leaf, ...]):
        self.risk = risk
        self.sources = sources
        self.labels = labels
        self._overlaps: dict[Any, LimitValue] = {frozenset(sources): risk}

    def overlap(self, shared: Iterable[str] = (), *, same_label: bool = True) -> LimitValue:
        """Return the mean of e e' for two learners that share the sources named and have the others on their own.

        Parameters
        ----------
        shared : iterable of str
        same_label : bool
            Whether both see the same noise of the label of the test point.
        """
        kept = self._known(shared)
        key = kept if same_label or not self.labels else (kept, "labels")
        if key not in self._overlaps:
            drawn: list[Expression] = [x for name, leaves in self.sources.items() if name not in kept for x in leaves]
            if not same_label:
                drawn += self.labels
            names = {name: node for node, name in self.risk.names.items()}
            self._overlaps[key] = limit(overlap(self.risk.expression, drawn), names=names)
        return self._overlaps[key]

    def _known(self, names: Iterable[str]) -> Names:
        found = frozenset([names] if isinstance(names, str) else names)
        unknown = sorted(found - set(self.sources))
        if unknown:
            raise KeyError(f"{', '.join(unknown)} is not one of the sources {', '.join(self.sources)}")
        return found

    def _ordered(self, names: Names) -> list[str]:
        return [name for name in self.sources if name in names]

    def label(self, names: Names) -> str:
        """Return the name of a part, for example ``V[W, X]``."""
        return f"V[{', '.join(self._ordered(names))}]"

    def __getitem__(self, names: Iterable[str]) -> FunctionOfLimits:
        chosen = self._known(names)
        if not chosen:
            raise KeyError("the empty set has no variance; .bias and .noise are what is left")
        return self._parts[chosen]

    @cached_property
    def _parts(self) -> dict[Names, FunctionOfLimits]:
        return {chosen: self._alternating(chosen) for chosen in _subsets(self.sources) if chosen}

    def _alternating(self, chosen: Names) -> FunctionOfLimits:
        subsets = list(_subsets(self._ordered(chosen)))
        signs = [(-1) ** (len(chosen) - len(subset)) for subset in subsets]
        names = [f"R[{', '.join(self._ordered(subset))}]" for subset in subsets]
        formula = " ".join(f"{'+' if sign > 0 else '-'} {name}" for sign, name in zip(signs, names, strict=True))
        parts = {name: (lambda s=subset: self.overlap(s)) for name, subset in zip(names, subsets, strict=True)}
        return FunctionOfLimits(
            self.label(chosen),
            formula.removeprefix("+ "),
            parts,
            lambda *values: sum(sign * value for sign, value in zip(signs, values, strict=True)),
        )

    def __iter__(self) -> Iterator[Names]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    @cached_property
    def bias(self) -> FunctionOfLimits:
        """The mean square of the error of the mean predictor, without the noise of the label of the test point."""
        return FunctionOfLimits("bias^2", "R[]", {"R[]": lambda: self.overlap(same_label=False)}, lambda value: value)

    @cached_property
    def noise(self) -> FunctionOfLimits:
        """The part that no predictor could remove: the noise of the label of the test point."""
        parts = {"R[]": lambda: self.overlap(), "R[] with other labels": lambda: self.overlap(same_label=False)}
        return FunctionOfLimits("noise", "R[] - R[] with other labels", parts, lambda one, other: one - other)

    def total(self, *names: str) -> FunctionOfLimits:
        """Return the part of the variance that vanishes when the sources named are averaged over: a total Sobol index.

        It is the sum of all V_S with S that holds one of the names, what infinitely many learners with independent
        samples of these sources would gain; without names, of all V_S.
        """
        drawn = self._known(names or tuple(self.sources))
        rest = frozenset(self.sources) - drawn
        key = f"R[{', '.join(self._ordered(rest))}]"
        parts = {"test error": lambda: self.risk, key: lambda: self.overlap(rest)}
        title = f"total variance due to {', '.join(self._ordered(drawn))}"
        return FunctionOfLimits(title, f"test error - {key}", parts, lambda whole, left: whole - left)

    def at(self, **values: Any) -> VarianceTable:
        """Return all parts at given values of sizes (only ratios matter) and parameters.

        Each limit is solved once.
        """
        means = {s: float(self.overlap(s).at(**values)) for s in _subsets(self.sources)}
        bias = float(self.overlap(same_label=False).at(**values)) if self.labels else means[frozenset()]
        parts = {}
        for chosen in _subsets(self.sources):
            terms = ((-1) ** (len(chosen) - len(subset)) * means[subset] for subset in _subsets(self._ordered(chosen)))
            parts[chosen] = sum(terms)
        mean = parts.pop(frozenset())
        names = {chosen: self.label(chosen) for chosen in parts}
        return VarianceTable(bias, mean - bias, parts, means[frozenset(self.sources)], names)

    def curve(self, **values: Any) -> dict[str, np.ndarray]:
        """Return all parts over arrays of values, by their labels in the table."""
        curves = {"bias^2": self.bias.curve(**values), "noise": self.noise.curve(**values)}
        curves |= {self.label(chosen): part.curve(**values) for chosen, part in self.items()}
        return curves | {"test error": np.asarray(self.risk.curve(**values))}

    def __str__(self) -> str:
        lines = ["Test error = bias^2 + noise + sum of V_S over the sets S of sources, with", ""]
        lines += [f"  {name} = {part.formula}" for name, part in (("bias^2", self.bias), ("noise", self.noise))]
        lines += [f"  {part.title} = {part.formula}" for part in self.values()]
        lines += ["", "R[T]: two learners share the sources in T and the test point, and have the others on their own"]
        return "\n".join(lines)

    __repr__ = __str__


@dataclass(frozen=True)
class VarianceTable(Mapping[Names, float]):
    """The parts of a mean square in numbers; ``print`` shows those that do not vanish.

    Attributes
    ----------
    bias : float
        The squared bias.
    noise : float
    variances : dict of frozenset of str to float
        V_S.
    risk : float
        The test error, derived on its own.
    labels : dict of frozenset of str to str
    """

    bias: float
    noise: float
    variances: dict[Names, float]
    risk: float
    labels: dict[Names, str]

    @property
    def variance(self) -> float:
        """The sum of all V_S."""
        return sum(self.variances.values())

    @property
    def total(self) -> float:
        """The sum of all parts; it equals ``risk`` up to rounding."""
        return self.bias + self.noise + self.variance

    def __getitem__(self, names: Iterable[str]) -> float:
        return self.variances[frozenset([names] if isinstance(names, str) else names)]

    def __iter__(self) -> Iterator[Names]:
        return iter(self.variances)

    def __len__(self) -> int:
        return len(self.variances)

    def __str__(self) -> str:
        small = 1e-9 * max(abs(self.risk), abs(self.total))
        rows = [("bias^2", self.bias), ("noise", self.noise)]
        rows += [(self.labels[s], v) for s, v in self.variances.items() if abs(v) > small]
        rows += [("sum", self.total), ("test error", self.risk)]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:{width}}    {value:.6f}" for name, value in rows)
