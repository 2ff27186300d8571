"""Work over processes: order, errors, and one thread for small products."""

import os

import pytest

from freeprob.solve.blas_threads import _openblas, one_blas_thread
from freeprob.solve.parallel import each


def test_results_are_in_order_whatever_the_number_of_processes():
    offset = 10
    assert each(lambda k: k + offset, range(7), workers=1) == each(lambda k: k + offset, range(7), workers=3)


def test_processes_are_used_and_not_nested():
    homes = each(lambda k: os.getpid(), range(4), workers=2)
    assert os.getpid() not in homes
    nested = each(lambda k: set(each(lambda j: os.getpid(), range(3), workers=2)) == {os.getpid()}, range(2), workers=2)
    assert nested == [True, True]


def test_short_work_stays_here():
    assert set(each(lambda k: os.getpid(), range(5))) == {os.getpid()}


def test_an_error_in_a_process_is_raised_here():
    with pytest.raises(ZeroDivisionError):
        each(lambda k: 1 / (k - 3), range(6), workers=2)
    assert each(abs, [-1], workers=2) == [1], "and leaves nothing behind"


def test_refusals():
    with pytest.raises(ValueError, match="positive number of processes"):
        each(abs, [1], workers=0)


@pytest.mark.skipif(_openblas() is None, reason="NumPy brought no OpenBLAS")
def test_one_thread_and_then_as_many_as_before():
    tell, _ = _openblas()
    before = tell()
    with one_blas_thread():
        assert tell() == 1
    assert tell() == before
