"""A reader of one source's ring: its records as numpy arrays."""
from __future__ import annotations

import time

import numpy as np

from ._loop import HEADER_FIELDS
from .procfs import row_dtype

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import NDArray

    from .sampler import Sampler
    from .worker import Job

WATCH_SECONDS = 0.25            # how often a waiting reader looks after the workers
LARGEST_BATCH_BYTES = 16 << 20


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

    def __init__(self, name: str, job: Job, sampler: Sampler) -> None:
        self.name = name
        self.ring = job.ring
        source = job.reader().source
        self.row_dtype = row_dtype(source)
        header = np.dtype([*HEADER_FIELDS])
        self.max_rows = (self.ring.record_bytes - header.itemsize) // source.row_bytes
        self.dtype = np.dtype([*HEADER_FIELDS, ("data", self.row_dtype, (self.max_rows,))])
        self.lost = 0
        self._cursor = 0
        self._sampler = sampler
        self._largest_batch = max(1, LARGEST_BATCH_BYTES // self.ring.record_bytes)

    def latest(self, timeout: float = 1.0) -> Any:
        """The newest record, whole; TimeoutError if there is none within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        records = np.zeros(1, self.dtype)
        while True:
            self._sampler.check()
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
        while True:
            self._sampler.check()
            running = self._sampler.running
            records = self.drain()
            now = time.monotonic()
            if len(records):
                last = now
                yield records
                if running and len(records) < self._largest_batch:
                    time.sleep(max(0.0, batch - (time.monotonic() - now)))
            elif not running or (timeout is not None and now - last >= timeout):
                return
            else:
                left = WATCH_SECONDS if timeout is None else timeout - (now - last)
                self.ring.wait(self._cursor, min(left, WATCH_SECONDS))
