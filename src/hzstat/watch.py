"""Spans of records, one per output row: from the rings, cut at whole delays."""
from __future__ import annotations

import time

import numpy as np

from . import windows
from .busy import busy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from numpy.typing import NDArray

    from .cpu_source import CpuSource
    from .sampler import Sampler
    from .view import View

    Values = dict[str, float | None]

FIRST_RECORD_SECONDS = 2.0
SLICE_SECONDS = 0.25            # how often the sampler is looked after during a long delay
GRACE_NS = 2_000_000            # for the record of the row's last tick to arrive
SLACK = 0.1                     # of a period, by which a window may fall short


class Span:
    """One source's records of the current row, with the one before it as the baseline."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.records = np.empty(0, view.dtype)
        self.pending = [self.records]

    def collect(self) -> None:
        """Take over what is in the ring, before it comes round."""
        while len(records := self.view.drain()):
            self.pending.append(records)

    def cut(self, end_ns: int, history_ns: int) -> None:
        """Let `records` be those planned in the `history_ns` up to `end_ns`.

        And the one before them, from which they grew. Later ones stay for the next row, and
        with them as many as that row needs to reach back.
        """
        self.collect()
        every = np.concatenate(self.pending)
        planned = every["time_ns"] - every["late_ns"]
        start = max(0, int(np.searchsorted(planned, end_ns - history_ns, side="right")) - 1)
        stop = int(np.searchsorted(planned, end_ns, side="right"))
        self.records = every[start:stop]
        self.pending = [every[start:]]


class Watch:
    """Rows of values, one per `delay` seconds, about just that delay.

    With a `fine` CPU source, which the sampler samples too, the busiest window of a CPU comes from
    it; where it can't tell yet, from stat.

    >>> for spans in Watch(sampler, 1.0).rows(count=5):
    ...     spans.cpu(-1), spans.memory(), spans.net(None), spans.load()
    """

    def __init__(self, sampler: Sampler, delay: float, fine: CpuSource | None = None) -> None:
        self.sampler = sampler
        self.delay_ns = round(delay * 1e9)
        self.period_ns = sampler.plan.period_ns
        self.spans: Mapping[str, Span] = {name: Span(sampler[name]) for name in sampler}
        self.fine = fine if fine and {"stat", fine.source} <= self.spans.keys() else None
        self.told_ns: dict[int, int] = {}       # until when windows of a CPU have been shown
        shortest = min(ring.seconds for ring in sampler.rings().values())
        self.slice_seconds = min(SLICE_SECONDS, shortest / 4)
        self.lost_told = False

    def slack_ns(self, name: str) -> int:
        """By how much a window of this source may fall short for lateness."""
        return round(SLACK * self.period_ns[name])

    def rows(self, count: int | None) -> Iterator[Watch]:
        """Yield self once per delay, after it, `count` times (None: for ever)."""
        end_ns = start_ns = self.start()
        printed = 0
        while count is None or printed < count:
            end_ns += self.delay_ns
            self.sleep_until(end_ns + min(GRACE_NS, self.delay_ns // 4))
            # Whoever was suspended shows one row over all that time, not a burst of rows.
            late = (self.sampler.board.now_ns() - end_ns) // self.delay_ns
            end_ns += max(0, late) * self.delay_ns
            for name, span in self.spans.items():
                # A share over less than the counter's step would show the clock: look further
                # back, to where this row and those before it make up a window.
                least_ns = windows.CPU_WINDOW_NS if name == "stat" else 0
                more_ns = self.fine_reach_ns if self.fine and name == self.fine.source else 0
                span.cut(end_ns, max(end_ns - start_ns, least_ns) + more_ns)
            if not self.lost_told and any(span.view.lost for span in self.spans.values()):
                self.lost_told = True
                self.sampler.report("samples were overwritten before a row could be made of them: "
                                    "it has holes; give more --ring-seconds, or a lower rate")
            yield self
            start_ns = end_ns
            printed += 1

    def start(self) -> int:
        """The planned instant (since the epoch, ns) from which every source has records, but for
        those that are sampled less than once a row: these show when they are there."""
        fastest = min(self.period_ns[name] for name in self.spans)
        firsts = [span.view.latest(FIRST_RECORD_SECONDS + self.period_ns[name] / 1e9)
                  for name, span in self.spans.items()
                  if self.period_ns[name] <= max(self.delay_ns, fastest)]
        return max(int(record["time_ns"] - record["late_ns"]) for record in firsts)

    def sleep_until(self, instant_ns: int) -> None:
        while (left := (instant_ns - self.sampler.board.now_ns()) / 1e9) > 0:
            time.sleep(min(left, self.slice_seconds))
            self.sampler.check()
            for span in self.spans.values():
                span.collect()

    def last(self, name: str) -> Any:
        """The first row of the last good record of a source in this span, or None."""
        records = windows.good(self.records(name))
        return records["data"][-1, 0] if len(records) else None

    def records(self, name: str) -> NDArray[np.void]:
        return self.spans[name].records

    @property
    def fine_reach_ns(self) -> int:
        """How far before a row the fine source's records go: for a window, and for what wasn't
        known when the last row was shown. Where stat's window could tell of that, it did."""
        assert self.fine
        return windows.CPU_WINDOW_NS + self.fine.window_ns(self.period_ns[self.fine.source])

    def cpu(self, key: int) -> Values:
        """The shares of CPU `key` (-1: all), as windows.cpu() gives them."""
        if "stat" not in self.spans:
            return {}
        found = windows.cpu(self.records("stat"), key, self.slack_ns("stat"))
        if self.fine and found["cpu"] is not None and (key == -1 or not self.fine.whole):
            found["max"] = self.busiest(self.fine, key)
        return found

    def busiest(self, fine: CpuSource, key: int) -> float | None:
        """The busiest window by the fine source of those that no row has shown; and by stat's of
        those in the time that it can't tell of yet."""
        stat = windows.good(self.records("stat"))
        cpus = stat["data"]["cpu"][-1, :stat["rows"][-1]]
        one = busy(fine, self.records(fine.source), cpus[cpus == key] if key >= 0
                   else cpus[cpus >= 0])
        ends, shares = one.windows(fine.window_ns(self.period_ns[fine.source]),
                                   self.slack_ns(fine.source))
        shares = shares[ends > self.told_ns.get(key, 0)]
        begins, coarse = windows.cpu_windows(*windows.cpu_rows(stat, key), self.slack_ns("stat"))
        coarse = coarse[begins >= one.known_until]
        self.told_ns[key] = max(self.told_ns.get(key, 0), one.known_until)
        return max((float(each.max()) for each in (shares, coarse) if len(each)), default=None)

    def net(self, key: bytes | None) -> Values:
        if "net/dev" not in self.spans:
            return {}
        return windows.net(self.records("net/dev"), key, self.slack_ns("net/dev"),
                           self.period_ns["net/dev"])

    def meminfo(self) -> dict[str, int]:
        """The last row of meminfo, in kB; empty where there is none."""
        row = self.last("meminfo") if "meminfo" in self.spans else None
        return {} if row is None else {name: int(row[name]) for name in row.dtype.names}

    def memory(self) -> Values:
        """used (MemTotal - MemAvailable, which Linux has since 3.14) and avai, in bytes.

        In some containers the one is the container's and the other the host's: never below 0.
        """
        row = self.meminfo()
        if "MemAvailable" not in row:
            return {}
        return {"used": 1024.0 * max(0, row["MemTotal"] - row["MemAvailable"]),
                "avai": 1024.0 * row["MemAvailable"]}

    def load(self) -> Values:
        row = self.last("loadavg") if "loadavg" in self.spans else None
        return {} if row is None else {name: float(row[name])
                                       for name in ("load1", "load5", "load15")}
