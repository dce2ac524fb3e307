"""The records of one output row, of every source: what a row's numbers are made of.

A Watch cuts them from the rings of a sampler, as time goes by; whoever replays a recording cuts
them from its files. The numbers are the same.
"""
from __future__ import annotations

import numpy as np

from . import windows
from .busy import busy
from .moments import NOTHING, Moments
from .shares import TOTAL, WINDOW_NS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from numpy.typing import NDArray

    from .cpu_source import CpuSource
    from .procfs import Root
    from .windows import Counted, Where

    class Span(Protocol):
        """One source's records of the row, after cut(); with the one before it as the baseline."""
        records: NDArray[np.void]

        def cut(self, end_ns: int, history_ns: int) -> None: ...

PRESSURE = "pressure/"          # whose sources aren't read more often than stat's window
SLACK = 0.1                     # of a period, by which a window may fall short


class Spans:
    """What is known of the time from `start_ns` to `end_ns`, planned instants since the epoch.

    With a `fine` CPU source, the busiest window of a CPU comes from it; where it can't tell yet,
    from stat. `root` is the tree that the records are of (None: this host's /proc).
    """

    def __init__(self, spans: Mapping[str, Span], period_ns: Mapping[str, int],
                 fine: CpuSource | None = None, root: Root = None) -> None:
        self.spans = spans
        self.period_ns = period_ns
        self.fine = fine if fine and {"stat", fine.source} <= spans.keys() else None
        self.root = root
        self.told_ns: dict[int, int] = {}       # until when windows of a CPU have been shown
        self.start_ns = self.end_ns = 0
        self.part = False                       # is it a part of a row, of which more follows?

    def cut(self, start_ns: int, end_ns: int) -> None:
        """Let this be about the time from `start_ns` to `end_ns`."""
        self.start_ns, self.end_ns = start_ns, end_ns
        for name, span in self.spans.items():
            # A share over less than the counter's step would show the clock: look further
            # back, to where this row and those before it make up a window.
            least_ns = WINDOW_NS if name == "stat" or name.startswith(PRESSURE) else 0
            more_ns = self.fine_reach_ns if self.fine and name == self.fine.source else 0
            span.cut(end_ns, max(end_ns - start_ns, least_ns) + more_ns)

    @property
    def wall_end_ns(self) -> int:
        """`end_ns` by the wall clock, as it stood then; end_ns itself is of a clock that is never
        set."""
        for name in self.spans:
            records = self.records(name)
            if len(records):
                return self.end_ns + int(records["wall_ns"][-1] - records["time_ns"][-1])
        return self.end_ns

    # -- records ---------------------------------------------------------------------------

    def records(self, name: str) -> NDArray[np.void]:
        """All that the row may need of a source: of stat, at least as long as a CPU's window."""
        return self.spans[name].records

    def within(self, name: str) -> NDArray[np.void]:
        """Those of the row alone, with the one before it as the baseline. Of pressure all that are
        kept: its shares, too, are over no less than a CPU's window."""
        records = self.records(name)
        if name != "stat" or self.end_ns - self.start_ns >= WINDOW_NS:
            return records
        planned = windows.planned_ns(records)
        return records[max(0, int(np.searchsorted(planned, self.start_ns, side="right")) - 1):]

    def meminfo(self) -> dict[str, int]:
        """The last row of meminfo, in kB; empty where there is none."""
        if "meminfo" not in self.spans:
            return {}
        rows = windows.good(self.records("meminfo"))["data"][-1:, 0]
        return {name: int(rows[name][0]) for name in rows.dtype.names or ()} if len(rows) else {}

    def slack_ns(self, name: str) -> int:
        """By how much a window of this source may fall short for lateness."""
        return round(SLACK * self.period_ns[name])

    # -- numbers -----------------------------------------------------------------------------

    def growth(self, source: str, *fields: str, where: Where | None = None) -> list[Moments]:
        """How much these counters grew a second; `where`: of which row, if there are many."""
        if source not in self.spans:
            return [NOTHING] * len(fields)
        return windows.rates(self.within(source), fields, where, self.period_ns[source],
                             self.slack_ns(source))

    def total_growth(self, source: str, *fields: str, counted: Counted) -> list[Moments]:
        """The same of all rows together whose name is `counted`."""
        if source not in self.spans:
            return [NOTHING] * len(fields)
        return windows.total_rates(self.within(source), fields, counted, self.period_ns[source],
                                   self.slack_ns(source))

    def level(self, source: str, field: str, where: Where | None = None) -> NDArray[Any]:
        """What a gauge stood at in each of the row's records; empty where there is none."""
        if source not in self.spans:
            return np.empty(0)
        return windows.values(self.within(source), field, where)

    def cpu(self, key: int) -> dict[str, Moments]:
        """The shares of CPU `key` (-1: all), as windows.cpu() gives them."""
        if "stat" not in self.spans:
            return {}
        found = windows.cpu(self.records("stat"), key, self.slack_ns("stat"))
        if self.fine and found["cpu"].over is not None and (key == TOTAL or not self.fine.whole):
            found["cpu"].inside = self.busy_windows(self.fine, key)
        return found

    @property
    def fine_reach_ns(self) -> int:
        """How far before a row the fine source's records go: for a window, and for what wasn't
        known when the last row was shown. Where stat's window could tell of that, it did."""
        assert self.fine
        return WINDOW_NS + self.fine.window_ns(self.period_ns[self.fine.source])

    def busy_windows(self, fine: CpuSource, key: int) -> NDArray[np.float64]:
        """The windows by the fine source that no row has shown; and stat's of the time that it
        can't tell of yet."""
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
        return np.concatenate((shares, coarse))
