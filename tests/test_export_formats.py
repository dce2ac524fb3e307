"""Exports read back by others: pyarrow, pandas, uproot, csv and json, equal to the records."""
import csv
import json

import exported
import numpy as np
import pandas
import pytest
import recorded
import uproot
from pyarrow import parquet

import hzstat
from hzstat.formats.table import iso
from hzstat.recordings.export import export
from hzstat.units import printable

MAKERS = {"net/dev": exported.net, "loadavg": exported.load}
SOURCES = ("net/dev", "loadavg", "stat", "meminfo")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Odd names, rows that come and go, failed reads; and what this machine says."""
    folder = tmp_path_factory.mktemp("recorded") / "run"
    recorded.save(folder, {**{source: make() for source, make in MAKERS.items()},
                           **exported.live("stat", "meminfo")}, host="höst")
    return hzstat.load(folder)


def expected(recording, source):
    return exported.table(recording[source], recording.description(source))


def written(recording, tmp_path, ending, *sources):
    path = tmp_path / f"run.{ending}"
    assert export(recording.only(*sources), str(path), ending) == (str(path),)
    return path


@pytest.mark.parametrize("source", SOURCES)
def test_parquet_is_equal_to_the_records(recording, tmp_path, source):
    path = written(recording, tmp_path, "parquet", source)
    names, rows = expected(recording, source)
    table = parquet.read_table(path)
    assert table.column_names == names
    for name, values in zip(names, exported.columns(rows), strict=True):
        found = table[name]
        if name in ("time", "wall_time"):
            assert str(found.type) == "timestamp[ns, tz=UTC]"
            found = found.cast("int64")
        assert exported.same(found.to_pylist(), list(map(exported.as_text, values))), name


@pytest.mark.parametrize("source", SOURCES)
def test_parquet_tells_units_and_the_recording(recording, tmp_path, source):
    path = written(recording, tmp_path, "parquet", source)
    schema = parquet.read_schema(path)
    about = json.loads(schema.metadata[b"hzstat"])
    assert about["source"] == source
    assert about["meta"]["host"] == "höst"
    for name, (unit, kind, meaning) in recording.description(source).items():
        if kind != "mask":
            assert schema.field(name).metadata == {
                b"unit": unit.encode(), b"kind": kind.encode(), b"meaning": meaning.encode()}
    assert schema.field("late_ns").metadata[b"unit"] == b"ns"
    group = parquet.ParquetFile(path).metadata.row_group(0)
    for i in range(group.num_columns):
        column = group.column(i)
        if column.physical_type in ("INT32", "INT64"):
            assert "DELTA_BINARY_PACKED" in column.encodings, column.path_in_schema
        else:
            assert "RLE_DICTIONARY" in column.encodings, column.path_in_schema


def test_pandas_reads_parquet(recording, tmp_path):
    frame = pandas.read_parquet(written(recording, tmp_path, "parquet", "stat"),
                                dtype_backend="pyarrow")
    records = recording["stat"]
    total = frame[frame.cpu == -1]
    assert total.user.tolist() == records["data"]["user"][:, 0].tolist()
    assert total.time.astype("int64[pyarrow]").tolist() == records["time_ns"].tolist()
    assert frame[frame.cpu >= 0].ctxt.isna().all()      # the whole system's
    assert total.ctxt.tolist() == records["data"]["ctxt"][:, 0].tolist()


def branch_of(name):
    """A column's branch: times are integers, and names without what a formula is made of."""
    name = {"time": "time_ns", "wall_time": "wall_ns"}.get(name, name)
    return "".join(c if c.isalnum() or c == "_" else "_" for c in name)


def test_root_is_equal_to_the_records(recording, tmp_path):
    path = written(recording, tmp_path, "root", *SOURCES)
    with uproot.open(path) as file:
        about = json.loads(str(file["meta"]))
        assert about["recording"]["host"] == "höst"
        assert set(about["trees"]) == set(SOURCES)
        for source in SOURCES:
            names, rows = expected(recording, source)
            told = about["trees"][source]
            assert list(told) == [branch_of(name) for name in names]
            tree = file[source]
            assert tree.num_entries == len(rows)
            for name, values in zip(names, exported.columns(rows), strict=True):
                check_branch(tree, branch_of(name), told, values)


def check_branch(tree, name, told, values):
    """One branch of ROOT, its second one, and what is said of it."""
    found = tree[name].array(library="np")
    there = np.array([value is not None for value in values])
    valid = told[name]["valid"]
    if valid:
        assert (tree[valid].array(library="np") == there).all()
    if found.dtype.kind == "f":
        assert (np.isnan(found) == ~there).all()
        absent = None
    elif found.dtype == object:
        absent = ""
    else:
        assert bool(valid) == (not there.all())
        absent = 0
    shown = [value if here else None for value, here in zip(found.tolist(), there, strict=True)]
    assert exported.same(shown, list(map(exported.as_text, values))), name
    assert absent is None or set(found[~there].tolist()) <= {absent}


def test_root_tells_units(recording, tmp_path):
    with uproot.open(written(recording, tmp_path, "root", "meminfo")) as file:
        told = json.loads(str(file["meta"]))["trees"]["meminfo"]
        assert told["Active_anon_"] == {"field": "Active(anon)", "unit": "kB", "kind": "gauge",
                                        "meaning": "of Active: anonymous and tmpfs", "valid": ""}
        assert told["time_ns"]["unit"] == "nanoseconds since the epoch"
        assert file["meminfo/MemTotal"].typename == "uint64_t"


@pytest.mark.parametrize("source", SOURCES)
def test_csv_is_equal_to_the_records(recording, tmp_path, source):
    path = written(recording, tmp_path, "csv", source)
    names, rows = expected(recording, source)
    with open(path, newline="") as file:
        head, *found = csv.reader(file, strict=True)
    units = {name: unit for name, (unit, _, _) in recording.description(source).items()}
    for heading, name in zip(head, names, strict=True):
        unit = units.get(name, "").replace(" ", "_")
        assert heading in (name, f"{name}_{unit}")
        assert heading.endswith(unit)
    assert found == [list(map(as_csv, names, row)) for row in rows]


def as_csv(name, value):
    if value is None:
        return ""
    if name in ("time", "wall_time"):
        return iso(value).decode()
    text = printable(value) if isinstance(value, bytes) else repr(value)
    return f"'{text}" if isinstance(value, bytes) and text[0] in "=+-@" else text


@pytest.mark.parametrize("source", SOURCES)
def test_pandas_reads_csv(recording, tmp_path, source):
    path = written(recording, tmp_path, "csv", source)
    names, rows = expected(recording, source)
    # Beyond 2**63, and with some missing, pandas has to be told.
    frame = pandas.read_csv(path, parse_dates=["time", "wall_time"], dtype_backend="pyarrow",
                            dtype={"rx_bytes": "UInt64"})
    for heading, name, values in zip(frame, names, exported.columns(rows), strict=True):
        if name in ("time", "wall_time"):
            values = list(map(pandas.Timestamp, [iso(value).decode() for value in values]))
            assert frame[heading].tolist() == values
        elif name != "name":
            found = frame[heading]
            assert exported.same([None if na else value for value, na
                                  in zip(found.tolist(), found.isna(), strict=True)], values)


def test_json_lines_are_equal_to_the_records(recording, tmp_path):
    path = written(recording, tmp_path, "jsonl", *SOURCES)
    with open(path, encoding="ascii") as file:
        found = list(map(json.loads, file))
    for source in SOURCES:
        _, rows = expected(recording, source)
        ours = [list(one.values())[1:] for one in found if one["source"] == source]
        assert len(ours) == len(rows)
        for one, row in zip(ours, rows, strict=True):
            times = [iso(value).decode() for value in row[:2]]
            assert exported.same(one, [*times, *map(exported.as_text, row[2:])])
    assert {len(one) - 1 for one in found if one["source"] == "stat"} == {
        len(expected(recording, "stat")[0])}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "root"])
def test_no_records_are_an_empty_table(recording, tmp_path, ending):
    path = written(recording.between(0, 1), tmp_path, ending, "stat")
    if ending == "csv":
        assert path.read_bytes().startswith(b"time,wall_time,tick,")
        assert path.read_bytes().count(b"\n") == 1
    elif ending == "jsonl":
        assert path.read_bytes() == b""
    elif ending == "parquet":
        assert parquet.read_table(path).num_rows == 0
    else:
        with uproot.open(path) as file:
            assert file["stat"].num_entries == 0
