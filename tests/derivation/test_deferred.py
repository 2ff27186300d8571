"""Deferred fields: computed once, when they are read, and then like any other."""

import pickle
from dataclasses import dataclass, replace

import pytest

from freeprob.derivation.deferred import deferrable, deferred

CALLS = []


def _made(text):
    CALLS.append(text)
    return text.upper()


@deferrable("text", "note")
@dataclass(frozen=True)
class Record:
    number: int
    text: str
    note: str | None = None


def test_a_value_is_computed_once_and_only_when_it_is_read():
    CALLS.clear()
    record = Record(1, deferred(_made, "a"))
    assert record.number == 1 and record.note is None and not CALLS
    assert (record.text, record.text, CALLS) == ("A", "A", ["a"])


def test_records_are_compared_copied_and_sent_by_value():
    record = Record(1, deferred(_made, "b"), deferred(_made, "c"))
    assert pickle.loads(pickle.dumps(record)) == record == Record(1, "B", "C")
    assert replace(record, number=2) == Record(2, "B", "C") and hash(record) == hash(Record(1, "B", "C"))
    assert repr(Record(3, deferred(_made, "d"))) == "Record(number=3, text='D', note=None)"


def test_fields_stay_frozen_and_required():
    with pytest.raises(AttributeError):
        Record(1, "x").text = "y"
    with pytest.raises(TypeError, match="text"):
        Record(1)
