"""A Sampler in the hands of whoever starts it twice, stops it in the midst, forks, or loses it."""
import gc
import multiprocessing
import os
import random
import resource
import signal
import time
from contextlib import contextmanager

import psutil
import pytest
from waiting import until

import hzstat

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


@contextmanager
def signal_in(seconds, handle):
    """Call `handle` from a signal's handler so much later, wherever we are then."""
    before = signal.signal(signal.SIGALRM, lambda *_: handle())
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def interrupt():
    raise KeyboardInterrupt


def test_it_can_not_be_started_twice():
    with hzstat.Sampler({"loadavg": 100}) as sampler:
        pids = sampler.pids()
        with pytest.raises(RuntimeError, match="runs already"):
            sampler.start()
        assert sampler.pids() == pids
        assert len(multiprocessing.active_children()) == 1


def test_a_stop_that_was_cut_short_is_done_by_another():
    sampler = hzstat.Sampler({"stat": 100, "loadavg": 100}, jobs=2)
    sampler.start()
    workers = [psutil.Process(pid) for pid in sampler.pids()]
    workers[1].suspend()        # so that stop() waits for it
    with signal_in(0.2, interrupt), pytest.raises(KeyboardInterrupt):
        sampler.stop()
    assert sampler.running
    sampler.stop()
    assert not sampler.running
    assert not any(worker.is_running() for worker in workers)


@pytest.mark.parametrize("kind", [RuntimeWarning, KeyboardInterrupt])
def test_no_worker_is_left_where_the_start_ends_in_what_it_tells(kind):
    def report(text):
        assert multiprocessing.active_children()
        raise kind(text)

    sampler = hzstat.Sampler({"pressure/cpu": 1000}, report=report)
    with pytest.raises(kind, match="loses what it counts"):
        sampler.start()
    assert not sampler.running
    assert not multiprocessing.active_children()


def test_a_fork_that_leaves_the_block_does_not_end_it():
    told = []
    parent = os.getpid()
    try:
        with hzstat.Sampler({"loadavg": 200}, report=told.append) as sampler:
            pid = os.fork()
            if pid == 0:
                raise SystemExit
            assert os.waitpid(pid, 0)[1] == 0
            head = sampler.ring("loadavg").head
            until(lambda: sampler.ring("loadavg").head > head + 2)
            sampler.check()
    except SystemExit:
        os._exit(1 if sampler.running else 0)
    finally:
        if os.getpid() != parent:
            os._exit(2)
    assert told == []


def test_the_workers_of_one_that_was_lost_end():
    sampler = hzstat.Sampler({"loadavg": 100})
    sampler.start()
    assert sampler["loadavg"].latest()["status"] == 0   # a view knows its sampler: a cycle
    del sampler
    gc.collect()
    until(lambda: not multiprocessing.active_children())


def test_a_worker_that_can_not_be_started_again_is_told_of_each_time():
    with hzstat.Sampler({"loadavg": 100}) as sampler:
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            os.kill(next(iter(sampler.pids())), signal.SIGKILL)
            with pytest.raises(hzstat.WorkerDied, match="can't be started: Too many open files"):
                until(sampler.check, 2.0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for look in (sampler.check, sampler.health, sampler["loadavg"].latest):
            with pytest.raises(hzstat.WorkerDied, match="can't be started: Too many open files"):
                look()


def test_a_handler_may_stop_it_at_any_instant_of_a_look():
    chance = random.Random(1)
    for _ in range(40):
        told = []
        sampler = hzstat.Sampler({"stat": 100, "loadavg": 100}, jobs=2, report=told.append)
        sampler.start()
        with signal_in(chance.uniform(0.001, 0.004), sampler.stop):
            deadline = time.monotonic() + 10
            while sampler.running:
                sampler.check()
                assert time.monotonic() < deadline
        assert told == []
        assert not multiprocessing.active_children()
