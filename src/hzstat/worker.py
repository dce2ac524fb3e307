"""The child's side: set up, run the loop, be gone."""
from __future__ import annotations

import os
import signal

from ._loop import Loop
from ._reader import FileReader
from .descriptors import find

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


def run(board: Board, worker: int, jobs: list[Job], caller: int) -> None:
    """Sample until the caller (a pid) says stop on the board, or is gone."""
    # The terminal's Ctrl-C reaches the whole process group; ending is the caller's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        caller_fd = os.pidfd_open(caller)
    except ProcessLookupError:
        return
    except OSError:                 # before Linux 5.3: the loop's look at its parent must do
        caller_fd = -1
    Loop(board, worker, [(job.reader(), job.ring, job.number) for job in jobs], caller_fd).run()
