"""CSV and JSON lines, against the standard library and pandas; a row at a time and many at once."""
import csv
import io
import json
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hzstat.formats.csv import Csv
from hzstat.formats.jsonl import JsonLines
from hzstat.formats.table import INTEGER, REAL, TEXT, TIME, Column, iso
from hzstat.units import printable

COLUMNS = [Column("time", "", TIME), Column("rx", "bytes", INTEGER), Column("below", "", INTEGER),
           Column("share", "", REAL), Column("name", "", TEXT)]
TYPES = {"time": "i8", "rx": "u8", "below": "i8", "share": "f8", "name": "S16"}
ODD = [b"eth0", b'a"b', b"a,b", b"a\nb", b"x\x1b[31my", b"\xff\xfe", b"=1+1", b"-1", b"@x", b"",
       "é‮ü".encode(), b"'", b" a ", b"\\n", b"1.5"]

names = st.sampled_from(ODD) | st.binary(max_size=16).map(lambda name: name.replace(b"\0", b"."))
rows = st.lists(st.tuples(
    st.integers(-2**63, 2**63 - 1), st.integers(0, 2**64 - 1) | st.integers(0, 20_000),
    st.integers(-2**63, 2**63 - 1) | st.integers(-20_000, 20_000),
    st.floats() | st.sampled_from([0.0, -0.0, 0.5, 1e300, 5e-324]), names), min_size=1,
    max_size=12)


def one_by_one(table, rows):
    return table.header() + b"".join(map(table.row, rows))


def at_once(table, rows, missing=None):
    """The same by arrays; `missing` says for each cell whether it is."""
    columns = [(np.array([row[i] for row in rows], kind),
                None if missing is None else np.array([row[i] for row in missing]))
               for i, kind in enumerate(TYPES.values())]
    return table.header() + b"".join(table.rows(columns))


@pytest.mark.parametrize("kind", [Csv, JsonLines])
@settings(max_examples=60)
@given(rows=rows, data=st.data())
def test_many_at_once_are_as_one_by_one(kind, rows, data):
    rows = [(*row[:4], row[4].rstrip(b"\0")) for row in rows]
    table = kind(COLUMNS)
    assert at_once(table, rows) == one_by_one(table, rows)
    missing = [data.draw(st.lists(st.booleans(), min_size=5, max_size=5)) for _ in rows]
    holes = [[None if hole else value for value, hole in zip(row, which, strict=True)]
             for row, which in zip(rows, missing, strict=True)]
    assert at_once(table, rows, missing) == one_by_one(table, holes)


@pytest.mark.parametrize("kind", [Csv, JsonLines])
def test_more_rows_than_a_batch_and_numbers_of_every_length(kind):
    lengths = [10**n + d for n in range(20) for d in (-1, 0, 1)] + [2**32, 2**64 - 1, 0]
    rows = [(i * 1_000_003, number, (-1)**i * min(number, 2**63 - 1), number / 7, b"lo")
            for i, number in enumerate(lengths * 200)]
    table = kind(COLUMNS)
    assert len(rows) > 2 * 4096
    assert at_once(table, rows) == one_by_one(table, rows)


@given(rows=rows)
def test_csv_is_read_by_the_standard_library(rows):
    text = one_by_one(Csv(COLUMNS), rows).decode()
    head, *found = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert head == ["time", "rx_bytes", "below", "share", "name"]
    assert len(found) == len(rows)
    for (time, rx, below, share, name), row in zip(found, rows, strict=True):
        assert time == iso(row[0]).decode()
        assert (int(rx), int(below)) == row[1:3]
        assert float(share) == row[3] if math.isfinite(row[3]) else share == ""
        said = printable(row[4])
        assert name == ("'" + said if said[:1] in set("=+-@") else said)


@given(rows=rows)
def test_json_lines_are_read_by_the_standard_library(rows):
    def never(constant):
        raise AssertionError(constant)

    lines = one_by_one(JsonLines(COLUMNS, {"source": "net/dev"}), rows)
    assert lines.isascii()
    for line, row in zip(lines.decode().splitlines(), rows, strict=True):
        found = json.loads(line, parse_constant=never)
        assert list(found) == ["source", "time", "rx_bytes", "below", "share", "name"]
        assert (found["rx_bytes"], found["below"]) == row[1:3]
        assert found["share"] == (row[3] if math.isfinite(row[3]) else None)
        assert found["name"] == row[4].decode("utf-8", "backslashreplace")


@given(st.text(st.characters()))
def test_any_text_is_a_json_string(text):
    found = json.loads(JsonLines(COLUMNS[:1]).text(text))
    assert found == text.encode("utf-8", "backslashreplace").decode()
    assert Csv(COLUMNS).text(text).decode().count("\n") == 0


@given(st.integers(-2**63, 2**63 - 1))
def test_a_time_is_what_datetime_makes_of_it(ns):
    second, rest = divmod(ns, 10**9)
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    assert iso(ns).decode() == f"{expected:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def test_pandas_reads_each_column_with_its_type():
    rows = [(1_700_000_000_123_456_789 + i, 2**64 - 1 - i, i - 1, None if i == 2 else i / 8,
             ODD[i]) for i in range(8)]
    table = pandas.read_csv(io.BytesIO(one_by_one(Csv(COLUMNS), rows)), parse_dates=["time"])
    assert str(table.time.dt.tz) == "UTC"
    assert table.time.astype("datetime64[ns, UTC]").astype("int64").tolist() == [
        row[0] for row in rows]
    assert (table.rx_bytes.dtype, table.below.dtype, table.share.dtype) == ("u8", "i8", "f8")
    assert table.rx_bytes.tolist() == [row[1] for row in rows]
    assert table.share.isna().tolist() == [i == 2 for i in range(8)]
    lines = pandas.read_json(io.BytesIO(one_by_one(JsonLines(COLUMNS), rows)), lines=True,
                             dtype={"rx_bytes": "u8"})
    assert lines.rx_bytes.tolist() == table.rx_bytes.tolist()


@pytest.mark.parametrize(("name", "unit", "heading"), [
    ("rx_bytes", "bytes", "rx_bytes"), ("user", "ticks", "user_ticks"), ("tick", "", "tick"),
    ("MemFree", "kB", "MemFree_kB"), ("usage_usec", "us", "usage_usec"),
    ("rx", "huge pages", "rx_huge_pages"), ("avg10", "%", "avg10_percent"),
    ("bonus", "us", "bonus_us"), ("bytes", "bytes", "bytes")])
def test_units_in_the_names(name, unit, heading):
    assert Column(name, unit, INTEGER).heading == heading


def test_no_rows_are_a_header_alone():
    assert at_once(Csv(COLUMNS), []) == b"time,rx_bytes,below,share,name\n"
