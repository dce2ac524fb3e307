"""Readers and what they read into: files of any size or that misbehave, buffers, threads, forks."""
import gc
import itertools
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import hzstat
from hzstat._keyed import KeyedSource
from hzstat._reader import FileReader
from hzstat._source import Source
from hzstat.procfs import values

ROOT = Path(__file__).parent / "fixtures/linux-6.18-two-cpus/proc"


# Values, and rows that know what they are of

def test_values_are_the_rows_without_numpy():
    code = ("import sys; from hzstat.procfs import *; "
            "rows = values('stat'); assert rows[0]['cpu'] == -1, rows; "
            "assert 'numpy' not in sys.modules")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_values_grow_with_the_file(tmp_path):
    (tmp_path / "stat").write_bytes(b"cpu 1 2 3 4\n")
    assert [row["cpu"] for row in values("stat", tmp_path)] == [-1]
    (tmp_path / "stat").write_bytes(b"cpu 1 2 3 4\n" + many_cpus(50))
    assert [row["cpu"] for row in values("stat", tmp_path)] == [-1, *range(50)]


def test_rows_that_are_read_into_know_when():
    with hzstat.Reader("uptime") as reader:
        rows = reader.read()
        first = rows.time_ns
        before = rows.copy()
        reader.read_into(rows)
        assert first == before.time_ns < rows.time_ns
        assert hzstat.rates(before, rows).seconds == (rows.time_ns - first) / 1e9


def test_rows_say_what_was_read_into_them_last():
    rows = hzstat.Reader("pressure/cpu", ROOT).read()
    hzstat.Reader("pressure/io", ROOT).read_into(rows)
    assert rows.source == "pressure/io"


def test_a_text_that_is_no_bytes_is_copied():
    text = bytearray(b"1.00 2.00\n")
    assert hzstat.parse("uptime", memoryview(text)).tolist() == [(1.0, 2.0)]
    for wrong in ("1.00 2.00\n", None, 5):
        with pytest.raises(TypeError):
            hzstat.parse("uptime", wrong)


# read_into

@pytest.fixture
def stat():
    with hzstat.Reader("stat", ROOT) as reader:
        yield reader


@pytest.mark.parametrize("room", [0, 1, 2, 3, 5])
def test_rows_beyond_the_room_are_counted_and_not_stored(stat, room):
    rows = np.full(room * stat.dtype.itemsize + 8, 0xEE, np.uint8)      # shows what is touched
    assert stat.read_into(rows[:room * stat.dtype.itemsize]) == 3
    stored = min(room, 3) * stat.dtype.itemsize
    assert rows[:stored].tobytes() == stat.read()[:room].tobytes()
    assert (rows[stored:] == 0xEE).all()


def test_rows_of_the_readers_dtype_are_filled_again_and_again(stat):
    rows = np.empty(3, stat.dtype)
    for _ in range(3):
        rows[:] = 0
        assert stat.read_into(rows) == 3
        assert rows.tolist() == stat.read().tolist()


@pytest.mark.parametrize("dtype", ["u8", "f4", [("cpu", "i8"), ("user", "u8")]])
def test_rows_of_another_size_are_refused(stat, dtype):
    with pytest.raises(ValueError, match="use the reader's dtype"):
        stat.read_into(np.zeros(64, dtype))


def test_a_buffer_that_can_not_be_written_is_refused(stat):
    frozen = np.zeros(3, stat.dtype)
    frozen.flags.writeable = False
    for rows in (bytes(1000), frozen, np.zeros(6, stat.dtype)[::2]):
        with pytest.raises((ValueError, BufferError)):
            stat.read_into(rows)
    with pytest.raises(TypeError):
        stat.read_into([1, 2])
    with pytest.raises(BufferError):
        stat.read_into(b"")
    assert len(stat.read()) == 3


def test_a_closed_reader_opens_its_file_again(stat):
    stat.close()
    stat.close()
    assert len(stat.read()) == 3


# Files that can't be read

def unavailable(source, root):
    with pytest.raises(hzstat.SourceUnavailable) as failure:
        hzstat.read(source, root)
    assert failure.value.path == str(Path(root, source))
    return failure.value.reason


def test_a_missing_file(tmp_path):
    assert unavailable("stat", tmp_path) == "No such file or directory"


def test_an_empty_file_is_masked_and_not_zero(tmp_path):
    (tmp_path / "meminfo").touch()
    assert unavailable("meminfo", tmp_path).startswith("it is empty: masked")


def test_a_directory(tmp_path):
    (tmp_path / "net/dev").mkdir(parents=True)
    assert unavailable("net/dev", tmp_path) == "Is a directory"


def test_a_file_without_an_end(tmp_path):
    (tmp_path / "stat").symlink_to("/dev/zero")
    with pytest.raises(hzstat.SourceUnavailable, match="File too large"):
        hzstat.read("stat", tmp_path)


def test_a_forbidden_file(tmp_path):
    path = tmp_path / "stat"
    path.write_text("cpu 1 2 3 4\n")
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)       # root may read anything
    try:
        assert unavailable("stat", tmp_path) == "Permission denied"
    finally:
        if root:
            os.seteuid(0)


def test_a_broken_file_is_named_by_its_path(tmp_path):
    (tmp_path / "loadavg").write_text("0.1 x")
    with pytest.raises(hzstat.ParseError) as failure:
        hzstat.read("loadavg", tmp_path)
    assert (failure.value.path, failure.value.offset) == (str(tmp_path / "loadavg"), 4)


def test_a_source_that_was_away_is_read_again(tmp_path):
    path = tmp_path / "stat"
    path.write_text("cpu 1 2 3 4\n")
    with hzstat.Reader("stat", tmp_path) as reader:
        path.write_text("")
        with pytest.raises(hzstat.SourceUnavailable):
            reader.read()
        path.write_text("cpu 5 6 7 8\n")
        assert reader.read()["user"].tolist() == [5]


# Files of any size

def many_cpus(count):
    return b"".join(b"cpu%d %d 2 3 4 5 6 7 8 9 10\n" % (cpu, cpu) for cpu in range(count))


def test_a_file_that_grows_past_any_buffer_is_read_whole(tmp_path):
    path = tmp_path / "stat"
    path.write_bytes(b"cpu 1 2 3 4\n")
    with hzstat.Reader("stat", tmp_path) as reader:
        for count in (1, 100, 3000, 10):
            path.write_bytes(many_cpus(count))
            assert reader.read()["user"].tolist() == list(range(count))
        path.write_bytes(b"cpu 1 2 3 4\nintr" + 500_000 * b" 0" + b"\n")
        assert reader.read()["user"].tolist() == [1]
        assert reader.text_now() == path.read_bytes()


@pytest.mark.parametrize("size", [4095, 4096, 12287, 12288, 12289, 16383, 16384, 16385, 65536])
def test_no_size_is_special(tmp_path, size):
    path = tmp_path / "stat"
    path.write_bytes(b"cpu 1 2 3 4\n".ljust(size - 1, b"x") + b"\n")
    assert FileReader(str(path)).text_now() == path.read_bytes()
    assert hzstat.read("stat", tmp_path)["idle"].tolist() == [4]


def test_a_read_may_come_in_any_pieces(tmp_path):
    """Every way to cut a read in two, and every constant size of pieces."""
    if not shutil.which("cc"):
        pytest.skip("no C compiler to build the library that cuts reads short")
    library = tmp_path / "short_reads.so"
    here = Path(__file__).parent
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, here / "short_reads.c", "-ldl"],
                   check=True)
    done = subprocess.run([sys.executable, here / "short_reads.py"], capture_output=True, text=True,
                          env={**os.environ, "LD_PRELOAD": str(library)}, timeout=240)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 10_000


def test_a_thousand_interfaces_come_in_several_pieces():
    """The kernel's own short reads: net/dev is handed out a page at a time."""
    script = ("for i in $(seq 500); do echo link add a$i type veth peer name b$i; done "
              "| ip -batch - && "
              f"{sys.executable} -c \"import hzstat; r = hzstat.Reader('net/dev', '/proc/self'); "
              "print(len(r.read()), len(r.text_now()), r.read()['name'][-1].decode())\"")
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no network namespace, or no veth: {done.stderr.strip()[:80]}")
    count, size, last = done.stdout.split()
    assert int(count) >= 1001
    assert int(size) > 100_000
    assert last == "a500"


# Threads and descriptors

def test_threads_that_share_a_reader_are_told_or_served_and_never_misled(stat):
    wanted = stat.read().tobytes()
    start = threading.Barrier(2)
    served, wrong = [], []

    def work():
        rows = np.empty(3, stat.dtype)
        start.wait()
        for _ in range(3000):
            try:
                served.append(stat.read_into(rows))
            except RuntimeError:
                continue
            if rows.tobytes() != wanted:
                wrong.append(rows.copy())
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(served) == {3}
    assert not wrong
    assert stat.read().tobytes() == wanted      # nobody has left it locked


def test_a_reader_is_made_once(stat):
    with pytest.raises(RuntimeError, match="make another one"):
        stat.__init__("uptime")
    assert len(stat.read()) == 3


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_forked_while_another_thread_reads_may_read(stat):
    wanted, done, children = stat.read().tobytes(), threading.Event(), []
    rows = np.empty(3, stat.dtype)

    def work():
        while not done.is_set():
            stat.read_into(rows)
    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(20):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if stat.read().tobytes() == wanted else 1)
        children.append(os.waitpid(pid, 0)[1])
    done.set()
    thread.join()
    assert children == 20 * [0]


def test_a_read_that_fails_leaves_the_time(tmp_path):
    (tmp_path / "uptime").write_text("1.00 2.00\n")
    with hzstat.Reader("uptime", tmp_path) as reader:
        rows = reader.read()
        at = rows.time_ns
        (tmp_path / "uptime").write_text("x")
        with pytest.raises(hzstat.ParseError):
            reader.read_into(rows)
        assert rows.time_ns == at


def test_a_source_that_is_taken_away_meanwhile_is_kept(stat):
    rows, source, done = stat.read(), stat.source, threading.Event()

    def swap():
        while not done.is_set():
            stat.source = None
            stat.source = source
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(3000):
            try:
                assert stat.read_into(rows) == 3
            except TypeError:
                continue
    finally:
        done.set()
        thread.join()


def test_other_threads_run_while_the_kernel_works(tmp_path):
    """A thread that isn't asked for the GIL for long gets on only where we let go of it."""
    (tmp_path / "stat").write_text("cpu  1 2 3 4 5 6 7 0 0 0\nintr 1" + " 0" * 4_000_000 + "\n")
    before = sys.getswitchinterval()
    steps, done = itertools.count(), threading.Event()
    thread = threading.Thread(target=lambda: [next(steps) for _ in iter(done.is_set, True)])
    with hzstat.Reader("stat", tmp_path) as reader:
        rows = reader.read()
        sys.setswitchinterval(0.2)
        try:
            thread.start()
            time.sleep(0)
            first, reads = next(steps), 0
            while reads < 50 and next(steps) <= first + 1 + reads:
                reader.read_into(rows)
                reads += 1
            assert next(steps) > first + 2 + reads
        finally:
            sys.setswitchinterval(before)
            done.set()
            thread.join()


def test_no_descriptor_is_left_open(tmp_path):
    (tmp_path / "stat").write_text("broken")
    (tmp_path / "meminfo").touch()

    def everything():
        hzstat.read("stat", ROOT)
        values("net/dev", ROOT)
        hzstat.Reader("loadavg", ROOT).read()       # never closed by hand
        for name, error in (("stat", hzstat.ParseError), ("meminfo", hzstat.SourceUnavailable),
                            ("loadavg", hzstat.SourceUnavailable)):
            with pytest.raises(error):
                hzstat.read(name, tmp_path)

    def descriptors():
        gc.collect()
        return sorted(os.listdir("/proc/self/fd"))
    everything()
    before = descriptors()
    for _ in range(20):
        everything()
    assert descriptors() == before


@pytest.mark.parametrize("misuse", [
    lambda: KeyedSource("x", ()),
    lambda: Source().parse_into(b"a", bytearray(8)),
    lambda: FileReader("/proc/stat").read_into(bytearray(8)),
    lambda: FileReader("/proc/stat", Source()).read_into(bytearray(8)),
    lambda: FileReader("/proc/stat\0"),
])
def test_what_has_no_rows_raises_and_does_not_crash(misuse):
    with pytest.raises((TypeError, ValueError)):
        misuse()
