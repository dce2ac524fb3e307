"""An acquisition as its caller has it: who starts it, talks to it, and gets its result."""
from __future__ import annotations

import multiprocessing
import time

from hzstat.errors import AcquisitionFailed

from .interrupts import Interrupts
from .plan import (
    DRAIN_SECONDS,
    DROP,
    HIGHEST_RATE_HZ,
    LARGEST_RING_BYTES,
    RING_SECONDS,
    Limits,
    Room,
)
from .producer import PAUSE, RESUME
from .run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.context import BaseContext
    from typing import Any, Self

    import numpy as np
    from numpy.typing import NDArray

    from .result import Result

    Producer = Callable[[], Any] | Iterable[Any]
    Process = Callable[[NDArray[np.void]], object]


def acquire(producer: Producer, process: Process | None = None, **options: Any) -> Result:
    """Take events from `producer` in one process, process them in another, and return what came
    of it. Arguments are those of Acquisition, which can be talked to meanwhile.

    Ctrl-C ends it, too, and returns what there is."""
    with Interrupts() as interrupts, Acquisition(producer, process, **options) as acquisition:
        return acquisition.wait(interrupts)


class Acquisition:
    """Takes data in one process and processes it in another, so that however slow that is, no data
    is missed meanwhile.

    >>> with hzstat.Acquisition(read_detector, events=1000, timeout=60) as acquisition:
    ...     acquisition.send("pause")
    ...     acquisition.send("resume")
    ...     result = acquisition.wait()

    `producer`: a callable that returns the next event, which is a number, a tuple of numbers, a
    numpy record or array, or None where there is none yet, and raises StopIteration where no more
    will come; or one that returns an iterator of such, as a generator's function does; or an
    iterable. All events have to be of the first one's kind. `process`: called with batches of
    events, structured numpy arrays of shape (n,) with `time_ns` (when each came, ns since the
    epoch, on a clock that never steps) and `value`, or the fields of a record or a tuple (`f0`, …,
    or a named one's). The mean and the rest of Result are there with and without it.

    `events`: take exactly so many. `timeout`: take no more so many seconds after both processes
    were ready. `on_full`: "drop" an event that finds no room in the ring, and count it, or "wait"
    for room. The ring has room for `ring_seconds` at `rate_hz` events a second, within
    `ring_bytes`. `drain_seconds`: how long the processor may take for what is left, and the
    producer to tidy up, once no more is taken. `context`: one of multiprocessing's (default: its
    default).

    The ring is made for the first event, which takes a few milliseconds; for a producer with an
    attribute `like`, a value like those that will come, it is there before the first one.

    Limits are kept by the producer's process, even where it is stuck in a read and the caller does
    something else. All the rest is done when the caller asks: in wait(), receive(), the properties.
    """

    def __init__(self, producer: Producer, process: Process | None = None, *,
                 events: int | None = None, timeout: float | None = None,
                 ring_seconds: float = RING_SECONDS, rate_hz: float = HIGHEST_RATE_HZ,
                 ring_bytes: int = LARGEST_RING_BYTES, on_full: str = DROP,
                 drain_seconds: float = DRAIN_SECONDS,
                 context: BaseContext | None = None) -> None:
        if not (callable(producer) or hasattr(producer, "__iter__")):
            raise TypeError(f"a producer is a callable or an iterable, not {producer!r}")
        if process is not None and not callable(process):
            raise TypeError(f"process is a callable, not {process!r}")
        if not 0 <= drain_seconds < 1e9:
            raise ValueError(f"drain_seconds is a number from 0 to 1e9, not {drain_seconds}")
        self._work = producer, process
        self._plan = (Limits(events, timeout), Room(ring_seconds, rate_hz, ring_bytes, on_full),
                      drain_seconds, context or multiprocessing.get_context())
        self._started: Run | None = None

    # -- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Start both processes. TypeError where the producer or `process` can't be sent there,
        AcquisitionFailed where there is no process to be had."""
        if self._started:
            raise AcquisitionFailed("it was started before: make another Acquisition")
        try:
            run = Run(*self._plan)
            run.start(*self._work)
        except OSError as failure:
            raise AcquisitionFailed(f"the processes can't be started: {failure.strerror}; are "
                                    "processes, files or memory limited?") from failure
        self._started = run

    @property
    def _run(self) -> Run:
        if self._started is None:
            raise AcquisitionFailed("it wasn't started: call start(), or use it by `with`")
        return self._started

    def _looked_after(self) -> Run:
        run = self._run
        if run.result is None:
            run.look()
        return run

    def stop(self) -> None:
        """Take no more. What was taken is still processed, which wait() waits for."""
        self._looked_after().end_taking("interrupted")

    def wait(self, interrupts: Interrupts | None = None) -> Result:
        """Wait until a limit is reached, or it ends otherwise, and all that was taken is processed.

        A Ctrl-C meanwhile is a stop(); a second one doesn't wait for the processing, either.
        `interrupts` may have noted one that came before."""
        run, seen = self._run, 0
        with interrupts or Interrupts() as interrupts:
            while run.result is None:
                run.look()
                if run.result is None:
                    interrupts.wait(seen, run.sleep)
                    if interrupts.count > seen:
                        run.end_taking("interrupted") if seen == 0 else run.hurry()
                        seen += 1
        return run.result

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._run.abort()
        elif self._run.result is None:
            self.stop()
            self.wait()

    # -- while it runs ---------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Is data still taken, or processed?"""
        return self._looked_after().result is None

    @property
    def taken(self) -> int:
        """Events that were stored so far."""
        run = self._looked_after()
        return run.taken if run.result is None else int(run.result.taken)

    @property
    def processed(self) -> int:
        """Events that were processed so far."""
        run = self._looked_after()
        if run.result is not None:
            return int(run.result.events)
        statistics = run.statistics()
        return statistics.events if statistics else 0

    @property
    def dropped(self) -> int:
        """Events that found no room so far."""
        return self._looked_after().dropped

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of the "producer" and the "processor", where they haven't ended."""
        return self._run.pids()

    def send(self, message: Any) -> None:
        """Tell the producer something, which gets it between two events: "pause", "resume", or
        anything picklable, with which its method `command` is called in its process. What that
        returns is an answer, unless it is None. Where the producer is behind with so many that
        there is no room for another, this waits, until nothing is taken any more."""
        if not ((isinstance(message, str) and message in (PAUSE, RESUME))
                or hasattr(self._work[0], "command")):
            raise AcquisitionFailed(f'the producer understands "{PAUSE}" and "{RESUME}" alone, '
                                    "since it has no method command(message)")
        run = self._looked_after()
        if not run.over:
            run.command(message)

    def answers(self) -> Iterator[Any]:
        """The answers that have come and weren't received yet, without waiting."""
        answers = self._looked_after().answers
        while answers:
            yield answers.pop(0)

    def receive(self, timeout: float | None = None) -> Any:
        """The producer's next answer; TimeoutError where there is none within `timeout` seconds,
        EOFError where none will come, since nothing is taken any more."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not (answers := self._looked_after().answers):
            if self._run.over:
                raise EOFError("the producer has ended, and no answer will come")
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError(f"no answer within {timeout} s")
            self._run.sleep(left)
        return answers.pop(0)
