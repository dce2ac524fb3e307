"""Samples as they come → columns of a picture. A column is a span of time, and knows the least and
the most of all samples in it. What is new is reduced once; a redraw looks at columns alone.
"""
from __future__ import annotations

from collections import namedtuple

import numpy as np

from .history import History

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .history import Times, Values

COLUMN_NS = 100_000_000
KEPT_COLUMNS = 2048

# now, average and p99 as History has them, and the max of the columns: None where there is none.
Numbers = namedtuple("Numbers", "now average p99 max")


class Timeline:
    """Some series of numbers that are sampled together; NaN is what is missing."""

    def __init__(self, series: int) -> None:
        self.series = series
        self._history = History(series, KEPT_COLUMNS * COLUMN_NS)
        self._numbers = np.full(KEPT_COLUMNS, -1, np.int64)     # which column is in each slot
        self._low = np.full((series, KEPT_COLUMNS), np.nan)
        self._high = np.full((series, KEPT_COLUMNS), np.nan)

    def add(self, times: Times, values: Values) -> None:
        """Take over samples: `times` in ns, shape (n,), never falling; `values` (n, series)."""
        if not len(times):
            return
        self._history.add(times, values)
        numbers = times // COLUMN_NS
        starts = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
        starts = np.concatenate((np.zeros(1, np.intp), starts))[-KEPT_COLUMNS:]
        numbers = numbers[starts]
        slots = numbers % KEPT_COLUMNS
        begun = self._numbers[slots] == numbers                 # by samples that came before
        for kept, extreme in ((self._low, np.fmin), (self._high, np.fmax)):
            here = extreme.reduceat(values, starts, axis=0).T
            kept[:, slots] = np.where(begun, extreme(kept[:, slots], here), here)
        self._numbers[slots] = numbers

    def columns(self, first: int, count: int, series: int) -> tuple[Values, Values]:
        """The least and the most in `count` columns from the one numbered `first` on (they are
        counted since the epoch); NaN where there was no sample."""
        numbers = np.arange(first, first + count)
        slots = numbers % KEPT_COLUMNS
        there = self._numbers[slots] == numbers
        return (np.where(there, self._low[series, slots], np.nan),
                np.where(there, self._high[series, slots], np.nan))

    def numbers(self, first: int, count: int, series: int) -> Numbers:
        """The numbers of a series over these columns."""
        most = float(np.fmax.reduce(self.columns(first, count, series)[1], initial=-np.inf))
        return Numbers(*self._history.numbers(first * COLUMN_NS, (first + count) * COLUMN_NS,
                                              series), None if np.isinf(most) else most)


class Refined:
    """A series of a timeline with what a finer counter tells of the same, a moment later."""

    def __init__(self, coarse: Timeline, fine: Timeline) -> None:
        self.coarse = coarse
        self.fine = fine

    def columns(self, first: int, count: int, series: int) -> tuple[Values, Values]:
        """As Timeline has them, of the samples of both."""
        low, high = self.coarse.columns(first, count, series)
        finer_low, finer_high = self.fine.columns(first, count, 0)
        return np.fmin(low, finer_low), np.fmax(high, finer_high)

    def numbers(self, first: int, count: int, series: int) -> Numbers:
        """As Timeline has them: the maximum of both, and p99 of the finer one where it can tell."""
        coarse, fine = (self.coarse.numbers(first, count, series),
                        self.fine.numbers(first, count, 0))
        if fine.max is None:
            return coarse
        most = fine.max if coarse.max is None else max(fine.max, coarse.max)
        return Numbers(coarse.now, coarse.average, fine.p99, most)
