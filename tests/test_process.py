"""Files of one process: whose they are, and that nobody else's are taken for them."""
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from waiting import until

import hzstat

LAST_PID = Path("/proc/sys/kernel/ns_last_pid")
SOURCES = ("PID/stat", "PID/schedstat", "PID/statm", "PID/io", "PID/status")


@pytest.fixture
def child():
    """A process that sleeps."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def held(pid):
    """Where our open descriptors lead to, of those that are about this process."""
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):        # the one that lists them
            found.append(os.readlink(f"/proc/self/fd/{fd}"))
    return [path for path in found if f"/{pid}" in path]


def gone(**where):
    with pytest.raises(hzstat.ProcessGone) as failure:
        hzstat.Reader("PID/stat", **where)
    return failure.value


def test_a_process_is_known_by_its_start(child):
    row, = hzstat.read("PID/stat", pid=child.pid)
    began = psutil.boot_time() + row["starttime"] / os.sysconf("SC_CLK_TCK")
    assert abs(began - psutil.Process(child.pid).create_time()) < 1
    for source in SOURCES:
        reader = hzstat.Reader(source, pid=child.pid)
        assert reader.process == (child.pid, row["starttime"])
        assert reader.read().process == reader.process
        hzstat.Reader(source, pid=child.pid, starttime=int(row["starttime"]))


def test_what_psutil_says_of_it():
    ours, theirs = psutil.Process(), {}
    with ours.oneshot():
        theirs = {"name": ours.name(), "ppid": ours.ppid(), "threads": ours.num_threads(),
                  "uids": ours.uids()}
    row, = hzstat.read("PID/stat", pid=os.getpid())
    assert (row["ppid"], row["num_threads"]) == (theirs["ppid"], theirs["threads"])
    assert row["comm"] == theirs["name"].encode()[:15]
    io = psutil.Process().io_counters()
    row, = hzstat.read("PID/io", pid=os.getpid())
    after = psutil.Process().io_counters()
    assert io.read_count <= row["syscr"] <= after.read_count
    before = psutil.Process().num_ctx_switches()
    row, = hzstat.read("PID/status", pid=os.getpid())
    after = psutil.Process().num_ctx_switches()
    assert before.voluntary <= row["voluntary_ctxt_switches"] <= after.voluntary
    row, = hzstat.read("PID/statm", pid=os.getpid())
    resident = row["resident"] * os.sysconf("SC_PAGESIZE")
    assert abs(resident - psutil.Process().memory_info().rss) < 2**23


@pytest.mark.parametrize("source", SOURCES)
def test_a_process_that_ended_is_gone(source, child):
    reader = hzstat.Reader(source, pid=child.pid)
    reader.read()
    child.kill()
    child.wait()
    for read in (reader.read, reader.text_now, reader.read):
        with pytest.raises(hzstat.ProcessGone) as failure:
            read()
    assert (failure.value.pid, failure.value.starttime) == reader.process
    assert str(failure.value) == f"/proc/{child.pid}: this process is gone"
    assert gone(pid=child.pid).pid == child.pid


def test_a_closed_reader_of_a_process_stays_closed(child):
    """Nothing but the open folder tells it from another with its pid."""
    with hzstat.Reader("PID/stat", pid=child.pid) as reader:
        assert sorted(held(child.pid)) == [f"/proc/{child.pid}", f"/proc/{child.pid}/stat"]
    assert held(child.pid) == []
    with pytest.raises(hzstat.SourceUnavailable, match="was closed: make another one"):
        reader.read()


def test_a_folder_or_stat_that_may_not_be_read_is_no_process_that_is_gone():
    with tempfile.TemporaryDirectory() as folder:       # pytest's own are closed to others
        root = Path(folder)
        root.chmod(0o755)
        for pid in (7, 8):
            (root / str(pid)).mkdir()
        (root / "7/stat").touch(mode=0)
        (root / "8").chmod(0)
        (root / "9").touch()
        if os.geteuid() == 0:
            os.seteuid(65534)
        try:
            for pid, words in ((7, "7/stat: Permission denied"), (8, "8: Permission denied"),
                               (9, "9: Not a directory")):
                with pytest.raises(hzstat.SourceUnavailable, match=words) as failure:
                    hzstat.read("PID/stat", root, pid=pid)
                assert not isinstance(failure.value, hzstat.ProcessGone)
        finally:
            os.seteuid(os.getuid())
            ctypes.CDLL(None).prctl(4, 1)       # dumpable again, which seteuid took away
            (root / "8").chmod(0o700)


def test_a_zombie_has_no_memory_to_tell_of(child):
    status, stat = (hzstat.Reader(source, pid=child.pid) for source in ("PID/status", "PID/stat"))
    child.kill()
    until(lambda: stat.read()["state"][0] == b"Z")
    with pytest.raises(hzstat.ProcessGone, match="zombie"):
        status.read()


def test_a_pid_that_was_given_again_is_another_process(child):
    if not os.access(LAST_PID, os.W_OK):
        pytest.skip("no right to choose the next pid")
    readers = [hzstat.Reader(source, pid=child.pid) for source in SOURCES]
    before = readers[0].read()
    child.kill()
    child.wait()
    time.sleep(0.02)        # starttime counts in ticks
    for _ in range(100):
        LAST_PID.write_text(str(child.pid - 1))
        other = subprocess.Popen(["sleep", "60"])
        if other.pid == child.pid:
            break
        other.kill()
        other.wait()
    else:
        pytest.skip("somebody else takes the pids")
    try:
        for reader in readers:
            with pytest.raises(hzstat.ProcessGone):
                reader.read()
        failure = gone(pid=child.pid, starttime=readers[0].process[1])
        assert failure.reason == "its pid was given to another process"
        after = hzstat.read("PID/stat", pid=child.pid)
        assert after.process != before.process
        rates = hzstat.rates(before, after)
        assert set(rates.reasons()) == {"new"}
        assert "utime" in rates.reasons()["new"]
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("comm", [b"a) S 1 (b", b"x\ny z", b"\x1b[31m\xff", b")" * 15])
def test_a_process_may_call_itself_what_it_likes(comm):
    code = ("import ctypes, sys, time; ctypes.CDLL(None).prctl(15, sys.stdin.buffer.read()); "
            "print(flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        process.stdin.write(comm)
        process.stdin.close()
        process.stdout.readline()
        try:
            row, = hzstat.read("PID/stat", pid=process.pid)
            assert (row["pid"], row["comm"], row["ppid"]) == (process.pid, comm, os.getpid())
            assert hzstat.read("PID/status", pid=process.pid)["Pid"].tolist() == [process.pid]
        finally:
            process.kill()


def test_what_may_not_be_read_is_no_process_that_is_gone():
    if os.geteuid():
        pid = 1
    else:
        pid = os.getppid()
        os.seteuid(65534)
    try:
        with pytest.raises(hzstat.SourceUnavailable, match="Permission denied") as failure:
            hzstat.read("PID/io", pid=pid)
    finally:
        os.seteuid(os.getuid())
        ctypes.CDLL(None).prctl(4, 1)       # dumpable again, which seteuid took away
    assert not isinstance(failure.value, hzstat.ProcessGone)


def test_which_process_has_to_be_said():
    for pid in (None, 0, -1, "self", 1.5, True):
        with pytest.raises(TypeError, match="say pid="):
            hzstat.read("PID/stat", pid=pid)
    for whose in ({"pid": 1}, {"starttime": 1}):
        with pytest.raises(TypeError, match="leave pid and starttime out"):
            hzstat.read("stat", **whose)
    for starttime in ("1", 1.5, True):
        with pytest.raises(TypeError, match="a whole number of ticks"):
            hzstat.read("PID/stat", pid=os.getpid(), starttime=starttime)
    row, = hzstat.read("PID/stat", pid=os.getpid())
    assert hzstat.read("PID/stat", pid=row["ppid"])["pid"].tolist() == [os.getppid()]
    assert hzstat.Reader("PID/io", pid=row["pid"], starttime=row["starttime"]).process == (
        os.getpid(), int(row["starttime"]))
    assert gone(pid=2**22 + 1).starttime is None
    with pytest.raises(hzstat.SourceUnavailable, match="no folder of processes"):
        hzstat.read("PID/stat", "/prco", pid=1)


def test_readers_of_processes_leave_no_descriptor(child):
    for source in SOURCES:
        for _ in range(5):
            hzstat.read(source, pid=child.pid)
    assert held(child.pid) == []
    child.send_signal(signal.SIGKILL)
    child.wait()
    for source in SOURCES:
        with pytest.raises(hzstat.ProcessGone):
            hzstat.read(source, pid=child.pid)
    assert held(child.pid) == []
