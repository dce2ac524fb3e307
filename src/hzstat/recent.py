"""What happened since the last call: for those who come from psutil.

Unlike there, no call returns a 0.0 that means "not known yet": one that has nothing to compare
with, or only what is too new for the counter's steps, waits until it has.
"""
from __future__ import annotations

import os
import threading
import time

from . import shares
from .deltas import Rates, rates
from .procfs import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, overload

    from .rows import Rows

SHORTEST_NS = 100_000_000


class _Recent:
    """A source, and what it was at earlier calls: the last one, and the last long enough ago."""

    def __init__(self, name: str, shortest_ns: int) -> None:
        self.name = name
        self.shortest_ns = shortest_ns
        self.begin()
        # A forked child has no past but its own, and a lock that nobody holds.
        os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        self.lock = threading.RLock()       # a signal's handler may ask, too
        self.reader: Reader | None = None
        self.kept: list[Rows] = []

    def since(self, interval: float | None) -> Rates:
        """Rates since the last call; over `interval` seconds from now on if that is given."""
        if interval is not None:
            if not 0 < interval < float("inf"):
                raise ValueError(f"an interval is a time above 0 in seconds, not {interval}")
            with Reader(self.name) as reader:
                before = reader.read()
                time.sleep(interval)
                return rates(before, reader.read())
        with self.lock:
            self.reader = self.reader or Reader(self.name)
            now = self.reader.read()
            usable = [rows for rows in self.kept if self.age(rows, now) >= self.shortest_ns]
            if not usable:
                before = self.kept[0] if self.kept else now
                time.sleep((self.shortest_ns - self.age(before, now)) / 1e9)
                now = self.reader.read()
                usable = [before]
            # What is kept last is left alone until it is old enough, so that calls in quick
            # succession don't push away all that they could be compared with.
            if not self.kept or self.age(self.kept[-1], now) >= self.shortest_ns:
                self.kept = [*self.kept[-1:], now]
            return rates(usable[-1], now)

    @staticmethod
    def age(earlier: Rows, later: Rows) -> int:
        assert earlier.time_ns is not None
        assert later.time_ns is not None
        return later.time_ns - earlier.time_ns


_cpu = _Recent("stat", max(SHORTEST_NS, shares.WINDOW_NS))
_net = _Recent("net/dev", SHORTEST_NS)

if TYPE_CHECKING:
    @overload
    def cpu_percent(interval: float | None = None, percpu: Literal[False] = False) -> float: ...
    @overload
    def cpu_percent(interval: float | None = None, *,
                    percpu: Literal[True]) -> dict[int, float]: ...


def cpu_percent(interval: float | None = None, percpu: bool = False) -> float | dict[int, float]:
    """How busy the CPUs were, in % of their time, since the last call of this function.

    The last call is any thread's of this process. The first one waits until there is 0.1 s to tell
    of; one that comes sooner after another looks back to the call before it, or waits as well.
    `interval` seconds to measure over from now on may be given instead. With `percpu` a dict by the
    CPU's number. nan where it can't be told (a CPU that has just come back).
    """
    found = _cpu.since(interval)
    percent = {int(row["cpu"]): 100 * float(sum(row[field] for field in shares.BUSY_FIELDS))
               for row in found.rows}
    total = percent.pop(-1, float("nan"))
    return percent if percpu else total


def net_rates(interval: float | None = None) -> dict[str, dict[str, float]]:
    """What each network interface did a second since the last call of this function.

    A dict by the interface's name of dicts by net/dev's fields (rx_bytes, tx_packets, …); nan where
    it can't be told. Waits as cpu_percent() does.
    """
    found = _net.since(interval)
    fields = [name for name in found.rows.dtype.names or () if name != "name"]
    return {os.fsdecode(row["name"]): {field: float(row[field]) for field in fields}
            for row in found.rows}
