"""Spans of records, one per output row: from the rings, cut at whole delays."""
from __future__ import annotations

import math
import time

import numpy as np

from . import windows
from .shares import WINDOW_NS
from .spans import Spans

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .cpu_source import CpuSource
    from .sampler import Sampler
    from .view import View

FIRST_RECORD_SECONDS = 2.0
SLICE_SECONDS = 0.25            # how often the sampler is looked after during a long delay
SHORT_DELAY_NS = 250_000_000    # of rows the first of which people wait for
GRACE_NS = 2_000_000            # for the record of the row's last tick to arrive
PART_NS = 250_000_000           # of a row at least, and as much for late records to arrive
PART_BYTES = 32 << 20           # of records from which on a row comes in parts
REACH_NS = 3 * WINDOW_NS        # how far Spans looks back from a row at most


class RingSpan:
    """One source's records of the current row, with the one before it as the baseline."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.records = np.empty(0, view.dtype)
        self.pending = [self.records]
        self.shown_ns = 0               # the planned instant of the last record that a row had

    def collect(self) -> None:
        """Take over what is in the ring, before it comes round."""
        while len(records := self.view.drain()):
            self.pending.append(records)

    @property
    def bytes(self) -> int:
        """What the records take that no row was cut from yet."""
        return sum(records.nbytes for records in self.pending)

    def oldest(self) -> Any:
        """The first record that there is for a row, or None."""
        self.collect()
        return next((records[0] for records in self.pending if len(records)), None)

    def cut(self, end_ns: int, history_ns: int) -> None:
        """Let `records` be those planned in the `history_ns` up to `end_ns`.

        And the one before them, from which they grew: the last one of the row before, where that
        didn't wait for what came late. Later ones stay for the next row, and with them as many as
        that row needs to reach back.
        """
        self.collect()
        self.records = self.records[:0].copy()      # so that those of the row before can go
        every = np.concatenate(self.pending)
        planned = windows.planned_ns(every)
        since_ns = end_ns - history_ns
        start, kept, stop = np.searchsorted(
            planned, (min(since_ns, self.shown_ns or since_ns), max(since_ns, end_ns - REACH_NS),
                      end_ns), side="right")
        self.records = every[max(0, start - 1):stop]
        if stop:
            self.shown_ns = int(planned[stop - 1])
        self.pending = [every[max(0, kept - 1):].copy()]        # so that the others can go


class Watch(Spans):
    """Rows of values, one per `delay` seconds, about just that delay.

    With a `fine` CPU source, which the sampler samples too, the busiest window of a CPU comes from
    it; where it can't tell yet, from stat. `remedy`: what to give so that no samples are lost.

    >>> for spans in Watch(sampler, 1.0).rows(count=5):
    ...     spans.cpu(-1)["usr"].over, spans.growth("net/dev", "rx_bytes", where=("name", b"eth0"))
    """

    def __init__(self, sampler: Sampler, delay: float, fine: CpuSource | None = None,
                 remedy: str = "a lower rate (-r)") -> None:
        self.live = {name: RingSpan(sampler[name]) for name in sampler}
        super().__init__(self.live, sampler.plan.period_ns, fine, sampler.root)
        self.sampler = sampler
        self.board = sampler.board
        self.delay_ns = round(delay * 1e9)
        shortest = min(ring.seconds for ring in sampler.rings().values())
        self.slice_seconds = min(SLICE_SECONDS, shortest / 4)
        self.lost_told = False
        self.remedy = remedy

    def rows(self, count: int | None, part_bytes: float = math.inf) -> Iterator[Watch]:
        """Yield self once per delay, after it, `count` times (None: for ever).

        Where the records of a row come to more than `part_bytes`, it is yielded before, too: then
        `part` is true, and the next one is about what follows.
        """
        end_ns = start_ns = self.start()
        printed = 0
        while count is None or printed < count:
            end_ns += self.delay_ns
            while not self.sleep_until(end_ns + min(GRACE_NS, self.delay_ns // 4), start_ns,
                                       part_bytes):
                self.part, part_ns = True, self.board.now_ns() - PART_NS
                self.cut(start_ns, part_ns)
                yield self
                self.part, start_ns = False, part_ns
            # Whoever was suspended shows one row over all that time, not a burst of rows.
            late = (self.board.now_ns() - end_ns) // self.delay_ns
            end_ns += max(0, late) * self.delay_ns
            self.cut(start_ns, end_ns)
            if not self.lost_told and any(span.view.lost for span in self.live.values()):
                self.lost_told = True
                self.sampler.report("samples were overwritten before a row could be made of them: "
                                    f"it has holes; give {self.remedy}")
            yield self
            start_ns = end_ns
            printed += 1

    def start(self) -> int:
        """The planned instant (since the epoch, ns) from which every source has records, but for
        those that are sampled less than once a row: these show when they are there.

        It is now; or where rows are short, a row ago, since the workers have been up for as long as
        it took to import numpy, and whoever asked for short rows waits for the first one.
        """
        fastest = min(self.period_ns[name] for name in self.spans)
        awaited = {name: span for name, span in self.live.items()
                   if self.period_ns[name] <= max(self.delay_ns, fastest)}
        start_ns = max(int(windows.planned_ns(span.view.latest(
            FIRST_RECORD_SECONDS + self.period_ns[name] / 1e9))) for name, span in awaited.items())
        if self.delay_ns > SHORT_DELAY_NS:
            return start_ns
        firsts = [span.oldest() for span in awaited.values()]
        if any(first is None for first in firsts):      # another reader had them
            return start_ns
        return max(start_ns - self.delay_ns, *(int(windows.planned_ns(first)) for first in firsts))

    def sleep_until(self, instant_ns: int, start_ns: int, part_bytes: float) -> bool:
        """Is it that instant? Or are there more records than `part_bytes` since `start_ns`?"""
        while (left_ns := instant_ns - self.board.now_ns()) > 0:
            time.sleep(min(left_ns / 1e9, self.slice_seconds))
            self.sampler.check()
            for span in self.live.values():
                span.collect()
            if sum(span.bytes for span in self.live.values()) > part_bytes \
                    and start_ns + 2 * PART_NS < self.board.now_ns() < instant_ns:
                return False
        return True
