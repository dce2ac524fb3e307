"""Curves: equal steps of a row's time, each against plain Python."""
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_windows import records_of

from hzstat import shares
from hzstat.curves import Grid

MS, SECOND = 10**6, 10**9
STEP_MS = shares.WINDOW_NS // MS
TICK_MS = 1000 // shares.USER_HZ
START = 7 * SECOND


def counters(ms, busy):
    """What stat shows after `ms`, if the CPU was busy in the ms of `busy`; in whole ticks."""
    worked = sum(min(ms, stop) - start for start, stop in busy if start < ms)
    return {"user": worked // TICK_MS, "idle": (ms - worked) // TICK_MS}


def stat(length_ms, *busy, every_ms=1, late_ns=None, without=()):
    samples = [(START + ms * MS, 0, {cpu: counters(ms, busy) for cpu in (-1, 0)})
               for ms in range(0, length_ms + 1, every_ms) if ms not in without]
    records = records_of("stat", "cpu", samples)
    if late_ns is not None:
        records["late_ns"] = late_ns[:len(records)]
        records["time_ns"] += records["late_ns"]
    return records


def grid(length_ms, every_ms=1, cells=20):
    return Grid(length_ms * MS, every_ms * MS, cells)


def test_a_burst_shows_once_where_it_was():
    length = 20 * STEP_MS
    burst = 6 * STEP_MS, 6 * STEP_MS + 4 * TICK_MS
    cells = grid(length).cpu(stat(length, burst), -1)
    assert cells == pytest.approx([0.8 * (number == 6) for number in range(20)])


def test_a_cell_of_several_steps_shows_the_busiest():
    length = 100 * STEP_MS              # five steps a cell
    busy = [(0, STEP_MS), (12 * STEP_MS, 12 * STEP_MS + TICK_MS),
            (13 * STEP_MS, 13 * STEP_MS + 3 * TICK_MS), (99 * STEP_MS, 100 * STEP_MS)]
    cells = grid(length).cpu(stat(length, *busy), 0)
    assert cells == pytest.approx([1, 0, 0.6, *[0] * 16, 1])


@pytest.mark.parametrize(("delay_ms", "every_ms", "cells", "steps"), [
    (1000, 1, 20, 20), (5000, 1, 20, 100), (100, 1, 2, 2), (50, 1, 1, 1), (70, 1, 1, 1),
    (1990, 1, 20, 20), (1000, 100, 10, 10), (1000, 1000, 1, 1), (1000, 700, 1, 1)])
def test_no_step_is_too_short(delay_ms, every_ms, cells, steps):
    made = grid(delay_ms * STEP_MS // 50, every_ms)
    assert (made.cells, made.steps) == (cells, steps)


@given(st.lists(st.integers(0, MS // 3), min_size=4 * STEP_MS + 1, max_size=4 * STEP_MS + 1),
       st.lists(st.integers(0, 1), min_size=4, max_size=4))
@settings(max_examples=20, deadline=None)
def test_lateness_moves_nothing_over(late_ns, busy):
    """Each step is told, by records that are late by up to a third of a period."""
    length = 4 * STEP_MS
    spans = [(number * STEP_MS, (number + 1) * STEP_MS) for number in range(4) if busy[number]]
    cells = grid(length, cells=4).cpu(stat(length, *spans, late_ns=late_ns), -1)
    assert cells == pytest.approx(busy)


def test_where_records_are_missing_there_is_a_gap():
    length = 8 * STEP_MS
    gone = range(2 * STEP_MS - 10, 4 * STEP_MS + 20)    # steps 1 and 4 lack an end
    cells = grid(length, cells=8).cpu(stat(length, (0, length), without=gone), -1)
    assert [isnan(cell) for cell in cells] == [0 < number < 5 for number in range(8)]


def test_too_few_records_tell_nothing():
    for records in (stat(0)[:0], stat(0)):
        assert all(map(isnan, grid(1000).cpu(records, -1)))
    assert all(map(isnan, grid(1000).cpu(stat(1000), 5)))
    assert all(map(isnan, grid(1000).net(records_of("net/dev", "name", []), None, "rx_bytes")))


@given(st.lists(st.lists(st.integers(0, 10**7), min_size=20, max_size=20), min_size=3, max_size=3))
@settings(max_examples=30, deadline=None)
def test_bytes(grown):
    """Two interfaces and lo: by step, the bytes of one, or of both."""
    totals = np.cumsum(np.array(grown), axis=1)
    samples = [(START + number * 100 * MS, 0, {
        name: {"rx_bytes": int(totals[row][number]), "tx_bytes": 3}
        for row, name in enumerate((b"lo", b"eth0", b"eth1"))}) for number in range(20)]
    records = records_of("net/dev", "name", samples)
    made = Grid(19 * 100 * MS, 100 * MS, 20)
    assert made.net(records, b"eth0", "rx_bytes") == pytest.approx([10 * n for n in grown[1][1:]])
    assert made.net(records, None, "rx_bytes") == pytest.approx(
        [10 * (a + b) for a, b in zip(grown[1][1:], grown[2][1:], strict=True)])
    assert made.net(records, b"eth1", "tx_bytes") == [0] * 19
