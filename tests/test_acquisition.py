"""hzstat.acquire: limits that hold, events that are counted exactly, and commands."""
import multiprocessing
import random
import time
from collections import namedtuple

import numpy as np
import pytest
from acquiring import FORK, METHODS, Kept, for_ever, normal, numbers, spin
from waiting import until

import hzstat
from hzstat.acquisition import one_loop

# Since Python 3.12 a fork next to numpy's threads warns; the children here use none of them.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


class Detector:
    """Counts up, and can be commanded."""

    def __init__(self):
        self.number, self.step = 0, 1

    def __call__(self):
        self.number += self.step
        time.sleep(0.0002)
        return self.number

    def command(self, message):
        if message == "where":
            return self.number
        self.step = message["step"]
        return None


# -- what is taken ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_exactly_so_many_events_are_processed(method):
    context = multiprocessing.get_context(method)
    result = hzstat.acquire(normal, Kept(), events=2500, context=context)
    assert (result.reason, result.failure) == ("events", None)
    assert (result.events, result.taken, result.dropped, result.unprocessed) == (2500, 2500, 0, 0)
    values = normal()
    expected = np.array([next(values) for _ in range(2500)])
    assert (result.product["value"] == expected).all()
    assert (np.diff(result.product["time_ns"]) > 0).all()
    assert abs(result.product["time_ns"][0] - time.time_ns()) < 60e9
    assert result.mean == pytest.approx(expected.mean(), rel=1e-12)
    assert result.std == pytest.approx(expected.std(), rel=1e-12)
    assert (result.min, result.max) == (expected.min(), expected.max())
    counts, edges = result.histogram
    assert (counts == np.histogram(expected, edges)[0]).all()
    assert counts.sum() == 2500
    assert str(result).startswith("total      2,500\nmean       ")
    assert 0 < result.dead_time < 1
    assert 0 < result.elapsed < 60


@pytest.mark.parametrize("producer", [range(1000), numbers, list(range(1000)), iter(range(1000)),
                                      iter(range(1000)).__next__])
def test_all_kinds_of_producers_end(producer):
    result = hzstat.acquire(producer, Kept(), context=FORK)
    assert (result.reason, result.events) == ("ended", 1000)
    assert (result.product["value"] == np.arange(1000)).all()
    assert result.product.dtype == [("time_ns", "i8"), ("value", "i8")]


def test_none_is_no_event():
    result = hzstat.acquire([None, 1, None, 2, None], Kept(), context=FORK)
    assert result.product["value"].tolist() == [1, 2]


def test_nothing_at_all():
    result = hzstat.acquire([], Kept(), context=FORK)
    assert (result.reason, result.taken, result.events) == ("ended", 0, 0)
    assert np.isnan([result.mean, result.std, result.min, result.max]).all()
    assert len(result.histogram[0]) == 0


Pulse = namedtuple("Pulse", "height channel")
Timed = namedtuple("Timed", "time_ns height")
RECORD = np.dtype([("energy", "f4"), ("wave", "i2", (3,)), ("tag", "S4")])


def test_tuples_and_records_are_columns():
    pulses = [Pulse(0.5 * n, n) for n in range(100)]
    result = hzstat.acquire(pulses, Kept(), context=FORK)
    assert result.columns == ("height", "channel")
    assert result.product.dtype.names == ("time_ns", "height", "channel")
    assert [tuple(one)[1:] for one in result.product.tolist()] == [tuple(one) for one in pulses]
    assert result.mean == pytest.approx([np.mean([p.height for p in pulses]), 49.5], rel=1e-12)
    assert result.max.tolist() == [49.5, 99]
    assert [counts.sum() for counts, _ in result.histogram] == [100, 100]
    assert hzstat.acquire([(1, 2.5)], context=FORK).columns == ("f0", "f1")

    records = np.array([(n / 2, (n, n + 1, n + 2), b"ab") for n in range(50)], RECORD)
    result = hzstat.acquire(records, Kept(), context=FORK)
    assert result.columns == ("energy", "wave")         # the other one isn't of numbers
    for name in RECORD.names:
        assert (result.product[name] == records[name]).all()
    assert result.mean == pytest.approx([records["energy"].mean(), records["wave"].mean()])

    rows = np.arange(12.0).reshape(4, 3)
    result = hzstat.acquire(rows, Kept(), context=FORK)
    assert (result.product["value"] == rows).all()
    assert result.mean == pytest.approx(rows.mean(), rel=1e-12)


@pytest.mark.parametrize(("values", "words"), [
    ([Timed(1, 2)], "a field can't be called time_ns"),
    ([1, 2.5], "2.5 isn't like the first value, 1"),
    ([(1, 2), (1, 2, 3)], "a tuple of 2 numbers"),
    ([(1, 2), 3], "3 isn't like"), ([1.0, "x"], "'x' isn't like"),
    ([np.zeros(2), np.zeros(3)], "shape (2,)"), ([1, 1 << 70], "isn't like"),
    *(([value], "a producer returns a number") for value in (
        "text", 1j, [1, 2], 1 << 63, (1, 1 << 63), np.datetime64("2030-01-01"), np.void(b"abc"))),
])
def test_values_of_another_kind_are_told(values, words):
    result = hzstat.acquire(values, context=FORK)
    assert result.reason == "failed"
    assert result.failure.startswith("producer: ")
    assert ".py" not in result.failure          # a place in hzstat says nothing to anyone
    assert words in result.failure
    assert result.events == result.taken == (len(values) - 1)       # what was fine is processed


@pytest.mark.parametrize("seed", range(6))
def test_slow_processing_loses_nothing(seed):
    chance = random.Random(seed)
    events = chance.randrange(1, 300)
    result = hzstat.acquire(numbers, Kept(chance.uniform(0, 0.03)), events=events, context=FORK)
    assert result.product["value"].tolist() == list(range(events))
    assert (result.reason, result.events, result.taken) == ("events", events, events)


# -- a ring that is full ---------------------------------------------------------------------


def test_drop():
    result = hzstat.acquire(numbers, Kept(0.02), ring_bytes=4096 + 9 * 32, context=FORK)
    assert result.reason == "ended"
    assert result.taken + result.dropped == 1000
    assert result.dropped > 0
    assert result.events == result.taken == len(result.product)
    assert (np.diff(result.product["value"]) > 0).all()


def test_wait():
    result = hzstat.acquire(numbers, Kept(0.001), ring_bytes=4096 + 9 * 32, on_full="wait",
                            context=FORK)
    assert (result.reason, result.dropped) == ("ended", 0)
    assert result.product["value"].tolist() == list(range(1000))
    assert result.dead_time > 0.5       # it waited nearly all the time


def test_waiting_for_room_ends_with_the_time():
    began = time.monotonic()
    result = hzstat.acquire(normal, spin, ring_bytes=4096 + 9 * 32, on_full="wait", timeout=0.3,
                            drain_seconds=0.2, context=FORK)
    assert time.monotonic() - began < 5
    assert result.reason == "timeout"
    assert (result.events, result.unprocessed) == (0, result.taken)
    assert result.dropped <= 1          # which it waited with, where it came to count that
    assert result.dead_time > 0.5
    assert "processor: not done within 0.2 s after the end, and killed" in result.failure


# -- limits ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_a_producer_that_blocks_for_ever(method):
    context = multiprocessing.get_context(method)
    result = hzstat.acquire(for_ever, timeout=0.2, context=context)
    assert (result.reason, result.failure, result.taken) == ("timeout", None, 0)
    assert 0.2 <= result.elapsed < 5


def test_a_processor_that_never_comes_back():
    result = hzstat.acquire(normal, spin, events=50, drain_seconds=0.2, context=FORK)
    assert (result.reason, result.taken, result.unprocessed) == ("events", 50, 50)
    assert result.failure == "processor: not done within 0.2 s after the end, and killed"


def test_the_time_holds_while_a_batch_is_processed():
    result = hzstat.acquire(normal, Kept(0.7), timeout=0.2, rate_hz=3e4, context=FORK)
    assert result.reason == "timeout"
    assert 0.2 <= result.elapsed < 0.7
    assert result.events == result.taken == len(result.product)
    assert result.dropped == 0


# -- commands --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_commands_and_answers(method):
    with hzstat.Acquisition(Detector(), Kept(), context=multiprocessing.get_context(method)) as run:
        until(lambda: run.processed > 5)
        run.send("where")
        assert run.receive(10) > 0
        run.send("pause")
        run.send("where")
        paused_at = run.receive(10)
        time.sleep(0.05)
        assert run.taken == paused_at
        run.send({"step": 1000})
        run.send("where")
        assert until(lambda: list(run.answers())) == [paused_at]
        assert list(run.answers()) == []
        run.send("resume")
        until(lambda: run.taken > paused_at + 3)
        run.stop()
        result = run.wait()
        assert run.wait() is result
        assert run.pids == {}
        assert (run.taken, run.processed, run.running) == (result.taken, result.events, False)
    values = result.product["value"]
    assert result.reason == "interrupted"
    assert (values[:paused_at] == np.arange(1, paused_at + 1)).all()
    assert (np.diff(values[paused_at:]) == 1000).all()
    assert result.events == result.taken == len(values)


def test_answers_that_do_not_come():
    with hzstat.Acquisition(Detector(), timeout=0.4, context=FORK) as run:
        with pytest.raises(TimeoutError):
            run.receive(0.01)
        with pytest.raises(EOFError):
            run.receive()
        assert run.wait().reason == "timeout"
        run.send("pause")           # nobody is there; nothing happens


def test_a_paused_producer_keeps_the_time():
    with hzstat.Acquisition(normal, timeout=0.3, context=FORK) as run:
        run.send("pause")
        result = run.wait()
    assert result.reason == "timeout"
    assert 0.3 <= result.elapsed < 5


def test_the_time_ends_before_the_producer_is_closed():
    def closes_slowly():
        try:
            yield from range(1000)
        finally:
            time.sleep(0.5)
    for ran in (lambda: hzstat.acquire(closes_slowly, events=1e2, context=FORK),
                lambda: one_loop(closes_slowly, events=1e2)):
        began = time.monotonic()
        result = ran()
        assert (result.reason, result.events) == ("events", 100)
        assert result.elapsed + 0.5 <= time.monotonic() - began


def test_misuse():
    with pytest.raises(TypeError, match="a producer is a callable or an iterable, not 5"):
        hzstat.acquire(5)
    with pytest.raises(TypeError, match="process is a callable"):
        hzstat.acquire(normal, 5)
    for wrong in ({"events": 0}, {"events": 1.5}, {"events": float("inf")}, {"timeout": 0},
                  {"timeout": float("nan")}, {"on_full": "cry"}, {"ring_seconds": -1},
                  {"drain_seconds": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            hzstat.acquire(normal, **wrong)
    with (hzstat.Acquisition(normal, timeout=5, context=FORK) as run,
          pytest.raises(hzstat.AcquisitionFailed, match="no method command")):
        run.send("hello")
    with pytest.raises(hzstat.AcquisitionFailed, match="start"):
        hzstat.Acquisition(normal).wait()


@pytest.mark.parametrize("method", METHODS[1:])
def test_what_can_not_be_pickled_is_told(method):
    context = multiprocessing.get_context(method)
    with pytest.raises(TypeError, match=f"the producer can't be sent to a process by {method}"):
        hzstat.acquire(lambda: 1, events=5, context=context)
    with pytest.raises(TypeError, match="the processor can't be sent"):
        hzstat.acquire(normal, lambda batch: 1, events=5, context=context)


# -- one loop --------------------------------------------------------------------------------


def test_one_loop_is_dead_while_it_processes():
    def values():
        for number in range(20):
            time.sleep(0.001)
            yield number
    result = one_loop(values, Kept(0.01))
    assert (result.reason, result.events) == ("ended", 20)
    assert result.product["value"].tolist() == list(range(20))
    assert result.dead_time > 0.5
    assert result.mean == 9.5
    assert one_loop(values, events=3).reason == "events"
    assert one_loop(normal, timeout=0.05).reason == "timeout"
