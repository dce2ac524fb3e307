"""What a transport of the benchmark is: a way to move records, which are bytes, between processes.

Each is made before the two are forked, and used by both: the sender calls `send`, the receiver
`receive`. There are four sorts. A *queue* hands over each record once, in order. A *board* has
room for one, the newest; its receiver looks again and again, and what was overwritten meanwhile
is lost. A *mailbox* has room for one, too, but either side waits for the other. A *ring* has room
for many: who is read too slowly overwrites the oldest.
"""
from __future__ import annotations

import time

NAP_SECONDS = 1e-4          # between two looks, where nothing tells of a new record
NOTHING = b""


class Transport:
    """For records of `size` bytes. Once it is forked, each side says which one it is, and whoever
    made it releases what only they need."""

    sort = "queue"

    def __init__(self, size: int) -> None:
        self.size = size

    def be_sender(self) -> None:
        pass

    def be_receiver(self) -> None:
        pass

    def release(self) -> None:
        pass

    def send(self, record: bytearray) -> None:
        raise NotImplementedError

    def receive(self) -> bytes | memoryview:
        """One record, or several in a row, oldest first; empty where none is there yet. Those that
        can wait for one do."""
        raise NotImplementedError

    def rest(self) -> None:
        """Sleep until there may be a record, where receive() doesn't."""
        time.sleep(NAP_SECONDS)

    def flush(self) -> None:
        """Return when all that was sent has left this process."""

    def helper(self) -> int:
        """The pid of a third process that takes part, or 0."""
        return 0

    def close(self) -> None:
        """By whoever made it, at the end."""


class Board(Transport):
    """What holds the newest record, and can't tell of it."""

    sort = "board"

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.seen = bytes(8)

    def receive(self) -> bytes:
        record = self.look()
        if not record or record[:8] == self.seen:
            return NOTHING
        self.seen = record[:8]
        return record

    def look(self) -> bytes:
        raise NotImplementedError
