"""Resultants with factorisation, under limits of time and memory.

FLINT cannot be interrupted, so a resultant that looks large is computed in a child process that runs this file and is
killed when its time is over; small ones are computed at once. The child reads and writes pickled integers only.
"""

from __future__ import annotations

import logging
import math
import pickle
import subprocess
import sys
from typing import Any

import flint

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

__all__ = ["resultant_factors"]

_log = logging.getLogger(__name__)

_MEMORY = 4 * 2**30

_INLINE_SIZE = 2.0e7
"""Below this size a resultant took at most 0.1 s (four blocks of a variance profile are 5e6, five are above 1e9)."""


def resultant_factors(p: Any, q: Any, variable: int, seconds: float) -> list | None:
    """Return the distinct irreducible non-constant factors of the resultant of two polynomials.

    Parameters
    ----------
    p, q : flint.fmpq_mpoly
        Of one ring.
    variable : int
        Number of the generator to eliminate.
    seconds : float
        Time limit for a computation that looks large.

    Returns
    -------
    list of flint.fmpq_mpoly, or None
        An empty list when the resultant is zero; None when time or memory was exceeded.

    Examples
    --------
    >>> import flint
    >>> from freeprob.algebra.resultant_process import resultant_factors
    >>> x, y = flint.fmpq_mpoly_ctx.get(["x", "y"], flint.Ordering.lex).gens()
    >>> resultant_factors(x**2 - y**2, x - 2 * y, 0, 1.0)
    [y]
    """
    if _size(p, q, variable) < _INLINE_SIZE:
        return _factors(p.resultant(q, variable))
    context = p.context()
    message = pickle.dumps((context.nvars(), variable, _plain(p), _plain(q)))
    command = [sys.executable, "-P", __file__]
    try:
        done = subprocess.run(command, input=message, capture_output=True, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as failure:  # FLINT aborts when memory ends
        _log.debug("the child ended with %d: %s", failure.returncode, failure.stderr.decode(errors="replace"))
        return None
    return [_polynomial(context, terms) for terms in pickle.loads(done.stdout)]


def _size(p: Any, q: Any, variable: int) -> float:
    """Bound the terms of the resultant, by degrees and by the expanded determinant, times those of the inputs."""
    a, b = tuple(map(int, p.degrees())), tuple(map(int, q.degrees()))
    others = (k for k in range(len(a)) if k != variable)
    by_degree = math.prod(1 + a[k] * b[variable] + b[k] * a[variable] for k in others)
    expanded = len(p) ** b[variable] * len(q) ** a[variable]
    return float(len(p) * len(q) * min(by_degree, expanded, 10**30))


def _factors(resultant: Any) -> list:
    return [] if resultant.is_zero() else [factor for factor, _ in resultant.factor()[1]]


def _plain(p: Any) -> list[tuple[tuple[int, ...], int, int]]:
    return [(tuple(map(int, exponents)), int(c.p), int(c.q)) for exponents, c in p.terms()]


def _polynomial(context: Any, terms: list[tuple[tuple[int, ...], int, int]]) -> Any:
    return context.from_dict({exponents: flint.fmpq(p, q) for exponents, p, q in terms})


def _main() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    count, variable, p, q = pickle.loads(sys.stdin.buffer.read())
    context = flint.fmpq_mpoly_ctx.get([f"g{i}" for i in range(count)], flint.Ordering.lex)
    factors = _factors(_polynomial(context, p).resultant(_polynomial(context, q), variable))
    sys.stdout.buffer.write(pickle.dumps([_plain(factor) for factor in factors]))


if __name__ == "__main__":
    _main()
