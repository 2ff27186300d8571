"""Checks of a derivation: numbers against equations, series, simulation and proofs."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from typing import Any

from ..errors import FreeprobError, NotPrecise, UnsupportedModel
from ..solve.one_sided import LimitFromAbove
from . import checks
from .check_report import CheckLine, CheckReport
from .registry import CHECKS, Check
from .subject import Options, Subject

__all__ = ["check"]

_ALL = checks.__name__
"""The folder whose import fills the registry."""


def check(
    derivation: Any,
    *,
    size: int | None = None,
    replicates: int | None = None,
    seed: int = 0,
    quick: bool = False,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    progress: bool | None = None,
    **values: Any,
) -> CheckReport:
    """Check a derivation at given values.

    Parameters
    ----------
    derivation : SpectralLaw or LimitValue
    size : int, optional
        Largest dimension of the smaller of two simulations (the other is twice as large); by default 256, or 160 when
        quick.
    replicates : int, optional
        Simulated models of each size; by default 32, or 24 when quick.
    seed : int
        Of the simulation; equal seeds give equal reports.
    quick : bool
        Fewer points and smaller matrices, for a look.
    only, skip : collection of str
        Names of checks to run, or to leave out.
    progress : bool, optional
        Show progress bars; by default on a terminal.
    **values : number or law
        Sizes (only ratios matter), parameters and laws by name.

    Returns
    -------
    CheckReport

    Raises
    ------
    MissingValue
        If a value is missing or a name unknown.
    UnsupportedModel
        If a number is the limit of a parameter that is 0.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n)
    >>> report = fp.spectrum(X @ X.T / n).check(n=2, d=1, quick=True)
    >>> report.verdict
    'passed'
    """
    unknown = sorted({*only, *skip} - set(CHECKS))
    if unknown:
        raise ValueError(f"no check is named {', '.join(unknown)}; there are {', '.join(sorted(CHECKS))}")
    options = Options(
        seed=seed,
        quick=quick,
        size=size if size is not None else 160 if quick else 256,
        replicates=max(2, replicates) if replicates is not None else 24 if quick else 32,
        progress=progress if progress is not None else sys.stderr.isatty(),
    )
    subject = Subject(derivation, values, options)
    if isinstance(subject.bound, LimitFromAbove):
        name = subject.bound.parameter
        raise UnsupportedModel(
            f"check: at {name} = 0 the number is a limit and no solution of the equations, as the checks need. Remedy: "
            f"check the number at a small positive {name}; .error and .precise are those of the limit"
        )
    chosen = [
        c
        for c in sorted(CHECKS.values(), key=lambda c: (c.order, c.name))
        if derivation.kind in c.kinds and c.name not in skip and (not only or c.name in only) and c.applies(derivation)
    ]
    lines = tuple(_run(c, subject) for c in _shown(chosen, options.progress))
    words = ", ".join(f"{name} = {value}" for name, value in values.items())
    return CheckReport(derivation.title, words, lines)


def _run(one: Check, subject: Subject) -> CheckLine:
    try:
        return one.run(subject)
    except NotPrecise as reason:
        return CheckLine(one.name, "skipped", str(reason))
    except FreeprobError as error:
        return CheckLine(one.name, "failed", str(error), {"error": type(error).__name__})


def _shown(items: list[Check], show: bool) -> Iterable[Check]:
    if not show:
        return items
    from tqdm import tqdm

    return tqdm(items, desc="checks", leave=False)
