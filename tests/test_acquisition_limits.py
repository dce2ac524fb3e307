"""hzstat.acquire: limits and Ctrl-C hold, whoever is stuck."""
import ctypes
import os
import signal
import sys
import time

import leftovers
import pytest
from acquiring import FORK, Kept, for_ever, normal, spin
from running import command_of
from waiting import until

import hzstat

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
warm, nothing_is_left = leftovers.warm, leftovers.nothing_is_left


def test_a_processor_that_dies_while_the_producer_is_stuck():
    with hzstat.Acquisition(for_ever, Kept(), timeout=60, context=FORK) as run:
        os.kill(run.pids["processor"], signal.SIGKILL)
        result = run.wait()
    assert (result.reason, result.failure) == ("failed", "processor: killed by SIGKILL")
    assert result.elapsed < 30


@pytest.mark.parametrize("whom", ["producer", "processor"])
def test_stopped_by_a_signal(whom):
    """SIGSTOP: the limits hold all the same."""
    with hzstat.Acquisition(normal, timeout=0.8, drain_seconds=0.2, context=FORK) as run:
        until(lambda: run.processed > 10)
        os.kill(run.pids[whom], signal.SIGSTOP)
        result = run.wait()
    assert result.reason == "timeout"
    assert 0.8 <= result.elapsed < 5
    assert (result.unprocessed > 0) == (whom == "processor")


@pytest.mark.parametrize(("limit", "reason"), [
    ({"timeout": 0.2}, "timeout"), ({"events": 20, "timeout": 0.3}, "events"), ({}, "interrupted")])
def test_a_producer_that_comes_back_has_time_to_tidy_up(limit, reason, tmp_path):
    def tidy():
        try:
            yield from numbers_for_ever()
        finally:
            time.sleep(0.5)             # beyond its time, and longer than one that is stuck has
            (tmp_path / "off").write_text("the detector is off")
    with hzstat.Acquisition(tidy, Kept(), context=FORK, **limit) as run:
        if not limit:
            until(lambda: run.taken)
            run.stop()
        result = run.wait()
    assert (result.reason, result.failure) == (reason, None)
    assert result.events == len(result.product) == limit.get("events", result.taken) > 0
    assert (tmp_path / "off").exists()


@pytest.mark.parametrize("told", [False, True])
def test_a_producer_that_leaves_its_read_to_tidy_up(told, tmp_path):
    """As docs/acquisition.md has it."""
    def leaves():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        try:
            yield 1
            for_ever()
        finally:
            (tmp_path / "off").write_text("the detector is off")
    with hzstat.Acquisition(leaves, Kept(), timeout=60 if told else 0.2, context=FORK) as run:
        if told:
            until(lambda: run.taken)
            run.stop()
        result = run.wait()
    assert (result.reason, result.failure) == ("interrupted" if told else "timeout", None)
    assert result.events == len(result.product) == 1
    assert (tmp_path / "off").exists()


def test_a_producer_that_never_has_tidied_up():
    def untidy():
        try:
            yield 1
        finally:
            for_ever()
    result = hzstat.acquire(untidy, Kept(), events=1, drain_seconds=0.2, context=FORK)
    assert (result.reason, result.events) == ("events", 1)
    assert result.failure == "producer: not done within 0.2 s after the end, and killed"


def test_a_producer_that_fails_as_it_tidies_up():
    def breaks():
        try:
            yield 1
        finally:
            raise OSError("it doesn't turn off")
    result = hzstat.acquire(breaks, Kept(), events=1, context=FORK)
    assert (result.reason, result.events) == ("failed", 1)
    assert result.failure.startswith("producer: OSError: it doesn't turn off (test_acq")


def numbers_for_ever():
    number = 0
    while True:
        time.sleep(0.001)
        yield (number := number + 1)


def test_a_producer_that_tidies_up_when_it_is_told(tmp_path):
    """It gets a SIGTERM before it is killed."""
    def blocks():
        def tidy_up(number, frame):
            (tmp_path / "off").write_text("the detector is off")
            os._exit(0)
        signal.signal(signal.SIGTERM, tidy_up)
        yield 1
        for_ever()
    result = hzstat.acquire(blocks, timeout=0.2, context=FORK)
    assert (result.reason, result.failure, result.events) == ("timeout", None, 1)
    assert (tmp_path / "off").exists()


def test_ctrl_c():
    def interrupts():
        yield from map(float, range(50))
        os.kill(os.getppid(), signal.SIGINT)
        yield from normal()
    result = hzstat.acquire(interrupts, Kept(), context=FORK)
    assert (result.reason, result.failure) == ("interrupted", None)
    assert result.events == result.taken == len(result.product) >= 50
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_does_not_wait_for_the_processing():
    def interrupts_twice(batch):
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(0.3)
        os.kill(os.getppid(), signal.SIGINT)
        spin(batch)
    result = hzstat.acquire(normal, interrupts_twice, drain_seconds=60, context=FORK)
    assert result.reason == "interrupted"
    assert result.unprocessed == result.taken > 0
    assert result.failure == "processor: not done within 0 s after the end, and killed"


def holds_the_gil():
    yield 1
    ctypes.PyDLL(None).sleep(1000)


def handles_sigterm():
    signal.signal(signal.SIGTERM, lambda *_: None)
    yield 1
    for_ever()


def test_the_time_holds_though_a_library_has_the_gil():
    result = hzstat.acquire(holds_the_gil, timeout=0.2, context=FORK)
    assert (result.reason, result.failure, result.events) == ("timeout", None, 1)
    assert 0.2 <= result.elapsed < 5


@pytest.mark.parametrize("stuck", [for_ever, holds_the_gil, handles_sigterm])
def test_the_time_holds_though_the_caller_is_away(stuck):
    before = time.monotonic()
    with hzstat.Acquisition(stuck, timeout=0.2, context=FORK) as run:
        pid = run.pids["producer"]
        until(lambda: not command_of(pid))         # without a look at the run
        gone = time.monotonic()
        time.sleep(0.3)
        result = run.wait()
    assert (result.reason, result.failure) == ("timeout", None)
    assert result.events == result.taken == (stuck is not for_ever)
    assert 0.2 <= result.elapsed <= gone - before + 0.1


def test_a_library_that_has_the_gil_ends_with_the_caller():
    def call():
        with hzstat.Acquisition(holds_the_gil, spin, context=FORK) as run:
            until(lambda: run.taken)
            theirs.send(list(run.pids.values()))
            run.wait()
    ours, theirs = FORK.Pipe()
    with ours, theirs:
        caller = FORK.Process(target=call)
        caller.start()
        pids = ours.recv()
        assert len(pids) == 2
        time.sleep(0.05)
        caller.kill()
        caller.join()
        caller.close()
        until(lambda: not any(map(command_of, pids)))
