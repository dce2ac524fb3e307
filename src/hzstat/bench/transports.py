"""The transports that are compared: the ring, shared memory, a manager, queues and pipes."""
from __future__ import annotations

from hzstat._ring import Ring

from .forks import FORK, deaf
from .transport import NOTHING, Board, Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

QUEUED = 1000               # records in a queue that would take any number, and fill the memory
RING_BYTES = 1 << 22     # of the shared memory: a receiver may be away for about a millisecond
FIFO_BYTES = 1 << 18
FEWEST_SLOTS = 16


class ByRing(Transport):
    """hzstat's, as a program in Python uses it."""

    sort = "ring"

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.ring = Ring(size, max(FEWEST_SLOTS, RING_BYTES // size))
        self.ring.touch()
        self.room = memoryview(bytearray(size * max(4, min(1024, RING_BYTES // 16 // size))))
        self.cursor = 0
        self.send = self.ring.put       # type: ignore[method-assign]

    def receive(self) -> memoryview:
        copied, self.cursor, _ = self.ring.drain(self.cursor, self.room)
        return self.room[:copied * self.size]

    def rest(self) -> None:
        self.ring.wait(self.cursor, 1.0)


class ByRingInCython(ByRing):
    """The same, used by code that never takes the GIL: see _transfer."""


class ByRawArray(Transport):
    """Plain shared memory, and two Events by which either side waits for the other."""

    sort = "mailbox"

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.memory = memoryview(FORK.RawArray("b", size)).cast("B")
        self.full, self.free = FORK.Event(), FORK.Event()
        self.free.set()

    def send(self, record: bytearray) -> None:
        self.free.wait()
        self.free.clear()
        self.memory[:] = record
        self.full.set()

    def receive(self) -> bytes:
        self.full.wait()
        self.full.clear()
        record = bytes(self.memory)
        self.free.set()
        return record


class ByArray(Board):
    """multiprocessing.Array, under its lock."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.shared = self.made(size)
        self.lock = self.shared.get_lock()
        self.memory = memoryview(self.shared.get_obj()).cast("B")

    def made(self, size: int) -> Any:
        return FORK.Array("b", size)

    def send(self, record: bytearray) -> None:
        with self.lock:
            self.memory[:] = record

    def look(self) -> bytes:
        with self.lock:
            return bytes(self.memory)


class ByValue(ByArray):
    """multiprocessing.Value of a structure: a tick, and the rest."""

    def made(self, size: int) -> Any:
        import ctypes
        record = type("Record", (ctypes.Structure,), {
            "_fields_": [("tick", ctypes.c_int64), ("rest", ctypes.c_int64 * (size // 8 - 1))]})
        return FORK.Value(record)


class ByManager(Transport):
    """A list in a third process, from which the receiver takes all that is there at once."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        with deaf():
            self.manager = FORK.Manager()
        self.shared = self.made()

    def made(self) -> Any:
        return self.manager.list()

    def send(self, record: bytearray) -> None:
        self.shared.append(bytes(record))

    def receive(self) -> bytes:
        records = self.shared[:]
        if not records:
            return NOTHING
        del self.shared[:len(records)]
        return b"".join(records)

    def helper(self) -> int:
        return self.manager._process.pid    # type: ignore[attr-defined, no-any-return]

    def close(self) -> None:
        self.manager.shutdown()


class ByManagerDict(ByManager, Board):
    """The newest record under one key of a dict in a third process."""

    sort = "board"

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.seen = bytes(8)

    receive = Board.receive

    def made(self) -> Any:
        return self.manager.dict()

    def send(self, record: bytearray) -> None:
        self.shared["record"] = bytes(record)

    def look(self) -> bytes:
        return self.shared.get("record", NOTHING)   # type: ignore[no-any-return]


class ByNamespace(ByManagerDict):
    """The same as an attribute of a Namespace."""

    def made(self) -> Any:
        return self.manager.Namespace(record=NOTHING)     # type: ignore[call-arg]

    def send(self, record: bytearray) -> None:
        self.shared.record = bytes(record)

    def look(self) -> bytes:
        return self.shared.record   # type: ignore[no-any-return]


class ByQueue(Transport):
    """multiprocessing.Queue: a thread of the sender's writes to a pipe. Of a bounded length, as it
    would keep all that its receiver is too slow for."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.queue = FORK.Queue(QUEUED)
        self.receive = self.queue.get   # type: ignore[method-assign]

    def send(self, record: bytearray) -> None:
        self.queue.put(bytes(record))

    def flush(self) -> None:
        self.queue.close()
        self.queue.join_thread()


class BySimpleQueue(Transport):
    """A pipe with a lock at either end."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.queue = FORK.SimpleQueue()
        self.receive = self.queue.get   # type: ignore[method-assign]

    def send(self, record: bytearray) -> None:
        self.queue.put(bytes(record))


class ByPipe(Transport):
    """Pipe(duplex=False), by send_bytes and recv_bytes: nothing is pickled. Each side closes the
    other's end, without which neither is told that the other is gone."""

    def __init__(self, size: int, ends: Any = None) -> None:
        super().__init__(size)
        self.reader: Any
        self.writer: Any
        self.reader, self.writer = ends or FORK.Pipe(duplex=False)
        self.receive = self.reader.recv_bytes   # type: ignore[method-assign]

    def send(self, record: bytearray) -> None:
        self.writer.send_bytes(record)

    def be_sender(self) -> None:
        self.reader.close()

    def be_receiver(self) -> None:
        self.writer.close()

    def release(self) -> None:
        self.reader.close()
        self.writer.close()


class ByPipeSend(ByPipe):
    """The same by send and recv, which pickle."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.receive = self.reader.recv         # type: ignore[method-assign]

    def send(self, record: bytearray) -> None:
        self.writer.send(bytes(record))


class ByFasterFifo(Transport):
    """faster-fifo: a ring of bytes under a lock; records are taken as many as there are."""

    def __init__(self, size: int) -> None:
        from faster_fifo import Queue  # type: ignore[import-not-found]
        super().__init__(size)
        self.queue = Queue(max(FIFO_BYTES, FEWEST_SLOTS * size), loads=bytes, dumps=bytes)

    def send(self, record: bytearray) -> None:
        self.queue.put(record, timeout=3600)

    def receive(self) -> bytes:
        return b"".join(self.queue.get_many(timeout=3600))


TRANSPORTS: dict[str, type[Transport]] = {
    "ring-cython": ByRingInCython, "ring": ByRing, "RawArray": ByRawArray, "Array": ByArray,
    "Value": ByValue, "Manager.list": ByManager, "Manager.dict": ByManagerDict,
    "Manager.Namespace": ByNamespace, "Queue": ByQueue, "SimpleQueue": BySimpleQueue,
    "Pipe": ByPipe, "Pipe.send": ByPipeSend, "faster-fifo": ByFasterFifo}


def missing(name: str) -> str | None:
    """Why this transport can't be used here, or None."""
    if name == "faster-fifo":
        try:
            import faster_fifo  # noqa: F401
        except ImportError:
            return "not installed: pip install faster-fifo"
    return None

