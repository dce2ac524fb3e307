"""The samples of the last minutes, for averages and quantiles: arrays that are filled from the
front and moved up when they are full, so that taking over what is new costs no copy of the rest."""
from __future__ import annotations

from collections import namedtuple

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Times = NDArray[np.int64]
    Values = NDArray[np.float64]

NOW_NS = 500_000_000            # what is said of now is over so long, too: it is to be read
MOST_VALUES = 2_000_000         # that are kept, of all series together: 16 MB
FIRST_ROOM = 4096               # samples

# now: over the last half second, or the last sample where they are rarer; average (by time) and p99
# (of the samples: a value that was really there): over the span asked for, as far as it is kept.
# None where there was no sample.
Recent = namedtuple("Recent", "now average p99")


class History:
    """Some series of numbers that are sampled together, for `kept_ns`; NaN is what is missing."""

    def __init__(self, series: int, kept_ns: int) -> None:
        self._kept_ns = kept_ns
        self._most = max(1, MOST_VALUES // series)
        self._times = np.empty(FIRST_ROOM, np.int64)
        self._values = np.empty((series, FIRST_ROOM))
        self._end = 0

    def add(self, times: Times, values: Values) -> None:
        """Take over samples: `times` in ns, shape (n,), never falling; `values` (n, series)."""
        if self._end + len(times) > len(self._times):
            self._make_room(times)
        begin, self._end = self._end, self._end + len(times)
        self._times[begin:self._end] = times
        self._values[:, begin:self._end] = values.T

    def _make_room(self, coming: Times) -> None:
        """For these: drop what is too old or too much, and keep at least as much room free."""
        held = self._times[:self._end]
        first = max(int(np.searchsorted(held, coming[-1] - self._kept_ns)),
                    self._end + len(coming) - self._most, 0)
        kept = slice(min(first, self._end), self._end)
        room = max(len(self._times), 2 * (kept.stop - kept.start + len(coming)))
        self._times = moved(self._times[kept], room)
        self._values = moved(self._values[:, kept], room)
        self._end = kept.stop - kept.start

    def numbers(self, begin_ns: int, end_ns: int, series: int) -> Recent:
        """The numbers of a series from `begin_ns` on and before `end_ns`."""
        times = self._times[:self._end]
        first, now, last = np.searchsorted(times, (begin_ns, end_ns - NOW_NS, end_ns))
        before = max(int(first) - 1, 0)     # each sample stands for the time since the one before
        spans = np.diff(times[before:last], prepend=times[before:before + 1])[first - before:]
        values = self._values[series, first:last]
        there = ~np.isnan(values)
        told = values[there]
        nearest = -(-99 * len(told) // 100) - 1         # the rank of the 99th percentile
        if first < now == last and end_ns - times[last - 1] < 2 * spans[-1]:
            now = last - 1      # of so rare samples it is still the newest
        recent = slice(max(int(now - first), 0), None)
        return Recent(average(values[recent], spans[recent], there[recent]),
                      average(values, spans, there),
                      float(np.partition(told, nearest)[nearest]) if len(told) else None)


def moved(array: NDArray[Any], room: int) -> NDArray[Any]:
    """Its last axis at the front of one with this much room."""
    larger = np.empty((*array.shape[:-1], room), array.dtype)
    larger[..., :array.shape[-1]] = array
    return larger


def average(values: Values, spans: NDArray[np.int64], there: NDArray[np.bool_]) -> float | None:
    """By the time that each value stands for."""
    if not there.any():
        return None
    values, spans = values[there], spans[there]
    total = spans.sum()
    return float((values * spans).sum() / total) if total else float(values.mean())
