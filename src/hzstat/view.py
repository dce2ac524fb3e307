"""A reader of one source's ring: its records as numpy arrays."""
from __future__ import annotations

import time

import numpy as np

from .about import About

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import Any, Protocol

    from numpy.typing import NDArray

    from ._ring import Ring

    class Owner(Protocol):
        """Who knows whether records will follow: a Sampler, or what attach() gave."""

        def check(self) -> None: ...
        @property
        def running(self) -> bool: ...

WATCH_SECONDS = 0.25            # how often a waiting reader looks after the workers
SHORTEST_NAP_SECONDS = 0.001    # of one who waits in an event loop
LARGEST_BATCH_BYTES = 16 << 20


def record_dtype(about: About, record_bytes: int) -> np.dtype[Any]:
    """numpy's type of a record; ValueError where its fields don't make up `record_bytes`."""
    header, row = np.dtype(about.header), np.dtype(about.rows)
    max_rows = (record_bytes - header.itemsize) // row.itemsize
    if max_rows >= 0:
        record = np.dtype([*about.header, ("data", row, (max_rows,))])
        if record.itemsize == record_bytes:
            return record
    raise ValueError(f"records of {record_bytes} bytes aren't made of these fields: "
                     f"{header}, {row}")


class View:
    """The records of one source, as this reader comes to see them.

    Records have the dtype `dtype`: `tick` (number of the planned instant, in whole periods
    since the epoch), `time_ns` (start of the read, since the epoch, on a clock that never
    steps), `wall_ns` (the same by the wall clock: where it jumps against time_ns, that clock was
    set, or the machine slept), `late_ns`, `read_ns`, `status` (0, an errno, or a parser's
    negative code), `rows` (how many the file had), and `data`, max_rows rows of the source of
    which the first `rows` are filled. `lost` counts the records that were overwritten before
    this reader saw them.
    """

    def __init__(self, ring: Ring, owner: Owner) -> None:
        about = About(ring.about())
        self.name = about.source
        self.ring = ring
        self.dtype = record_dtype(about, ring.record_bytes)
        self.row_dtype, self.max_rows = self.dtype["data"].base, self.dtype["data"].shape[0]
        self.lost = 0
        self._cursor = 0
        self._owner = owner
        self._largest_batch = max(1, LARGEST_BATCH_BYTES // ring.record_bytes)

    @property
    def running(self) -> bool:
        """May records follow?"""
        return self._owner.running and not self.ring.ended

    def latest(self, timeout: float = 1.0) -> Any:
        """The newest record, whole; TimeoutError if there is none within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        records = np.zeros(1, self.dtype)
        while True:
            self._owner.check()
            head = self.ring.head
            if head and self.ring.drain(head - 1, records)[0]:
                return records[0]
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no record of {self.name} within {timeout} s")
            self.ring.wait(head, min(left, WATCH_SECONDS))

    def drain(self) -> NDArray[np.void]:
        """What is new since the last call, oldest first, without waiting; shape (n,)."""
        room = min(max(self.ring.head - self._cursor, 0), self.ring.slots, self._largest_batch)
        records = np.empty(room, self.dtype)
        copied, self._cursor, lost = self.ring.drain(self._cursor, records)
        self.lost += lost
        return records[:copied]

    def follow(self, timeout: float | None = None,
               batch: float = 0.1) -> Iterator[NDArray[np.void]]:
        """Yield new records, oldest first, in arrays of shape (n,) with n >= 1.

        At most one array each `batch` seconds, so that a high rate doesn't cost a wake-up per
        record. Ends when none came for `timeout` seconds (None: never), or when the sampler
        has stopped and all is read.
        """
        last = time.monotonic()
        while (records := self._next(last, timeout)) is not None:
            if len(records):
                last = time.monotonic()
                yield records
                time.sleep(self._rest(records, last, batch))
            else:
                self.ring.wait(self._cursor, self._patience(last, timeout))

    async def afollow(self, timeout: float | None = None,
                      batch: float = 0.1) -> AsyncIterator[NDArray[np.void]]:
        """follow() for `async for`, which `async for records in view` calls, too.

        It has no thread, and looks for records each `batch` seconds: nothing is left behind when
        it is cancelled.
        """
        from asyncio import sleep
        last = time.monotonic()
        while (records := self._next(last, timeout)) is not None:
            if len(records):
                last = time.monotonic()
                yield records
                await sleep(self._rest(records, last, batch))
            else:
                await sleep(min(self._patience(last, timeout), max(batch, SHORTEST_NAP_SECONDS)))

    def __aiter__(self) -> AsyncIterator[NDArray[np.void]]:
        return self.afollow()

    def _next(self, last: float, timeout: float | None) -> NDArray[np.void] | None:
        """What is new; None when nothing will come, or nothing came in time since `last`."""
        self._owner.check()
        running = self.running          # before the drain, so that nothing is left unread
        records = self.drain()
        if not len(records) and (not running or (timeout is not None
                                                 and time.monotonic() - last >= timeout)):
            return None
        return records

    def _rest(self, records: NDArray[np.void], last: float, batch: float) -> float:
        """Seconds until the next array may come; 0 where there is more to read already."""
        if len(records) == self._largest_batch or not self.running:
            return 0.0
        return max(0.0, batch - (time.monotonic() - last))

    def _patience(self, last: float, timeout: float | None) -> float:
        """Seconds to wait for a record before looking round."""
        if timeout is None:
            return WATCH_SECONDS
        return max(0.0, min(last + timeout - time.monotonic(), WATCH_SECONDS))
