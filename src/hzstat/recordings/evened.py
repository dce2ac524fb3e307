"""Windows of which none is much shorter than a period.

A sample that came late makes a long window and a short one, and what grew in the short one, over
next to no time, would look like a burst. So it is taken together with the one before it.
"""
from __future__ import annotations

import numpy as np

from hzstat.spans import SLACK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from .metrics import Metric
    from .over_time import OverTime

    Floats = NDArray[np.float64]

PASS_BYTES = 128 << 20          # of numbers that one pass over a source may give


class Evened:
    """The windows of `over`: `time_ns` (their ends) and `seconds`, shape (n,)."""

    def __init__(self, over: OverTime, period_ns: int) -> None:
        self._over = over
        self._starts: NDArray[np.intp] | None = None        # None: they are even as they are
        self.time_ns, self.seconds = over.time_ns, over.seconds
        short = over.seconds * 1e9 < (1 - SLACK) * min(period_ns, over.by_ns or period_ns)
        if short.any() and not short.all():
            self._starts = np.flatnonzero(~short)
            self._ends = np.append(self._starts[1:], len(short)) - 1
            self.time_ns = over.time_ns[self._ends]
            self.seconds = np.add.reduceat(over.seconds, self._starts)

    def __len__(self) -> int:
        return len(self.time_ns)

    def values(self, every: Sequence[Metric]) -> Iterator[tuple[Metric, Floats]]:
        """Each metric with its value in each window; a few are computed in one pass."""
        together = max(1, PASS_BYTES // (8 * max(1, len(self._over))))
        for first in range(0, len(every), together):
            some = every[first:first + together]
            for metric, values in zip(some, self._over.collect(*(one.take for one in some)),
                                      strict=True):
                yield metric, self._even(values, metric.averaged)

    def _even(self, values: Floats, averaged: bool) -> Floats:
        if self._starts is None:
            return values
        if not averaged:
            later: Floats = values[self._ends]
            return later
        total: Floats = np.add.reduceat(values * self._over.seconds, self._starts)
        total /= self.seconds
        return total
