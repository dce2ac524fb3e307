"""How right each CPU source is, measured beside a process that knows when it kept a CPU busy.

A spinner, pinned to one CPU, is busy for a part of every period and writes down from when to
when. The sources that this host has are sampled meanwhile by a worker on another CPU, then by
one on the same CPU, which wakes it up and so has counters booked. What else runs on that CPU
isn't in the spinner's truth: rounds in which it is too much are left out, and told.
"""
from __future__ import annotations

import os
import time

import numpy as np

from hzstat import shares, windows
from hzstat.busy import at_once, counters, known_of
from hzstat.cpu_source import SOURCES, reason_against
from hzstat.sampler import Sampler

from .figures import figure
from .forks import FORK, apart
from .frame import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    # times (ns), the time that busy is a part of, busy, and for how many of them that is known
    Series = tuple[Floats, Floats, Floats, int]

RATE_HZ = 1000
BOOKED = "as booked"
WINDOWS_MS = (1, 2, 4, 10, 50)
# In points: what the shares are on average, and how far windows of each length are off (rms).
COLUMNS = (Column("mean_50ms", "mean %", 1),
           *(Column(f"rms_{window}ms", f"rms, {window} ms", 1) for window in WINDOWS_MS),
           Column("off_4ms", "off by 10, 4 ms, %", 0))
OFF = 0.1                   # of which more is a window that is wrong
QUIET = 0.05                # what else may run on the CPU in a round that counts
MOST_ROUNDS = 3             # times those asked for, where others disturb
SETTLE_NS = 60_000_000      # sampled before and after what is measured
SLACK_NS = 100_000          # a tenth of the period, as for hzstat's rows


def spin(cpu: int, duty: float, period_ns: int, start: int,
         end: int) -> tuple[NDArray[np.int64], int]:
    """Be busy for `duty` of each period from `start` to `end` (CLOCK_MONOTONIC): when that was, an
    array of (from, to), and the CPU time that it took."""
    os.sched_setaffinity(0, {cpu})
    clock = time.monotonic_ns
    spent: list[tuple[int, int]] = []
    while clock() < start:
        time.sleep(max(0, start - clock()) / 1e9)
    cpu_ns = time.process_time_ns()
    while (begin := clock()) < end:
        stop = min(end, begin + round(duty * period_ns)) if duty < 1 else end
        while clock() < stop:
            pass
        spent.append((begin, clock()))
        if duty < 1:
            # The next period is a whole one: who was late doesn't hurry.
            time.sleep(max(0, start + ((clock() - start) // period_ns + 1) * period_ns - clock())
                       / 1e9)
    return np.array(spent, np.int64), time.process_time_ns() - cpu_ns


class Truth:
    """How long the spinner had been busy, at any time."""

    def __init__(self, spent: NDArray[np.int64], start: int, end: int) -> None:
        self.start, self.end = start, end
        spent = np.minimum(spent, end)
        self.edges = np.concatenate(([start], spent.ravel(), [end])).astype(np.float64)
        lengths = np.zeros(len(self.edges))
        lengths[2:-1:2] = spent[:, 1] - spent[:, 0] if len(spent) else 0
        self.busy_ns = np.cumsum(lengths)

    def shares(self, starts: Floats, ends: Floats) -> Floats:
        found: Floats = ((np.interp(ends, self.edges, self.busy_ns)
                          - np.interp(starts, self.edges, self.busy_ns)) / (ends - starts))
        return found

    @property
    def share(self) -> float:
        return float(self.busy_ns[-1] / (self.end - self.start))


def errors(series: Series, truth: Truth, window_ms: float) -> dict[str, float]:
    """The windows of a series against the truth of these very windows, in points: mean, bias, rms;
    `off`, the share (%) that is wrong by more than ten points; `told`, the share for which there
    is a value at all. A window in which stat counted no tick has none."""
    times, whole, busy, known = series
    ends = np.searchsorted(times, times + window_ms * 1e6 - SLACK_NS)
    starts = np.flatnonzero((times >= truth.start) & (ends < len(times)))
    starts = starts[times[ends[starts]] <= truth.end]
    ends = ends[starts]
    told = (ends < known) & (whole[ends] > whole[starts])
    found = {"told": 100 * float(told.mean()) if len(told) else 0.0,
             **dict.fromkeys(("mean", "bias", "rms", "off"), np.nan)}
    starts, ends = starts[told], ends[told]
    if len(starts):
        share = (busy[ends] - busy[starts]) / (whole[ends] - whole[starts])
        wrong = share - truth.shares(times[starts], times[ends])
        found.update(mean=100 * float(share.mean()), bias=100 * float(wrong.mean()),
                     rms=100 * float(np.sqrt((wrong ** 2).mean())),
                     off=100 * float((np.abs(wrong) > OFF).mean()))
    return found


def all_series(records: dict[str, NDArray[np.void]], cpu: int, offset_ns: int) -> dict[str, Series]:
    """What each source tells of the CPU, as it is booked and as hzstat puts it back."""
    times, rows = windows.of_key(windows.good(records["stat"]), "cpu", cpu)
    ticks = shares.growth(rows[:1], rows)
    found: dict[str, Series] = {"stat": (
        (times - offset_ns).astype(np.float64), shares.total(ticks).astype(np.float64),
        shares.column(ticks, "cpu").astype(np.float64), len(times))}
    for source in SOURCES:
        if source.source not in records:
            continue
        stamps, counts = counters(source, windows.good(records[source.source]), np.array([cpu]))
        when = (stamps - stamps[0]).astype(np.float64)
        booked = (counts - counts[0]).astype(np.float64)[:, 0] * source.unit_ns
        known = known_of(stamps, counts, source.late_ns)
        for way, put, until in ((BOOKED, booked, len(when)),
                                ("put back", at_once(when[:, None], booked[:, None])[:, 0], known)):
            found[f"{source.name} {way}"] = ((stamps - offset_ns).astype(np.float64), when,
                                             when - put if source.idle else put, until)
    return found


def once(cpu: int, worker_cpu: int, duty: float, period_ns: int, seconds: float,
         sources: list[str]) -> dict[str, Any]:
    """One round: the errors of each series for each window, the truth, and the other load."""
    with Sampler(dict.fromkeys(sources, RATE_HZ), jobs=1, pin=worker_cpu, ring_seconds=seconds + 2,
                 context=FORK) as sampler:
        for name in sources:
            sampler[name].latest()
        offset_ns = min((sampler.board.now_ns() - time.monotonic_ns() for _ in range(5)), key=abs)
        start = time.monotonic_ns() + SETTLE_NS
        end = start + round(seconds * 1e9)
        spent, own_ns = np.empty((0, 2), np.int64), 0
        if duty > 0:
            spent, own_ns = apart(lambda: spin(cpu, duty, period_ns, start, end))
        time.sleep(max(0, end + SETTLE_NS - time.monotonic_ns()) / 1e9)
        records = {name: np.concatenate(list(drained(sampler[name]))) for name in sources}
        sampled = sampler.seconds
        sampler.stop()
        worker, = sampler.workers()
    worker_share = worker.cpu_ns / sampled / 1e9 if worker_cpu == cpu else 0.0
    truth = Truth(spent, start, end)
    series = all_series(records, cpu, offset_ns)
    return {"truth": 100 * truth.share, "own_cpu": 100 * own_ns / (end - start),
            "other": 100 * max(0.0, most_seen(series, start, end) - truth.share - worker_share),
            "series": {name: {str(window): errors(one, truth, window) for window in WINDOWS_MS}
                       for name, one in series.items()}}


def most_seen(series: dict[str, Series], start: int, end: int) -> float:
    """The busy share of the whole round by the source that saw most, of those that can tell yet:
    stat misses what runs between two ticks."""
    seen = []
    for name, (times, whole, busy, known) in series.items():
        first, last = np.searchsorted(times, (start, end - 1))
        if last < known and not name.endswith(BOOKED):
            seen.append(float((busy[last] - busy[first]) / max(whole[last] - whole[first], 1)))
    return max(seen)


def drained(view: Any) -> Iterator[NDArray[np.void]]:
    while len(records := view.drain()):
        yield records


def measure(rounds: int, seconds: float, duty: float, period_ms: float,
            cpus: tuple[int, int], step: Callable[[str], None]) -> Iterator[Table]:
    """A table for each load and place of the worker: medians of the quietest rounds, of such as
    nobody disturbed, if they can be had."""
    cpu, other_cpu = cpus
    sources = ["stat", *(one.source for one in SOURCES if reason_against(one) is None)]
    for load, share in loads(duty):
        for place, worker_cpu in (("another CPU", other_cpu), ("the same CPU", cpu)):
            step(f"{load}, worker on {place}")
            taken: list[dict[str, Any]] = []
            quiet = 0
            while quiet < rounds and len(taken) < MOST_ROUNDS * rounds:
                taken.append(once(cpu, worker_cpu, share, round(period_ms * 1e6), seconds, sources))
                quiet += taken[-1]["other"] <= 100 * QUIET
            taken.sort(key=lambda one: one["other"])
            yield table(load, place, taken[:rounds], len(taken), len(taken) - quiet)


def loads(duty: float) -> tuple[tuple[str, float], ...]:
    return ("spinner", duty), ("hog", 1.0), ("idle", 0.0)


def table(load: str, place: str, rounds: list[dict[str, Any]], taken: int,
          disturbed: int) -> Table:
    """Besides what the columns show, each window's bias, the windows that are off, and those that
    are told at all."""
    truth, other = (figure([one[name] for one in rounds]) for name in ("truth", "other"))
    found = Table(f"{load}, {place}", f"{load}, busy {truth['median']:.1f} %, worker on {place}; "
                  f"other load {other['median']:.1f} %; {taken} rounds, of which {disturbed} "
                  "disturbed", "source", COLUMNS, f"rms_{WINDOWS_MS[2]}ms")
    for name in rounds[0]["series"]:
        figures = found.rows[name] = {}
        for window in WINDOWS_MS:
            for word in ("rms", "off", "bias", "told", "mean"):
                values = [one["series"][name][str(window)][word] for one in rounds]
                told = [value for value in values if not np.isnan(value)]
                if told:
                    figures[f"{word}_{window}ms"] = figure(told)
    return found
