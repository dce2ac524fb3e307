"""hzstat.acquire: what goes wrong, and that nothing is left behind."""
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import leftovers
import numpy as np
import pytest
from acquiring import FORK, Kept, for_ever, normal, spin
from waiting import until

import hzstat

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
warm, nothing_is_left = leftovers.warm, leftovers.nothing_is_left


def fails_at_five():
    yield from range(5)
    raise OSError(5, "the detector is off")


class FailsAtFive(Kept):
    def __call__(self, batch):
        for value in batch["value"]:
            1 / (value - 5)


def leaves():
    yield 1.0
    os._exit(3)


def test_a_producer_that_raises():
    result = hzstat.acquire(fails_at_five, Kept(), context=FORK)
    assert result.reason == "failed"
    assert result.failure.startswith("producer: OSError: [Errno 5] the detector is off (test_acqui")
    assert str(result).endswith(f"went wrong\nfailure    {result.failure}")
    assert result.product["value"].tolist() == list(range(5))


def test_a_process_that_raises():
    slow = (time.sleep(0.005) or number for number in range(1, 1000))
    result = hzstat.acquire(slow, FailsAtFive(), context=FORK)
    assert result.reason == "failed"
    assert result.failure.startswith("processor: ")
    assert "by zero" in result.failure
    assert result.events <= 4           # a batch that raised isn't processed
    assert result.taken < 1000          # the producer was stopped
    assert result.unprocessed == result.taken - result.events


def test_no_memory_for_the_ring():
    result = hzstat.acquire(normal, ring_seconds=1e6, rate_hz=1e6, ring_bytes=1 << 45, context=FORK)
    assert (result.reason, result.taken) == ("failed", 0)
    assert result.failure.startswith("producer: no memory for 1,")
    assert "less ring_seconds" in result.failure


def test_a_producer_that_leaves():
    result = hzstat.acquire(leaves, Kept(), context=FORK)
    assert (result.reason, result.failure) == ("failed", "producer: exit status 3")
    assert result.product["value"].tolist() == [1.0]


def test_a_product_that_can_not_be_sent():
    class Unsendable(Kept):
        def result(self):
            return lambda: 1
    result = hzstat.acquire([1, 2], Unsendable(), context=FORK)
    assert (result.reason, result.events) == ("failed", 2)
    assert result.failure.startswith("processor: ")


@pytest.mark.parametrize("whom", ["producer", "processor"])
def test_sigkill(whom):
    for seed in range(4):
        with hzstat.Acquisition(normal, Kept(), rate_hz=1e6, ring_seconds=1, context=FORK) as run:
            until(lambda run=run: run.processed > 10)
            time.sleep(random.Random(seed).uniform(0, 0.02))
            os.kill(run.pids[whom], signal.SIGKILL)
            result = run.wait()
        assert (result.reason, result.failure) == ("failed", f"{whom}: killed by SIGKILL")
        assert result.taken == result.events + result.unprocessed
        counts, _ = result.histogram
        assert counts.sum() == result.events
        values = normal()
        expected = np.array([next(values) for _ in range(result.events)])
        assert result.mean == pytest.approx(expected.mean(), rel=1e-12)
        if whom == "producer":
            assert result.unprocessed == 0
            assert (result.product["value"] == expected).all()


def test_a_signal_without_a_name():
    def killed():
        yield 1
        os.kill(os.getpid(), signal.SIGRTMIN + 5)
    result = hzstat.acquire(killed, context=FORK)
    assert result.failure == f"producer: killed by signal {signal.SIGRTMIN + 5}"


def test_who_is_killed_as_it_waits_for_room_was_dead_before():
    with hzstat.Acquisition(normal, spin, ring_bytes=4096 + 9 * 32, on_full="wait",
                            drain_seconds=0, context=FORK) as run:
        until(lambda: run.taken > 8)
        time.sleep(0.3)
        os.kill(run.pids["producer"], signal.SIGKILL)
        result = run.wait()
    assert result.failure.startswith("producer: killed by SIGKILL")
    assert result.dead_time > 0.5


def test_an_exception_of_the_caller_ends_it():
    pids = {}
    run = hzstat.Acquisition(for_ever, spin, context=FORK)

    def careless():
        with run:
            pids.update(run.pids)
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        careless()
    assert len(pids) == 2
    assert run.wait().reason == "interrupted"
    assert not run.running
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids.values())


def test_an_exception_after_the_end_is_the_callers():
    def careless():
        with hzstat.Acquisition([1, 2], context=FORK) as run:
            run.wait()
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        careless()


def test_a_producer_that_leaves_a_child():
    """Which has all that tells of an end, and goes on."""
    def forks():
        yield 1
        if os.fork() == 0:
            time.sleep(8)
            os._exit(0)
        yield 2
        os.kill(os.getpid(), signal.SIGKILL)
    result = hzstat.acquire(forks, Kept(), context=FORK)
    assert (result.reason, result.failure) == ("failed", "producer: killed by SIGKILL")
    assert result.events == result.taken == 2
    assert result.elapsed < 6


def test_the_caller_sleeps_while_it_waits():
    used = time.process_time()
    hzstat.acquire([1], Kept(0.5), context=FORK)
    assert time.process_time() - used < 0.3


class Echo:
    """Has answers as long as what it is told; may be away in a read."""

    def __init__(self, away):
        self.away = away

    def __call__(self):
        time.sleep(1000 if self.away else 0.001)
        return 1

    def command(self, message):
        return message


def test_long_messages():
    messages = [os.urandom(300_000) for _ in range(5)]
    with hzstat.Acquisition(Echo(False), context=FORK) as run:
        for message in messages:
            run.send(message)
        assert [run.receive(20) for _ in messages] == messages


def test_who_is_killed_in_the_midst_of_an_answer():
    with hzstat.Acquisition(Echo(False), context=FORK) as run:
        run.send(bytes(10_000_000))
        time.sleep(0.2)                 # it answers, and has to wait until we read
        os.kill(run.pids["producer"], signal.SIGKILL)
        assert run.wait().failure == "producer: killed by SIGKILL"


def test_a_message_to_who_does_not_listen():
    """It is no reason to be late."""
    with hzstat.Acquisition(Echo(True), timeout=0.3, context=FORK) as run:
        run.send(bytes(1_000_000))
        for _ in range(10_000):
            run.send("where")
        assert 0.3 <= run.wait().elapsed < 5


# -- odd places ------------------------------------------------------------------------------


def test_within_another_one():
    def total():
        yield hzstat.acquire([1, 2, 3], Kept(), context=FORK).product["value"].sum()
    assert hzstat.acquire(total, context=FORK).mean == 6


def test_in_a_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(
        hzstat.acquire(normal, Kept(), events=500, context=FORK)))
    thread.start()
    thread.join()
    assert (results[0].reason, results[0].events) == ("events", 500)


LIMITED = """\
import os, resource, hzstat
from multiprocessing import get_context
context = get_context("fork")
hzstat.acquire([1], context=context)
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
for free in range(20):
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + free,
                                                most))
    try:
        result = hzstat.acquire([1, 2], context=context)
        print(result.events, result.failure)
    except hzstat.AcquisitionFailed as failure:
        print("failed:", failure)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
"""


def test_where_the_death_of_children_is_ignored():
    """It is told, here and by a Sampler."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        for start in (hzstat.Acquisition(normal, context=FORK).start,
                      hzstat.Sampler({"stat": 100}).start):
            with pytest.raises(hzstat.HzstatError, match="SIGCHLD is ignored"):
                start()
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_too_few_file_descriptors():
    """It is told, or they suffice."""
    done = subprocess.run([sys.executable, "-c", LIMITED], text=True, capture_output=True,
                          timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 20
    assert lines[-1] == "2 None"
    for line in lines:
        assert line == "2 None" or "Too many open files" in line or "ulimit -n" in line
    assert any(line.startswith("failed: the processes can't be started") for line in lines)
