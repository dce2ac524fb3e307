"""The rows that a live run would have shown, cut from a recording."""
from __future__ import annotations

import time
from bisect import bisect_right

from hzstat.disks import ELSEWHERE
from hzstat.groups.group import by_name
from hzstat.spans import Spans
from hzstat.state import boot_id

from .tidy import let_go

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from hzstat.cpu_source import CpuSource
    from hzstat.groups.group import Choice

    from .recording import Recording

ROWS_HELD = 64                  # before the pages that they were read from are let go


class FileSpan:
    """One source's records of the current row, with the one before it as the baseline."""

    def __init__(self, every: NDArray[np.void]) -> None:
        self.every = every
        self.records = every[:0]
        self._times, self._late = every["time_ns"], every["late_ns"]

    def planned_ns(self, place: int) -> int:
        return int(self._times[place]) - int(self._late[place])

    def until(self, instant_ns: int) -> int:
        """How many records were planned up to an instant, by halving: no other page is read."""
        return bisect_right(range(len(self.every)), instant_ns, key=self.planned_ns)

    def cut(self, end_ns: int, history_ns: int) -> None:
        start = max(0, self.until(end_ns - history_ns) - 1)
        self.records = self.every[start:self.until(end_ns)]


class Replay(Spans):
    """Rows of `delay` seconds of a recording, as watch.Watch has them of a running sampler.

    >>> for spans in Replay(recording, 1.0).rows(None):
    ...     spans.cpu(-1)["usr"].over
    """

    def __init__(self, recording: Recording, delay: float, fine: CpuSource | None = None) -> None:
        self.files = {name: FileSpan(recording[name]) for name in recording
                      if len(recording[name])}
        periods = {name: recording.period_ns(name) for name in self.files}
        super().__init__(self.files, periods, fine, tree(recording))
        self.delay_ns = round(delay * 1e9)

    def rows(self, count: int | None, speed: float | None = None) -> Iterator[Replay]:
        """Yield self for each row, `count` times or until the records end; at `speed` times the
        speed at which they came, or at once."""
        start_ns = end_ns = self.start()
        begun = time.monotonic()
        shown = 0
        while (count is None or shown < count) and end_ns + self.delay_ns <= self.last_ns:
            end_ns += self.delay_ns
            if speed:
                passed = (end_ns - start_ns) / 1e9 / speed
                time.sleep(max(0.0, begun + passed - time.monotonic()))
            self.cut(end_ns - self.delay_ns, end_ns)
            yield self
            shown += 1
            if shown % ROWS_HELD == 0:
                for span in self.files.values():
                    let_go(span.every)

    def too_short(self) -> bool:
        """Whether there isn't one row."""
        return self.start() + self.delay_ns > self.last_ns

    @property
    def last_ns(self) -> int:
        """The planned instant of the last record of all."""
        return max(span.planned_ns(-1) for span in self.files.values())

    def start(self) -> int:
        """The planned instant from which every source has records, but for those that come less
        than once a row."""
        fastest = min(self.period_ns.values())
        return max(span.planned_ns(0) for name, span in self.files.items()
                   if self.period_ns[name] <= max(self.delay_ns, fastest))


def tree(recording: Recording) -> str | None:
    """The tree that the records are of, where it is here: sysfs is looked for beside it."""
    root: str | None = recording.meta.get("root")
    here = bool(recording.meta) and recording.meta.get("boot_id") == boot_id()
    return root if here else ELSEWHERE


def known(recording: Recording, choice: Choice) -> dict[str, int | bytes]:
    """The CPUs, disks or interfaces at the start and at the end, by their names."""
    if choice.source not in recording:
        return {}
    records = recording[choice.source]
    good = (records["status"] == 0).nonzero()[0]
    keys: list[int | bytes] = []
    for record in records[good[[0, -1]]] if len(good) else ():
        keys += record["data"][choice.field][:record["rows"]].tolist()
    return by_name(keys)
