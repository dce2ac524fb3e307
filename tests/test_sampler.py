"""Real sampling of the real /proc, and of trees of files that go wrong."""
import itertools
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

import hzstat
from hzstat._source import EXPECTED

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

METHODS = ("fork", "spawn", "forkserver")
CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def until(condition, seconds=10.0):
    """What `condition` returns, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return found


def everything(view):
    """All the records that are in the ring now."""
    return np.concatenate(list(iter(view.drain, None)) if False else drained(view))


def drained(view):
    found = [view.drain()]
    while len(found[-1]):
        found.append(view.drain())
    return found


def fresh(sampler, name):
    """A record whose read began after this call."""
    now = sampler.board.now_ns()
    return until(lambda: (record := sampler[name].latest())["time_ns"] > now and record)


@pytest.fixture
def tree(tmp_path):
    """A copy of the files in /proc, to be spoilt."""
    root = tmp_path / "proc"
    (root / "net").mkdir(parents=True)
    for name in hzstat.sources():
        shutil.copyfile(f"/proc/{name}", root / name)
    return root


# -- ticks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_every_tick_is_taken_or_counted(jobs):
    rates = {"stat": 200, "meminfo": 100, "net/dev": 200, "loadavg": 50}
    start = time.time_ns()
    with hzstat.Sampler(rates, jobs=jobs) as sampler:
        assert len(sampler.pids()) == jobs
        assert sorted(itertools.chain(*sampler.pids().values())) == sorted(rates)
        assert list(sampler) == list(rates)
        assert sampler.running
        time.sleep(2)
    stop = time.time_ns()
    assert not sampler.running
    health = sampler.health()
    for name, rate in rates.items():
        view, of, period = sampler[name], health[name], 10**9 // rate
        records = everything(view)
        ticks = records["tick"]
        gaps = int(np.sum(np.diff(ticks) - 1))
        before = of.missed - gaps               # missed ahead of the first record
        assert len(records) == of.records > 0
        assert view.lost == 0
        assert (np.diff(ticks) > 0).all()
        assert before >= 0
        assert of.planned == of.records + of.missed == ticks[-1] - ticks[0] + 1 + before
        assert start <= (ticks[0] - before) * period
        assert (ticks[0] - before) * period <= start + 1.5e9
        assert stop - 1.5e9 <= ticks[-1] * period <= stop
        assert (records["time_ns"] - records["late_ns"] == ticks * period).all()
        assert (records["late_ns"] >= 0).all()
        assert (records["late_ns"] < period).all()
        assert (records["read_ns"] > 0).all()
        assert (records["status"] == 0).all()
        assert (of.errors, of.status, of.cut) == (0, 0, 0)
        assert of.late_ns[-1] == records["late_ns"].max()
        assert of.read_ns[-1] == records["read_ns"].max()
        assert list(of.late_ns) == sorted(of.late_ns)


def test_the_record():
    with hzstat.Sampler({name: 100 for name in hzstat.sources()}) as sampler:
        for name in hzstat.sources():
            view, now = sampler[name], hzstat.read(name)
            record = view.latest()
            assert view.dtype.names == ("tick", "time_ns", "late_ns", "read_ns", "status", "rows",
                                        "data")
            assert [view.dtype[field].str for field in view.dtype.names[:6]] == [
                "<i8", "<i8", "<i8", "<i8", "<i4", "<u4"]
            assert view.dtype["data"].subdtype == (now.dtype, (view.max_rows,))
            assert record.dtype == view.dtype
            assert record["rows"] == len(now) <= view.max_rows
            assert not record["data"][record["rows"]:].tobytes().strip(b"\0")
            key = {"stat": "cpu", "net/dev": "name", "meminfo": "MemTotal"}.get(name)
            if key:
                assert (record["data"][:record["rows"]][key] == now[key]).all()


# -- readers -------------------------------------------------------------------------------


def test_follow_yields_all_and_ends_at_the_timeout():
    with hzstat.Sampler({"loadavg": 200}) as sampler:
        view = sampler["loadavg"]
        batches = list(itertools.islice(view.follow(timeout=5.0), 4))
        assert all(len(batch) for batch in batches)
        sampler.pause()
        batches += view.follow(timeout=0.3)     # it ends, for nothing comes
        ticks = np.concatenate(batches)["tick"]
        assert len(ticks) + view.lost == view.ring.head
        assert sampler.health()["loadavg"].missed >= np.sum(np.diff(ticks) - 1)
        assert len(view.drain()) == 0


def test_follow_ends_when_the_sampler_has_stopped():
    with hzstat.Sampler({"loadavg": 200}) as sampler:
        sampler["loadavg"].latest()
        threading.Timer(0.3, sampler.stop).start()
        count = sum(map(len, sampler["loadavg"].follow()))
    assert count + len(sampler["loadavg"].drain()) == sampler.health()["loadavg"].records
    sampler.stop()          # again is no harm


def test_latest_times_out_and_stays_readable_after_the_end():
    with hzstat.Sampler({"loadavg": 0.001, "stat": 100}) as sampler:
        sampler.pause()
        if not sampler["loadavg"].ring.head:
            with pytest.raises(TimeoutError, match=r"no record of loadavg within 0\.1 s"):
                sampler["loadavg"].latest(timeout=0.1)
        sampler.resume()
        tick = sampler["stat"].latest()["tick"]
    assert sampler["stat"].latest()["tick"] >= tick


def test_a_slow_reader_is_told_what_it_lost():
    with hzstat.Sampler({"loadavg": 2000}, ring_seconds=0.001) as sampler:
        view = sampler["loadavg"]
        assert view.ring.slots < 100
        seen = []
        for _ in range(5):
            until(lambda: view.ring.head > view._cursor + view.ring.slots)
            seen.append(view.drain())
            assert 0 < len(seen[-1]) < view.ring.slots
    seen += drained(view)
    ticks = np.concatenate(seen)["tick"]
    assert (np.diff(ticks) > 0).all()
    assert view.lost > 0
    assert len(ticks) + view.lost == sampler.health()["loadavg"].records


def test_several_readers_each_see_all():
    with hzstat.Sampler({"loadavg": 500}) as sampler:
        views = [hzstat.View("loadavg", sampler._jobs["loadavg"], sampler) for _ in range(3)]
        seen = [[] for _ in views]
        readers = [threading.Thread(target=lambda view=view, to=to: to.extend(view.follow()))
                   for view, to in zip(views, seen, strict=True)]
        for reader in readers:
            reader.start()
        time.sleep(0.5)
    for reader in readers:
        reader.join(10)
    whole = [np.concatenate([*batches, *drained(view)])
             for batches, view in zip(seen, views, strict=True)]
    assert len(whole[0]) == sampler.health()["loadavg"].records
    assert (whole[0] == whole[1]).all()
    assert (whole[0] == whole[2]).all()


# -- control -------------------------------------------------------------------------------


@pytest.mark.parametrize("slow", [0.001, 0.01])
def test_set_rate_works_at_once_in_the_middle_of_a_long_period(slow):
    with hzstat.Sampler({"loadavg": slow, "stat": slow}, jobs=1) as sampler:
        view = sampler["loadavg"]
        for rate in (200, 100):
            sampler.set_rate("loadavg", rate)
            head = view.ring.head
            until(lambda head=head: view.ring.head >= head + 10)
            record = fresh(sampler, "loadavg")
            assert record["time_ns"] - record["late_ns"] == record["tick"] * 10**9 // rate
            sampler.set_rate("loadavg", slow)
            time.sleep(0.2)
            head = view.ring.head
            time.sleep(0.2)
            assert view.ring.head <= head + 1       # the long period's own tick may just come
        assert sampler["stat"].ring.head <= 1


def test_pause_and_resume():
    with hzstat.Sampler({"loadavg": 100}) as sampler:
        view = sampler["loadavg"]
        first = view.latest()["tick"]
        sampler.pause()
        time.sleep(0.1)
        head, missed = view.ring.head, sampler.health()["loadavg"].missed
        time.sleep(0.4)
        assert view.ring.head == head
        assert sampler.health()["loadavg"].missed == missed
        sampler.resume()
        until(lambda: view.ring.head > head + 10)
    ticks = everything(view)["tick"]
    of = sampler.health()["loadavg"]
    assert ticks[0] <= first
    assert np.diff(ticks).max() >= 40
    assert of.planned <= ticks[-1] - ticks[0] + 1 - 35     # the pause is not planned


def test_rates_are_checked_when_they_change():
    with hzstat.Sampler({"loadavg": 100}) as sampler:
        with pytest.raises(ValueError, match="samples a second"):
            sampler.set_rate("loadavg", 0)
        head = sampler["loadavg"].ring.head
        until(lambda: sampler["loadavg"].ring.head > head)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_bad_ring_seconds(seconds):
    with pytest.raises(ValueError, match="ring_seconds"):
        hzstat.Sampler({"stat": 1}, ring_seconds=seconds)


# -- where it runs -------------------------------------------------------------------------

PROGRAM = """\
import multiprocessing
import hzstat
def main():
    rates = {"stat": 200, "net/dev": 100}
    context = multiprocessing.get_context("METHOD")
    with hzstat.Sampler(rates, jobs=2, context=context) as sampler:
        for name in rates:
            ticks = [t for r in sampler[name].follow(timeout=5.0, batch=0.3) for t in r["tick"]
                     if not r["status"].any()][:50] if False else []
            for records in sampler[name].follow(timeout=5.0):
                ticks += records["tick"].tolist()
                if len(ticks) >= 30:
                    break
            assert not records["status"].any() and ticks == sorted(set(ticks))
            print(name, len(ticks) >= 30)

if __name__ == "__main__":
    main()
"""
