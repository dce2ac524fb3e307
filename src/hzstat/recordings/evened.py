"""The windows that each metric of a source is told over, of which none is too short to be told.

A sample that came late makes a long window and a short one, and what grew in the short one, over
next to no time, would look like a burst. So it is taken together with the one before it: but not
where what was read stands for itself, as a gauge does. And most times are counted in steps, so that
over one sample their share would show the step.
"""
from __future__ import annotations

import numpy as np

from hzstat.cpu_source import LONGEST_TICK_NS
from hzstat.shares import STEPS
from hzstat.spans import SLACK

from .metrics import SHARE, metrics
from .stretch import STAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from .metrics import Metric
    from .over_time import OverTime
    from .recording import Recording
    from .stretch import Floats


PASS_BYTES = 128 << 20          # of numbers that one pass over a source may give
MOST_WINDOWS = 4_000_000        # of one source: from there on they are made longer
ROUND_NS: list[int] = [digit * 10**power for power in range(3, 13) for digit in (1, 2, 5)]
SHARE_NS = STEPS * LONGEST_TICK_NS      # as it is for stat, whose steps the recording tells


def windowed(recording: Recording, name: str, by: float | None,
         full: bool) -> Iterator[tuple[Evened, list[Metric]]]:
    """The metrics of a source, with the windows of `by` seconds (None: the shortest that are
    honest) over which they are told: shares of time may need longer ones than all else."""
    described, period_ns = recording.description(name), recording.period_ns(name)
    over = recording.rates(name, by or least_by(recording, name))
    every = metrics(over, described, full)
    longer = name != STAT and max(over.by_ns, period_ns) < SHARE_NS     # windows, for shares
    yield Evened(over, period_ns), [one for one in every if one.averaged
                                    and not (longer and one.unit == SHARE)]
    gauges = [one for one in every if not one.averaged]
    if gauges:
        yield Evened(over, period_ns, as_they_are=True), gauges
    if longer and any(one.unit == SHARE for one in every):
        # Anew: a key that is in few records may have another column, or none.
        over = recording.rates(name, SHARE_NS / 1e9)
        yield Evened(over, period_ns), [one for one in metrics(over, described, full)
                                        if one.unit == SHARE]


def least_by(recording: Recording, name: str, most: int = MOST_WINDOWS) -> float | None:
    """Windows that keep the work of a long recording within bounds; None where each record can be
    one."""
    records = recording[name]
    if len(records) <= most:
        return None
    least = int(records["time_ns"][-1] - records["time_ns"][0]) / most
    window_ns: int = min(ns for ns in ROUND_NS if ns >= least)
    return window_ns / 1e9


class Evened:
    """The windows of `over`, evened or (`as_they_are`) not: `time_ns` (their ends) and `seconds`,
    shape (n,)."""

    def __init__(self, over: OverTime, period_ns: int, as_they_are: bool = False) -> None:
        self._over = over
        self.least_ns = over.by_ns or period_ns
        self.usual_ns = 0               # their usual length, in whole periods: without jitter
        self._starts: NDArray[np.intp] | None = None        # None: they are even as they are
        self.time_ns, self.seconds = over.time_ns, over.seconds
        short = over.seconds * 1e9 < (1 - SLACK) * min(period_ns, over.by_ns or period_ns)
        if short.any() and not short.all() and not as_they_are:
            self._starts = np.flatnonzero(~short)
            self.time_ns = over.time_ns[np.append(self._starts[1:], len(short)) - 1]
            self.seconds = np.add.reduceat(over.seconds, self._starts)
        if len(self):
            usual = float(np.median(self.seconds)) * 1e9
            step_ns = period_ns or 1
            self.usual_ns = max(1, round(usual / step_ns)) * step_ns

    def __len__(self) -> int:
        return len(self.time_ns)

    @property
    def start_ns(self) -> int:
        """When the first window begins."""
        return int(self.time_ns[0]) - round(float(self.seconds[0]) * 1e9)

    def touching(self, begins: Floats, ends: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The windows that touch the time from each of `begins` to its end: from which on, and up
        to which; the same where there is none."""
        first = np.searchsorted(self.time_ns, begins, side="right")
        last = (np.searchsorted(self.time_ns, ends) + 1).clip(None, len(self))
        last[ends <= self.start_ns] = 0
        return first, np.maximum(first, last)

    def values(self, every: Sequence[Metric]) -> Iterator[tuple[Metric, Floats]]:
        """Each metric with its value in each window; a few are computed in one pass."""
        together = max(1, PASS_BYTES // (8 * max(1, len(self._over))))
        for first in range(0, len(every), together):
            some = every[first:first + together]
            for metric, values in zip(some, self._over.collect(*(one.take for one in some)),
                                      strict=True):
                yield metric, self._even(values)

    def _even(self, values: Floats) -> Floats:
        if self._starts is None:
            return values
        total: Floats = np.add.reduceat(values * self._over.seconds, self._starts)
        total /= self.seconds
        return total
