"""Taking and processing in one loop: what acquire() does better, kept to be compared with it."""
from __future__ import annotations

import time

import numpy as np

from .child import told
from .events import TIME, Encoder
from .plan import Limits
from .processor import product_of
from .result import Result, figures
from .statistics import Statistics
from .taking import take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .manager import Process, Producer


class Processed:
    """A store that processes each event at once, while no other can be taken."""

    def __init__(self, process: Process | None) -> None:
        self.taken = self.dead_ns = 0
        self.reason = ""
        self.statistics: Statistics | None = None
        self._process = process

    def put(self, value: Any, got_ns: int) -> None:
        if self.statistics is None:
            encoder = Encoder(value)
            self._encode, self._dtype = encoder.encode, encoder.dtype
            self._offset_ns = time.time_ns() - time.monotonic_ns()
            self.statistics = Statistics(encoder.dtype, TIME)
        event = np.frombuffer(self._encode(got_ns + self._offset_ns, value), self._dtype).copy()
        self.taken += 1
        self.statistics.add(event)
        if self._process is not None:
            self._process(event)

    def end(self, reason: str) -> None:
        self.reason = reason


class NoOrders:
    """Since no one else is here."""

    def stopped(self) -> None: ...

    def given(self) -> bool:
        return False

    def obey(self) -> None: ...


def one_loop(producer: Producer, process: Process | None = None, *, events: int | None = None,
             timeout: float | None = None) -> Result:
    """Take events and process them one by one, in this process. The limits are looked at between
    events alone; all else is as acquire() has it."""
    store = Processed(process)
    limits = Limits(events, timeout)
    begun_ns = limits.begin()
    failure = None
    try:
        take(producer, store, limits, NoOrders())
    except KeyboardInterrupt:
        store.end("interrupted")
    except Exception as raised:
        store.end("failed")
        failure = told(raised)
    elapsed = (limits.ended_ns - begun_ns) / 1e9
    product = product_of(process)
    found = figures(store.statistics)
    return Result(taken=store.taken, dropped=0, unprocessed=store.taken - found["events"],
                  elapsed=elapsed, dead_time=min(1.0, store.dead_ns / 1e9 / elapsed),
                  reason=store.reason, failure=failure, product=product, **found)
