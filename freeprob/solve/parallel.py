"""Independent pieces of long work, spread over the cores of the machine.

Processes are forked, so that they share what was derived and a script needs no ``if __name__ == "__main__"``; where
the system cannot fork, the work is done one piece after the other.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any

from .blas_threads import one_blas_thread

__all__ = ["each"]

_WORTH = 2.0
"""Seconds of work that is left, after which processes pay."""

_task: Callable[[Any], Any] | None = None
"""The function of the pool whose processes are being forked: it need not be pickled."""


def each(
    function: Callable[[Any], Any],
    items: Sequence[Any],
    *,
    workers: int | None = None,
    progress: bool | None = None,
    label: str = "points",
) -> list[Any]:
    """Return ``[function(item) for item in items]``.

    Parameters
    ----------
    function : callable
    items : sequence
        Sent to the processes.
    workers : int, optional
        Processes; by default one for each core when the time of the first pieces predicts more than two seconds of
        work, and none otherwise.
    progress : bool, optional
        Whether to show a progress bar; by default on a terminal, after a second of work.
    label : str
        Of the progress bar.

    Raises
    ------
    ValueError
        If ``workers`` is not positive.

    Examples
    --------
    >>> from freeprob.solve.parallel import each
    >>> each(lambda x: x * x, [1, 2, 3], workers=2)
    [1, 4, 9]
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be a positive number of processes, not {workers}")
    results: list[Any] = [None] * len(items)
    steps = _counted(len(items), progress, label)
    start = time.perf_counter()
    with one_blas_thread():
        for done, item in enumerate(items):
            if _processes(workers, len(items) - done, (time.perf_counter() - start) / max(done, 1), done) > 1:
                _spread(function, items, done, results, _available(workers), steps)
                break
            results[done] = function(item)
            next(steps, None)
    for _ in steps:  # close the bar
        pass
    return results


def _available(workers: int | None) -> int:
    if "fork" not in multiprocessing.get_all_start_methods() or sys.platform == "darwin":
        return 1
    return workers if workers is not None else len(os.sched_getaffinity(0))


def _processes(workers: int | None, left: int, seconds: float, done: int) -> int:
    """Return how many processes to use for the work that is left."""
    if left < 2 or multiprocessing.current_process().daemon or _task is not None:
        return 1
    if workers is None and (done == 0 or left * seconds < _WORTH):
        return 1
    return _available(workers)


def _spread(function, items, done, results, processes, steps) -> None:
    """Fill in the results that are left."""
    global _task
    _task = function
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
            with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
                waiting: dict[Future, int] = {}
                try:
                    for number in range(done, len(items)):
                        waiting[pool.submit(_run, items[number])] = number
                    while waiting:
                        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                            results[waiting.pop(future)] = future.result()
                            next(steps, None)
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
    finally:
        _task = None


def _run(item: Any) -> Any:
    assert _task is not None, "the function is set before the processes are forked"
    return _task(item)


def _counted(count: int, progress: bool | None, label: str) -> Iterator[int]:
    """Return an iterator over so many steps that shows a bar."""
    show = progress if progress is not None else sys.stderr.isatty()
    if not show:
        return iter(range(count))
    from tqdm import tqdm  # loaded when a bar is shown

    return iter(tqdm(range(count), desc=label, leave=False, delay=0 if progress else 1))
