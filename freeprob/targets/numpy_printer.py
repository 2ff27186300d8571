"""Prints procedures of the intermediate representation as NumPy source."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch

from ..program import ir

__all__ = ["print_component", "print_outputs", "print_readout", "print_tree"]

_SUM, _PRODUCT, _POWER = 1, 2, 3

_EXACT = 2**53
"""The largest integer up to which all are float64 numbers."""


def print_tree(node: ir.Tree, needed: int = 0) -> str:
    """Return a tree as a Python expression, in brackets where precedence asks for it."""
    body, strength = _print(node)
    return f"({body})" if strength < needed else body


@singledispatch
def _print(node: object) -> tuple[str, int]:
    raise TypeError(f"{node!r} is not a tree of the intermediate representation")


@_print.register
def _(node: ir.Number) -> tuple[str, int]:
    if max(abs(node.numerator), node.denominator) > _EXACT:  # decimals to some power: NumPy refuses integers this long
        body = repr(node.numerator / node.denominator)
        return body, _SUM if body.startswith("-") else 4
    if node.denominator == 1:
        return (str(node.numerator), 4) if node.numerator >= 0 else (str(node.numerator), _SUM)
    return f"{node.numerator} / {node.denominator}", _PRODUCT if node.numerator >= 0 else _SUM


@_print.register
def _(node: ir.Name) -> tuple[str, int]:
    return node.identifier, 4


@_print.register
def _(node: ir.Sum) -> tuple[str, int]:
    pieces = [print_tree(node.terms[0], _SUM)]
    for term in node.terms[1:]:
        body = print_tree(term, _SUM)
        pieces.append(f" - {body[1:]}" if body.startswith("-") else f" + {body}")
    return "".join(pieces), _SUM


@_print.register
def _(node: ir.Product) -> tuple[str, int]:
    factors = list(node.factors)
    sign = ""
    if isinstance(factors[0], ir.Number) and factors[0].numerator == -1 and factors[0].denominator == 1:
        sign, factors = "-", factors[1:]
    return sign + " * ".join(print_tree(f, _PRODUCT) for f in factors), _SUM if sign else _PRODUCT


@_print.register
def _(node: ir.Quotient) -> tuple[str, int]:
    body = f"{print_tree(node.numerator, _PRODUCT)} / {print_tree(node.denominator, _POWER)}"
    return body, _SUM if body.startswith("-") else _PRODUCT


@_print.register
def _(node: ir.Power) -> tuple[str, int]:
    return f"{print_tree(node.base, 4)}**{node.exponent}", _POWER


@_print.register
def _(node: ir.Call) -> tuple[str, int]:
    if node.function == "pi":
        return "np.pi", 4
    name = {"asin": "arcsin"}.get(node.function, node.function)
    prefix = "_erf" if name == "erf" else f"np.{name}"
    return f"{prefix}({print_tree(node.argument)})", 4


def _assignment(statement: ir.Assign | ir.Inverse) -> str:
    if isinstance(statement, ir.Assign):
        return f"{statement.target} = {print_tree(statement.value)}"
    shown = ", ".join(f"({i}, {j}): {print_tree(entry)}" for i, j, entry in statement.entries)
    targets = ", ".join(statement.targets) + ("," if len(statement.targets) == 1 else "")
    return f"{targets} = inverse_entries({statement.size}, {{{shown}}}, {list(statement.places)})"


def _path_averages(statement: ir.PathAverages) -> Iterator[str]:
    for site in statement.sites:
        rules = _weights(site)
        for name, table, coordinate in site.tables:
            alone = len(site.rules) == 1
            yield f"{name} = NODES[{table!r}]" if alone else f"{name} = spread(NODES[{table!r}], {rules}, {coordinate})"
    number = statement.slopes.removesuffix("_slopes")
    for k, (site, behind) in enumerate(itertools.pairwise(statement.sites)):
        if behind.link is not None:
            one, other = (
                f"(NODES[{name!r}], WEIGHTS[{name!r}], {_weights(s)}, {place})"
                for s, (name, place) in ((site, behind.link.before), (behind, behind.link.place))
            )
            correlation = f"NODES[{behind.link.correlation!r}][0, 0]"
            yield f"{number}_leave{k}, {number}_enter{k + 1} = linked({one}, {other}, {correlation})"
    yield "sites = ["
    links = [*(site.link for site in statement.sites), None]
    for k, site in enumerate(statement.sites):
        entries = ", ".join(f"({i}, {j}): {print_tree(entry)}" for i, j, entry in site.entries)
        enter = f"alone({_weights(site)})" if site.link is None else f"{number}_enter{k}"
        leave = f"alone({_weights(site)})" if links[k + 1] is None else f"{number}_leave{k}"
        ports = f"{site.left}, {site.right}, {print_tree(site.coupling)}, {list(site.places)}, {list(site.parameters)}"
        yield f"    PathSite({site.size}, {{{entries}}}, {enter}, {leave}, {ports}),"
    yield "]"
    count = f"len(NODES[{statement.law!r}])"
    yield f"{number}, {statement.slopes} = path_averages(sites, {count}, unknowns.shape[1])"
    yield from (f"{target} = {number}[{k}]" for k, target in enumerate(statement.targets))


def _weights(site: ir.PathSite) -> str:
    return f"[{', '.join(f'WEIGHTS[{rule!r}]' for rule in site.rules)}]"


def _chained(component: ir.Component) -> Iterator[str]:
    for chained in component.chained:
        slopes, size = chained.slopes, len(component.unknowns)
        yield f"outer = np.zeros(({size}, {slopes}.shape[0], unknowns.shape[1]), dtype=complex)"
        yield f"inner = np.zeros(({slopes}.shape[1], {size}, unknowns.shape[1]), dtype=complex)"
        yield from (f"outer[{i}, {j}] = {print_tree(value)}" for i, j, value in chained.outer)
        yield from (f"inner[{i}, {j}] = {print_tree(value)}" for i, j, value in chained.inner)
        yield f"jacobian += chained(outer, {slopes}, inner)"


def _statements(procedure: ir.Procedure, indent: str) -> list[str]:
    lines: list[str] = []
    for statement in procedure.statements:
        if isinstance(statement, ir.PathAverages):
            lines.extend(indent + line for line in _path_averages(statement))
            continue
        if not isinstance(statement, ir.Average):
            lines.append(indent + _assignment(statement))
            continue
        lines.append(f"{indent}{statement.node}, weights = NODES[{statement.law!r}], WEIGHTS[{statement.law!r}]")
        lines.extend(f"{indent}{name} = NODES[{table!r}]" for name, table in statement.tables)
        lines.extend(indent + _assignment(a) for a in statement.body)
        for target, output in zip(statement.targets, statement.outputs, strict=True):
            lines.append(f"{indent}{target} = weights @ (({print_tree(output)}) + 0 * {statement.node})")
    return lines


def _used(procedure: ir.Procedure) -> set[str]:
    names: set[str] = set()

    def visit(node: object) -> None:
        if isinstance(node, ir.Name):
            names.add(node.identifier)
        for child in getattr(node, "terms", None) or getattr(node, "factors", None) or ():
            visit(child)
        for field in ("numerator", "denominator", "base", "argument"):
            child = getattr(node, field, None)
            if not isinstance(child, (int, type(None))):
                visit(child)

    def read(statement: ir.Assign | ir.Inverse) -> None:
        trees = [statement.value] if isinstance(statement, ir.Assign) else [e for _, _, e in statement.entries]
        for tree in trees:
            visit(tree)

    for statement in procedure.statements:
        if isinstance(statement, ir.PathAverages):
            for site in statement.sites:
                for value in (site.coupling, *(entry for _, _, entry in site.entries)):
                    visit(value)
        elif isinstance(statement, ir.Average):
            for assign in statement.body:
                read(assign)
            for output in statement.outputs:
                visit(output)
        else:
            read(statement)
    for output in procedure.outputs:
        visit(output)
    return names


def _unpack(program: ir.Program, procedures: Sequence[ir.Procedure], indent: str) -> list[str]:
    used = set().union(*map(_used, procedures))
    lines = [f"{indent}{name} = inputs[{k}]" for k, name in enumerate(program.inputs) if name in used]
    lines += [f"{indent}{name} = unknowns[{k}]" for k, name in enumerate(program.unknowns) if name in used]
    return lines


def _rows(numbers: Sequence[int]) -> str:
    """Return an index of one or several rows: a slice where they are equally spaced."""
    if len(numbers) == 1:
        return str(numbers[0])
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    if len(steps) == 1 and (step := steps.pop()) > 0:
        return f"{numbers[0]}:{numbers[-1] + 1}:{step}"
    return f"[{', '.join(map(str, numbers))}]"


def _entries(numbers: Mapping[tuple[int, int], int] | None, rows: Sequence[int], columns: Sequence[int]) -> str:
    """Return the index of entries of the Jacobian: their positions, or their numbers in a sparse one."""
    if numbers is None:
        return f"{_rows(rows)}, {_rows(columns)}" if len(rows) == 1 else f"{list(rows)}, {list(columns)}"
    return _rows([numbers[place] for place in zip(rows, columns, strict=True)])


def _repeat(
    program: ir.Program, numbers: Mapping[tuple[int, int], int] | None, repeat: ir.Repeat, indent: str
) -> list[str]:
    places = {name: ("unknowns", k) for k, name in enumerate(program.unknowns)}
    places |= {name: ("inputs", k) for k, name in enumerate(program.inputs)}
    lines = []
    for name, outside in repeat.arguments:
        array = places[outside[0]][0]
        lines.append(f"{indent}{name} = {array}[{_rows([places[other][1] for other in outside])}]")
    lines += _statements(repeat.procedure, indent)
    residual, *slopes = map(print_tree, repeat.procedure.outputs)
    lines.append(f"{indent}residuals[{_rows(repeat.rows)}] = {residual}")
    for columns, slope in zip(repeat.columns, slopes, strict=True):
        lines.append(f"{indent}jacobian[{_entries(numbers, repeat.rows, columns)}] += {slope}")
    return lines


def print_component(program: ir.Program, number: int) -> str:
    """Return the source of ``component_<number>(unknowns, inputs, z, switch) -> (residuals, jacobian)``.

    The Jacobian has shape (k, k, points); of a sparse one the entries are returned, of shape (entries, points).
    """
    component = program.components[number]
    k = len(component.unknowns)
    numbers = None if component.border is None else {place: k for k, place in enumerate(component.places)}
    shape = f"{k}, {k}" if numbers is None else len(numbers)
    lines = [f"def component_{number}(unknowns, inputs, z, switch):"]
    lines += _unpack(program, [component.procedure, *(repeat.procedure for repeat in component.repeats)], "    ")
    lines += _statements(component.procedure, "    ")
    lines.append(f"    residuals = np.empty(({k}, unknowns.shape[1]), dtype=complex)")
    lines.append(f"    jacobian = np.zeros(({shape}, unknowns.shape[1]), dtype=complex)")
    outputs = [print_tree(output) for output in component.procedure.outputs]
    for i, output in zip(component.rows, outputs):
        lines.append(f"    residuals[{i}] = {output}")
    for (i, j), output in zip(component.pattern, outputs[len(component.rows) :], strict=True):
        lines.append(f"    jacobian[{_entries(numbers, [i], [j])}] = {output}")
    for repeat in component.repeats:
        lines += _repeat(program, numbers, repeat, "    ")
    lines += [f"    {line}" for line in _chained(component)]
    lines.append("    return residuals, jacobian")
    return "\n".join(lines)


def print_readout(program: ir.Program) -> str:
    """Return the source of ``readout(unknowns, inputs, z) -> answer``."""
    lines = ["def readout(unknowns, inputs, z):"]
    lines += _unpack(program, [program.readout], "    ")
    lines += _statements(program.readout, "    ")
    lines.append(f"    return {print_tree(program.readout.outputs[0])} + np.zeros(unknowns.shape[1])")
    return "\n".join(lines)


def print_outputs(program: ir.Program, procedure: ir.Procedure) -> str:
    """Return the source of ``outputs(unknowns, inputs, z) -> array``, one row for each output of a procedure."""
    lines = ["def outputs(unknowns, inputs, z):"]
    lines += _unpack(program, [procedure], "    ")
    lines += _statements(procedure, "    ")
    lines.append(f"    result = np.empty(({len(procedure.outputs)}, unknowns.shape[1]), dtype=complex)")
    lines += [f"    result[{k}] = {print_tree(output)}" for k, output in enumerate(procedure.outputs)]
    return "\n".join([*lines, "    return result"])
