"""Ways of sampling some files at a rate: a bare loop, hzstat, plain Python, psutil, collectl.

The bare loop is Cython that sleeps to absolute deadlines and does nothing but pread the files to
their ends. Each way runs in a process of its own; what is measured begins with its first tick.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass

import numpy as np

from hzstat import _floor
from hzstat.sampler import Sampler

from .forks import FORK, apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Way = Callable[[float, float], "Run"]

SOURCES = ("stat", "meminfo", "net/dev", "loadavg")
ON_TIME = 0.1                   # of a period
SLOW_WAYS_UP_TO_HZ = 1000       # what plain Python and psutil are asked for
COLLECTL_HZ = 100               # its floor; below it the kernel's ticks are too coarse for its cost
COLLECTL_SAMPLES = 300
DRAIN_SECONDS = 0.1


@dataclass
class Run:
    """One way, once: its CPU time, how many ticks it took and missed, the lateness of each in ns
    (None where nobody can tell), and how many records its reader lost."""

    cpu_ns: int
    seconds: float
    taken: int
    missed: int = 0
    late_ns: NDArray[np.int64] | None = None
    lost: int = 0

    def figures(self, rate_hz: float) -> dict[str, float]:
        """CPU in % of a core and in us a sample, shares of the planned ticks, lateness in us."""
        found = {"cpu_percent": self.cpu_ns / self.seconds / 1e7,
                 "cpu_us": self.cpu_ns / max(self.taken, 1) / 1e3,
                 "kept_percent": 100 * self.taken / max(self.taken + self.missed, 1)}
        if self.late_ns is not None and len(self.late_ns):
            p50, p99 = np.percentile(self.late_ns, (50, 99))
            on_time = np.count_nonzero(self.late_ns <= ON_TIME * 1e9 / rate_hz)
            found |= {"on_time_percent": 100 * on_time / (self.taken + self.missed),
                      "late_p50_us": float(p50) / 1e3, "late_p99_us": float(p99) / 1e3,
                      "lost": self.lost}
        return found


def bare(rate_hz: float, seconds: float, sources: Sequence[str] = SOURCES,
         root: str = "/proc") -> Run:
    fds = [os.open(os.path.join(root, name), os.O_RDONLY) for name in sources]
    late, missed, cpu_ns = _floor.bare_loop(fds, round(1e9 / rate_hz), round(seconds * 1e9))
    late_ns = np.frombuffer(late, np.int64)
    return Run(cpu_ns, seconds, len(late_ns), missed, late_ns)


def hzstat(rate_hz: float, seconds: float, sources: Sequence[str] = SOURCES,
           root: str = "/proc") -> Run:
    """One worker, and a reader that drains ten times a second; the CPU is the worker's."""
    with Sampler(dict.fromkeys(sources, rate_hz), jobs=1, root=root, ring_seconds=2,
                 context=FORK) as sampler:
        views = [sampler[name] for name in sources]
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
            time.sleep(min(left, DRAIN_SECONDS))
        sampled = sampler.seconds
        sampler.stop()
        health = sampler.health()[sources[0]]
        lost = sum(view.lost for view in views)
        worker, = sampler.workers()
    kept = np.concatenate(late) if late else np.empty(0, np.int64)
    return Run(worker.cpu_ns, sampled, health.records, health.missed, kept, lost)


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
    return Run(time.thread_time_ns() - cpu, seconds, len(late), missed, np.array(late, np.int64))


def collectl(rate_hz: float, seconds: float) -> Run:
    """CPU, memory and network as it prints them; less the cost of its start, which is large."""
    def cpu_ns(samples: int) -> int:
        process = subprocess.Popen(["collectl", "-i", f"{1 / rate_hz:g}", "-scmn", "-c",
                                    str(samples)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return round(1e9 * (used.ru_utime + used.ru_stime))
    samples = max(COLLECTL_SAMPLES, round(seconds * rate_hz))
    start = cpu_ns(1)
    return Run(max(0, cpu_ns(samples + 1) - start), samples / rate_hz, samples)


def ways(rate_hz: float) -> dict[str, Way]:
    """Those that are here, and can do this rate."""
    found: dict[str, Way] = {"bare loop": lambda *how: apart(lambda: bare(*how)), "hzstat": hzstat}
    if rate_hz > SLOW_WAYS_UP_TO_HZ:
        return found
    found["plain"] = lambda *how: apart(lambda: plain(*how))
    try:
        import psutil  # noqa: F401
        found["psutil"] = lambda *how: apart(lambda: by_psutil(*how))
    except ImportError:
        pass
    if rate_hz == COLLECTL_HZ and shutil.which("collectl"):
        found["collectl"] = collectl
    return found
