"""How far a bench is, and how long it will take: a bar in a terminal, else now and then a line."""
from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self

LINE_SECONDS = 10.0             # between two lines where there is no terminal


class Progress:
    """Of `total` steps, on stderr.

    >>> with Progress("countdown", 10) as progress:
    ...     progress.step("threads")        # before each
    """

    def __init__(self, what: str, total: float = 1.0) -> None:
        self.what = what
        self.total = total      # may be set before the first step
        self.done = 0.0
        self.bar: Any = None

    def __enter__(self) -> Self:
        self.begun = self.said = time.monotonic()
        if sys.stderr and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar
            self.bar = Bar(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(),
                           console=Console(stderr=True), transient=True,
                           auto_refresh=False)      # no thread: what is measured here may fork
            self.task = self.bar.add_task(self.what)
        return self

    def step(self, doing: str, weight: float = 1.0) -> None:
        """What is begun now, which is so much of the total; what was begun before is done."""
        now = time.monotonic()
        if self.bar:
            self.bar.start()
            self.bar.update(self.task, completed=self.done, total=self.total,
                            description=f"{self.what}: {doing}")
            self.bar.refresh()
        elif sys.stderr and self.done and now - self.said >= LINE_SECONDS:
            self.said = now
            left = (now - self.begun) * (self.total / self.done - 1)
            print(f"{self.what}: {100 * self.done / self.total:.0f} %, about {left:.0f} s left",
                  file=sys.stderr, flush=True)
        self.done += weight

    def pause(self) -> None:
        """Leave the terminal to others until the next step."""
        if self.bar:
            self.bar.stop()

    def __exit__(self, kind: type[BaseException] | None, failure: BaseException | None,
                 where: TracebackType | None) -> None:
        self.pause()
