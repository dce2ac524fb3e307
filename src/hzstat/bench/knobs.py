"""What --pin, --realtime and --spin do: lateness and cost, on a machine that is idle or busy."""
from __future__ import annotations

import os
import subprocess
import sys
import time

from hzstat.errors import HzstatError, NotPermitted
from hzstat.sampler import Sampler

from .figures import figure
from .forks import FORK
from .frame import Column, Table
from .loops import SOURCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

COLUMNS = (Column("cpu_percent", "CPU %"), Column("missed_percent", "missed %"),
           Column("late_p50_us", "late p50 us", 1), Column("late_p99_us", "late p99 us", 1),
           Column("late_max_us", "late max us", 0))
HOG = "while True: pass"


def ways() -> dict[str, dict[str, Any]]:
    """The knobs, turned one at a time."""
    last = max(os.sched_getaffinity(0))
    return {"as it is": {}, f"--pin {last}": {"pin": last}, "--realtime": {"realtime": True},
            "--spin 100": {"spin_us": 100}}


def run(rate_hz: float, seconds: float, **knobs: Any) -> dict[str, float]:
    with Sampler(dict.fromkeys(SOURCES, rate_hz), jobs=1, ring_seconds=2,
                 context=FORK, **knobs) as sampler:
        time.sleep(seconds)
        sampled = sampler.seconds
        sampler.stop()
        health, (worker,) = sampler.health()[SOURCES[0]], sampler.workers()
    if not health.records:
        raise HzstatError(f"no tick at {rate_hz:g} Hz within {seconds:g} s: give more --seconds")
    p50, p99, _, most = (ns / 1e3 for ns in health.late_ns)
    return {"cpu_percent": worker.cpu_ns / sampled / 1e7,
            "missed_percent": 100 * health.missed / health.planned,
            "late_p50_us": p50, "late_p99_us": p99, "late_max_us": most}


def measured(rate_hz: float, rounds: int, seconds: float,
             step: Callable[[str], None]) -> Iterator[Table]:
    """For no hogs, and for two to a CPU: the figures of each way, which take turns."""
    for hogs in (0, 2 * len(os.sched_getaffinity(0))):
        table = Table(f"{hogs} busy", f"{rate_hz:g} Hz, with {hogs} busy processes beside", "knob",
                      COLUMNS, "late_p99_us")
        taken: dict[str, list[dict[str, float]]] = {way: [] for way in ways()}
        spinners = [subprocess.Popen([sys.executable, "-c", HOG]) for _ in range(hogs)]
        try:
            for _ in range(rounds):
                for way, knobs in ways().items():
                    step(f"{hogs} busy, {way}")
                    try:
                        taken[way].append(run(rate_hz, seconds, **knobs))
                    except NotPermitted as failure:
                        table.skipped[way] = str(failure)
        finally:
            for spinner in spinners:
                spinner.kill()
                spinner.wait()
        for way, runs in taken.items():
            if runs:
                table.rows[way] = {name: figure([one[name] for one in runs]) for name in runs[0]}
        yield table
