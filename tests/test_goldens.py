"""Whole machines: every file of every fixture against its golden, the oracle, and itself broken."""
import os
import zlib

import pytest
from texts import (
    CASES,
    FIXTURES,
    files_of,
    golden_of,
    place_of,
    records,
    said,
    text_of,
    truth,
)

import hzstat
from hzstat.procfs import values

# All positions of the larger files take minutes: HZSTAT_EVERY=1 (`make mutations`) tries them.
EVERY = bool(os.environ.get("HZSTAT_EVERY"))
SMALL_BYTES = 256
STRIDE = 61
BYTES = [b"\0", b" ", b"\n", b":", b"-", b"9", b"\xff"]
IDS = ["-".join(filter(None, case)).replace("/", "_") for case in CASES]


def positions(text, salt):
    """All positions in a small text; of a large one some, others for each salt."""
    if EVERY or len(text) <= SMALL_BYTES:
        return range(len(text))
    return range(zlib.crc32(salt) % STRIDE, len(text), STRIDE)


def test_every_fixture_has_a_golden():
    files = {path for path in FIXTURES.glob("*/*/**/*") if path.is_file()}
    assert files == {file for case in CASES for file in files_of(*case)}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_golden(case):
    _, source, _ = case
    where, _ = place_of(*case)
    text = text_of(*case)
    golden = golden_of(*case)
    assert truth(source, text) == golden
    assert records(hzstat.parse(source, text)) == golden
    assert records(hzstat.read(source, **where)) == golden
    # As plain numbers, what wasn't printed is left out.
    assert values(source, **where) == [
        {name: value for bit, (name, value) in enumerate(row.items())
         if row.get("present", -1) >> bit & 1 or name == "present"} for row in golden]
    with hzstat.Reader(source, **where) as reader:
        for _ in range(3):      # the second read is the first that expects what it has learnt
            assert records(reader.read()) == golden


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_cut_anywhere(case):
    source, whole = case[1], text_of(*case)
    for size in positions(whole, b"cut"):
        assert said(source, whole[:size]) == truth(source, whole[:size]), size


@pytest.mark.parametrize("byte", BYTES)
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_one_byte_changed_anywhere(case, byte):
    source, whole = case[1], text_of(*case)
    for at in positions(whole, byte + IDS[CASES.index(case)].encode()):
        text = whole[:at] + byte + whole[at + 1:]
        assert said(source, text) == truth(source, text), (at, text)
