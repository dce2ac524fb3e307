"""Sampling trees of files that go wrong."""
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from sampling import FOUR, everything, fresh
from waiting import until

import hzstat
from hzstat.watch import Watch

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


@pytest.fixture
def tree(tmp_path):
    """A copy of the files in /proc, to be spoilt."""
    root = tmp_path / "proc"
    (root / "net").mkdir(parents=True)
    for name in FOUR:
        shutil.copyfile(f"/proc/{name}", root / name)
    return root


@pytest.mark.parametrize(("spoil", "error", "reason"), [
    (Path.unlink, hzstat.SourceUnavailable, "No such file"),
    (lambda path: path.write_bytes(b""), hzstat.SourceUnavailable, "it is empty"),
    (lambda path: (path.unlink(), path.mkdir()), hzstat.SourceUnavailable, "Is a directory"),
    (lambda path: path.write_bytes(b"cpu  1 2 x 4\n"), hzstat.ParseError, "at byte 9"),
    (lambda path: path.write_bytes(b"cpu  1 2 3 4"), hzstat.ParseError, "end of the line"),
    (lambda path: path.write_bytes(b"\0\xff\n" * 99), hzstat.ParseError, "at byte 0"),
])
def test_a_source_that_cannot_be_read_is_left_out(tree, spoil, error, reason):
    spoil(tree / "stat")
    with hzstat.Sampler({"stat": 100, "loadavg": 100}, root=tree) as sampler:
        failure = sampler.unavailable["stat"]
        assert type(failure) is error
        assert str(failure).startswith(f"{tree}/stat: ")
        assert reason in str(failure)
        with pytest.raises(error):
            sampler["stat"]
        assert list(sampler) == list(sampler.health()) == ["loadavg"]
        assert sampler["loadavg"].latest()["status"] == 0
        sampler.pause()
        sampler.resume()


def test_no_source_at_all_is_an_error(tree):
    shutil.rmtree(tree)
    with pytest.raises(hzstat.SourceUnavailable, match="stat: No such file"), \
            hzstat.Sampler({"stat": 100, "loadavg": 100}, root=tree):
        pass


def test_a_file_that_breaks_is_recorded_and_recovers(tree):
    path, good = tree / "stat", (tree / "stat").read_bytes()
    reports = []
    with hzstat.Sampler({"stat": 200, "loadavg": 200}, root=tree, jobs=1,
                        report=reports.append) as sampler:
        assert fresh(sampler, "stat")["status"] == 0
        for bad, status in ((b"cpu  1 2 x 4\n", -1), (b"", -7), (b"cpu  1 2 3 4", -2)):
            path.write_bytes(bad)
            record = fresh(sampler, "stat")
            assert record["status"] == status
            assert record["rows"] == 0
            assert not record["data"].tobytes().strip(b"\0")
            assert sampler.health()["stat"].status == status
            path.write_bytes(good)
            record = fresh(sampler, "stat")
            assert record["status"] == 0
            assert (record["data"][:record["rows"]] == hzstat.parse("stat", good)).all()
    assert len(reports) >= 3
    assert all(text.startswith(f"{path}: ") for text in reports)
    of = sampler.health()
    assert of["stat"].errors == np.count_nonzero(everything(sampler["stat"])["status"]) > 0
    assert of["stat"].cut == 0
    assert of["loadavg"].errors == 0


def test_a_file_that_vanishes_is_opened_again_when_it_is_back(tree):
    path, good = tree / "stat", (tree / "stat").read_bytes()
    reports = []
    with hzstat.Sampler({"stat": 0.001}, root=tree, report=reports.append) as sampler:
        path.unlink()                               # before the worker's first read
        sampler.set_rate("stat", 200)
        record = fresh(sampler, "stat")
        assert os.strerror(record["status"]) == "No such file or directory"
        assert len(reports) == 1
        assert reports[0].startswith(f"{path}: No such file or directory")
        path.write_bytes(good)
        until(lambda: fresh(sampler, "stat")["status"] == 0)


def test_rows_that_find_no_room_are_counted(tree):
    path = tree / "stat"
    told = []
    with hzstat.Sampler({"stat": 200}, root=tree, report=told.append) as sampler:
        room = sampler["stat"].max_rows
        path.write_text("".join(f"cpu{i} {i} 2 3 4 5 6 7 8 9 10\n" for i in range(room + 5)))
        record = fresh(sampler, "stat")
        assert record["status"] == 0
        assert record["rows"] == room + 5
        assert record["data"]["cpu"].tolist() == record["data"]["user"].tolist() == [*range(room)]
        assert sampler.health()["stat"].cut > 0
    assert len(told) == 1
    assert "stat has more rows than a record has room for" in told[0]


def test_an_interface_that_comes_beside_a_lone_lo_finds_room(tree):
    path = tree / "net/dev"
    lines = path.read_bytes().splitlines(keepends=True)
    lo = next(line for line in lines if line.split(b":")[0].strip() == b"lo")
    path.write_bytes(b"".join([*lines[:2], lo]))
    with hzstat.Sampler({"net/dev": 100}, root=tree) as sampler:
        path.write_bytes(b"".join([*lines[:2], lo, lo.replace(b"lo:", b"eth0:")]))
        record = fresh(sampler, "net/dev")
        assert record["data"]["name"][:2].tolist() == [b"lo", b"eth0"]
        assert sampler.health()["net/dev"].cut == 0


def test_rows_with_holes_say_so_once():
    told = []
    with hzstat.Sampler({"loadavg": 1000}, ring_bytes=1, report=told.append) as sampler:
        watch = Watch(sampler, 0.05)
        for _ in watch.rows(3):
            time.sleep(0.1)         # whoever shows them is slow
    assert len(told) == 1
    assert "samples were overwritten before a row" in told[0]
    assert told[0].endswith("give a lower rate (-r)")   # what every command has
