"""What a document about a derivation says, section by section; LaTeX and HTML only differ in how they print it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sympy

from ..algebra.recursions import recursions
from ..algebra.symbols import TAU
from ..derivation.record import Formula, Step
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Leaf
from .formulas import latex_of
from .words import typeset

__all__ = ["Cite", "Equation", "Equations", "Items", "Math", "Outline", "Paragraph", "Section", "final_rows", "outline"]


@dataclass(frozen=True)
class Math:
    """A formula inside a line of text, as LaTeX."""

    latex: str


@dataclass(frozen=True)
class Cite:
    """A reference to the bibliography."""

    key: str
    place: str = ""


Text = tuple[Any, ...]
"""Strings, formulas and references, one after the other."""


@dataclass(frozen=True)
class Equation:
    """``left = right`` as LaTeX; a missing side is None."""

    left: str | None
    right: str | None


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``role`` is empty, ``lead`` (introduces the next block) or ``statement``."""

    text: Text
    role: str = ""


@dataclass(frozen=True)
class Equations:
    """Displayed equations, aligned with each other."""

    rows: tuple[Equation, ...]


@dataclass(frozen=True)
class Items:
    """A list; each item is a text and a short mark (such as the evidence of a hypothesis), which may be empty."""

    items: tuple[tuple[Text, str], ...]


@dataclass(frozen=True)
class Section:
    """A section; ``mark`` is the status of a step."""

    title: str
    blocks: tuple[Any, ...]
    level: int = 1
    mark: str = ""


@dataclass(frozen=True)
class Outline:
    """A whole document.

    Attributes
    ----------
    title : tuple
        A text.
    status, digest : str
    sections : tuple of Section
    keys : tuple of str
        Cited entries of the bibliography, in order of first citation.
    """

    title: Text
    status: str
    digest: str
    sections: tuple[Section, ...]
    keys: tuple[str, ...]


STATUS_WORDS = {
    "exact": "Every step is an identity: the result is exact.",
    "asymptotic": "The result holds in the limit of large sizes: its weakest step is an asymptotic theorem.",
    "conjecture": "The result rests on at least one step that is not proved.",
}


def words(text: str) -> Text:
    """Return plain words; what stands between dollar signs is a formula."""
    parts = re.split(r"\$([^$]+)\$", text)
    return tuple(Math(part) if i % 2 else part for i, part in enumerate(parts) if part)


def outline(derivation: Any) -> Outline:
    """Return the content of a document about a derivation.

    Parameters
    ----------
    derivation : spectral law or limit value
        With attributes ``kind``, ``expression``, ``names``, ``steps``, ``status``, ``assumptions``, ``system``,
        ``title`` and ``digest``.

    Returns
    -------
    Outline
    """
    sections = [
        Section("Model", tuple(_model(derivation))),
        Section("Conventions", tuple(_conventions(derivation))),
        Section("Derivation", (Paragraph((STATUS_WORDS[derivation.status],)),)),
        *(_step(number, step, derivation.names) for number, step in enumerate(derivation.steps, 1)),
        *_equations(derivation),
        Section("Assumptions", tuple(_assumptions(derivation))),
    ]
    keys = dict.fromkeys(citation.key for step in derivation.steps for citation in step.references)
    return Outline(words(derivation.title), derivation.status, derivation.digest, tuple(sections), tuple(keys))


# -- the model -------------------------------------------------------------------------------------
def _definition(node: Expression, names: dict) -> str:
    """Return a named node written out by its arguments."""
    return latex_of(node, {other: name for other, name in names.items() if other is not node})


def _model(derivation: Any) -> Iterable[Any]:
    node, names = derivation.expression, derivation.names
    definition = _definition(node, names)
    if derivation.kind == "spectrum":
        shape = latex_of(node.shape[0])
        yield Paragraph(("The limiting spectral distribution of the symmetric matrix of size ", Math(shape)), "lead")
        first = Equation(latex_of(node, names) if node in names else None, definition)
    else:
        yield Paragraph(("The limit",), "lead")
        first = Equation(_limit(derivation), rf"\lim\, {definition}")
    yield Equations((first, *_definitions([node], names, {node})))
    leaves = [n for n in walk(node) if isinstance(n, Leaf)]
    if leaves:
        yield Paragraph(("with mutually independent",), "lead")
        groups: dict[str, list[Leaf]] = {}
        for leaf in leaves:
            groups.setdefault(_ensemble(leaf), []).append(leaf)
        yield Items(tuple((_group(same, names, what), "") for what, same in groups.items()))


def _limit(derivation: Any) -> str:
    """Return the letter of the limit of a number."""
    node, names = derivation.expression, derivation.names
    return rf"\lim {latex_of(node, names)}" if node in names else r"\mathcal{L}"


def _definitions(nodes: list, names: dict, known: set) -> tuple[Equation, ...]:
    """Return the definitions of the named nodes at or below some nodes, those in ``known`` left out."""
    below = [n for n in walk(*nodes) if n in names and n not in known and not isinstance(n, Leaf)]
    return tuple(Equation(latex_of(n, names), _definition(n, names)) for n in reversed(below))


def _ensemble(leaf: Leaf) -> str:
    """Return what is assumed of a leaf."""
    suffix = f"; {leaf.ensemble.details}" if leaf.ensemble.details else ""
    return f"{leaf.ensemble.name}, {leaf.ensemble.statement}{suffix}"


def _group(leaves: list[Leaf], names: dict, what: str) -> Text:
    letters = []
    for leaf in leaves:
        rows, columns = (latex_of(sympy.Add(*space)) for space in (leaf.rows, leaf.columns))
        shape = rows if leaf.columns == (ONE,) else rf"{rows} \times {columns}"
        letters += [", ", Math(rf"{latex_of(leaf, names)} \in \mathbb{{R}}^{{{shape}}}")]
    return (*letters[1:], f": {what}")


def _conventions(derivation: Any) -> Iterable[Any]:
    sizes = [latex_of(size) for size in derivation.system.sizes]
    if sizes:
        listed = ", ".join(sizes)
        several = len(sizes) > 1
        ending = " tend to infinity together; only their ratios matter." if several else " tends to infinity."
        yield Paragraph(("The sizes " if several else "The size ", Math(listed), ending))
    trace = Math(r"\operatorname{tr}_{s} A = \frac{1}{s} \sum_{i=1}^{s} A_{ii}")
    yield Paragraph(("A trace is normalised: ", trace, " over the space of size ", Math("s"), "."))
    if derivation.system.spectral is not None:
        yield Paragraph(("The Stieltjes transform of the spectral law ", Math(r"\mu"), " and its density are"), "lead")
        m = r"\int \frac{\mu(\mathrm{d}x)}{x - z}"
        yield Equations((Equation("m(z)", m), Equation(r"\rho(x)", r"\frac{1}{\pi} \operatorname{Im} m(x + i\,0)")))
    domains = [Math(_domain(p)) for p in derivation.system.parameters]
    if domains:
        pieces = [piece for domain in domains for piece in (", ", domain)][1:]
        yield Paragraph(("Parameters: ", *pieces, "."))


def _domain(parameter: sympy.Symbol) -> str:
    letter = latex_of(parameter)
    if parameter.is_positive:
        return f"{letter} > 0"
    if parameter.is_nonnegative:
        return rf"{letter} \geq 0"
    return rf"{letter} \in \mathbb{{R}}" if parameter.is_real else rf"{letter} \in \mathbb{{C}}"


# -- the steps -------------------------------------------------------------------------------------
def _step(number: int, step: Step, names: dict) -> Section:
    blocks: list[Any] = [Paragraph(words(typeset(step.statement)), "statement")]
    blocks.extend(_formulas("Before", step.before, names))
    blocks.extend(_formulas("After", step.after, names))
    if step.hypotheses:
        blocks.append(Paragraph(("Hypotheses",), "lead"))
        blocks.append(Items(tuple((words(h.statement), h.evidence) for h in step.hypotheses)))
    if step.references:
        cites = [piece for c in step.references for piece in ("; ", Cite(c.key, c.place))][1:]
        blocks.append(Paragraph(("Reference: " if len(step.references) == 1 else "References: ", *cites, ".")))
    return Section(f"Step {number}: {step.rule.replace('_', ' ').capitalize()}", tuple(blocks), 2, step.status)


def _formulas(title: str, formulas: tuple[Formula, ...], names: dict) -> Iterable[Any]:
    rows: list[Equation] = []
    for number, formula in enumerate(formulas):
        if rows and formula.remark:
            yield Equations(tuple(rows))
            rows = []
        if formula.left is None and isinstance(formula.right, sympy.Integer) and formula.remark:
            yield Paragraph((Math(str(formula.right)), " ", *words(formula.remark)))
            continue
        if formula.remark or not number:
            opening = () if number else (f"{title}: ",) if formula.remark else (title,)
            yield Paragraph((*opening, *words(formula.remark)), "lead")
        row = _formula(formula, names)
        if row.left is not None or row.right is not None:
            rows.append(row)
    if rows:
        yield Equations(tuple(rows))


def _formula(formula: Formula, names: dict) -> Equation:
    """Return the row of a formula; a named node that would only repeat its name is written out."""
    left, right = (None if side is None else latex_of(side, names) for side in (formula.left, formula.right))
    node = formula.left if formula.right is None else formula.right
    if isinstance(node, Expression) and node in names and (left is None or right in (None, left)):
        return Equation(latex_of(node, names), _definition(node, names))
    return Equation(left, right)


# -- the equations ---------------------------------------------------------------------------------
def _equations(derivation: Any) -> Iterable[Section]:
    system, names = derivation.system, derivation.names
    yield Section("Self-consistent equations", ())
    if system.coefficients:
        yield Section("Coefficients", tuple(_coefficients(system)), 2)
    meant = [u for u in system.unknowns if u.meaning is not None]
    if meant:
        rows = tuple(Equation(latex_of(u.symbol), _meaning(u, names)) for u in meant)
        where = _definitions([u.meaning for u in meant], names, set(walk(derivation.expression)))
        blocks = (Paragraph(("where",), "lead"), Equations(where)) if where else ()
        yield Section("Meaning of the unknowns", (Equations(rows), *blocks, *_described(system)), 2)
    elif described := tuple(_described(system)):
        yield Section("Meaning of the unknowns", described, 2)
    if system.core:
        yield Section("Core equations", (Equations(_rows(system.core)),), 2)
    if system.linear_response:
        lead = Paragraph(("Once the core is known, these are linear:",), "lead")
        yield Section("Linear response", (lead, Equations(_rows(system.linear_response))), 2)
    if system.laws:
        items = tuple(((Math(latex_of(s)), f": {law}"), "") for s, law in system.laws.items())
        yield Section("Laws that are averaged over", (Items(items),), 2)
    yield Section("Result", tuple(_result(derivation)), 2)
    yield Section("Physical solution", tuple(_branch(system)), 2)


def _coefficients(system: Any) -> Iterable[Any]:
    rows = []
    for c in system.coefficients:
        letter, exact = latex_of(c.symbol), None if c.exact is None else latex_of(c.exact)
        rows.append(Equation(letter, c.definition))
        if exact is not None and not c.definition.startswith(exact):
            rows.append(Equation(letter, exact))
    yield Equations(tuple(rows))
    yield Items(tuple(((Math(latex_of(c.symbol)), ": ", *words(c.words)), "") for c in system.coefficients if c.words))


def _described(system: Any) -> Iterable[Any]:
    """Yield what the unknowns that are not normalised traces are, in words."""
    items = [((Math(latex_of(u.symbol)), ": ", *words(u.description)), "") for u in system.unknowns if u.description]
    if items:
        yield Items(tuple(items))


def _meaning(unknown: Any, names: dict) -> str:
    body = latex_of(unknown.meaning, names)
    if unknown.meaning.is_number:
        return body
    return rf"\operatorname{{tr}}_{{{latex_of(unknown.space)}}}\left[{body}\right]"


def _rows(components: Iterable[Any]) -> tuple[Equation, ...]:
    """Return the equations; those of equal layers are one recursion."""
    equations = [equation for component in components for equation in component.equations]
    written = {r.members[0]: r for r in recursions(equations)}
    inside = {k for r in written.values() for k in r.members}
    rows = []
    for k, equation in enumerate(equations):
        if k in written:
            r = written[k]
            span = rf", \qquad l = {r.first}, \dots, {r.last}"
            rows.append(Equation(latex_of(r.left), latex_of(r.right) + span))
        elif k not in inside:
            rows.append(Equation(latex_of(equation.lhs), latex_of(equation.rhs)))
    return tuple(rows)


def _result(derivation: Any) -> Iterable[Any]:
    row = _readout(derivation)
    if _is_plain(row):
        yield Paragraph(
            ("The Stieltjes transform ", Math(row.left or ""), " is the unknown ", Math(row.right or ""), ".")
        )
    else:
        yield Equations((row,))


def _is_plain(row: Equation) -> bool:
    """Return whether the read-out only says ``m(z) = m``."""
    return row.left is not None and row.left.partition("(")[0] == row.right


def _readout(derivation: Any) -> Equation:
    system = derivation.system
    if derivation.kind == "spectrum":
        left = "m" if system.spectral is None else f"m({latex_of(system.spectral)})"
    else:
        left = _limit(derivation)
    return Equation(left, latex_of(system.readout.xreplace({TAU: sympy.S.One})))


def final_rows(derivation: Any) -> tuple[Equation, ...]:
    """Return the equations that make up the result: core, linear response and read-out."""
    rows, last = _rows(derivation.system.components), _readout(derivation)
    return rows if _is_plain(last) and rows else (*rows, last)


def _branch(system: Any) -> Iterable[Any]:
    switch = (
        "The equations may have several solutions. The physical one is reached continuously from the deterministic "
        "model, when all covariances are multiplied by a factor that grows from 0 to 1"
    )
    if system.spectral is None:
        yield Paragraph((switch, "; it stays real and finite on the way."))
        return
    z = latex_of(system.spectral)
    above = Math(rf"\operatorname{{Im}} {z} > 0")
    yield Paragraph((switch, ", at fixed ", Math(z), " in the upper half plane."))
    yield Paragraph(("For ", above, " it satisfies"), "lead")
    signs: list[Text] = [(Math(rf"\operatorname{{Im}} m({z}) > 0"), ",")]
    if system.positive:
        bound = Math(rf"\operatorname{{Im}} \left({z}\, m({z})\right) \geq 0")
        signs.append((bound, ", because the matrix is positive semi-definite,"))
    signs.append((Math(rf"{z}\, m({z}) \to -1"), " as ", Math(rf"{z} \to i \infty"), "."))
    yield Items(tuple((text, "") for text in signs))


def _assumptions(derivation: Any) -> Iterable[Any]:
    if derivation.assumptions:
        yield Items(tuple((words(statement), "") for statement in derivation.assumptions))
    else:
        yield Paragraph(("None beyond the model: every hypothesis was proved on the graph.",))
