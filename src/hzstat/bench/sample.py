"""What sampling costs, and how punctual it is: hzstat beside a bare loop and what else is here.

The ways take turns, reading the same four files at the same rate.
"""
from __future__ import annotations

import math
import subprocess
import sys
from functools import partial

from .figures import figure, ratios
from .forks import apart
from .frame import Column, Table, at_a_rate
from .loops import SOURCES, bare, hzstat, ways

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .figures import Figure

RATES_HZ = (10, 100, 1000, 5000, 10_000)
COLUMNS = (Column("cpu_percent", "CPU %"), Column("cpu_ratio", "x bare loop"),
           Column("cpu_us", "us a sample", 1), Column("on_time_percent", "on time %", 1),
           Column("kept_percent", "kept %", 1), Column("late_p50_us", "late p50 us", 1),
           Column("late_p99_us", "late p99 us", 1), Column("lost", "lost", 0))
KEPT_PERCENT = 99.0             # of the ticks, at the highest rate
FIRST_TRIED_HZ, LAST_TRIED_HZ = 2000.0, 60_000.0
TRIES = 7                       # halves of that interval, to a twentieth


def at_rate(rate_hz: float, rounds: int, seconds: float, step: Callable[[str], None]) -> Table:
    """The figures of each way that can do this rate; they take turns."""
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in ways(rate_hz)}
    for _ in range(rounds):
        for way, run in ways(rate_hz).items():
            step(f"{rate_hz:g} Hz, {way}")
            taken[way].append(run(rate_hz, seconds).figures(rate_hz))
    return at_a_rate(rate_hz, COLUMNS, taken, "bare loop")


def highest(rounds: int, seconds: float, step: Callable[[str], None]) -> Table:
    """The highest rate, to a twentieth, at which each of the two keeps 99 % of its ticks in the
    better half of the rounds. They take turns in each round; each halves an interval of its own."""
    between = dict.fromkeys(ways(LAST_TRIED_HZ), (FIRST_TRIED_HZ, LAST_TRIED_HZ))
    for _ in range(TRIES):
        step("highest rate")
        tried = {way: math.sqrt(low * high) for way, (low, high) in between.items()}
        kept: dict[str, list[float]] = {way: [] for way in between}
        for _ in range(rounds):
            for way, rate in tried.items():
                run = ways(rate)[way](rate, seconds)
                kept[way].append(run.figures(rate)["kept_percent"])
        for way, (low, high) in between.items():
            enough = figure(kept[way])["median"] >= KEPT_PERCENT
            between[way] = (tried[way], high) if enough else (low, tried[way])
    table = Table("highest", "the highest rate that keeps 99 % of its ticks", "way",
                  (Column("hz", "Hz", 0),), "hz",
                  {way: {"hz": figure([low])} for way, (low, _) in between.items()})
    ours, floor = (between[way][0] for way in ("hzstat", "bare loop"))
    table.findings.append(f"hzstat: {ours / floor:.2f} of the bare loop's")
    return table


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


def memory() -> Table:
    """A worker's memory less its rings."""
    done = subprocess.run([sys.executable, "-c", WORKER.format(sources=SOURCES)], check=True,
                          capture_output=True, text=True)
    own, pss = map(int, done.stdout.split())
    return Table("memory", "a worker's memory, less its rings", "which", (Column("kb", "kB", 0),),
                 "kb", {"its own": {"kb": figure([own])},
                        "and its share of what it shares (Pss)": {"kb": figure([pss])}})


def beside_bare(sources: Sequence[str], rate_hz: float, rounds: int, seconds: float,
                root: str = "/proc") -> dict[str, Figure]:
    """hzstat and the bare loop on these sources: CPU in us a sample, and the ratio of the two."""
    bare_us: list[float] = []
    hzstat_us: list[float] = []
    for _ in range(rounds):
        for way, taken in ((bare, bare_us), (hzstat, hzstat_us)):
            run = apart(partial(way, rate_hz, seconds, sources, root))
            taken.append(run.figures(rate_hz)["cpu_us"])
    return {"bare_us": figure(bare_us), "hzstat_us": figure(hzstat_us),
            "ratio": ratios(hzstat_us, bare_us)}
