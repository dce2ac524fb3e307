"""What recording costs on top of sampling: the same four files at the same rate, kept or not.

The ways take turns, each in a process of its own with one worker; the CPU time is that of both.
What the kernel spends later on writing its pages to the disk is in none of them.
"""
from __future__ import annotations

import os
import resource
import tempfile
import time
from functools import partial

from hzstat.recordings.folder import Folder
from hzstat.recordings.recorder import TIME, Recorder, await_first
from hzstat.sampler import Sampler

from .forks import FORK, apart
from .frame import Column, at_a_rate
from .loops import DRAIN_SECONDS, SOURCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .frame import Table

    Way = Callable[[Sampler, float], tuple[int, int]]      # → (bytes written, records lost)

RATES_HZ = (100.0, 1000.0)
FLUSH_SECONDS = 1.0             # as hzstat record does
COLUMNS = (Column("cpu_percent", "CPU %"), Column("cpu_ratio", "x sampled"),
           Column("cpu_us", "us a sample", 1), Column("bytes_per_second", "bytes/s", 0),
           Column("lost", "lost", 0))


def sampled(sampler: Sampler, seconds: float) -> tuple[int, int]:
    """Nobody reads."""
    time.sleep(seconds)
    return 0, 0


def drained(sampler: Sampler, seconds: float) -> tuple[int, int]:
    """Somebody reads all of it, as arrays, and keeps nothing."""
    views = [sampler[name] for name in SOURCES]
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, DRAIN_SECONDS))
        for view in views:
            while len(view.drain()):
                pass
    return 0, sum(view.lost for view in views)


def recorded(sampler: Sampler, seconds: float) -> tuple[int, int]:
    with tempfile.TemporaryDirectory(prefix="hzstat-") as place:
        folder = Folder(os.path.join(place, "run"))
        try:
            recorder = Recorder(sampler, folder)
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                time.sleep(min(left, FLUSH_SECONDS))
                recorder.flush()
            ended = recorder.end(TIME)
        finally:
            folder.close()
        return (sum(recorder.file_bytes().values()),
                sum(health["lost"] for health in ended["health"].values()))


WAYS: dict[str, Way] = {"sampled": sampled, "drained": drained, "recorded": recorded}


def one(way: Way, rate_hz: float, seconds: float) -> dict[str, float]:
    """The figures of one way, once, from when its first records are there."""
    with Sampler(dict.fromkeys(SOURCES, rate_hz), jobs=1, context=FORK) as sampler:
        await_first(sampler)
        before_ns = cpu_ns(sampler)
        start = time.monotonic()
        written, lost = way(sampler, seconds)
        took = time.monotonic() - start
        used_ns = cpu_ns(sampler) - before_ns
    return {"cpu_percent": used_ns / took / 1e7, "cpu_us": used_ns / (rate_hz * took) / 1e3,
            "bytes_per_second": written / took, "lost": lost}


def cpu_ns(sampler: Sampler) -> int:
    """CPU time of this process and of its worker's loop so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    worker_ns: int = sampler.workers()[0].cpu_ns
    return round(1e9 * (used.ru_utime + used.ru_stime)) + worker_ns


def at_rate(rate_hz: float, rounds: int, seconds: float, step: Callable[[str], None]) -> Table:
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, way in WAYS.items():
            step(f"{rate_hz:g} Hz, {name}")
            taken[name].append(apart(partial(one, way, rate_hz, seconds)))
    return at_a_rate(rate_hz, COLUMNS, taken, "sampled")
