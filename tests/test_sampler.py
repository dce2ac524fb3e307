"""Real sampling of the real /proc: ticks, records, readers, and control."""
import ctypes
import itertools
import os
import resource
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from sampling import FOUR, everything, fresh
from waiting import until

import hzstat
from hzstat import descriptors

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


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


@pytest.mark.skipif(not os.path.exists("/proc/pressure/cpu"), reason="no /proc/pressure/cpu")
def test_who_reads_more_often_than_a_file_bears_is_told():
    said = []
    with hzstat.Sampler({"pressure/cpu": 100, "stat": 100}, jobs=1, report=said.append):
        pass
    assert said == ["pressure/cpu loses what it counts where it is read 100 times a second, for "
                    "all who read it: 20 are what it bears"]


def test_every_source_of_the_system_can_be_sampled():
    names = [name for name in hzstat.sources() if not name.startswith(("PID/", "cgroup/"))]
    rates = {name: min(50, descriptors.find(name).most_hz) for name in names}
    with hzstat.Sampler(rates, jobs=1) as sampler:
        assert set(sampler) | set(sampler.unavailable) == set(names)
        for name in sampler:
            record = sampler[name].latest()
            assert record["status"] == 0, name
            assert record["data"].dtype == hzstat.read(name).dtype
        before = sampler["vmstat"].latest().copy()
        after = newer("vmstat", before, sampler)
        rates = hzstat.rates(before, after, source="vmstat")
        assert rates.seconds == (after["time_ns"] - before["time_ns"]) / 1e9
        assert rates["nr_free_pages"][0] == after["data"]["nr_free_pages"][0]


def newer(name, record, sampler):
    return until(lambda: (latest := sampler[name].latest())["tick"] > record["tick"] and latest)


# -- how the workers run -------------------------------------------------------------------


def test_a_pinned_worker_runs_on_its_cpu():
    cpu = max(os.sched_getaffinity(0))
    with hzstat.Sampler({"loadavg": 100}, pin=cpu) as sampler:
        pid, = sampler.pids()
        until(lambda: os.sched_getaffinity(pid) == {cpu})
        assert sampler["loadavg"].latest()["status"] == 0


@pytest.mark.parametrize(("options", "words"), [
    ({"pin": 4096}, "can't pin to CPU 4096: this process may run on"), ({"pin": -1}, "can't pin"),
    ({"spin_us": -1}, "spin_us is 0 to"), ({"spin_us": 1e9}, "spin_us is 0 to"),
    ({"ring_bytes": 0}, "ring_bytes is a number of bytes")])
def test_knobs_that_can_not_be(options, words):
    with pytest.raises(ValueError, match=words):
        hzstat.Sampler({"stat": 1}, **options)


def test_realtime_where_it_is_permitted():
    sampler = hzstat.Sampler({"loadavg": 100}, realtime=True)
    try:
        sampler.start()
    except hzstat.NotPermitted as refused:
        pytest.skip(str(refused))
    try:
        pid, = sampler.pids()
        until(lambda: os.sched_getscheduler(pid) == os.SCHED_FIFO)
        until(lambda: hzstat.read("PID/status", pid=pid)["VmLck"][0] > 0)
    finally:
        sampler.stop()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER       # the caller stays as it was


def without_realtime():
    """At the next exec: root without CAP_SYS_NICE, who may still read its own files."""
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    PR_CAPBSET_DROP, CAP_SYS_NICE = 24, 23
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)


def test_realtime_where_it_is_not_permitted():
    code = "import hzstat; hzstat.Sampler({'loadavg': 1}, realtime=True).start()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
                          preexec_fn=without_realtime)
    assert "hzstat.errors.NotPermitted: no realtime scheduling" in done.stderr
    assert "ulimit -r 50" in done.stderr


def test_a_spinning_worker_is_awake_before_its_tick():
    with hzstat.Sampler({"loadavg": 50}, spin_us=5000, jobs=1) as sampler:
        until(lambda: sampler.health()["loadavg"].records >= 20)
        start = sampler.workers()[0].cpu_ns
        until(lambda: sampler.workers()[0].cpu_ns > start)
        worker, = sampler.workers()
        share = worker.cpu_ns / (sampler.seconds * 1e9)
    assert share > 0.02         # a quarter of each period, but for what others took of the CPU


@pytest.mark.parametrize("spin_us", [0, 10_000])
def test_a_change_takes_effect_in_the_middle_of_a_period(spin_us):
    """Whether the worker sleeps or spins."""
    with hzstat.Sampler({"loadavg": 0.01}, spin_us=spin_us) as sampler:
        sampler.set_rate("loadavg", 100)
        until(lambda: sampler.health()["loadavg"].records >= 3)
        sampler.pause()
    assert not sampler.running


def test_rings_are_bounded_in_bytes():
    with hzstat.Sampler({"stat": 1000, "loadavg": 1}, ring_bytes=1 << 20) as sampler:
        rings = sampler.rings()
        assert rings["stat"].bytes <= 1 << 20
        assert rings["stat"].seconds == rings["stat"].slots / 1000 < 10
        assert rings["loadavg"].seconds >= 10


def test_what_the_workers_cost():
    with hzstat.Sampler({"stat": 200, "loadavg": 100}, jobs=2) as sampler:
        until(lambda: min(one.records for one in sampler.health().values()) >= 30)
        assert {worker.pid for worker in sampler.workers()} == set(sampler.pids())
    workers = sampler.workers()
    assert [worker.sources for worker in workers] == [("stat",), ("loadavg",)]
    assert [worker.pid for worker in workers] == [None, None]
    assert all(worker.cpu_ns > 0 for worker in workers)
    health = sampler.health()
    for worker in workers:      # a wake-up a record, and a few to look round
        assert worker.wakeups >= health[worker.sources[0]].records * 0.9
    assert sampler.seconds == sampler.seconds


def test_the_record():
    with hzstat.Sampler(dict.fromkeys(FOUR, 100)) as sampler:
        for name in FOUR:
            view, now = sampler[name], hzstat.read(name)
            record = view.latest()
            assert view.dtype.names == ("tick", "time_ns", "wall_ns", "late_ns", "read_ns",
                                        "status", "rows", "data")
            assert [view.dtype[field].str for field in view.dtype.names[:7]] == [
                "<i8", "<i8", "<i8", "<i8", "<i8", "<i4", "<u4"]
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
    ticks = np.concatenate([*seen, everything(view)])["tick"]
    assert (np.diff(ticks) > 0).all()
    assert view.lost > 0
    assert len(ticks) + view.lost == sampler.health()["loadavg"].records


def test_several_readers_each_see_all():
    with hzstat.Sampler({"loadavg": 500}) as sampler:
        views = [sampler.view("loadavg") for _ in range(3)]
        seen = [[] for _ in views]
        readers = [threading.Thread(target=lambda view=view, to=to: to.extend(view.follow()))
                   for view, to in zip(views, seen, strict=True)]
        for reader in readers:
            reader.start()
        time.sleep(0.5)
    for reader in readers:
        reader.join(10)
    whole = [np.concatenate([*batches, everything(view)])
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
            assert record["time_ns"] - record["late_ns"] == int(record["tick"]) * 10**9 // rate
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


def test_a_rate_that_is_set_during_a_pause_waits_for_its_end():
    with hzstat.Sampler({"loadavg": 100}) as sampler:
        view = sampler["loadavg"]
        view.latest()
        sampler.pause()
        sampler.set_rate("loadavg", 500)
        time.sleep(0.1)
        everything(view)
        time.sleep(0.3)
        assert len(everything(view)) == 0
        sampler.resume()
        until(lambda: len(everything(view)))
        assert sampler.board.period_ns(0) == 2_000_000
    with sampler:           # another start, the first rate
        sampler.pause()
        sampler.resume()
        assert sampler.board.period_ns(0) == 10_000_000


def test_whoever_is_told_may_stop_it():
    told = []
    sampler = hzstat.Sampler({"loadavg": 100}, report=lambda text: (told.append(text),
                                                                    sampler.stop()))
    with sampler:
        os.kill(next(iter(sampler.pids())), signal.SIGKILL)
        until(lambda: sampler.check() or told)
    assert not sampler.running
    assert len(told) == 1


def test_names_that_are_not_sampled():
    sampler = hzstat.Sampler({"loadavg": 100})
    assert sampler.seconds == 0
    for use in (lambda: sampler["loadavg"], lambda: sampler.set_rate("loadavg", 1)):
        with pytest.raises(RuntimeError, match="wasn't started"):
            use()
    with sampler:
        for use in (lambda: sampler["vmstat"], lambda: sampler.set_rate("vmstat", 1)):
            with pytest.raises(KeyError, match="vmstat isn't sampled: there are loadavg"):
                use()


def test_it_can_be_started_again():
    sampler = hzstat.Sampler({"loadavg": 100})
    for _ in range(2):
        with sampler:
            now = sampler.board.now_ns()
            until(lambda now=now: sampler["loadavg"].latest()["time_ns"] > now, 2.0)


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
