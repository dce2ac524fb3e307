"""The same countdown by threads, processes, and code without the GIL: what each of them costs."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np

from hzstat._countdown import cycle_ns

from .figures import figure, ratios
from .frame import Column, Table
from .jobs import FIELDS, HEAD_BYTES, Board
from .modes import ALONE, MODES, PLAIN, missing, note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

LARGEST = 2**63 - 1
MOST_JOBS = 1024
PLAIN_SHARE = 50                # by which what plain Python counts is smaller, unless all is asked
CYCLES = 30_000_000
BRIEF_SECONDS = 0.05            # start-up, and who else wants the CPU, are a large part of less
COLUMNS = (Column("ns_each", "ns a decrement", 3), Column("speed_up", "x serial"),
           Column("cores", "cores used"), Column("start_ms", "start-up ms"),
           Column("rss_mb", "peak RSS MB", 1))


@dataclass
class Count:
    """One countdown: `jobs`, an array of the results of its jobs, shape (jobs,), with the fields
    start_ns, end_ns (CLOCK_MONOTONIC), cpu_ns, left (0), counted, rss_kb; `launched_ns`, when it
    was asked for."""

    mode: str
    launched_ns: int
    jobs: NDArray[np.void]

    @property
    def seconds(self) -> float:
        """From the start of the first job to the end of the last one."""
        return float(self.jobs["end_ns"].max() - self.jobs["start_ns"].min()) / 1e9

    @property
    def rate_hz(self) -> float:
        """Decrements a second, of all jobs together."""
        return float(self.jobs["counted"].sum()) / self.seconds

    @property
    def start_seconds(self) -> float:
        """Until the last job was counting."""
        return float(self.jobs["start_ns"].max() - self.launched_ns) / 1e9

    @property
    def cores(self) -> float:
        """How many it really used: CPU time over wall time."""
        return float(self.jobs["cpu_ns"].sum()) / 1e9 / self.seconds

    @property
    def rss_mb(self) -> float:
        """The most memory that its processes had, together."""
        apart = self.mode in ("processes", "pool", "nogil-processes")
        kb = self.jobs["rss_kb"]
        return float(kb.sum() if apart else kb.max()) / 1024


def check(n: int, jobs: int, mode: str) -> None:
    """ValueError where this can't be counted."""
    if mode not in MODES:
        raise ValueError(f"no mode {mode!r}: there are {', '.join(MODES)}")
    if not 0 < n <= LARGEST:
        raise ValueError(f"count down from a whole number from 1 to 2^63 - 1, not {n}")
    if not 0 < jobs <= MOST_JOBS:
        raise ValueError(f"1 to {MOST_JOBS} jobs, not {jobs}")


def countdown(n: int, jobs: int = 1, mode: str = "nogil-threads") -> Count:
    """Count down from `n`, shared out over `jobs`, in one of the modes; how it went.

    Raises ValueError for what can't be counted, RuntimeError where this mode can't be had here,
    OSError where processes or threads can't be started. Ctrl-C stops any mode within 50 ms.
    """
    check(n, jobs, mode)
    reason = missing(mode)
    if reason:
        raise RuntimeError(f"{mode} can't be had here: {reason}")
    jobs = 1 if mode in ALONE else min(jobs, n)
    board = Board(jobs)
    try:
        launched_ns = time.monotonic_ns()
        MODES[mode](n, jobs, board)
        results = np.frombuffer(bytes(board.memory), np.dtype([*FIELDS]), jobs, HEAD_BYTES)
    finally:
        board.close()
    if results["left"].any() or results["counted"].sum() != n:
        raise RuntimeError(f"{mode} counted {results['counted'].sum()} of {n}, and left "
                           f"{results['left'].sum()}")
    return Count(mode, launched_ns, results)


def share(n: int, mode: str, full: bool) -> int:
    """How much of `n` this mode counts: plain Python less, as it is some hundred times slower."""
    return n if full or mode not in PLAIN else max(1, n // PLAIN_SHARE)


def measure(n: int, jobs: int, modes: Sequence[str], rounds: int, full: bool,
            step: Callable[[str, float], None]) -> Table:
    """All the modes, which take turns; `step` is told which is begun, and its weight."""
    table = Table("countdown", f"counting down from {n:,} with {jobs} jobs"
                  + ("" if full else f" (plain Python: from {max(1, n // PLAIN_SHARE):,})"),
                  "mode", COLUMNS, "speed_up")
    chosen = []
    for mode in modes:
        reason = missing(mode)
        if reason:
            table.skipped[mode] = reason
        else:
            chosen.append(mode)
    taken: dict[str, list[Count]] = {mode: [] for mode in chosen}
    cycles_ns = []
    for _ in range(rounds):
        cycles_ns.append(cycle_ns(CYCLES))
        for mode in chosen:
            step(mode, weight(n, mode, full))
            taken[mode].append(countdown(share(n, mode, full), jobs, mode))
    serial = [one.rate_hz for one in taken.get("serial", [])]
    for mode, counts in taken.items():
        table.rows[mode] = {
            "ns_each": figure([1e9 / one.rate_hz for one in counts]),
            "cores": figure([one.cores for one in counts]),
            "start_ms": figure([1e3 * one.start_seconds for one in counts]),
            "rss_mb": figure([one.rss_mb for one in counts])}
        if serial:
            table.rows[mode]["speed_up"] = ratios([one.rate_hz for one in counts], serial)
    table.findings += findings(table, jobs)
    brief = [mode for mode, counts in taken.items()
             if min(one.seconds for one in counts) < BRIEF_SECONDS]
    if brief:
        table.findings.append(f"too short to measure: {', '.join(brief)} took less than "
                              f"{1000 * BRIEF_SECONDS:g} ms; give a larger -n")
    cycles = [float(one.jobs["cpu_ns"].sum()) / share(n, "nogil", full) / cycle for one, cycle in
              zip(taken.get("nogil", []), cycles_ns, strict=False) if cycle]
    if cycles:
        one = figure(cycles)
        table.findings.append(f"nogil: a decrement takes {one['median']:.2f} "
                              f"({one['low']:.2f}-{one['high']:.2f}) cycles, as measured by a "
                              "chain of additions")
    return table


def weight(n: int, mode: str, full: bool) -> float:
    """About how long this takes, in decrements of the fast kind."""
    return share(n, mode, full) * (PLAIN_SHARE if mode in PLAIN else 1)


def findings(table: Table, jobs: int) -> list[str]:
    """A sentence each, made of the figures."""
    cores = len(os.sched_getaffinity(0))
    found = []
    for mode, figures in table.rows.items():
        if mode == "serial" or "speed_up" not in figures:
            continue
        times = figures["speed_up"]["median"]
        used = figures["cores"]["median"]
        words = [f"{mode}: {times:.2f} x serial on {cores} cores"]
        if mode == "threads" and used < 1.2 < min(jobs, cores):
            words.append("the GIL lets one thread run at a time")
        elif mode not in ALONE and used > 1.2:
            words.append(f"it used {used:.2f} of them")
        if note(mode):
            words.append(note(mode))
        found.append("; ".join(words))
    for ours, theirs in (("nogil", "c"), ("nogil-threads", "c-threads"),
                         ("nogil-processes", "c-threads")):
        if ours in table.rows and theirs in table.rows:
            rates = ratios(table.rows[theirs]["ns_each"]["rounds"],
                           table.rows[ours]["ns_each"]["rounds"])
            found.append(f"{ours}: {rates['median']:.3f} ({rates['low']:.3f}-{rates['high']:.3f}) "
                         f"of the rate of {theirs}")
    return found
