"""A sender and a receiver, each a process of its own, that begin together and tell how it went."""
from __future__ import annotations

import contextlib
import signal
import struct
import time
from dataclasses import dataclass

import numpy as np

from hzstat import _transfer
from hzstat.errors import HzstatError

from .forks import FORK, deaf
from .transport import NAP_SECONDS
from .transports import TRANSPORTS, ByPipe, ByRingInCython

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from typing import Any

    from .transport import Transport

TICK = struct.Struct("=q")
TICK_AND_TIME = struct.Struct("=qq")
END = -1                        # the tick of the last record; other ticks count up from 1
A_WHILE = 16                    # records from one look at the clock to the next
LEAD_NS = 2_000_000             # from the word to begin to the beginning
PATIENCE_SECONDS = 30.0         # of those who wait for what takes less than a second


@dataclass
class Moved:
    """What came of one run. `late_ns`: of each record, from its sending to its receipt (empty at
    full speed); `other_cpu_ns`: a third process's, or None; `astray`: out of order, or twice."""

    sent: int
    received: int
    astray: int
    seconds: float
    send_cpu_ns: int
    receive_cpu_ns: int
    other_cpu_ns: int | None
    late_ns: Any


def move(name: str, size: int, seconds: float, rate_hz: float = 0.0) -> Moved:
    """Send records of `size` bytes for so long, as fast as it goes or at a rate, by the transport
    `name`. HzstatError where a side fails."""
    transport = TRANSPORTS[name](size)
    work = (in_cython if isinstance(transport, ByRingInCython) else
            (send, receive_and_time if rate_hz else receive))
    try:
        with pair(transport, *work, seconds, rate_hz) as children:
            pid = transport.helper()
            other = cpu_ns(pid) if pid else 0
            (sent, send_cpu), (received, astray, took, receive_cpu, late) = together(
                name, seconds, children)
            return Moved(sent, received, astray, took, send_cpu, receive_cpu,
                         cpu_ns(pid) - other if pid else None, late)
    finally:
        transport.close()


def round_trips(name: str, size: int, seconds: float) -> Any:
    """How long each trip there and back took, in ns, one after the other for `seconds`."""
    kind = TRANSPORTS[name]
    there: Transport
    back: Transport
    if kind is ByPipe:          # there is one for both ways
        a, b = FORK.Pipe()
        there, back = ByPipe(size, (b, a)), ByPipe(size, (a, b))
    else:
        there, back = kind(size), kind(size)
    try:
        with processes([(ask, there, back, seconds), (answer, there, back)]) as children:
            return together(name, seconds, children)[0]
    finally:
        there.close()
        back.close()


def cpu_ns(pid: int) -> int:
    """The CPU time of another process: clock_getcpuclockid(3) makes the clock's number so."""
    return time.clock_gettime_ns(~pid << 3 | 2)


@contextlib.contextmanager
def pair(transport: Transport, send: Callable[..., Any], receive: Callable[..., Any],
         *how: Any) -> Iterator[list[Child]]:
    """A process that sends, and one that receives."""
    with processes([(as_sender, transport, send, *how),
                    (as_receiver, transport, receive, *how)]) as children:
        transport.release()
        yield children


def as_sender(transport: Transport, work: Callable[..., Any], *how: Any) -> Any:
    transport.be_sender()
    return work(transport, *how)


def as_receiver(transport: Transport, work: Callable[..., Any], *how: Any) -> Any:
    transport.be_receiver()
    return work(transport, *how)


@dataclass
class Child:
    process: Any
    connection: Connection


@contextlib.contextmanager
def processes(works: Sequence[tuple[Any, ...]]) -> Iterator[list[Child]]:
    """A child for each. None of them is left, however this ends."""
    children: list[Child] = []
    try:
        for work, *arguments in works:
            ours, theirs = FORK.Pipe()
            process = FORK.Process(target=run, args=(theirs, work, arguments), daemon=True)
            children.append(Child(process, ours))
            with deaf():
                process.start()
            theirs.close()
        yield children
    finally:
        for child in children:
            if child.process.pid:
                child.process.kill()
                child.process.join()
            child.connection.close()


def run(connection: Connection, work: Callable[..., Any], arguments: list[Any]) -> None:
    """In a child. If its parent is gone, it doesn't wait for ever."""
    connection.send(None)                   # ready
    start_ns, seconds = connection.recv()
    signal.alarm(round(seconds + PATIENCE_SECONDS))
    time.sleep(max(0, start_ns - time.monotonic_ns()) / 1e9)
    connection.send(work(*arguments))


def begin(children: Sequence[Child], seconds: float) -> None:
    """Let them all begin at once, when all are ready."""
    for child in children:
        child.connection.recv()
    start_ns = time.monotonic_ns() + LEAD_NS
    for child in children:
        child.connection.send((start_ns, seconds))


def together(what: str, seconds: float, children: Sequence[Child]) -> list[Any]:
    """What each returned."""
    try:
        begin(children, seconds)
        return [child.connection.recv() for child in children]
    except EOFError:
        raise HzstatError(f"{what}: one of its processes ended, or waited for the other for more "
                          f"than {PATIENCE_SECONDS:g} s; leave it out by --transports") from None


# What the children do. Each returns its figures.

def send(transport: Transport, seconds: float, rate_hz: float) -> tuple[int, int]:
    """Sent, and this process's CPU time."""
    record = bytearray(transport.size)
    words = memoryview(record).cast("q")
    put, now = transport.send, time.monotonic
    cpu, end, tick = time.process_time_ns(), now() + seconds, 0
    if rate_hz:
        for tick in range(1, max(1, round(seconds * rate_hz)) + 1):
            time.sleep(max(0.0, end - seconds + tick / rate_hz - now()))
            words[0], words[1] = tick, time.monotonic_ns()
            put(record)
    else:
        while now() < end:
            for tick in range(tick + 1, tick + 1 + A_WHILE):  # noqa: B020
                words[0] = tick
                put(record)
    words[0] = END
    put(record)
    transport.flush()
    return tick, time.process_time_ns() - cpu


def receive(transport: Transport, *_: float) -> tuple[int, int, float, int, Any]:
    """Received, astray, seconds, CPU time.

    Where nothing is there, it naps: one that looked all the time would fight with the sender for a
    lock or a cache line, and slow both down. Of several records that come together the first and
    the last are looked at: they are as many as their ticks say, or some are lost."""
    get, tick_at, size = transport.receive, TICK.unpack_from, transport.size
    received = astray = last = 0
    cpu, start = time.process_time_ns(), time.monotonic()
    while last != END:
        records = get()
        if not records:
            time.sleep(NAP_SECONDS)
            continue
        count = len(records) // size
        first, = tick_at(records)
        before, (last,) = last, tick_at(records, size * (count - 1))
        received += count
        astray += first != END and (first <= before or (last != END and last - first < count - 1))
    return (received - 1, astray, time.monotonic() - start, time.process_time_ns() - cpu,
            np.empty(0, np.int64))


def receive_and_time(transport: Transport, *_: float) -> tuple[int, int, float, int, Any]:
    """The same at a modest rate: each record is looked at, and those who can't wait nap."""
    get, size, now = transport.receive, transport.size, time.monotonic_ns
    late, astray, last, tick = [], 0, 0, 0
    cpu, start = time.process_time_ns(), time.monotonic()
    while tick != END:
        records = get()
        if not records:
            transport.rest()
        for at in range(0, len(records), size):
            tick, sent_ns = TICK_AND_TIME.unpack_from(records, at)
            if tick != END:
                late.append(now() - sent_ns)
                astray += tick <= last
                last = tick
    return (len(late), astray, time.monotonic() - start, time.process_time_ns() - cpu,
            np.array(late, np.int64))


def send_in_cython(transport: ByRingInCython, seconds: float, rate_hz: float) -> tuple[int, int]:
    cpu = time.process_time_ns()
    sent = _transfer.send(transport.ring, seconds, rate_hz)
    return sent, time.process_time_ns() - cpu


def receive_in_cython(transport: ByRingInCython, seconds: float,
                      rate_hz: float) -> tuple[int, int, float, int, Any]:
    late = np.empty(round(seconds * rate_hz) + 1, np.int64) if rate_hz else np.empty(0, np.int64)
    cpu, start = time.process_time_ns(), time.monotonic()
    received, _, astray = _transfer.receive(transport.ring, bool(rate_hz), late)
    return (received, astray, time.monotonic() - start, time.process_time_ns() - cpu,
            late[:received])


in_cython = send_in_cython, receive_in_cython


def ask(there: Transport, back: Transport, seconds: float) -> Any:
    """Send a record, wait for the answer, and so on."""
    record, took = bytearray(there.size), []
    now = before = time.monotonic_ns()
    end = now + round(seconds * 1e9)
    for tick in range(1, 1 << 62):
        TICK.pack_into(record, 0, tick if now < end else END)
        there.send(record)
        while not back.receive():
            back.rest()
        before, now = now, time.monotonic_ns()
        took.append(now - before)
        if before >= end:
            break
    return np.array(took, np.int64)


def answer(there: Transport, back: Transport) -> None:
    tick = 0
    while tick != END:
        record = there.receive()
        if record:
            tick, = TICK.unpack_from(record)
            back.send(bytearray(record))
        else:
            there.rest()
