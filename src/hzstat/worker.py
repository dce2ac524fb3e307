"""The child's side: set up, run the loop, be gone."""
from __future__ import annotations

import os

from . import realtime
from ._loop import Loop, lock_memory
from ._reader import FileReader
from .children import leave_signals_to_the_caller, pidfd_of
from .descriptors import find
from .errors import NotPermitted
from .plan import LONGEST_SPIN_US, pinnable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._board import Board
    from ._ring import Ring
    from ._source import Source


class Job:
    """One source to sample: where from, with what was learnt of it, and where to."""

    __slots__ = ("learnt", "name", "number", "path", "ring")

    def __init__(self, source: Source, path: str, ring: Ring, number: int) -> None:
        self.name, self.learnt = source.recipe()
        self.path = path
        self.ring = ring
        self.number = number        # on the board

    def reader(self) -> FileReader:
        """The file, opened by the loop's first read, whose failures are recorded there."""
        return FileReader(self.path, find(self.name).again(self.learnt))


class Manner:
    """How a worker runs: on which CPU, ahead of all others or not, how long awake before a tick."""

    __slots__ = ("pin", "realtime", "spin_ns")

    def __init__(self, pin: int | None = None, realtime: bool = False, spin_us: float = 0) -> None:
        if not 0 <= spin_us <= LONGEST_SPIN_US:
            raise ValueError(f"spin_us is 0 to {LONGEST_SPIN_US:g} microseconds, not {spin_us}")
        self.pin = None if pin is None else pinnable(pin)
        self.realtime = realtime
        self.spin_ns = round(1000 * spin_us)

    def adopt(self) -> int:
        """Make this process, or thread, run so; 0, or the errno for which its memory isn't locked,
        without which it runs all the same."""
        if self.pin is not None:
            os.sched_setaffinity(0, {self.pin})
        if not self.realtime:
            return 0
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(realtime.PRIORITY))
        return lock_memory()

    def check(self) -> None:
        """NotPermitted where a worker couldn't run so."""
        refusal = realtime.refused() if self.realtime else None
        if refusal:
            raise NotPermitted(f"no realtime scheduling: {refusal}; it needs the right to "
                               f"SCHED_FIFO: run as root, or say ulimit -r {realtime.PRIORITY} "
                               "before")


def run(board: Board, worker: int, jobs: list[Job], caller: int, manner: Manner) -> None:
    """Sample until the caller (a pid) says stop on the board, or is gone."""
    leave_signals_to_the_caller()
    caller_fd = pidfd_of(caller)    # without one, the loop's look at its parent must do
    if caller_fd is None:
        return
    loop = Loop(board, worker, [(job.reader(), job.ring, job.number) for job in jobs], caller_fd,
                manner.spin_ns)
    for job in jobs:
        job.ring.touch()
    board.set_unlocked(worker, manner.adopt())
    loop.run()
