"""What the live view makes of records: the same however they come, and as plain Python has it."""
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hzstat
from hzstat import descriptors, shares
from hzstat._loop import HEADER_FIELDS
from hzstat._ring import Ring
from hzstat.about import tell
from hzstat.busy import busy
from hzstat.cpu_source import SOURCES
from hzstat.top.feeds import BurstFeed, DiskFeed, MemoryFeed, NetFeed, StatFeed
from hzstat.top.timeline import Refined, Timeline
from hzstat.view import View

MS = 1_000_000
START_NS = 1_700_000_000 * 10**9
ROOM = 5


class Owner:
    """Of a ring that the test itself fills."""
    running = True

    def check(self):
        pass


class Source:
    """A ring of a source's records, put there one by one."""

    def __init__(self, name, kind, period_ns=MS, *more):
        source = descriptors.find(name).parser()
        self.row = np.dtype(list(source.fields))
        self.dtype = np.dtype([*HEADER_FIELDS, ("data", self.row, (ROOM,))])
        self.ring = Ring(self.dtype.itemsize, 512, about=tell(source, HEADER_FIELDS))
        self.feed = kind(View(self.ring, Owner()), period_ns, None, *more)

    def put(self, time_ns, rows, status=0):
        record = np.zeros(1, self.dtype)
        record["time_ns"], record["status"], record["rows"] = time_ns, status, len(rows)
        for place, fields in zip(record["data"][0], rows, strict=False):
            for field, value in fields.items():
                place[field] = value
        self.ring.put(record)


def columns(timeline, times, series=0):
    """What it has of each column from the first time on, as (least, most); None for a gap."""
    first = times[0] // 10**8
    low, high = timeline.columns(first, times[-1] // 10**8 - first + 2, series)
    return [None if np.isnan(least) else (least, most)
            for least, most in zip(low.tolist(), high.tolist(), strict=True)]


def by_column(times, points):
    """(time, value) → the same."""
    first = times[0] // 10**8
    found = [[] for _ in range(times[-1] // 10**8 - first + 2)]
    for time, value in points:
        found[time // 10**8 - first].append(value)
    return [(min(one), max(one)) if one else None for one in found]


def first_later(times, start, window_ns):
    """The first sample so much later than that of `start`, or None."""
    return next((end for end in range(start + 1, len(times))
                 if times[end] - times[start] >= window_ns), None)


STEPS = st.lists(st.integers(1, 60).map(lambda quarter: quarter * MS // 4) | st.just(300 * MS),
                 min_size=2, max_size=60)


@settings(deadline=None, max_examples=60)
@given(STEPS, st.data())
def test_shares_of_cpus(steps, data):
    source = Source("stat", StatFeed)
    times = [START_NS + sum(steps[:i]) for i in range(len(steps))]
    counters = {cpu: dict.fromkeys(shares.FIELDS, 10) for cpu in (-1, 0, 3)}
    samples = []
    for time in times:
        for fields in counters.values():
            for field in data.draw(st.sets(st.sampled_from(shares.FIELDS), max_size=3)):
                fields[field] += data.draw(st.integers(-1 if field == "idle" else 0, 3))
        running = data.draw(st.integers(1, 9))
        source.put(time, [{"cpu": cpu, "procs_running": running, **fields}
                          for cpu, fields in counters.items()])
        samples.append(({cpu: dict(fields) for cpu, fields in counters.items()}, running))
        if data.draw(st.booleans()):
            source.feed.collect()
    source.feed.collect()
    for series, cpu in enumerate(counters):
        points = []
        for start in range(len(times)):
            end = first_later(times, start, shares.WINDOW_NS - source.feed.slack_ns)
            if end is not None:
                grown = {field: max(0, samples[end][0][cpu][field] - samples[start][0][cpu][field])
                         for field in shares.FIELDS}
                if sum(grown.values()):
                    busy = sum(grown[field] for field in shares.FIELDS
                               if field not in ("idle", "iowait"))
                    points.append((times[end], busy / sum(grown.values())))
        assert columns(source.feed.cpu, times, series) == by_column(times, points)
    assert columns(source.feed.running, times) == by_column(
        times, [(time, running - 1) for time, (_, running) in zip(times, samples, strict=True)])


@pytest.mark.parametrize("fine", SOURCES, ids=lambda one: one.name)
@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 10), min_size=2, max_size=60), st.data())
def test_bursts_of_cpus(fine, steps, data):
    stat = Source("stat", StatFeed)
    source = Source(fine.source, BurstFeed, MS, fine, stat.feed)
    stat.put(START_NS, [{"cpu": cpu, "procs_running": 1} for cpu in (-1, 0, 3)])
    stat.feed.collect()
    times = [START_NS + MS * sum(steps[:i]) for i in range(len(steps))]
    counted = dict.fromkeys((0, 2, 3), 0)       # one of them is offline
    for time, step in zip(times, [0, *steps], strict=False):
        for cpu in counted:
            counted[cpu] += data.draw(st.sampled_from([0, step * MS // fine.unit_ns]))
        source.put(time, [{"cpu": cpu, fine.field: value} for cpu, value in counted.items()])
        if data.draw(st.booleans()):
            source.feed.collect()
    source.feed.collect()
    records = View(source.ring, Owner()).drain()
    for key, cpus in ((-1, [0, 3]), (0, [0]), (3, [3])):
        whole = busy(fine, records, np.array(cpus))
        points = zip(*(each.tolist() for each in whole.windows(5 * MS, MS // 10)), strict=True)
        assert columns(source.feed.bursts[key], times) == [
            pair and pytest.approx(pair, abs=1e-6) for pair in by_column(times, points)]


def test_a_counter_that_stands_still_is_not_waited_for_for_ever():
    fine = next(one for one in SOURCES if one.late_ns is None)
    stat = Source("stat", StatFeed)
    source = Source(fine.source, BurstFeed, 10 * MS, fine, stat.feed)
    stat.put(START_NS, [{"cpu": cpu, "procs_running": 1} for cpu in (-1, 0)])
    stat.feed.collect()
    for i in range(500):
        source.put(START_NS + i * 10 * MS, [{"cpu": 0, fine.field: 7}])
        source.feed.collect()
        assert len(source.feed.pending) < 120
    assert not source.feed.bursts[0].numbers(START_NS // 10**8, 50, 0).max


def test_what_is_coarse_is_refined_where_it_can_be():
    coarse, fine = Timeline(2), Timeline(1)
    times = START_NS + np.arange(30, dtype=np.int64) * 10 * MS
    coarse.add(times, np.stack((np.full(30, 9.0), np.linspace(0.4, 0.5, 30)), axis=1))
    both = Refined(coarse, fine)
    first = START_NS // 10**8
    assert both.numbers(first, 4, 1) == coarse.numbers(first, 4, 1)
    fine.add(times[:10], np.linspace(0.1, 0.9, 10)[:, None])
    low, high = both.columns(first, 4, 1)
    assert (low[0], high[0]) == (0.1, 0.9)
    assert [low[1:3].tolist(), high[1:3].tolist()] == [
        each[1:3].tolist() for each in coarse.columns(first, 4, 1)]
    assert np.isnan([low[3], high[3]]).all()
    found, before = both.numbers(first, 4, 1), coarse.numbers(first, 4, 1)
    assert found[:2] == before[:2]
    assert (found.p99, found.max) == (0.9, 0.9)


@pytest.mark.parametrize(("name", "kind", "fields", "unit", "counted", "other"), [
    ("net/dev", NetFeed, ("rx_bytes", "tx_bytes"), 1, b"eth0", b"lo"),
    ("diskstats", DiskFeed, ("rd_sectors", "wr_sectors"), 512, b"sdx", b"loop0")])
@settings(deadline=None, max_examples=40)
@given(STEPS, st.data())
def test_growth_a_second(name, kind, fields, unit, counted, other, steps, data):
    source = Source(name, kind)
    if kind is DiskFeed:        # no such disk is in this host's sysfs: told by names alone
        source.feed.root = "/nowhere/proc"
    times = [START_NS + sum(steps[:i]) for i in range(len(steps))]
    totals, samples = [0, 0], []
    for time in times:
        for i in range(2):
            totals[i] += data.draw(st.integers(0, 10_000))
        failed = data.draw(st.integers(0, 9)) == 0
        source.put(time, [] if failed else
                   [{"name": counted, **dict(zip(fields, totals, strict=True))},
                    {"name": other, **dict.fromkeys(fields, 3 * totals[0])}], 5 * failed)
        if not failed:
            samples.append((time, list(totals)))
        if data.draw(st.booleans()):
            source.feed.collect()
    source.feed.collect()
    good = [time for time, _ in samples]
    for series in range(2):
        points = []
        for start, (time, before) in enumerate(samples):
            end = first_later(good, start, MS - source.feed.slack_ns)
            if end is not None:
                grown = unit * (samples[end][1][series] - before[series])
                points.append((good[end], grown / ((good[end] - time) / 1e9)))
        assert columns(source.feed.rates, times, series) == [
            pair and pytest.approx(pair) for pair in by_column(times, points)]


def test_nothing_is_told_across_a_cpu_that_came():
    source = Source("stat", StatFeed)
    for i in range(300):
        cpus = (-1, 0) if i < 150 else (-1, 0, 1)
        source.put(START_NS + i * MS, [{"cpu": cpu, "procs_running": 1, "user": 1000 + i // 10}
                                       for cpu in cpus])
        if i % 7 == 0:
            source.feed.collect()
    source.feed.collect()
    low, high = source.feed.cpu.columns(START_NS // 10**8, 3, 0)
    assert (low[[0, 2]] == 1).all()
    assert (high == 1).all()
    assert source.feed.series == {-1: 0, 0: 1, 1: 2}
    low, _ = source.feed.cpu.columns(START_NS // 10**8, 3, 2)
    assert np.isnan(low).tolist() == [True, True, False]


@pytest.mark.parametrize("kind", ["stat", "net/dev"])
def test_times_never_fall_when_the_rate_changes(kind):
    source = Source(kind, StatFeed if kind == "stat" else NetFeed)
    timeline = source.feed.cpu if kind == "stat" else source.feed.rates
    added = []

    class Watched(type(timeline)):
        def add(self, times, values):
            added.extend(times.tolist())
            super().add(times, values)
    timeline.__class__ = Watched
    time = START_NS
    for period in (1, 50, 2, 100, 1, 20):
        source.feed.rerate(period * MS)
        for i in range(90):
            time += period * MS
            source.put(time, [{"cpu": -1, "user": time // MS, "procs_running": 1}
                              if kind == "stat" else {"name": b"eth0", "rx_bytes": i}])
            if i % 13 == 0:
                source.feed.collect()
        source.feed.collect()
    assert len(added) > 400
    assert added == sorted(added)


def test_a_copy_stays_as_it_was():
    source = Source("net/dev", NetFeed)
    for i in range(10):
        source.put(START_NS + i * MS, [{"name": b"eth0", "rx_bytes": i}])
    source.feed.collect()
    kept = source.feed.copy()
    before = kept.rates.columns(START_NS // 10**8, 2, 0)
    for i in range(10, 200):
        source.put(START_NS + i * MS, [{"name": b"eth0", "rx_bytes": 10**6 * i}])
    source.feed.collect()
    assert np.array_equal(kept.rates.columns(START_NS // 10**8, 2, 0), before, equal_nan=True)
    assert not np.array_equal(source.feed.rates.columns(START_NS // 10**8, 2, 0), before,
                              equal_nan=True)


def test_memory_in_use():
    with hzstat.Sampler({"meminfo": 100}, jobs=1) as sampler:
        view = sampler.view("meminfo")
        view.latest()
        feed = MemoryFeed(view, 10 * MS, None)
        feed.collect()
        least, most = feed.used.columns(int(feed.recent[-1]["time_ns"][0]) // 10**8, 1, 0)
    now = psutil.virtual_memory()
    assert 0 <= least[0] <= most[0] <= now.total
    assert most[0] == pytest.approx(now.total - now.available, rel=0.5)
