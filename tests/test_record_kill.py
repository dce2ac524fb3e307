"""Would tests/faults/record_kill.py see it?"""
import faults_of
import numpy as np
import pytest
from recorded import MS, even


@pytest.fixture(scope="module")
def program():
    return faults_of.program("record_kill")


@pytest.fixture
def kept():
    """(records of a file, the ring's, which have more room and go on)"""
    ring = even("net/dev", 50, room=3)
    ring["data"]["rx_bytes"][:, 0] = np.arange(50)
    records = np.zeros(40, even("net/dev", 1, room=1).dtype)
    for field in records.dtype.names[:-1]:
        records[field] = ring[field][:40]
    records["data"] = ring["data"][:40, :1]
    return records, ring


def violations(program, records):
    verdict = faults_of.program("checks").Verdict("planted")
    program.whole("net/dev", records, verdict)
    return verdict.violations


def test_what_is_fine(program, kept):
    records, ring = kept
    assert records["tick"][1] * program.PERIOD_NS == records["tick"][1] * MS
    assert program.same(records, ring)
    assert violations(program, records) == []


@pytest.mark.parametrize(("field", "change"), [
    ("tick", lambda one: one + 1), ("tick", lambda one: one - 1), ("time_ns", lambda one: one + 1),
    ("late_ns", lambda one: one - 1), ("status", lambda one: 5)])
def test_a_header_that_is_wrong(program, kept, field, change):
    records, ring = kept
    records[field][20] = change(records[field][20])
    assert not program.same(records, ring)
    assert violations(program, records)


def test_rows_that_are_wrong_missing_or_more_than_the_ring_has(program, kept):
    records, ring = kept
    records["data"]["rx_bytes"][20] += 1
    assert not program.same(records, ring)
    records["data"]["rx_bytes"][20] -= 1
    assert not program.same(records[1:], ring)
    assert not program.same(records, ring[:30])
    ring["data"]["rx_bytes"][20, 2] = 1         # a row that the file has no room for
    assert not program.same(records, ring)
