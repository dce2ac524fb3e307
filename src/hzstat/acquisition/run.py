"""One run: a producer and a processor, looked after until both have ended."""
from __future__ import annotations

import time
from multiprocessing.connection import wait as wait_for

from hzstat._words import Words

from . import page, processor, producer
from .child import Child
from .events import TIME, dtype_of
from .links import parts_of
from .plan import NEVER_NS
from .result import Result, figures
from .statistics import Statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from typing import Any

    from .plan import Limits, Room

START_SECONDS = 60.0        # for both processes to come up
ROOM_SECONDS = 0.005         # how long a message waits for room before we look round
END_SECONDS = 1.0           # for a process that has done its work


class Run:
    """Everything is done in look(), which has to be called when sleep() returns, until there is a
    `result`. So there is no thread."""

    def __init__(self, limits: Limits, room: Room, drain_seconds: float,
                 context: BaseContext) -> None:
        self.result: Result | None = None
        self.answers: list[Any] = []
        self.over = False                   # is nothing taken any more?
        self.words = Words(page.COUNT)
        self._limits = limits
        self._room = room
        self._drain_seconds = drain_seconds
        self._context = context
        self._producer = Child("producer", context)
        self._processor = Child("processor", context)
        self._reason: str | None = None     # why no more is to be taken
        self._failures: list[str] = []
        self._begun_ns: int | None = None
        self._over_ns = 0
        self._due_ns = NEVER_NS             # when something has to be done, whatever comes
        self._said: Any = None              # by the producer: why it takes no more, since when
        self._closed = False                # has the producer tidied up?
        self._processed = False             # all that was there
        self._overdue = False               # ended by us
        self._ended = False                 # did we send the producer a signal?
        self._product: Any = None
        self._commands = 0

    def start(self, produce: Any, process: Any) -> None:
        """Start both processes; their time runs from when they are ready."""
        self._due_ns = time.monotonic_ns() + round(START_SECONDS * 1e9)
        events_in, events_out = self._context.Pipe()
        try:
            self._producer.start(producer.run, events_out, self.words, produce, self._limits,
                                 self._room)
            # Before the other one is forked: who waits for events is to see their end.
            events_out.close()
            self._processor.start(processor.run, events_in, self.words, process)
        except BaseException:
            self._producer.end()
            self._processor.end()
            raise
        finally:
            events_in.close()
            events_out.close()

    def sleep(self, longest: float | None = None) -> None:
        """Until something comes from a process, one of them ends, or something is due; at most so
        many seconds."""
        left = (self._due_ns - time.monotonic_ns()) / 1e9
        if longest is not None:
            left = min(left, longest)
        # Only those of whom news is to come: one that has ended would wake us at once, for ever.
        wait_for([*([] if self._closed else self._producer.awaited),
                  *([] if self._processed else self._processor.awaited)],
                 max(0.0, min(left, page.LOOK_SECONDS)))

    def command(self, message: Any) -> None:
        """Pass a message on to the producer, which may have to hear others before; until then all
        is looked after."""
        for part in parts_of(message):
            while not self.over and not self._producer.hears(ROOM_SECONDS):
                self.look()
            if self.over:
                return
            self._producer.send(part)
            self._alert()

    def end_taking(self, reason: str) -> None:
        """Tell the producer to stop; the first reason counts."""
        if self._reason is None and not self.over:
            self._reason = reason
            self._due_ns = time.monotonic_ns() + page.GRACE_NS
            self.words.store(page.STOP, 1)
            self._alert()

    def _alert(self) -> None:
        self._commands += 1
        self.words.ring(page.CONTROL, self._commands)

    def hurry(self) -> None:
        """Don't wait for the processing any longer."""
        self._drain_seconds = 0.0
        if self.over:
            self._due_ns = 0

    def abort(self) -> None:
        """End both processes at once; what isn't processed yet stays so."""
        if self.result is None:
            self._producer.kill()
            self._processor.kill()
            self._hear()
            self._reason = self._reason or "interrupted"
            self._over_ns = self._over_ns or time.monotonic_ns()
            self._finish()

    def pids(self) -> dict[str, int]:
        return {child.name: child.pid for child in (self._producer, self._processor)
                if not child.gone}

    @property
    def taken(self) -> int:
        return self._producer.ring.head if self._producer.ring else 0

    @property
    def dropped(self) -> int:
        return self.words.load(page.DROPPED)

    def statistics(self) -> Statistics | None:
        """Of what is processed so far; None where that is nothing."""
        states = self._processor.ring
        while states and states.head:
            statistics = Statistics(dtype_of(states.about()), TIME)
            if states.drain(states.head - 1, statistics.state)[0]:
                return statistics
        return None

    # -- what is due -----------------------------------------------------------------------

    def look(self) -> None:
        """Hear what both processes say, and do what is due."""
        # First, so that nothing of what it said before is left unheard.
        producer_gone, processor_gone = self._producer.gone, self._processor.gone
        self._hear()
        if processor_gone and not self._processed:
            self._processed = True
            self._failures.append(self._death_of(self._processor))
        if not self.over:
            self._look_at_producer(producer_gone)
        if producer_gone and not self._closed:
            self._closed = True
            if not self._signalled():
                self._failures.append(self._death_of(self._producer))
        if self.over and self._processed and self._closed:
            self._finish()
        elif self.over and time.monotonic_ns() >= self._due_ns:
            self._overdue = True
            for child, done in ((self._producer, self._closed), (self._processor, self._processed)):
                if not done:
                    child.kill()

    def _hear(self) -> None:
        for kind, *what in self._producer.messages():
            if kind == "answer":
                self.answers += what
            elif kind == "begun":
                self._begun_ns, = what
                if self._reason is None:
                    # By then it has ended itself, unless it is stopped by a signal.
                    self._due_ns = (self._begun_ns + self._limits.timeout_ns + page.GRACE_NS
                                    + page.TIDY_NS)
            elif kind == "over":
                self._said = what
            else:
                self._closed = True
                self._failures += [f"producer: {failure}" for failure in what if failure]
        for failure, product in self._processor.messages():
            self._processed, self._product = True, product
            if failure:
                self._failures.append(f"processor: {failure}")

    def _death_of(self, child: Child) -> str:
        death = child.death
        if self.over and self._overdue:
            death = f"not done within {self._drain_seconds:g} s after the end, and killed"
        return f"{child.name}: {death}"

    def _look_at_producer(self, gone: bool) -> None:
        if self._said:
            self._no_more(*self._said)
        elif gone:
            self._no_more("failed", self._gone_by_ns())
        elif self._failures and self._reason is None:
            self.end_taking("failed")       # the processor has; told once, as it may not be heard
        elif time.monotonic_ns() >= self._due_ns:
            self._too_late()

    def _too_late(self) -> None:
        """Something was due, and didn't come."""
        if self._overdue:
            self._producer.kill()
        elif self._reason is not None:
            self._overdue = self._ended = True
            self._producer.terminate()
            self._due_ns = time.monotonic_ns() + page.TIDY_NS
        elif self._begun_ns is not None:
            self._reason, self._overdue, self._ended = "timeout", True, True
            self._producer.kill()
        else:
            self._failures.append(f"the processes weren't ready within {START_SECONDS:g} s")
            self.end_taking("failed")

    def _signalled(self) -> bool:
        """Did a signal of ours, or of its own, end the producer?"""
        return self._ended or self.words.load(page.ENDED_NS) > 0

    def _gone_by_ns(self) -> int:
        """When the producer was gone at the latest, though we may have been away."""
        began_ns = self.words.load(page.ENDED_NS)
        now = time.monotonic_ns()
        return min(now, began_ns + page.TIDY_NS) if began_ns else now

    def _no_more(self, reason: str, at_ns: int) -> None:
        """Nothing is taken since `at_ns`: what is left is to be processed."""
        if reason == "failed" and self._signalled():
            reason = self._reason or "timeout"
        if self._reason is None or reason != "stopped":
            self._reason = reason
        self.over, self._overdue, self._over_ns = True, False, at_ns
        if self._producer.ring:
            self._producer.ring.end()       # where it couldn't
        self.words.store(page.OVER, 1)
        self._due_ns = time.monotonic_ns() + max(page.TIDY_NS, round(self._drain_seconds * 1e9))

    def _finish(self) -> None:
        statistics = self.statistics()
        found = figures(statistics)
        taken = self.taken
        elapsed = (self._over_ns - self._begun_ns) / 1e9 if self._begun_ns else 0.0
        dead = self.words.load(page.DEAD_NS) / 1e9
        failed = self._failures and not self._overdue
        self.result = Result(
            taken=taken, dropped=self.dropped,
            unprocessed=taken - found["events"], elapsed=elapsed,
            dead_time=min(1.0, dead / elapsed) if elapsed else 0.0,
            reason="failed" if failed else self._reason,
            failure="; ".join(self._failures) or None, product=self._product, **found)
        self._producer.end(END_SECONDS)
        self._processor.end(END_SECONDS)
