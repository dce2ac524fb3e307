"""How well it is sampled and at what cost: of the last seconds, for one line."""
from __future__ import annotations

import time
from collections import deque, namedtuple

from hzstat.units import duration

from .line import Line
from .styles import BOLD, RAISED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hzstat.sampler import Sampler

OVER_SECONDS = 5.0

# What had been counted at one time: of the source, and the CPU time of the workers and of this
# process.
Mark = namedtuple("Mark", "seconds records workers_ns own_seconds")


class Health:
    """Looks at a sampler now and then; `source` is the one whose rate is told."""

    def __init__(self, sampler: Sampler, source: str) -> None:
        self.sampler = sampler
        self.source = source
        self._marks: deque[Mark] = deque()
        self.look()

    def look(self) -> None:
        found = self.sampler.health()
        self.missed = sum(one.missed for one in found.values())
        self._marks.append(Mark(time.monotonic(), found[self.source].records,
                                sum(worker.cpu_ns for worker in self.sampler.workers()),
                                time.process_time()))
        while self._marks[-1].seconds - self._marks[0].seconds > OVER_SECONDS:
            self._marks.popleft()

    def restart(self) -> None:
        """Forget what was before, as with another rate."""
        self._marks.clear()
        self.look()

    def line(self, rate_hz: float, lost: int, late_ns: float | None) -> Line:
        """Rate asked for and achieved, what is missing, the lateness, and the cost in shares of
        one CPU."""
        first, last = self._marks[0], self._marks[-1]
        seconds = last.seconds - first.seconds
        line = Line(f"{rate_hz:g} Hz", BOLD)
        rate, workers, own = ("-", "-", "-") if not seconds else (
            f"{(last.records - first.records) / seconds:.0f}",
            f"{(last.workers_ns - first.workers_ns) / seconds / 1e7:.1f}%",
            f"{100 * (last.own_seconds - first.own_seconds) / seconds:.1f}%")
        line.add(f"  {rate}/s")
        line.add(f"  missed {self.missed}", RAISED if self.missed else "")
        line.add(f"  lost {lost}", RAISED if lost else "")
        line.add(f"  late p99 {duration(None if late_ns is None else round(late_ns))}")
        return line.add(f"  sampler {workers} view {own}")
