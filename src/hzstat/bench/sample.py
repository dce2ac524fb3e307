"""What sampling costs, and how punctual it is: hzstat beside a bare loop and what else is here.

The ways take turns, reading the same four files at the same rate.
"""
from __future__ import annotations

import subprocess
import sys

from .figures import figure
from .loops import SOURCES, apart, bare, hzstat, ways

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

RATES_HZ = (10, 100, 1000, 5000, 10_000)
KEPT_PERCENT = 99.0             # of the ticks, at the highest rate
STEP = 1.05                     # from one rate that is tried to the next
FIRST_TRIED_HZ, LAST_TRIED_HZ = 5000, 100_000


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


def highest(rounds: int, seconds: float) -> dict[str, int]:
    """The highest rate, in steps of a twentieth, at which each of the two keeps 99 % of its ticks
    in the better half of the rounds, which they take in turns."""
    found: dict[str, int] = {}
    left = ways(LAST_TRIED_HZ)
    rate = FIRST_TRIED_HZ
    while left and rate <= LAST_TRIED_HZ:
        kept: dict[str, list[float]] = {way: [] for way in left}
        for _ in range(rounds):
            for way, run in left.items():
                kept[way].append(run(rate, seconds).figures(rate)["kept_percent"])
        for way, shares in kept.items():
            if figure(shares)["median"] >= KEPT_PERCENT:
                found[way] = rate
            elif way in found and rate > found[way] * STEP * STEP:
                del left[way]           # three in a row: it wasn't a moment's noise
        rate = round(rate * STEP)
    return found


# A worker that forked before numpy was imported, as the command line's do, and its memory in kB:
# its own pages, and those with its share of what it shares with its parent; the rings not.
WORKER = """
import multiprocessing, time
from hzstat.sampler import Sampler
with Sampler(dict.fromkeys({sources}, 100), jobs=1,
             context=multiprocessing.get_context("fork")) as sampler:
    time.sleep(0.3)
    pid, = sampler.pids()
    found = dict(Private_Dirty=0, Pss=0)
    for line in open(f"/proc/{{pid}}/smaps"):
        word = line.split()[0]
        if not word.endswith(":"):
            ring = "memfd:hzstat" in line
        elif word[:-1] in found and not ring:
            found[word[:-1]] += int(line.split()[1])
print(*found.values())
"""


def worker_kb() -> dict[str, int]:
    """A worker's memory less its rings, in kB: what is its own, and Pss."""
    done = subprocess.run([sys.executable, "-c", WORKER.format(sources=SOURCES)], check=True,
                          capture_output=True, text=True)
    own, pss = map(int, done.stdout.split())
    return {"own": own, "pss": pss}


def beside_bare(sources: Sequence[str], rate_hz: float, rounds: int, seconds: float,
                root: str = "/proc") -> dict[str, Any]:
    """hzstat and the bare loop on these sources: CPU in us a sample, and its ratio."""
    taken: dict[str, list[float]] = {"bare loop": [], "hzstat": []}
    for _ in range(rounds):
        for way, run in (("bare loop", bare), ("hzstat", hzstat)):
            one = apart(lambda run=run: run(rate_hz, seconds, sources, root))  # type: ignore[misc]
            taken[way].append(one.figures(rate_hz)["cpu_us"])
    return {**{way: figure(values) for way, values in taken.items()},
            "ratio": figure([ours / bare for ours, bare in
                             zip(taken["hzstat"], taken["bare loop"], strict=True)])}
