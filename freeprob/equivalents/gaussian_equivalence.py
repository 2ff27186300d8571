r"""f(H) -> mu 1 1^T + c H + s Theta for a pre-activation H with asymptotically Gaussian entries.

With q the variance of the entries of H, ``mu = E f(sqrt(q) x)``, ``c = E f'(sqrt(q) x)`` and
``s^2 = E f^2 - mu^2 - q c^2`` for a standard normal x; Theta has iid entries and is independent of all else.
Several functions of one pre-activation share their noise: ``Cov(Theta_f, Theta_g) = E[fg] - E f E g - q c_f c_g``,
realised by a triangular (Cholesky) factor. The same weights on fresh data keep c and get fresh noise.
Pennington and Worah 2017; Benigni and Peche 2021 (Theorem 2.3); Hu and Lu 2023; Fan and Wang 2020; Schroder et al.
2023.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy

from ..derivation.coefficient import Coefficient
from ..derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ..derivation.table import Table
from ..errors import UnsupportedModel
from ..language.ensembles.gaussian import gaussian
from ..language.ensembles.ones import ones
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Entrywise, Sum
from ..language.operations import FAMILY_VARIABLE, combine, identity, multiply, spectral_function
from ..language.printing import Names
from ..language.rewriting import rebuild
from .gaussian_coefficients import (
    CholeskyEntry,
    Moment,
    exact_noise,
    mean_formula,
    noise_formula,
    sorted_symbols,
    variance_coefficient,
)
from .hidden_finite_rank import is_curved, refuse_strong_vectors
from .linear_equivalent import LinearEquivalent
from .preactivation import RULE, preactivation_hypotheses
from .shared_mean import NeuronMoment, neuron_family, split_shared

__all__ = ["gaussian_equivalence"]

_VANISHES = 1e-12
_NOISELESS = 1e-6  # the square root of a variance that is zero up to rounding

SecondMoment = Callable[[Expression], sympy.Expr]
"""Returns the limit of the mean square of the entries of a (linear) expression."""


@dataclass
class _Layer:
    """All functions of one pre-activation: of ``ratio * h`` with h = lead * core of the given variance."""

    core: Expression
    variance: sympy.Expr
    lead: sympy.Expr
    functions: list[tuple[Any, sympy.Expr]] = field(default_factory=list)
    noises: list[Expression] = field(default_factory=list)
    scales: list[list[sympy.Expr]] = field(default_factory=list)


class _Equivalence:
    def __init__(self, second_moment: SecondMoment, names: Names):
        self.names = names
        self.second_moment = second_moment
        self.coefficients: list[Coefficient] = []
        self.layers: dict[Expression, _Layer] = {}
        self.image: dict[Expression, Expression] = {}
        self.steps: list[Step] = []
        self.with_mean: set[Expression] = set()
        self.curved: list[Expression] = []
        self.count = 0
        self.symbols: dict[tuple, sympy.Symbol] = {}
        self.variances: dict[sympy.Expr, sympy.Symbol] = {}
        self.neurons: dict[Expression, Expression] = {}
        self.conditional: dict[Expression, Any] = {}
        self.tables: dict[tuple, Table] = {}

    def number(self, value: sympy.Expr) -> mpmath.mpf | None:
        """Return the value of a scalar that depends on coefficients alone, else None."""
        table = {c.symbol: c for c in self.coefficients}
        if not value.free_symbols <= set(table):
            return None
        values = {s: self._coefficient_value(table[s]) for s in value.free_symbols}
        if any(v is None for v in values.values()):
            return None
        return mpmath.mpf(value.subs(values).evalf(20))

    def _coefficient_value(self, coefficient: Coefficient) -> sympy.Float | None:
        arguments = [self.number(a) for a in coefficient.arguments]
        if any(a is None for a in arguments):
            return None
        return sympy.Float(str(coefficient.evaluate(*arguments, digits=15)), 20)

    def probes(self, q: sympy.Expr) -> list[mpmath.mpf]:
        """Return variances at which to test whether a moment vanishes: the true one, or two generic ones."""
        value = self.number(q)
        return [value] if value is not None else [mpmath.mpf("0.731"), mpmath.mpf("1.37")]

    def run(self, expression: Expression) -> Expression:
        for node in walk(expression):
            if isinstance(node, Entrywise):
                self.image[node] = self.linearise(node)
            else:
                arguments = tuple(self.image[a] for a in node.arguments)
                self.image[node] = node if arguments == node.arguments else rebuild(node, arguments)
        return self.image[expression]

    def linearise(self, node: Entrywise) -> Expression:
        original = node.arguments[0]
        scale, core = _primitive(original)
        hypotheses = preactivation_hypotheses(original, self.names)
        if isinstance(hypotheses, Refusal):
            raise UnsupportedModel(str(hypotheses))
        refuse_strong_vectors(original)
        if any(a in self.with_mean for a in walk(original)):
            return self.shared(node, hypotheses)
        turned = core.T in self.layers and core not in self.layers
        layer = self.layer(core.T if turned else core, original, scale)
        image = self.image[original]
        if turned:
            image = image.T
        result = self.add_function(layer, node, image, scale / layer.lead, hypotheses)
        return result.T if turned else result

    def shared(self, node: Entrywise, hypotheses: tuple[Hypothesis, ...]) -> Expression:
        """Linearise a function of a pre-activation to which the mean of a layer below adds a shared part."""
        image = self.image[node.arguments[0]]
        turned = False
        parts = split_shared(image)
        if parts is None:
            turned, parts = True, split_shared(image.T)
        if parts is None or parts[0].rows == (ONE,):
            raise UnsupportedModel(
                f"{RULE}: the layer below {node} has a nonzero mean that reaches its pre-activation in a way other "
                "than as one shift for each neuron, which this rule excludes. Remedy: centre the activation below, "
                "for example fp.entrywise(f - mean, H)"
            )
        shift, centred = parts
        activation = node.activation
        if self.conditional.setdefault(centred, activation) != activation:
            raise UnsupportedModel(
                f"{RULE}: {node} is a second function of a pre-activation with a shared part; this rule covers one "
                "function of each such pre-activation. Remedy: centre the activation below"
            )
        size = shift.rows[0]
        if shift not in self.neurons:
            name = "T" if not self.neurons else f"T{len(self.neurons) + 1}"
            self.neurons[shift] = neuron_family(size, name)
        family = self.neurons[shift]
        spread = self.variance(sympy.expand(self.second_moment(shift)), "r", "variance of the shared shift of a neuron")
        variance = self.variance(
            sympy.expand(self.second_moment(centred)), "v", "variance of the centred pre-activation"
        )
        diagonal = {kind: self.table(activation, kind, spread, variance, family) for kind in ("slope", "noise", "mean")}
        self.count += 1
        noise = gaussian(size, centred.columns[0], name=f"Theta{self.count}")
        ones_right = [ones(centred.columns[0]).T] if centred.columns != (ONE,) else []
        result = combine(
            [
                (multiply(diagonal["slope"], centred), sympy.S.One),
                (multiply(diagonal["noise"], noise), sympy.S.One),
                (multiply(diagonal["mean"], ones(size), *ones_right), sympy.S.One),
            ]
        )
        self.with_mean.add(node)
        result = result.T if turned else result
        self.steps.append(
            Step(
                rule="conditional_gaussian_equivalence",
                statement="f(g 1^T + H) -> D_m 1 1^T + D_c H + D_s Theta",
                status="asymptotic",
                before=(Formula(node, None),),
                after=(Formula(node, result),),
                hypotheses=(
                    *hypotheses,
                    Hypothesis("the shifts g of the neurons are independent normal and free of all else", "assumed"),
                    Hypothesis("all sizes grow in proportion", "asserted by the user"),
                    Hypothesis(
                        f"the mean of {activation} is a finite-rank part; it moves no bulk eigenvalue", "assumed"
                    ),
                ),
                references=(Citation("AdlamLevinsonPennington2022"), Citation("HuLu2023")),
            )
        )
        return result

    def variance(self, value: sympy.Expr, letter: str, words: str) -> sympy.Expr:
        """Return a symbol for a variance, one for each value."""
        if value not in self.variances:
            symbol = sympy.Symbol(f"{letter}_{len(self.variances) + 1}", positive=True)
            self.variances[value] = symbol
            self.coefficients.append(variance_coefficient(symbol, value, words))
        return self.variances[value]

    def table(
        self, activation: Any, kind: str, spread: sympy.Expr, variance: sympy.Expr, family: Expression
    ) -> Expression:
        """Return the diagonal matrix of a moment that depends on the neuron."""
        key = (activation, kind, spread, variance)
        if key not in self.tables:
            letter = {"slope": "c", "noise": "s", "mean": "m"}[kind]
            number = 1 + len({k[:1] + k[2:] for k in self.tables} - {key[:1] + key[2:]})
            function = sympy.Function(f"{letter}_{number}", real=True)
            words = {
                "slope": "E f'(sqrt(r) t + sqrt(v) x)",
                "noise": "deviation of the nonlinear part of f(sqrt(r) t + sqrt(v) x)",
            }
            text = words.get(kind, "E f(sqrt(r) t + sqrt(v) x)")
            self.tables[key] = Table(
                function,
                rf"\text{{{text}}}, f={activation.latex}, r={sympy.latex(spread)}, v={sympy.latex(variance)}",
                f"{text} for f = {activation}, r = {spread}, v = {variance}, x standard normal",
                (spread, variance),
                NeuronMoment(activation, kind),
            )
        return spectral_function(family, self.tables[key].function(FAMILY_VARIABLE))

    def layer(self, core: Expression, original: Expression, scale: sympy.Expr) -> _Layer:
        if core not in self.layers:
            number = len(self.layers) + 1
            value = sympy.expand(self.second_moment(self.image[original]))
            if value == 1:
                symbol = sympy.S.One
            elif value in self.variances:  # the same layer on fresh data
                symbol = self.variances[value]
            else:
                symbol = self.variances[value] = sympy.Symbol(f"q_{number}", positive=True)
                self.coefficients.append(variance_coefficient(symbol, value))
            self.refuse_correlated(core, original)
            self.layers[core] = _Layer(core, symbol, scale)
        return self.layers[core]

    def refuse_correlated(self, core: Expression, original: Expression) -> None:
        """Refuse two different pre-activations whose entries at one place are correlated."""
        for other in self.layers:
            for candidate in (other, other.T):
                if (candidate.rows, candidate.columns) != (original.rows, original.columns):
                    continue
                mine, theirs = self.image[original], self.image.get(candidate)
                if theirs is None:
                    continue
                theirs = combine([(theirs, self.layers[other].lead)])
                plus = self.second_moment(combine([(mine, sympy.S.One), (theirs, sympy.S.One)]))
                cross = sympy.expand(plus - self.second_moment(mine) - self.second_moment(theirs))
                if cross != 0:
                    raise UnsupportedModel(
                        f"{RULE}: the entries of the pre-activations {original} and {candidate} are correlated, and "
                        "this rule covers functions of one pre-activation or of uncorrelated ones. Remedy: use "
                        "independent weights in the two"
                    )

    def add_function(
        self, layer: _Layer, node: Entrywise, image: Expression, scale: sympy.Expr, hypotheses: tuple[Hypothesis, ...]
    ) -> Expression:
        activation = node.activation
        q = scale**2 * layer.variance
        self.count += 1
        k = self.count
        slope = self.coefficient(f"c_{k}", activation, "slope", q)
        mean = self.coefficient(f"mu_{k}", activation, "mean", q)
        parts = [(image, slope)]
        lines = [Formula(node, None)]
        if mean != 0:
            self.with_mean.add(node)
        elif ONE not in (*node.rows, *node.columns) and is_curved(activation, self.probes(q)):
            self.curved.append(node)
        shares = self.noise(layer, activation, scale, k, node)
        for noise, share in shares:
            parts.append((noise, share))
        if mean != 0:
            rows, columns = node.rows[0], node.columns[0]
            sides: list[Expression] = [ones(rows)] if rows != ONE else []
            sides += [ones(columns).T] if columns != ONE else []
            spike = multiply(*sides) if sides else identity(ONE)  # of a number: the mean itself
            parts.append((spike, mean))
        result = combine([(e, s) for e, s in parts if s != 0])
        assumed: list[Hypothesis] = [
            *hypotheses,
            Hypothesis(f"{activation} has a finite Gaussian second moment", "proved on the graph"),
            Hypothesis("all sizes grow in proportion", "asserted by the user"),
        ]
        if mean != 0:
            assumed.append(
                Hypothesis(f"the mean of {activation} is a finite-rank part; it moves no bulk eigenvalue", "assumed")
            )
        self.steps.append(
            Step(
                rule=RULE,
                statement="f(H) -> mu 1 1^T + c H + s Theta",
                status="asymptotic",
                before=tuple(lines),
                after=(Formula(node, result),),
                hypotheses=tuple(assumed),
                references=(
                    Citation("PenningtonWorah2017", "eq. (11)"),
                    Citation("BenigniPeche2021", "Theorem 2.3"),
                    Citation("HuLu2023"),
                ),
            )
        )
        return result

    def coefficient(self, name: str, activation: Any, kind: str, q: sympy.Expr) -> sympy.Expr:
        """Return a symbol for a Gaussian moment of an activation; 0 where it vanishes."""
        exact = getattr(activation, kind)(q)
        evaluate = getattr(activation, f"numeric_{kind}")
        if exact == 0 or all(abs(evaluate(probe, 15)) < _VANISHES for probe in self.probes(q)):
            return sympy.S.Zero
        if (activation, kind, q) in self.symbols:
            return self.symbols[activation, kind, q]
        symbol = self.symbols[activation, kind, q] = sympy.Symbol(name, real=True)
        body = {"slope": r"f'(\sqrt{q}\,\xi)", "mean": r"f(\sqrt{q}\,\xi)"}[kind]
        words = {"slope": "E f'(sqrt(q) x)", "mean": "E f(sqrt(q) x)"}[kind]
        self.coefficients.append(
            Coefficient(
                symbol,
                rf"\mathbb{{E}}\left[{body}\right],\; f={activation.latex},\; q={sympy.latex(q)}",
                f"{words} for f = {activation}, q = {q}, x standard normal",
                (q,),
                Moment(activation, kind),
                exact,
                mean_formula(activation, kind, q),
            )
        )
        return symbol

    def noise(
        self, layer: _Layer, activation: Any, scale: sympy.Expr, k: int, node: Entrywise
    ) -> list[tuple[Expression, sympy.Expr]]:
        """Return the noise of a function as a combination of independent noise matrices (a row of Cholesky)."""
        functions = [*layer.functions, (activation, scale)]
        row: list[sympy.Expr] = []
        position = len(layer.functions)
        for j in range(position + 1):
            evaluate = CholeskyEntry(tuple(functions), j)
            if not sorted_symbols(functions) and all(
                abs(evaluate(probe, digits=15)) < _NOISELESS for probe in self.probes(layer.variance)
            ):
                row.append(sympy.S.Zero)
                continue
            key = ("noise", tuple(functions), j, layer.variance)
            if key in self.symbols:
                row.append(self.symbols[key])
                continue
            name = f"s_{k}" if j == position else f"s_{k}_{j + 1}"
            symbol = sympy.Symbol(name, positive=True) if j == position else sympy.Symbol(name, real=True)
            self.symbols[key] = symbol
            definition = (
                r"\left(\mathbb{E} f^2-(\mathbb{E} f)^2-q\,(\mathbb{E} f')^2\right)^{1/2}"
                if position == 0
                else r"\text{Cholesky factor of the covariance of the noises}"
            )
            exact = exact_noise(activation, scale**2 * layer.variance) if position == 0 else None
            self.coefficients.append(
                Coefficient(
                    symbol,
                    rf"{definition},\; f={activation.latex},\; q={sympy.latex(scale**2 * layer.variance)}",
                    f"standard deviation of the part of {activation} that is not linear"
                    if j == position
                    else f"part of the nonlinear noise of {activation} shared with function {j + 1}",
                    (layer.variance,) if not scale.free_symbols else (layer.variance, *sorted_symbols(functions)),
                    evaluate,
                    exact,
                    noise_formula(functions, j, layer.variance),
                )
            )
            row.append(symbol)
        if row[-1] != 0:
            name = f"Theta{k}" if self.count > 1 else "Theta"
            rows, columns = layer.core.rows[0], layer.core.columns[0]
            layer.noises.append(gaussian(rows, columns, name=name))
            layer.functions.append((activation, scale))
        return [(noise, share) for noise, share in zip(layer.noises, row, strict=False) if share != 0]


def _primitive(node: Expression) -> tuple[sympy.Expr, Expression]:
    """Return (scalar, core) with node = scalar * core, the core having leading scalar 1."""
    if not isinstance(node, Sum):
        return sympy.S.One, node
    lead = node.scalars[0]
    return lead, combine([(part, scalar / lead) for part, scalar in node.terms()])


def gaussian_equivalence(
    expression: Expression, second_moment: SecondMoment, names: Names | None = None
) -> LinearEquivalent:
    """Return the linear equivalent of an expression.

    Parameters
    ----------
    expression : Expression
    second_moment : callable
        The limit of the mean square of the entries of a linear expression.
    names : mapping of Expression to str, optional
        Names of matrices in the record.

    Returns
    -------
    LinearEquivalent

    Raises
    ------
    UnsupportedModel
        If a pre-activation breaks a hypothesis of the rule; the message names it.
    """
    run = _Equivalence(second_moment, names or {})
    result = run.run(expression)
    return LinearEquivalent(
        result,
        run.image,
        tuple(run.coefficients),
        tuple(run.steps),
        tuple(run.tables.values()),
        tuple(dict.fromkeys(run.curved)),
    )
