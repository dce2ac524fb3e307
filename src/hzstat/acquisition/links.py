"""What goes between the processes of an acquisition: messages, in parts that don't make who sends
them wait, and rings."""
from __future__ import annotations

from multiprocessing.reduction import ForkingPickler, recv_handle, send_handle

from hzstat._ring import Ring
from hzstat.errors import AcquisitionFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from typing import Any

# A socket that poll(2) calls writable has room for three quarters of its buffer of 208 KiB.
PART_BYTES = 1 << 15
MORE, LAST = b"+", b"."     # before each part of a message
RING = "ring"               # the message before the file descriptor of one


def parts_of(message: Any) -> Iterator[bytes]:
    """The message in parts so small that a link with some room has room for one."""
    whole = ForkingPickler.dumps(message)
    for start in range(0, len(whole), PART_BYTES):
        part = whole[start:start + PART_BYTES]
        yield (MORE if start + PART_BYTES < len(whole) else LAST) + bytes(part)


class Inbox:
    """What comes on `link` in parts."""

    def __init__(self, link: Connection) -> None:
        self._link = link
        self._parts: list[bytes] = []

    def messages(self) -> Iterator[Any]:
        """Those that are whole by now."""
        while self._link.poll():
            part = self._link.recv_bytes()
            self._parts.append(part[1:])
            if part[:1] == LAST:
                whole = b"".join(self._parts)
                self._parts.clear()
                yield ForkingPickler.loads(whole)


def hand_over(ring: Ring, *links: Connection) -> None:
    """Give others the ring; those that are gone don't need it."""
    for link in links:
        try:
            link.send(RING)
            send_handle(link, ring.fd, 0)       # of whose pid Linux has no need
        except (BrokenPipeError, ConnectionResetError):
            continue


def received_ring(link: Connection) -> Ring:
    """The ring that is handed over, after RING. Writable, so that its maker can be asked to wake
    us."""
    try:
        return Ring.at(recv_handle(link), writable=True)
    except (EOFError, ConnectionResetError):
        raise
    except (OSError, RuntimeError) as failure:      # what multiprocessing says of none received
        raise AcquisitionFailed("no file descriptor is left for the memory that is shared: raise "
                                "their limit (ulimit -n), or close some") from failure
