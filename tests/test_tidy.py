"""Records as a flat table, against a loop over them."""
import mmap

import exported
import numpy as np
import pytest
import recorded
from hypothesis import given, settings
from hypothesis import strategies as st

from hzstat.errors import RecordingError
from hzstat.recordings import tidy
from hzstat.recordings.mapped import HEADER
from hzstat.recordings.tidy import Tidy


def tidied(source, records, description=None):
    """(names of the columns, rows with None for what is missing), as chunks() has them."""
    table = Tidy(source, records, description or exported.description(source, records))
    rows = []
    for chunk in table.chunks():
        columns = [[None if missing is not None and missing[i] else value
                    for i, value in enumerate(values.tolist())] for values, missing in chunk]
        rows += [list(row) for row in zip(*columns, strict=True)]
    return [column.name for column in table.columns], rows


def of_fields(count, fields, kind="i8"):
    """Records of a row with these fields, whose heads are of numbers of this kind."""
    records = np.zeros(count, [*((name, kind) for name in HEADER), ("data", fields, (1,))])
    records["rows"] = 1
    return records


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 12), room=st.integers(1, 4))
def test_every_row_and_nothing_else(seed, count, room):
    records = exported.random_records(np.random.default_rng(seed), count, room)
    assert tidied("diskstats", records) == exported.table(
        records, exported.description("diskstats", records))


@pytest.mark.parametrize(("source", "make"), [("net/dev", exported.net),
                                              ("loadavg", exported.load)])
def test_interfaces_come_and_go_and_reads_fail(source, make):
    records = make()
    found = tidied(source, records)
    assert found == exported.table(records, exported.description(source, records))
    assert found[1][-1 if source == "loadavg" else 7][5] in (0, exported.EIO)


def test_what_this_machine_says():
    for source, records in exported.live("stat", "meminfo").items():
        assert len(records) >= 100
        assert tidied(source, records) == exported.table(
            records, exported.description(source, records))


def test_more_records_than_a_chunk():
    records = recorded.even("loadavg", tidy.MOST_ROWS + 1000)
    records["data"]["total"][:, 0] = np.arange(len(records))
    table = Tidy("loadavg", records, exported.description("loadavg", records))
    told = []
    chunks = list(table.chunks(lambda source, count: told.append((source, count))))
    assert told == [("loadavg", len(chunk[0][0])) for chunk in chunks]
    assert len(told) > 1
    at = [column.name for column in table.columns].index("total")
    assert (np.concatenate([chunk[at][0] for chunk in chunks]) == np.arange(len(records))).all()


def test_what_is_lacking_anywhere():
    records = exported.net()
    table = Tidy("net/dev", records, exported.description("net/dev", records))
    fields = set(records.dtype["data"].base.names)
    assert table.lacking() == fields
    assert Tidy("net/dev", records[:7], exported.description("net/dev", records)).lacking() == set()


def test_a_field_that_is_called_as_a_column_is():
    records = of_fields(2, [("time", "u8"), ("status", "u8"), ("status_", "u8")])
    records["data"]["status"] = 7
    described = dict.fromkeys(("time", "status", "status_"), ("", "gauge", ""))
    names, rows = tidied("other", records, described)
    assert names[6:] == ["time_", "status_", "status__"]
    assert rows[0][5:] == [0, 0, 7, 0]


def test_names_that_are_no_text_and_the_other_byte_order():
    records = of_fields(3, [("a\udcff", ">u8")], ">i8")
    records["data"]["a\udcff"][:, 0] = 1, 2, 3
    table = Tidy("other", records, {"a\udcff": ("", "gauge", "")})
    assert table.columns[-1].name == "a\\udcff"
    chunk, = table.chunks()
    assert all(values.dtype.isnative for values, _ in chunk)
    assert chunk[-1][0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("kind", ["c16", "f2", "f16", "?", "U3"])
def test_records_of_something_else_are_refused(kind):
    records = of_fields(1, [("x", kind)])
    with pytest.raises(RecordingError, match="x of other is neither a number nor a name"):
        Tidy("other", records, {"x": ("", "gauge", "")})


def test_pages_of_a_mapped_file_are_let_go_and_read_again(tmp_path):
    records = recorded.even("loadavg", 5000)
    (tmp_path / "records").write_bytes(records.tobytes())
    with open(tmp_path / "records", "rb") as file:
        mapped = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), records.dtype)
    tidy.let_go(mapped[10:])
    assert (mapped == records).all()
    tidy.let_go(records)        # no file: nothing to let go
    assert records["rows"].all()
