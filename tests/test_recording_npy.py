"""The .npy files of a recording, and what numpy makes of them."""
import io
import os
import subprocess
import sys

import numpy as np
import pytest
from growing import HEADER, ROW, dtype, growing, kept_folder, some_records
from hypothesis import given
from hypothesis import strategies as st

import hzstat
from hzstat.recordings import npy


@pytest.fixture
def place(tmp_path):
    with kept_folder(tmp_path / "run") as made:
        yield made


def load(place, mode="r"):
    return np.load(f"{place.path}/net__dev.npy", mmap_mode=mode)


@pytest.mark.parametrize("max_rows", [1, 2, 9])
def test_numpy_opens_it_at_any_time(place, max_rows):
    file = growing(place, max_rows)
    expected = some_records(300, max_rows)
    for first in range(0, 300, 100):
        file.append(expected[first:first + 100])
        before = load(place)
        assert before.dtype == dtype(max_rows)
        assert len(before) == first         # the header says what was flushed
        file.flush()
        assert (load(place) == expected[:first + 100]).all()
        assert (load(place, None) == expected[:first + 100]).all()
    file.close()


def test_a_record_of_one_row_keeps_its_array_of_rows(place):
    file = growing(place, 1)
    file.append(some_records(3, 1))
    file.end()
    assert load(place)["data"].shape == (3, 1)
    file.close()


@given(names=st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=30, unique=True),
       count=st.integers(0, 10**19 - 1), max_rows=st.integers(1, 1 << 16))
def test_any_names_and_counts_make_a_header_that_numpy_reads(names, count, max_rows):
    row = [(name, "u8") for name in names]
    head = npy.header_of(HEADER, row, max_rows, count)
    file = io.BytesIO(head)
    version = np.lib.format.read_magic(file)
    shape, fortran, found = np.lib.format.read_array_header_1_0(file)
    assert (version, shape, fortran) == ((1, 0), (count,), False)
    assert file.tell() == len(head)
    assert len(head) % npy.BLOCK == 0
    assert found["data"].base.names == tuple(names)
    assert found["data"].shape == (max_rows,)
    other = npy.header_of(HEADER, row, max_rows, 7)
    assert len(other) == len(head)
    assert other[:-npy.BLOCK] == head[:-npy.BLOCK]


def test_a_header_too_long_for_the_first_version_is_of_the_second():
    row = [(f"field_number_{number:05}", "u8") for number in range(4000)]
    head = npy.header_of(HEADER, row, 1, 5)
    file = io.BytesIO(head)
    assert np.lib.format.read_magic(file) == (2, 0)
    shape, _, found = np.lib.format.read_array_header_2_0(file, max_header_size=1 << 20)
    assert shape == (5,)
    assert found == dtype(1, HEADER, row)
    assert len(head) % npy.BLOCK == 0


def test_every_source_of_this_host_has_a_header_that_numpy_takes_without_asking():
    for name in hzstat.sources():
        if name.startswith("PID/"):
            continue
        try:
            rows = hzstat.read(name)
        except hzstat.SourceUnavailable:
            continue
        row = [(field, rows.dtype[field].str.lstrip("<|")) for field in rows.dtype.names]
        assert len(npy.header_of(HEADER, row, 1, 0)) < 10_000, name     # numpy's max_header_size


def test_widened_records_keep_what_they_had_and_get_rows_of_zeros(place):
    file, expected = growing(place), some_records(5000)
    file.append(expected)
    file.flush()
    old = load(place)
    calls = []
    wide = file.widened(5, lambda: calls.append(len(load(place))))
    assert calls
    assert set(calls) == {5000}     # until the end, the old file is there
    wide.append(some_records(7, 5))
    wide.flush()
    found = load(place)
    assert found.dtype == dtype(5)
    assert (found["tick"][:5000] == expected["tick"]).all()
    assert (found["data"][:5000, :2] == expected["data"]).all()
    assert (found["data"][:5000, 2:] == np.zeros((), ROW)).all()
    assert (found[5000:] == some_records(7, 5)).all()
    assert (old == expected).all()          # who had it open still has what was there
    assert os.listdir(place.path) == ["net__dev.npy"]
    wide.close()


def test_a_file_that_cannot_be_widened_stays(place):
    file, expected = growing(place), some_records(100)
    file.append(expected)
    file.flush()

    def full():
        raise OSError(28, "No space left on device")
    with pytest.raises(OSError, match="No space"):
        file.widened(5, full)
    assert os.listdir(place.path) == ["net__dev.npy"]
    file.append(expected)
    file.end()
    assert (load(place) == np.concatenate([expected, expected])).all()
    file.close()


def test_a_file_cut_at_any_byte_has_the_whole_records_before(place, tmp_path):
    file, expected = growing(place), some_records(9)
    file.append(expected)
    file.end()
    file.close()
    whole = (tmp_path / "run/net__dev.npy").read_bytes()
    data_at = len(whole) - expected.nbytes
    cut = tmp_path / "cut.npy"
    for length in range(len(whole) + 1):
        cut.write_bytes(whole[:length])
        with cut.open("rb") as opened:
            if length < data_at:
                with pytest.raises((ValueError, EOFError)):
                    np.load(opened)
                continue
            np.lib.format.read_magic(opened)
            (count,), _, found = np.lib.format.read_array_header_1_0(opened)
            assert (count, found, opened.tell()) == (9, dtype(2), data_at)
        there = (length - data_at) // found.itemsize
        assert (np.memmap(cut, found, "r", data_at, there) == expected[:there]).all() if there \
            else length - data_at < found.itemsize


LIMITED = """
import resource, sys
from hzstat.recordings import folder
sys.path.insert(0, {tests!r})
from growing import growing, some_records
place = folder.Folder({path!r})
place.keep()
file = growing(place)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
try:
    for _ in range(100):
        file.append(some_records(10))
        file.flush()
except OSError as failure:
    print(failure.errno, file.count)
file.end()
"""


@pytest.mark.parametrize("limit", [4096, 5000, 6001])
def test_at_a_limit_whole_records_stay(tmp_path, limit):
    code = LIMITED.format(tests=os.path.dirname(__file__), path=str(tmp_path / "run"), limit=limit)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert not done.stderr
    number, count = map(int, done.stdout.split())
    assert number == 27     # EFBIG
    found = np.load(tmp_path / "run/net__dev.npy", mmap_mode="r")
    expected = np.concatenate([some_records(10)] * 100)[:count]
    assert len(found) == count > 20
    assert (found == expected).all()
    assert limit - 2 * found.itemsize < os.path.getsize(tmp_path / "run/net__dev.npy") <= limit
