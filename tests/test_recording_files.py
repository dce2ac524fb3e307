"""The files of a recording: what numpy makes of them, and what keeps them private and apart."""
import io
import json
import os
import stat
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hzstat
from hzstat.recordings import folder, meta, npy

HEADER = [("tick", "i8"), ("status", "i4"), ("rows", "u4")]
ROW = [("name", "S16"), ("rx_bytes", "u8")]


def dtype(max_rows, header=HEADER, row=ROW):
    return np.dtype([*header, ("data", np.dtype(row), (max_rows,))])


def some_records(count, max_rows=2, seed=1):
    records = np.zeros(count, dtype(max_rows))
    chance = np.random.default_rng(seed)
    records["tick"] = np.arange(count)
    records["rows"] = max_rows
    records["data"]["name"] = b"eth0"
    records["data"]["rx_bytes"] = chance.integers(0, 1 << 63, (count, max_rows), dtype="u8")
    return records


@pytest.fixture
def place(tmp_path):
    made = folder.Folder(str(tmp_path / "run"))
    made.keep()
    yield made
    made.close()


def growing(place, max_rows=2):
    file = npy.GrowingFile(place, "net__dev.npy", HEADER, ROW, max_rows)
    file.publish()
    return file


def load(place, mode="r"):
    return np.load(f"{place.path}/net__dev.npy", mmap_mode=mode)


# -- growing files -------------------------------------------------------------------------


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
from hzstat.recordings import folder, npy
sys.path.insert(0, {tests!r})
from test_recording_files import growing, some_records
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


# -- the folder ----------------------------------------------------------------------------


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_it_is_private(place):
    os.close(place.create("meta.json"))
    assert mode(place.path) == 0o700
    assert mode(f"{place.path}/meta.json") == 0o600


def test_an_empty_directory_is_taken_and_made_private(tmp_path):
    (tmp_path / "run").mkdir(0o755)
    made = folder.Folder(str(tmp_path / "run"))
    assert mode(tmp_path / "run") == 0o700
    made.close()
    assert (tmp_path / "run").is_dir()


def test_what_is_not_kept_goes(tmp_path):
    folder.Folder(str(tmp_path / "run")).close()
    assert not os.listdir(tmp_path)


def a_recording(path):
    made = meta.folder_for(str(path), False)
    made.keep()
    meta.MetaFile(made, MINIMAL).end(MINIMAL)
    growing(made).close()
    made.close()


MINIMAL = {"format": meta.FORMAT, "version": 1, "sources": {}, "ended": None}


def test_a_recording_is_replaced_with_force_alone(tmp_path):
    a_recording(tmp_path / "run")
    with pytest.raises(hzstat.RecordingError, match="--force"):
        meta.folder_for(str(tmp_path / "run"), False)
    made = meta.folder_for(str(tmp_path / "run"), True)
    assert sorted(os.listdir(made.path)) == ["meta.json", "net__dev.npy"]   # until clear()
    made.clear()
    assert os.listdir(made.path) == []
    made.close()


@pytest.mark.parametrize("name", ["thesis.txt", "mine.npy", "stat.npy.bak", "stat", ".npy",
                                  "cgroup__io_stat.npy", "meta.json.new.new", "sub"])
def test_a_directory_with_other_things_is_refused(tmp_path, name):
    a_recording(tmp_path / "run")
    (tmp_path / "run" / name).mkdir()
    for force in (False, True):
        with pytest.raises(hzstat.RecordingError, match=name):
            meta.folder_for(str(tmp_path / "run"), force)
    assert len(os.listdir(tmp_path / "run")) == 3


@pytest.mark.parametrize("source", [name for name in hzstat.sources() if "PID" not in name])
def test_each_source_has_a_file_of_a_recording(source):
    assert folder.of_recording(folder.file_name(source))


def test_arrays_that_only_have_such_names_are_refused(tmp_path):
    np.save(tmp_path / "stat.npy", np.arange(3))
    with pytest.raises(hzstat.RecordingError, match=r"other things in it \(stat.npy\)"):
        meta.folder_for(str(tmp_path), True)
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(hzstat.RecordingError, match="isn't of a recording"):
        meta.folder_for(str(tmp_path), True)
    assert (np.load(tmp_path / "stat.npy") == np.arange(3)).all()


def test_no_two_record_into_it(tmp_path):
    first = meta.folder_for(str(tmp_path / "run"), False)
    with pytest.raises(hzstat.RecordingError, match="another process"):
        meta.folder_for(str(tmp_path / "run"), True)
    first.close()


@pytest.mark.parametrize("behind", ["", "/"])
def test_a_symlink_is_not_followed(tmp_path, behind):
    (tmp_path / "target").mkdir()
    (tmp_path / "run").symlink_to("target")
    for force in (False, True):
        with pytest.raises(hzstat.RecordingError, match="symlink"):
            meta.folder_for(f"{tmp_path}/run{behind}", force)
    assert os.listdir(tmp_path / "target") == []


def test_a_symlink_in_it_is_replaced_and_not_followed(tmp_path):
    a_recording(tmp_path / "run")
    victim = tmp_path / "victim"
    victim.write_text("mine")
    os.unlink(tmp_path / "run/net__dev.npy")
    for name in ("net__dev.npy", "stat.npy", "meta.json.new", "stat.npy.new"):
        (tmp_path / "run" / name).symlink_to(victim)
    made = meta.folder_for(str(tmp_path / "run"), True)
    made.clear()
    growing(made).close()
    assert not (tmp_path / "run/net__dev.npy").is_symlink()
    (tmp_path / "run/stat.npy").symlink_to(victim)      # planted meanwhile
    with pytest.raises(FileExistsError):
        made.create("stat.npy")
    made.close()
    assert victim.read_text() == "mine"


def test_a_folder_that_is_renamed_meanwhile_gets_the_files_all_the_same(tmp_path, place):
    os.rename(place.path, tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to("elsewhere")
    growing(place).close()
    assert os.listdir(tmp_path / "moved") == ["net__dev.npy"]
    assert os.listdir(tmp_path / "elsewhere") == []
    os.unlink(tmp_path / "run")


@pytest.mark.parametrize(("make", "words"), [
    (lambda path: path.write_text(""), "is a file"),
    (lambda path: None, "No such file or directory"),
])
def test_what_cannot_be_a_directory_is_told(tmp_path, make, words):
    make(tmp_path / "run")
    path = tmp_path / "run" if (tmp_path / "run").exists() else tmp_path / "run/in/it"
    with pytest.raises(hzstat.RecordingError, match=words):
        folder.Folder(str(path))


# -- meta.json -----------------------------------------------------------------------------


def test_it_is_written_at_the_start_and_at_the_end(place):
    file = meta.MetaFile(place, MINIMAL)
    assert meta.read(place.path) == MINIMAL
    assert os.stat(f"{place.path}/meta.json.new").st_blocks * 512 >= meta.ROOM_BYTES
    ended = MINIMAL | {"ended": {"reason": "time"}, "host": "\udc80\u20ac"}
    file.end(ended)
    assert meta.read(place.path) == ended
    assert os.listdir(place.path) == ["meta.json"]
    assert mode(f"{place.path}/meta.json") == 0o600


def test_what_a_running_sampler_says(tmp_path):
    with hzstat.Sampler({"stat": 50, "meminfo": 2, "net/dev": 1000}) as sampler:
        found = json.loads(meta.encoded(meta.at_start(sampler, ["true"], None)))
        stat_row = sampler["stat"].row_dtype
    assert found["started_ns"] == pytest.approx(sampler.board.now_ns(), abs=60e9)
    assert found["command"] == ["true"]
    assert {name: (one["file"], one["period_ns"]) for name, one in found["sources"].items()} == {
        "stat": ("stat.npy", 20_000_000), "meminfo": ("meminfo.npy", 500_000_000),
        "net/dev": ("net__dev.npy", 1_000_000)}
    assert tuple(found["sources"]["stat"]["fields"]) == stat_row.names
    assert found["sources"]["stat"]["fields"]["user"]["kind"] == "counter"
    assert found["sources"]["meminfo"]["fields"]["MemFree"]["unit"] == "kB"
    assert found["sources"]["net/dev"]["path"] == "/proc/net/dev"
    assert tuple(found["header"]) == sampler["stat"].dtype.names[:-1]


@pytest.mark.parametrize(("text", "words"), [
    (b"", "no JSON"), (b"{", "no JSON"), (b"\xff\xfe", "no JSON"), (b"[]", "isn't of a recording"),
    (b'{"format": "hzstat recording", "version": 2, "sources": {}}', "use a later one"),
    (b'{"format": "hzstat recording", "version": "1", "sources": {}}', "version 1"),
    (b'{"format": "hzstat recording", "version": 1}', "sources"),
    (b'{"format": "hzstat recording", "version": 1, "sources": {"stat": 1}}', "sources"),
])
def test_what_is_no_meta_json_is_refused(tmp_path, text, words):
    (tmp_path / "meta.json").write_bytes(text)
    with pytest.raises(hzstat.RecordingError, match=words):
        meta.read(str(tmp_path))


def test_unknown_keys_are_tolerated(tmp_path):
    (tmp_path / "meta.json").write_text(json.dumps(MINIMAL | {"later": [1]}))
    assert meta.read(str(tmp_path))["later"] == [1]
