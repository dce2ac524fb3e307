"""Rings of a sampler that runs in another process, read from this one."""
import asyncio
import fcntl
import gc
import mmap
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from waiting import until

import hzstat
from hzstat._loop import HEADER_FIELDS
from hzstat._ring import Ring
from hzstat.about import About, tell
from hzstat.procfs import File

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

RATES = {"stat": 500, "vmstat": 100, "net/dev": 50}
PROGRAM = """
import sys, hzstat
with hzstat.Sampler({"stat": 500, "vmstat": 100, "net/dev": 50}, jobs=1) as sampler:
    for name in sampler:
        sampler[name].latest(timeout=30)
    print(*sampler.pids(), sampler["stat"].ring.fd, flush=True)
    sys.stdin.readline()
print("stopped", flush=True)
sys.stdin.readline()
"""


class Other:
    """A process that samples until it is told to stop, and then waits to be told to end."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.worker, self.fd = map(int, self.process.stdout.readline().split())
        self.pid = self.process.pid
        return self

    def say(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def stop(self):
        self.say()
        assert self.process.stdout.readline() == "stopped\n"

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def other():
    with Other() as other:
        yield other


def runs(pid):
    """Does it, and isn't it one that nobody has asked after since it ended?"""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(other, way):
    """End the sampling of the other process: stop it, kill it, or kill it and let it lie."""
    if way == "stop":
        other.stop()
    else:
        os.kill(other.pid, signal.SIGKILL)
        if way == "kill":
            other.process.wait()


# -- data ----------------------------------------------------------------------------------


def test_all_sources_are_there_with_their_types(other):
    rings = hzstat.attach(other.pid)
    assert list(rings) == list(RATES)
    assert rings.running
    for name in rings:
        view = rings[name]
        assert view is rings[name]
        assert view.name == name
        assert view.row_dtype == hzstat.read(name).dtype
        record = view.latest()
        assert record["status"] == 0
        assert 0 < record["rows"] <= view.max_rows == len(record["data"])
        assert abs(record["tick"] * (10**9 / RATES[name]) - time.time_ns()) < 60e9
    with pytest.raises(KeyError, match="meminfo isn't sampled there: there are "):
        rings["meminfo"]


def test_it_reads_what_the_sampler_itself_reads():
    """A process may attach to itself, too; its own views and those see the same."""
    with hzstat.Sampler({"stat": 500, "loadavg": 100}, jobs=1) as sampler:
        rings = hzstat.attach(os.getpid())
        until(lambda: sampler["stat"].ring.head > 50)
    ours, theirs = sampler["stat"].drain(), rings["stat"].drain()
    assert ours.dtype == theirs.dtype
    assert len(ours) == sampler.health()["stat"].records
    assert (ours == theirs).all()
    assert not rings.running


@pytest.mark.parametrize("way", ["stop", "kill", "zombie"])
@pytest.mark.parametrize("by_fd", [False, True])
def test_follow_ends_with_the_sampler_and_what_was_taken_stays(other, way, by_fd):
    if by_fd:
        fd = os.open(f"/proc/{other.pid}/fd/{other.fd}", os.O_RDONLY)
        rings = hzstat.attach(fd=fd)
        os.close(fd)
        assert list(rings) == ["stat"]
    else:
        rings = hzstat.attach(other.pid)
    view = rings["stat"]
    view.latest()
    timer = threading.Timer(0.3, end, [other, way])
    timer.start()
    records = np.concatenate(list(view.follow()))
    timer.join()
    assert not rings.running
    assert (np.diff(records["tick"]) > 0).all()
    if way == "stop":
        assert len(records) + view.lost == view.ring.head
    until(lambda: not runs(other.worker))
    assert view.latest()["tick"] >= records["tick"][-1]
    assert len(rings.view("stat").drain()) >= len(records)


def test_the_pid_of_a_worker_will_do(other):
    rings = hzstat.attach(other.worker)
    assert set(rings) == set(RATES)
    other.stop()
    assert sum(map(len, rings["stat"].follow())) > 0


def test_of_several_samplers_the_last_that_runs_counts():
    with hzstat.Sampler({"stat": 100}) as first, hzstat.Sampler({"stat": 200}) as second:
        assert inode(hzstat.attach(os.getpid())["stat"].ring) == inode(second["stat"].ring)
        second.stop()
        assert inode(hzstat.attach(os.getpid())["stat"].ring) == inode(first["stat"].ring)
    # None runs: the last that was made.
    assert inode(hzstat.attach(os.getpid())["stat"].ring) == inode(second["stat"].ring)


def inode(ring):
    return os.fstat(ring.fd).st_ino


def test_threads_may_follow_the_sources_of_one_sampler(other):
    rings = hzstat.attach(other.pid)
    seen = {name: [] for name in rings}
    threads = [threading.Thread(target=lambda name=name: seen[name].extend(
        rings.view(name).follow(batch=0.001))) for name in rings]
    for thread in threads:
        thread.start()
    until(lambda: all(seen.values()))
    other.stop()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    for name, batches in seen.items():
        assert sum(map(len, batches)) == rings[name].ring.head


# -- a stranger disturbs nothing -----------------------------------------------------------


def test_a_stranger_can_not_write():
    ring = Ring(16, 4)
    ring.put(bytes(16))
    stranger = Ring.at(os.dup(ring.fd))
    assert not stranger.writable
    for write in (stranger.end, lambda: stranger.put(bytes(16))):
        with pytest.raises(ValueError, match="this ring can be read alone"):
            write()
    before = os.pread(ring.fd, 128, 0)
    waiter = threading.Thread(target=stranger.wait, args=[1, 60])
    waiter.start()
    time.sleep(0.05)
    assert os.pread(ring.fd, 128, 0) == before      # nor says that it waits
    ring.put(bytes(16))
    waiter.join(10)
    assert not waiter.is_alive()
    start = time.monotonic()
    assert not stranger.wait(2, 0.2)
    assert time.monotonic() - start >= 0.2


def test_nobody_can_cut_a_ring_short():
    ring = Ring(16, 4)
    for size in (0, 4096, 1 << 20):
        with pytest.raises(PermissionError):
            os.ftruncate(ring.fd, size)


def test_attaching_leaves_no_descriptor(other):
    rings = hzstat.attach(other.pid)
    rings["stat"].latest()
    gc.collect()
    before = os.listdir("/proc/self/fd")
    for _ in range(5):
        hzstat.attach(other.pid)["stat"].latest()
    gc.collect()
    with pytest.raises(hzstat.NoSampler):
        hzstat.attach(fd=0)
    # Nor is who reads a sampler's rings taken for a sampler.
    with pytest.raises(hzstat.NoSampler):
        hzstat.attach(os.getpid())
    assert os.listdir("/proc/self/fd") == before


# -- what is no sampler --------------------------------------------------------------------


def test_no_process_and_no_sampler():
    with subprocess.Popen(["sleep", "60"]) as process:
        with pytest.raises(hzstat.NoSampler, match=f"process {process.pid} has no sampler"):
            hzstat.attach(process.pid)
        process.kill()
    with pytest.raises(hzstat.NoSampler, match=f"there is no process {process.pid}"):
        hzstat.attach(process.pid)
    for wrong in ({}, {"pid": 1, "fd": 2}):
        with pytest.raises(TypeError, match="takes the pid of a sampler's process, or fd"):
            hzstat.attach(**wrong)
    with pytest.raises(hzstat.NoSampler, match="descriptor 1000000 isn't open"):
        hzstat.attach(fd=10**6)
    with pytest.raises(TypeError, match="a pid is a whole number, not 'abc'"):
        hzstat.attach("abc")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_user_may_not_look(other, tmp_path):
    code = ("import os, sys, hzstat; hzstat.attach, hzstat.NotPermitted\n"
            "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            "try: hzstat.attach(int(sys.argv[1]))\n"
            "except hzstat.NotPermitted as failure: print(failure)")
    done = subprocess.run(      # imported before: nobody may not see where hzstat is
        [sys.executable, "-c", code, str(other.pid)],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"may not look at the open files of process {other.pid}" in done.stdout


def segment(data, seals=fcntl.F_SEAL_SHRINK):
    """A sealed memfd with these bytes."""
    fd = os.memfd_create("hzstat-ring:made-up", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    if seals:
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def a_ring():
    """The bytes of a ring with a few records of stat."""
    file = File("stat")
    file.settle()
    about = tell(file.source, HEADER_FIELDS)
    ring = Ring(sum(int(kind[1:]) for _, kind in HEADER_FIELDS) + 2 * file.source.row_bytes, 4,
                about=about)
    for _ in range(6):
        ring.put(bytes(ring.record_bytes))
    return os.pread(ring.fd, ring.size, 0)


WORDS = ("magic", "version", "record_bytes", "slots", "about_bytes")
EXTREMES = [*(1 << shift for shift in range(0, 64, 3)), *range(10),
            *(2**64 - 1 - (1 << shift) for shift in range(0, 64, 3)), 2**64 - 1, 2**63]


@pytest.mark.parametrize("word", WORDS)
def test_no_number_in_a_ring_is_trusted(word):
    whole, at = a_ring(), 8 * WORDS.index(word)
    true, = struct.unpack_from("Q", whole, at)
    for number in {*EXTREMES, true + 1, true - 1, true + 8, true - 8, 2 * true} - {true}:
        fd = segment(whole[:at] + struct.pack("Q", number % 2**64) + whole[at + 8:])
        faults = "no ring of hzstat|of version|is damaged"
        if word == "about_bytes":       # the slots may be where they were
            faults += "|doesn't say what|can't be read|aren't made of|^$"
        assert re.search(faults, fault_of(fd))
        os.close(fd)


def fault_of(fd):
    """Why attach() refuses it; "" where it doesn't, and its records can be read."""
    try:
        rings = hzstat.attach(fd=fd)
    except hzstat.NoSampler as failure:
        return str(failure)
    assert len(rings["stat"].drain()) == 3
    return ""


@pytest.mark.parametrize("size", [0, 1, 127, 128, 4095, 4096, 4097, -4096, -8, -1])
def test_a_ring_that_was_cut(size):
    fd = segment(a_ring()[:size])
    with pytest.raises(hzstat.NoSampler, match=r"no ring of hzstat|damaged"):
        hzstat.attach(fd=fd)
    os.close(fd)


def test_what_could_be_cut_later_is_no_ring():
    whole = a_ring()
    fd = segment(whole, seals=0)
    with pytest.raises(hzstat.NoSampler, match="this is no ring of hzstat"):
        hzstat.attach(fd=fd)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    assert len(hzstat.attach(fd=fd)["stat"].drain()) == 3
    os.close(fd)


def test_numbers_that_change_under_a_reader_do_no_harm():
    """Whoever has the memory can write anything, at any time: wrong records, but no crash."""
    whole = a_ring()
    fd = segment(whole)
    rings = hzstat.attach(fd=fd)
    rings["stat"].drain()
    old = rings.view("stat")        # whose cursor is behind
    random = np.random.default_rng(4)
    with mmap.mmap(fd, len(whole)) as memory:
        for _ in range(3000):
            at = int(random.choice([*range(0, 128, 8), *range(4096, len(whole), 8)]))
            if random.integers(0, 2):       # what is looked at most
                at = int(random.choice([64, 72, 4096, 4104]))
            struct.pack_into("Q", memory, at, int(random.choice(np.array(EXTREMES, np.uint64))))
            for view in rings["stat"], old:
                assert len(view.drain()) <= 4
    os.close(fd)


GOOD = b"source x\nheader i8 tick\nrow u8 value"


@pytest.mark.parametrize("about", [
    b"", b"\0", b"source x", GOOD[9:], GOOD[:23], GOOD.replace(b"u8", b"O8"),
    GOOD.replace(b"u8", b"S0"), GOOD.replace(b"u8", b"S99999"), GOOD.replace(b"u8", b"S\xc2\xb2"),
    GOOD.replace(b"u8", b"u8,u8"), GOOD + b"\nrow u8 value", GOOD + b"\nrow f4 half",
    GOOD + b"\nheader u8 data", GOOD + b"\nowner 1", GOOD + b"\nowner x y z", GOOD + b"\nmade x",
    GOOD + b"\nrow S4096 a" * 9, GOOD.replace(b"value", b"a\nrow S4096 ".join(map(str.encode, map(
        str, range(1 << 16)))) + b"a")])
def test_what_a_ring_says_is_not_trusted(about):
    ring = Ring(24, 4, about=about)
    with pytest.raises(hzstat.NoSampler):
        hzstat.attach(fd=ring.fd)


def test_a_ring_that_says_enough():
    ring = Ring(24, 4, about=GOOD + b"\nlater hzstats may say more")
    ring.put(struct.pack("qQQ", 1, 2, 3))
    view = hzstat.attach(fd=ring.fd)["x"]
    record = view.latest()
    assert record["tick"] == 1
    assert record["data"]["value"].tolist() == [2, 3]
    assert view.running
    ring.end()
    assert not view.running


def test_names_of_any_bytes_come_through():
    class Source:
        name = "net/dev"
        fields = (("rx bytes", "u8"), ("\udcff:é", "u8"), ("Active(anon)", "i8"), ("name", "S16"))

    about = About(tell(Source, HEADER_FIELDS))
    assert about.source == "net/dev"
    assert tuple(about.rows) == Source.fields
    assert tuple(about.header) == HEADER_FIELDS
    assert about.owner[:2] == File("PID/stat", pid=os.getpid()).process


# -- asyncio -------------------------------------------------------------------------------


def test_async_for_sees_all_and_lets_others_run(other):
    async def watch(rings, turns):
        while rings.running:
            turns.append(time.monotonic())
            await asyncio.sleep(0.001)

    async def all_of(view):
        return [records async for records in view]

    async def main():
        rings, turns = hzstat.attach(other.pid), []
        asyncio.get_running_loop().call_later(0.5, other.say)
        found = await asyncio.gather(*(all_of(rings[name]) for name in rings), watch(rings, turns))
        assert len(turns) > 10
        assert threading.active_count() == 1
        for name, batches in zip(rings, found, strict=False):
            ticks = np.concatenate(batches)["tick"]
            assert (np.diff(ticks) > 0).all()
            assert len(ticks) + rings[name].lost == rings[name].ring.head
            # In batches: nowhere near a wake-up a record.
            assert name != "stat" or len(batches) < len(ticks) / 4

    asyncio.run(main())


def test_async_follow_takes_what_follow_takes():
    async def main(sampler):
        view = sampler["loadavg"]
        batches = [records async for records in view.afollow(timeout=0.3, batch=0)]
        assert sum(map(len, batches)) == view.ring.head
        assert view.running

    with hzstat.Sampler({"loadavg": 200}) as sampler:
        sampler["loadavg"].latest()
        sampler.pause()
        asyncio.run(main(sampler))


@pytest.mark.parametrize("rate", [0.01, 500])
def test_a_cancelled_reader_leaves_nothing_behind(rate):
    async def endless(view):
        async for _ in view:
            pass

    async def main(view):
        for _ in range(5):
            reader = asyncio.create_task(endless(view))
            await asyncio.sleep(0.05)
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with hzstat.Sampler({"loadavg": rate}) as sampler:
        before = os.listdir("/proc/self/task")
        asyncio.run(main(sampler["loadavg"]))
        waiting, = struct.unpack("I", os.pread(sampler["loadavg"].ring.fd, 4, 76))
        assert waiting == 0
        assert os.listdir("/proc/self/task") == before
