"""hzstat.record(): what happened while a block ran."""
import copy
import gc
import multiprocessing
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from running import children, command_of
from waiting import kill_for_a_while, until

import hzstat


def recorder():
    """The pid of the one process that records for us."""
    found, = (pid for pid in children(os.getpid()) if b"--until-eof" in command_of(pid))
    return found


def gone(pid):
    return b"--until-eof" not in command_of(pid)


def clock_ns():
    return time.time_ns()


def test_all_of_the_block_is_there():
    with hzstat.record({"stat": 500, "loadavg": 100}) as rec:
        first = clock_ns()
        time.sleep(0.3)
        last = clock_ns()
    assert isinstance(rec, hzstat.Recording)
    assert not rec.cut_short
    assert rec.problems == ()
    assert rec.meta["ended"]["reason"] == "block"
    for name in ("stat", "loadavg"):
        times = rec[name]["wall_ns"]
        assert times[0] < first
        assert times[-1] + rec[name]["read_ns"][-1] > last
        health = rec.meta["ended"]["health"][name]
        assert len(rec[name]) == health["records"]
        assert (np.diff(rec[name]["tick"]) - 1).sum() <= health["missed"]


def test_work_that_keeps_the_interpreter_to_itself_is_recorded():
    with hzstat.record({"uptime": 200}) as rec:
        before = clock_ns()
        sum(range(1 << 25))             # one call into C
        after = clock_ns()
    times = rec["uptime"]["wall_ns"]
    inside = ((times > before) & (times < after)).sum()
    missed = rec.meta["ended"]["health"]["uptime"]["missed"]
    assert inside >= (after - before) / 5_000_000 - 2 - missed


def test_in_the_block_it_has_the_first_records():
    with hzstat.record({"stat": 500, "meminfo": 500}) as rec:
        assert len(rec["stat"]) > 0
        assert len(rec["meminfo"]) > 0
        assert rec.cut_short
        until(lambda: len(hzstat.load(rec.path)["stat"]) > len(rec["stat"]))


def test_what_it_is_is_told_at_each_stage():
    rec = hzstat.record({"loadavg": 100})
    assert repr(rec) == "<Recording of a block that has yet to begin>"
    with rec:
        assert repr(rec).endswith(", still going on>")
    assert re.fullmatch(r"<Recording '.*' of [0-9.]+ s, loadavg: [0-9]+>", repr(rec))


def test_before_it_began_there_is_nothing_to_save(tmp_path):
    with hzstat.record({"loadavg": 100}, tmp_path / "run"):
        pass
    before = sorted(os.listdir(tmp_path / "run"))
    with pytest.raises(hzstat.RecordingError, match="nothing to save"):
        hzstat.record({"loadavg": 100}).save(tmp_path / "run", force=True)
    assert sorted(os.listdir(tmp_path / "run")) == before


def test_it_can_be_sent_to_another_process():
    """And so be returned from a pool's; its records go along."""
    with hzstat.record({"loadavg": 100}) as rec:
        inside = pickle.loads(pickle.dumps(rec))
        count = len(rec["loadavg"])
    for other, length in ((inside, count), (pickle.loads(pickle.dumps(rec)), len(rec["loadavg"])),
                          (copy.deepcopy(rec), len(rec["loadavg"]))):
        assert np.array_equal(other["loadavg"], rec["loadavg"][:length])
        assert other.meta["sources"] == rec.meta["sources"]
    assert inside.cut_short
    assert not other.cut_short


def test_without_a_path_it_goes_with_the_object():
    with hzstat.record({"loadavg": 100}) as rec:
        folder = Path(rec.path).parent
        assert folder.stat().st_mode & 0o777 == 0o700
    records = rec["loadavg"]
    assert folder.exists()
    del rec
    gc.collect()
    assert not folder.exists()
    assert len(records)
    assert (records["status"] == 0).all()       # whoever has them, keeps them


def test_a_path_is_kept_and_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with hzstat.record({"loadavg": 100}, "run") as rec:
        os.chdir("/")
    assert rec.path == str(tmp_path / "run")
    del rec
    gc.collect()
    with pytest.raises(hzstat.RecordingError, match="has a recording in it"), \
            hzstat.record({"loadavg": 100}, tmp_path / "run"):
        raise AssertionError("it was entered")
    with hzstat.record({"uptime": 100}, tmp_path / "run", force=True):
        pass
    assert hzstat.load(tmp_path / "run").sources == ("uptime",)


def test_with_a_path_it_needs_no_temporary_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with hzstat.record({"loadavg": 100}, tmp_path / "run") as rec:
        pass
    assert not rec.cut_short


def test_an_exception_passes_and_the_recording_is_kept():
    rec = hzstat.record({"stat": 500})

    def work():
        with rec:
            time.sleep(0.05)
            raise KeyError("mine")
    with pytest.raises(KeyError, match="mine"):
        work()
    assert not rec.cut_short
    assert len(rec["stat"]) > 10


def test_it_can_be_entered_once():
    rec = hzstat.record({"loadavg": 100})
    with rec:
        pass
    with pytest.raises(RuntimeError, match="each block"):
        rec.__enter__()


@pytest.mark.parametrize(("arguments", "options", "words"), [
    (({},), {}, "nothing to sample"), (({"nosuch": 5},), {}, "no source"),
    (({"stat": 0},), {}, "samples a second"), (({"stat": 5},), {"jobs": 0}, "workers"),
    (({"stat": 5},), {"pin": 4711}, "4711"), (({"stat": 5},), {"flush_seconds": 0}, "flush"),
    (({"stat": 5},), {"flush_seconds": float("inf")}, "flush"),
    (({"stat": 5},), {"ring_seconds": 1e6}, "ring"),
    (({"stat": 5},), {"spin_us": -1}, "spin_us"), (({"stat": 5},), {"ring_seconds": 0}, "ring")])
def test_what_cannot_be_asked_for(arguments, options, words):
    with pytest.raises(ValueError, match=words):
        hzstat.record(*arguments, **options)


def test_what_cannot_be_recorded_is_told_with_the_same_words(tmp_path):
    with pytest.raises(hzstat.RecordingError, match="proc/stat: No such file or directory"), \
            hzstat.record({"stat": 100}, tmp_path / "run", root=tmp_path / "proc"):
        raise AssertionError("it was entered")
    assert os.listdir(tmp_path) == []
    assert not [pid for pid in children(os.getpid()) if b"--until-eof" in command_of(pid)]


def test_a_source_that_is_not_there_is_a_warning(tmp_path):
    (tmp_path / "uptime").write_text("1.00 2.00\n")
    with pytest.warns(RuntimeWarning, match="stat: No such file"), \
            hzstat.record({"stat": 100, "uptime": 100}, root=tmp_path) as rec:
        pass
    assert rec.sources == ("uptime",)
    assert (rec["uptime"]["rows"] == 1).all()


def test_options_arrive(tmp_path):
    with hzstat.record({"stat": 100.5, "loadavg": 50}, jobs=1, spin_us=20, ring_seconds=2,
                       flush_seconds=0.05) as rec:
        assert command_of(recorder()).count(b"--spin=20.0\0") == 1
        until(lambda: len(hzstat.load(rec.path)["stat"]) > len(rec["stat"]))
    assert rec.meta["sources"]["stat"]["rate_hz"] == pytest.approx(100.5)
    assert len(rec.meta["ended"]["workers"]) == 1


def test_a_recorder_that_is_killed_is_told_and_what_it_wrote_is_there():
    rec = hzstat.record({"stat": 500}, flush_seconds=0.02)

    def work():
        with rec:
            until(lambda: len(hzstat.load(rec.path)["stat"]) > 20)
            os.kill(recorder(), signal.SIGKILL)
    with pytest.raises(hzstat.RecordingError, match="killed by SIGKILL"):
        work()
    assert rec.cut_short
    assert len(rec["stat"]) > 20


def test_beside_an_exception_it_is_a_note():
    def work():
        with hzstat.record({"stat": 500}):
            os.kill(recorder(), signal.SIGKILL)
            raise KeyError("mine")
    with pytest.raises(KeyError) as caught:
        work()
    assert "SIGKILL" in caught.value.__notes__[0]


def test_a_worker_that_is_killed_is_a_warning():
    rec = hzstat.record({"stat": 200}, flush_seconds=0.05)

    def work():
        with rec:
            worker, = children(pid := recorder())
            kill_for_a_while(worker, pid)
            count = len(rec["stat"])
            until(lambda: len(hzstat.load(rec.path)["stat"]) > count + 20)
    with pytest.warns(RuntimeWarning, match="was started again"):
        work()
    assert rec.meta["ended"]["health"]["stat"]["missed"] > 0


def test_in_threads_and_two_at_once():
    found = {}

    def work(name):
        with hzstat.record({name: 200}) as rec:
            time.sleep(0.1)
        found[name] = rec
    threads = [threading.Thread(target=work, args=(name,)) for name in ("stat", "loadavg")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: rec.sources for name, rec in found.items()} == {
        "stat": ("stat",), "loadavg": ("loadavg",)}
    assert all(len(rec[name]) > 5 for name, rec in found.items())


def test_children_of_the_block_may_stay():
    """They hold the life line's other end, too."""
    go_on = multiprocessing.get_context("fork").Event()
    with hzstat.record({"loadavg": 100}) as rec:
        child = multiprocessing.get_context("fork").Process(target=go_on.wait)
        child.start()
    assert not rec.cut_short
    assert child.is_alive()
    go_on.set()
    child.join()
    assert Path(rec.path).exists()


def test_a_fork_that_leaves_the_block_does_not_end_it():
    with hzstat.record({"stat": 500}, flush_seconds=0.05) as rec:
        pid = os.fork()
        if pid == 0:
            rec.__exit__(None, None, None)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        count = len(hzstat.load(rec.path)["stat"])
        until(lambda: len(hzstat.load(rec.path)["stat"]) > count + 100)
    assert len(rec["stat"]) > count + 100


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_where_nobody_leaves_the_block_it_ends_with_the_object():
    rec = hzstat.record({"stat": 100})
    rec.__enter__()
    pid = recorder()
    del rec
    gc.collect()
    until(lambda: gone(pid))
    subprocess.run(["true"], check=True)        # takes the dead one away, too


def test_what_is_meant_for_our_own_python_does_not_reach_it(monkeypatch):
    monkeypatch.setenv("PYTHONINSPECT", "1")
    with hzstat.record({"stat": 100}) as rec:
        pass
    assert not rec.cut_short


@pytest.mark.parametrize("name", ["PYTHONPROFILEIMPORTTIME", "PYTHONVERBOSE"])
def test_what_its_python_says_is_no_warning(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    with hzstat.record({"stat": 100}) as rec:
        pass
    assert not rec.cut_short


def test_why_its_python_broke_down_is_told(monkeypatch, tmp_path):
    (tmp_path / "argparse.py").write_text("raise RuntimeError('not this one')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(hzstat.RecordingError, match="RuntimeError: not this one"), \
            hzstat.record({"stat": 100}):
        raise AssertionError("it was entered")


@pytest.mark.parametrize(("python", "words"), [
    ("", "sys.executable"), (None, "sys.executable"), ("/no/such/python", "No such file")])
def test_where_there_is_no_python_to_start(monkeypatch, tmp_path, python, words):
    monkeypatch.setattr(sys, "executable", python)
    with pytest.raises(hzstat.RecordingError, match=words), \
            hzstat.record({"stat": 100}, tmp_path / "run"):
        raise AssertionError("it was entered")
    assert os.listdir(tmp_path) == []


def test_a_frozen_program_does_not_start_itself(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(hzstat.RecordingError, match="a Python of its own"), \
            hzstat.record({"stat": 100}):
        raise AssertionError("it was entered")
