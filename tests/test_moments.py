"""What a row tells of one number, against plain Python; and how it comes to the screen."""
import math

import numpy as np
import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hzstat.formats import rows
from hzstat.groups import GROUPS
from hzstat.groups.panel import Look, Panel
from hzstat.moments import NOTHING, Moments, mean_of, of_counter, of_gauge

NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=300)


@given(NUMBERS, st.sampled_from(["p1", "p50", "p90", "p99", "p99.9", "p100"]))
def test_a_percentile_is_the_least_that_so_many_do_not_exceed(numbers, statistic):
    found = Moments(0.0, np.array(numbers)).burst(statistic)
    share = float(statistic[1:]) / 100
    assert found in numbers
    assert sum(number <= found for number in numbers) >= share * len(numbers) - 1e-6
    assert sum(number < found for number in numbers) < share * len(numbers) + 1e-6


@given(NUMBERS)
def test_extremes_and_means(numbers):
    moments = mean_of(np.array(numbers))
    assert (moments.burst("max"), moments.burst("min")) == (max(numbers), min(numbers))
    assert moments.over == pytest.approx(math.fsum(numbers) / len(numbers), abs=1e-3)
    assert of_gauge(np.array(numbers)).over == numbers[-1]
    assert moments.times(2).burst("max") == 2 * max(numbers)


def test_of_nothing_nothing_is_told():
    nothing = np.empty(0)
    for moments in (NOTHING, NOTHING.times(8), of_gauge(nothing), mean_of(nothing),
                    of_counter(np.array([7]), np.array([1], np.uint64), 10, 1)):
        assert (moments.over, moments.burst("max"), moments.burst("p99")) == (None,) * 3


def test_a_counter_near_the_end_of_its_range_is_exact():
    counted = np.array([2**64 - 9, 2**64 - 5, 2**64 - 1], np.uint64)
    moments = of_counter(np.array([0, 10**9, 2 * 10**9]), counted, 10**9, 0)
    assert (moments.over, moments.burst("max")) == (4, 4)


def panels(*names, bursts=None):
    return [Panel(GROUPS[name], None, Look(1.0, bursts)) for name in names]


@given(st.integers(1, 200))
def test_as_many_panels_as_fit(columns):
    every = panels("cpu", "memory", "net", "load", "time")
    fit = rows.fitting(every, columns)
    width = len(rows.header(every[:fit], False, cut=fit < len(every)).splitlines()[1])
    assert width <= columns or fit == 1
    if fit < len(every):
        more = rows.header(every[:fit + 1], False, cut=fit + 1 < len(every)).splitlines()[1]
        assert len(more) > columns


def test_what_is_high_is_marked_and_what_is_missing_is_not():
    [panel] = panels("cpu", bursts=())
    shown = rows.row([panel], [[0.95, 0.6, 0.99, 0.59, None]], colour=True)
    assert shown == f"{rows.HIGH} 95{rows.PLAIN} {rows.RAISED} 60{rows.PLAIN}  99  59   -"
    assert rows.row([panel], [[0.95, 0.6, 0.99, 0.59, None]], colour=False) == " 95  60  99  59   -"


def test_a_long_name_widens_its_columns_and_a_hostile_one_is_cut():
    for name in (b"enp0s31f6.12345", b"\x1b[2J" * 9):
        panel = Panel(GROUPS["net"], name, Look(1.0, ()))
        titles, names = rows.header([panel], False).splitlines()
        assert len(titles) == len(names) == panel.width
        assert titles.endswith("[B/s]")
        assert "\x1b" not in titles


@pytest.mark.parametrize("name", ["网卡0", "e\u0301th0", "zoë", "\uff45\uff54\uff48\uff11",
                                  "网" * 5])
def test_a_name_of_wide_characters_stays_over_its_columns(name):
    """By what a terminal makes of it."""
    terminal = pyte.Screen(100, 4)
    ends = []
    for line in rows.header([Panel(GROUPS["net"], name.encode(), Look(1.0, ()))],
                            False).splitlines():
        pyte.Stream(terminal).feed(line)
        ends.append(terminal.cursor.x)
        pyte.Stream(terminal).feed("\r\n")
    assert ends[0] == ends[1]
