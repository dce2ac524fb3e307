"""What sampling costs, and how punctual it is: hzstat beside a bare loop, plain Python, and psutil.

Each way takes turns, in a process of its own, reading the same four files at the same rate. The
bare loop is Cython that sleeps to absolute deadlines and does nothing but pread the files.
"""
from __future__ import annotations

import multiprocessing
import os
import time

import numpy as np

from hzstat import _floor
from hzstat.sampler import Sampler

from .figures import figure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from typing import Any

    from numpy.typing import NDArray

SOURCES = ("stat", "meminfo", "net/dev", "loadavg")
RATES_HZ = (10, 100, 1000, 5000, 10_000)
SLOW_WAYS_UP_TO_HZ = 1000       # what plain Python and psutil are asked for
ON_TIME = 0.1                   # of a period
KEPT = 0.99                     # of the ticks, at the highest rate
SECONDS = 1.0


class Run:
    """One way, once: the lateness of each tick taken in ns, how many were missed, its CPU time,
    and how many records its reader lost."""

    def __init__(self, late_ns: NDArray[np.int64], missed: int, cpu_ns: int, seconds: float,
                 lost: int = 0) -> None:
        self.late_ns = late_ns
        self.missed = missed
        self.cpu_ns = cpu_ns
        self.seconds = seconds
        self.lost = lost

    def figures(self, rate_hz: float) -> dict[str, float]:
        """CPU in % of a core, shares of the planned ticks, lateness in us."""
        planned = len(self.late_ns) + self.missed
        on_time = np.count_nonzero(self.late_ns <= ON_TIME * 1e9 / rate_hz)
        p50, p99 = np.percentile(self.late_ns, (50, 99)) if len(self.late_ns) else (0, 0)
        return {"cpu_percent": self.cpu_ns / self.seconds / 1e7,
                "on_time_percent": 100 * on_time / max(planned, 1),
                "kept_percent": 100 * len(self.late_ns) / max(planned, 1),
                "late_p50_us": p50 / 1e3, "late_p99_us": p99 / 1e3, "lost": self.lost}


def bare(rate_hz: float, seconds: float) -> Run:
    fds = [os.open(f"/proc/{name}", os.O_RDONLY) for name in SOURCES]
    late, missed, cpu_ns = _floor.bare_loop(fds, round(1e9 / rate_hz), round(seconds * 1e9))
    return Run(np.frombuffer(late, np.int64), missed, cpu_ns, seconds)


def plain(rate_hz: float, seconds: float) -> Run:
    def read() -> None:
        for name in SOURCES:
            with open(f"/proc/{name}") as file:
                [line.split() for line in file.readlines()]
    return python_loop(read, rate_hz, seconds)


def by_psutil(rate_hz: float, seconds: float) -> Run:
    import psutil  # type: ignore[import-untyped]

    def read() -> None:
        psutil.cpu_times(percpu=True)
        psutil.virtual_memory()
        psutil.net_io_counters(pernic=True, nowrap=False)
        psutil.getloadavg()
    return python_loop(read, rate_hz, seconds)


def python_loop(read: Callable[[], None], rate_hz: float, seconds: float) -> Run:
    """Sleep to the next tick, read, and so on: as well as time.sleep can."""
    period = round(1e9 / rate_hz)
    late, missed = [], 0
    cpu = time.thread_time_ns()
    start = time.monotonic_ns()
    tick, last = start // period + 1, (start + round(seconds * 1e9)) // period
    while tick <= last:
        time.sleep(max(0, tick * period - time.monotonic_ns()) / 1e9)
        now = time.monotonic_ns()
        missed += now // period - tick
        tick = now // period
        late.append(now - tick * period)
        tick += 1
        read()
    return Run(np.array(late, np.int64), missed, time.thread_time_ns() - cpu, seconds)


def apart(way: Callable[[float, float], Run], rate_hz: float, seconds: float) -> Run:
    """In a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def work(answer: Connection) -> None:
        answer.send(way(rate_hz, seconds))
    process = context.Process(target=work, args=(theirs,))
    process.start()
    run: Run = ours.recv()
    process.join()
    return run


def hzstat(rate_hz: float, seconds: float) -> Run:
    """One worker, and a reader that drains ten times a second; the CPU is the worker's."""
    with Sampler(dict.fromkeys(SOURCES, rate_hz), jobs=1, ring_seconds=2,
                 context=multiprocessing.get_context("fork")) as sampler:
        views = [sampler[name] for name in SOURCES]
        late = []
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            for view in views:
                while len(records := view.drain()):
                    if view is views[0]:
                        late.append(records["late_ns"].copy())
            if left <= 0:
                break
            time.sleep(min(left, 0.1))
        sampled = sampler.seconds
        sampler.stop()
        health = sampler.health()[SOURCES[0]]
        lost = sum(view.lost for view in views)
        worker, = sampler.workers()
    kept = np.concatenate(late) if late else np.empty(0, np.int64)
    return Run(kept, health.missed, worker.cpu_ns, sampled, lost)


def ways(rate_hz: float) -> dict[str, Callable[[float, float], Run]]:
    found: dict[str, Callable[[float, float], Run]] = {
        "bare loop": lambda hz, seconds: apart(bare, hz, seconds), "hzstat": hzstat}
    if rate_hz <= SLOW_WAYS_UP_TO_HZ:
        found["plain"] = lambda hz, seconds: apart(plain, hz, seconds)
        try:
            import psutil  # noqa: F401
        except ImportError:
            return found
        found["psutil"] = lambda hz, seconds: apart(by_psutil, hz, seconds)
    return found


def at_rates(rates_hz: Sequence[float], rounds: int, seconds: float) -> Iterator[dict[str, Any]]:
    """For each rate the figures of each way, and the ratios to the bare loop's CPU."""
    for rate in rates_hz:
        chosen = ways(rate)
        taken: dict[str, list[dict[str, float]]] = {way: [] for way in chosen}
        for _ in range(rounds):
            for way, run in chosen.items():
                taken[way].append(run(rate, seconds).figures(rate))
        floor = [run["cpu_percent"] for run in taken["bare loop"]]
        yield {"rate_hz": rate, "ways": {way: {
            **{name: figure([run[name] for run in runs]) for name in runs[0]},
            "cpu_ratio": figure([run["cpu_percent"] / bare for run, bare in
                                 zip(runs, floor, strict=True)])} for way, runs in taken.items()}}


def highest(seconds: float) -> dict[str, int]:
    """The highest rate, in steps of a tenth, at which each of the two keeps 99 % of its ticks."""
    found = {}
    for way, run in ways(1e9).items():
        rate = 10_000
        while rate < 100_000:
            tried = min(100_000, round(rate * 1.1))
            if run(tried, seconds).figures(tried)["kept_percent"] < 100 * KEPT:
                break
            rate = tried
        found[way] = rate
    return found
