"""The caller's hold on one worker process: it is started, looked after, and ended."""
from __future__ import annotations

import os
import time
from collections import deque

from .children import end, how_it_ended, signals_held
from .errors import WorkerDied
from .worker import Job, Manner, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from ._board import Board

END_SECONDS = 1.0           # for one that was told to stop
DEATHS_TOO_MANY, DEATHS_WITHIN_SECONDS = 4, 10.0


class Keeper:
    """One worker process, started again when it dies."""

    def __init__(self, board: Board, number: int, jobs: list[Job], manner: Manner,
                 context: BaseContext, report: Callable[[str], None]) -> None:
        self.board = board
        self.number = number
        self.jobs = jobs
        self.manner = manner
        self.context = context
        self.report = report
        self.names = tuple(job.name for job in jobs)
        self.failure: WorkerDied | None = None
        self.ended = False
        self.deaths: deque[float] = deque(maxlen=DEATHS_TOO_MANY)
        self.process: BaseProcess

    def start(self) -> None:
        """WorkerDied where no process can be had."""
        self.process = self.context.Process(        # type: ignore[attr-defined]
            target=run, args=(self.board, self.number, self.jobs, os.getpid(), self.manner),
            name=f"hzstat {' '.join(self.names)}", daemon=True)
        try:
            with signals_held(self.context):
                self.process.start()
        except OSError as failure:
            self.failure = WorkerDied(self.names, f"can't be started: {failure.strerror}; "
                                      "are processes, files or memory limited?")
            raise self.failure from failure

    def check(self) -> None:
        """Start it again if it has died; WorkerDied if it keeps dying."""
        if self.failure:
            raise self.failure
        code = self.process.exitcode
        if code is None or self.ended:      # by a signal's handler, a moment ago
            return
        reason = how_it_ended(code)
        now = time.monotonic()
        self.deaths.append(now)
        if (len(self.deaths) == DEATHS_TOO_MANY
                and now - self.deaths[0] < DEATHS_WITHIN_SECONDS):
            self.failure = WorkerDied(self.names, f"keeps dying ({reason}); is memory short, or "
                                      "does something kill it?")
            raise self.failure
        self.start()
        self.report(f"the worker for {', '.join(self.names)} died ({reason}) and was "
                    "started again; its gap counts as missed ticks")

    def end(self) -> None:
        """Wait for it, which was told to stop; for as long as a second. May be called again,
        where a Ctrl-C has cut it short."""
        self.ended = True
        if not hasattr(self, "process") or self.process.pid is None:
            return
        end(self.process, END_SECONDS)
