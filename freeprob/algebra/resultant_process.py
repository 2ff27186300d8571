"""Resultants with factorisation, under a time limit.

FLINT cannot be interrupted, so a resultant that looks large is computed in a child process
(``python -m freeprob.algebra.resultant_process``), which is killed when its time is over; small ones are computed at
once. The child reads and writes pickled integers only.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import flint

__all__ = ["resultant_factors"]

_INLINE_SIZE = 2.0e6
"""Resultants below this size (degree bound of the result times terms of the inputs) take well under a second."""


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
        An empty list when the resultant is zero; None when the time was over.

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
    command = [sys.executable, "-m", "freeprob.algebra.resultant_process"]
    try:
        done = subprocess.run(command, input=message, capture_output=True, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        return None
    return [_polynomial(context, terms) for terms in pickle.loads(done.stdout)]


def _size(p: Any, q: Any, variable: int) -> float:
    a, b = tuple(map(int, p.degrees())), tuple(map(int, q.degrees()))
    size = float(len(p) * len(q))
    for k, (i, j) in enumerate(zip(a, b, strict=True)):
        if k != variable:
            size *= 1 + i * b[variable] + j * a[variable]
    return size


def _factors(resultant: Any) -> list:
    return [] if resultant.is_zero() else [factor for factor, _ in resultant.factor()[1]]


def _plain(p: Any) -> list[tuple[tuple[int, ...], int, int]]:
    return [(tuple(map(int, exponents)), int(c.p), int(c.q)) for exponents, c in p.terms()]


def _polynomial(context: Any, terms: list[tuple[tuple[int, ...], int, int]]) -> Any:
    return context.from_dict({exponents: flint.fmpq(p, q) for exponents, p, q in terms})


def _main() -> None:
    count, variable, p, q = pickle.loads(sys.stdin.buffer.read())
    context = flint.fmpq_mpoly_ctx.get([f"g{i}" for i in range(count)], flint.Ordering.lex)
    factors = _factors(_polynomial(context, p).resultant(_polynomial(context, q), variable))
    sys.stdout.buffer.write(pickle.dumps([_plain(factor) for factor in factors]))


if __name__ == "__main__":
    _main()
