"""The producer's process: it takes events and stores them in a ring."""
from __future__ import annotations

import os
import threading
import time

from hzstat._caller import end_at
from hzstat._ring import Ring
from hzstat.errors import AcquisitionFailed

from . import page
from .child import settle, told
from .events import Encoder
from .events import told as told_dtype
from .links import Inbox, hand_over
from .plan import DROP, NEVER_NS
from .taking import take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import Any

    from hzstat._words import Words

    from .plan import Limits, Room

ROOM_SECONDS = 0.002            # how long one waits for room before looking round
PAUSE, RESUME = "pause", "resume"


class RingStore:
    """Stores events in a ring, which is made for the first one and handed over."""

    def __init__(self, words: Words, room: Room, limits: Limits,
                 links: tuple[Connection, ...]) -> None:
        self.taken = self.dropped = self.dead_ns = 0
        self.ring: Ring | None = None
        self._words = words
        self._room = room
        self._limits = limits
        self._links = links
        self._full_at = 0           # as many may be taken before we look for room

    def put(self, value: Any, got_ns: int) -> None:
        """Store an event that came at `got_ns` (CLOCK_MONOTONIC), or count it as dropped."""
        ring = self.ring or self.open(value)
        self._words.store(page.DEAD_NS, self.dead_ns)       # until this one came
        if self.taken >= self._full_at and not self._find_room(ring, got_ns):
            self.dropped += 1
            self._words.store(page.DROPPED, self.dropped)
            return
        ring.put(self._encode(got_ns + self._offset_ns, value))
        self.taken += 1

    def open(self, value: Any) -> Ring:
        """Make the ring, for values like this one."""
        encoder = Encoder(value)
        self._encode = encoder.encode
        # As everywhere here: nanoseconds since the epoch, on a clock that never steps.
        self._offset_ns = time.time_ns() - time.monotonic_ns()
        about = told_dtype(encoder.dtype)
        size = encoder.dtype.itemsize
        slots = self._room.slots(size, len(about), self._limits.events)
        try:
            ring = self.ring = Ring(size, slots, name="hzstat-events", about=about)
        except OSError as failure:
            raise AcquisitionFailed(
                f"no memory for {slots:,} events of {size} bytes "
                f"({os.strerror(failure.errno or 0)}): ask for less ring_seconds, rate_hz or "
                "ring_bytes") from None
        ring.touch()
        hand_over(ring, *self._links)
        return ring

    def end(self, reason: str) -> None:
        """Say that no more will come, and why."""
        self._words.store(page.DEAD_NS, self.dead_ns)
        self._words.ring(page.DONE, 1)
        if self.ring:
            self.ring.end()
        self._links[0].send(("over", reason, self._limits.ended_ns or time.monotonic_ns()))

    def _find_room(self, ring: Ring, got_ns: int) -> bool:
        words = self._words
        while True:
            drained = words.load(page.DRAINED)
            self._full_at = drained + ring.slots - 1
            if self.taken < self._full_at:
                return True
            left_ns = self._limits.left_ns()
            if self._room.on_full == DROP or left_ns <= 0 or words.load(page.STOP):
                return False
            words.wait(page.DRAINED, drained, min(ROOM_SECONDS, left_ns / 1e9))
            # As one waits, since it may be ended meanwhile.
            words.store(page.DEAD_NS, self.dead_ns + time.monotonic_ns() - got_ns)


class Orders:
    """What the manager tells the producer to do."""

    def __init__(self, words: Words, link: Connection, producer: Any, limits: Limits) -> None:
        self._words = words
        self._link = link
        self._inbox = Inbox(link)
        self._command = getattr(producer, "command", None)
        self._limits = limits
        self._seen = 0
        self._paused = False

    def stopped(self) -> str | None:
        return "stopped" if self._words.load(page.STOP) else None

    def given(self) -> bool:
        return self._words.load(page.CONTROL) != self._seen

    def obey(self) -> str | None:
        """Do what was sent, which may be to wait; why to take no more, or None."""
        while self._paused or self.given():
            self._seen = self._words.load(page.CONTROL)
            for message in self._inbox.messages():
                self._do(message)
            left_ns = self._limits.left_ns()
            if reason := self.stopped() or ("timeout" if left_ns <= 0 else None):
                return reason
            if self._paused:
                self._words.wait(page.CONTROL, self._seen, left_ns / 1e9)
        return None

    def _do(self, message: Any) -> None:
        if isinstance(message, str) and message in (PAUSE, RESUME):
            self._paused = message == PAUSE
        elif self._command is not None:
            answer = self._command(message)
            if answer is not None:
                self._link.send(("answer", answer))


def end_in_time(words: Words, limits: Limits) -> None:
    """Have this process end itself if it is stuck when its time is up, whatever the caller does."""
    if limits.until_ns < NEVER_NS:
        threading.Thread(target=end_at, daemon=True, name="end in time", args=(
            limits.until_ns + page.GRACE_NS, page.TIDY_NS, words, page.DONE, page.ENDED_NS)).start()


def run(link: Connection, caller: int, to_processor: Connection, words: Words, producer: Any,
        limits: Limits, room: Room) -> None:
    """Take events for `caller` (a pid), which is told on `link` why no more are taken, and, when
    the producer has tidied up, what failed."""
    settle(caller)
    store = RingStore(words, room, limits, (link, to_processor))
    failure = None
    try:
        if hasattr(producer, "like"):
            store.open(producer.like)
        while not (ready := words.wait(page.READY, 0, page.LOOK_SECONDS)):
            if words.load(page.STOP):
                store.end("stopped")
                break
        if ready:
            link.send(("begun", limits.begin()))
            end_in_time(words, limits)
            take(producer, store, limits, Orders(words, link, producer, limits))
    except Exception as raised:
        failure = told(raised)
        store.end("failed")
    link.send(("closed", failure))
