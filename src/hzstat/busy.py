"""Records of a fine CPU source → how busy a CPU was until when, and its busiest window.

These counters are booked late: what a task used when it leaves the CPU, how long a CPU was idle
when it wakes up. But what is booked at one time can't have been spent in less: so at any time
before, there had to be spent at least what is booked now, less the time between. The most that
any later record says of a time is where the counter would have stood, had it been booked at once.
"""
from __future__ import annotations

import numpy as np

from . import windows
from .moments import window_ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from .cpu_source import CpuSource


class Busy:
    """How long a CPU had been busy at each of `times` (ns): `busy_ns`, float64, since the first.

    It is certain for the first `known` times; of those after, the counter can't tell yet.
    """

    __slots__ = ("busy_ns", "known", "times")

    def __init__(self, times: NDArray[np.int64], busy_ns: NDArray[np.float64], known: int) -> None:
        self.times = times
        self.busy_ns = busy_ns
        self.known = known

    def windows(self, window_ns: int, slack_ns: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """When each window that is known ends, and its share of busy time (0 to 1)."""
        times, busy = self.times[:self.known], self.busy_ns[:self.known]
        ends = window_ends(times, window_ns, slack_ns)
        starts = np.flatnonzero(ends < len(times))
        ends = ends[starts]
        return times[ends], (busy[ends] - busy[starts]) / (times[ends] - times[starts])

    @property
    def known_until(self) -> int:
        """The last time (ns) that is known; 0 where none is."""
        return int(self.times[self.known - 1]) if self.known else 0


def busy(source: CpuSource, records: NDArray[np.void], cpus: NDArray[np.int64]) -> Busy:
    """What the records of `source` tell of these CPUs, on average.

    Only since when its rows have been the same CPUs, and no counter fell. Nothing is known where
    one of `cpus` isn't among them.
    """
    times, booked = counters(source, windows.good(records), cpus)
    if not len(times):
        return Busy(times, np.empty(0), 0)
    known = known_of(times, booked, source.late_ns)
    since = (times - times[0]).astype(np.float64)[:, None]
    spent = (booked - booked[0]).astype(np.float64) * source.unit_ns
    spent = at_once(since, spent / len(cpus) if source.whole else spent)
    return Busy(times, (since - spent if source.idle else spent).mean(axis=1), known)


def counters(source: CpuSource, records: NDArray[np.void], cpus: NDArray[np.int64]
             ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Times (n,) and counters (n, CPUs), from the last reset on; empty where one has no row."""
    nothing = np.empty(0, np.int64), np.empty((0, 1), np.uint64)
    if not len(records) or not len(cpus):
        return nothing
    rows = records["data"][:, :records["rows"][-1]]
    same = records["rows"] == records["rows"][-1]
    columns = np.zeros(1, np.intp)
    if not source.whole:
        same &= (rows["cpu"] == rows["cpu"][-1]).all(axis=1)
        columns = np.flatnonzero(np.isin(rows["cpu"][-1], cpus))
        if len(columns) < len(cpus):
            return nothing
    counted = rows[source.field][:, columns]
    bad = counted[1:] < counted[:-1]
    if "states" in (rows.dtype.names or ()):        # a sum of fewer, or of more, is another one
        bad |= np.diff(rows["states"][:, columns], axis=0) != 0
    same[:-1] &= ~bad.any(axis=1)           # what went before a bad step is left out with it
    start = int(np.flatnonzero(~same)[-1]) + 1 if not same.all() else 0
    return records["time_ns"][start:], counted[start:]


def at_once(times: NDArray[np.float64], booked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where counters that are booked late would have stood at each of `times` (n, 1); (n, CPUs)."""
    least = np.maximum.accumulate((booked - times)[::-1])[::-1]
    result: NDArray[np.float64] = times + least
    return result


def known_of(times: NDArray[np.int64], booked: NDArray[np.uint64], late_ns: int | None) -> int:
    """For how many of `times` all has been booked: until the longest delay before the last one, or
    where there is no such, until each counter grew last."""
    if late_ns is not None:
        return int(np.searchsorted(times, times[-1] - late_ns, side="right"))
    grew = booked[1:] > booked[:-1]
    if not grew.any(axis=0).all():
        return 0
    last = len(grew) - np.argmax(grew[::-1], axis=0)        # where each stood after its last step
    return int(last.min()) + 1
