"""What this host offers: which sources can be read, at what cost, and how finely they move.

Nothing is assumed: all of them are read in turn for a moment, and each time one has changed is
noted. Reading keeps a CPU busy meanwhile, so that the CPU counters move as finely as they can.
"""
from __future__ import annotations

import os
import time
from errno import EACCES, EPERM

import numpy as np

from . import descriptors
from .description import describe
from .descriptors.descriptor import COUNTER, GAUGE
from .errors import ParseError, SourceUnavailable
from .plan import HIGHEST_RATE_HZ
from .procfs import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


    Root = str | os.PathLike[str] | None

COST_READS = 200
MOST_SHARE = 0.5        # of a CPU that one source's reads may take, at the highest rate


class Finding:
    """One source: `reason` why it can't be read and `advice` what to do then, or what was seen of
    it.

    `rows` and `bytes` of one read and its cost `read_ns` (a median); `changes` that were seen in
    the fields that have the unit of the first one (ticks in stat, bytes in net/dev), and
    `change_ns`, the time between two (a median; None below two); `step`, the smallest growth of a
    counter among them, and its `unit`; `highest_hz`, the rate above which nothing more would be
    seen, or reading would take more than half a CPU (None where too little was seen to tell).
    """

    __slots__ = ("advice", "bytes", "change_ns", "changes", "highest_hz", "name", "path",
                 "read_ns", "reason", "rows", "step", "unit")

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.reason: str | None = None
        self.advice = ""
        self.rows = self.bytes = self.changes = 0
        self.read_ns = 0.0
        self.change_ns: float | None = None
        self.step: int | None = None
        self.unit = ""
        self.highest_hz: float | None = None

    def fail(self, failure: SourceUnavailable | ParseError, needs: str) -> None:
        """It can't be read; it takes what `needs` says to have it."""
        self.reason = getattr(failure, "reason", str(failure))
        self.advice = advice(failure, needs)

    def as_dict(self) -> dict[str, Any]:
        return {field: getattr(self, field) for field in self.__slots__}


class _Watched:
    """A source while it is watched."""

    def __init__(self, reader: Reader, finding: Finding) -> None:
        self.reader = reader
        self.finding = finding
        self.before = np.array(reader.read())
        self.now = np.array(self.before)
        self.changed_at: list[int] = []
        self.least_ns = 1e9 / descriptors.find(reader.name).most_hz
        self.looked_ns = 0
        fields = [field for field in describe(reader.name).of(reader.dtype.names)
                  if field.kind in (COUNTER, GAUGE)]
        # Of one unit, the source's own: else loadavg would seem to move with each new process.
        self.own = [field.name for field in fields if field.unit == fields[0].unit]
        self.counters = [field for field in fields if field.kind == COUNTER
                         and field.name in self.own]
        finding.rows = len(self.before)
        finding.bytes = len(reader.text_now())
        finding.read_ns = self.cost()

    def cost(self) -> float:
        costs = []
        for _ in range(COST_READS):
            start = time.perf_counter_ns()
            self.reader.read_into(self.now)
            costs.append(time.perf_counter_ns() - start)
        return float(np.median(costs))

    def look(self) -> None:
        """Read once more, and note if anything has changed."""
        at = time.monotonic_ns()
        if at - self.looked_ns < self.least_ns:
            return
        self.looked_ns = at
        if self.reader.read_into(self.now) != len(self.before):
            self.before = self.now = np.array(self.reader.read())   # rows came or went
        elif self.now.tobytes() != self.before.tobytes():
            if any((self.now[name] != self.before[name]).any() for name in self.own):
                self.changed_at.append(at)
                self.note_step()
            self.before, self.now = self.now, self.before

    def note_step(self) -> None:
        for field in self.counters:
            old, new = self.before[field.name], self.now[field.name]
            grown = (new - old)[new > old]
            if len(grown) and (self.finding.step is None or grown.min() < self.finding.step):
                self.finding.step, self.finding.unit = grown.min().item(), field.unit

    def settle(self) -> None:
        """What was seen, as the finding says it."""
        self.reader.close()
        finding = self.finding
        finding.changes = len(self.changed_at)
        if finding.changes >= 2:
            finding.change_ns = float(np.median(np.diff(self.changed_at)))
            finding.highest_hz = min(MOST_SHARE * 1e9 / finding.read_ns, 1e9 / finding.change_ns,
                                     1e9 / max(1, self.least_ns), HIGHEST_RATE_HZ)


def survey(root: Root = None, seconds: float = 2.0,
           progress: Callable[[float], object] = lambda share: None) -> list[Finding]:
    """Watch every source of the system, and of the cgroup at the top, for `seconds`.

    `progress` is called now and then with the share (0 to 1) that is done.
    """
    findings, watched = [], []
    for name in descriptors.names():
        descriptor = descriptors.find(name)
        if descriptor.per_process:
            continue
        tree = descriptor.root if root is None else root
        finding = Finding(name, os.path.join(tree, descriptor.file))
        findings.append(finding)
        try:
            watched.append(_Watched(Reader(name, root), finding))
        except (SourceUnavailable, ParseError) as failure:
            finding.fail(failure, descriptor.needs)
    start = time.monotonic()
    told = 0.0
    while watched and (share := (time.monotonic() - start) / seconds) < 1:
        for one in tuple(watched):
            try:
                one.look()
            except (SourceUnavailable, ParseError) as failure:      # it was there a moment ago
                one.finding.fail(failure, "")
                watched.remove(one)
        if share - told > 0.02:
            told = share
            progress(share)
    for one in watched:
        one.settle()
    progress(1.0)
    return findings


def advice(failure: SourceUnavailable | ParseError, needs: str) -> str:
    """What to do about a source that can't be read; "" where there is nothing to say."""
    if isinstance(failure, ParseError):
        return "report it, please, with the text of this file"
    if failure.errno == 0:
        return ("look from outside the container, or start it with "
                "--security-opt systempaths=unconfined")
    if failure.errno in (EACCES, EPERM):
        return "run as root, or as a user that may read it"
    return f"it needs {needs}" if needs else ""
