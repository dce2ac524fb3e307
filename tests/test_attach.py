"""Rings of a sampler that runs in another process, read from this one."""
import asyncio
import gc
import os
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
from hzstat._ring import Ring

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


# -- asyncio -------------------------------------------------------------------------------


def test_async_for_sees_all_and_lets_others_run(other):
    async def watch(rings, turns):
        while rings.running:
            turns.append(time.monotonic())
            await asyncio.sleep(0.001)

    async def all_of(view):
        return [records async for records in view]

    async def main():
        rings, turns, threads = hzstat.attach(other.pid), [], threading.active_count()
        asyncio.get_running_loop().call_later(0.5, other.say)
        found = await asyncio.gather(*(all_of(rings[name]) for name in rings), watch(rings, turns))
        assert len(turns) > 10
        assert threading.active_count() == threads
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
