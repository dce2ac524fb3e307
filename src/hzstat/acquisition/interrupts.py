"""A Ctrl-C that breaks into waiting, and into nothing else."""
from __future__ import annotations

import signal
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Self


class Interrupts:
    """While it is entered, a Ctrl-C is counted in `count` instead of being raised wherever Python
    happens to be. One that comes during a wait() ends it. Where the program has a handler of its
    own, or in another thread than the main one, nothing is changed."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if (threading.current_thread() is threading.main_thread()
                and signal.getsignal(signal.SIGINT) is signal.default_int_handler):
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self.count += 1
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt

    def wait(self, seen: int, wait: Callable[[], object]) -> None:
        """Call `wait`, until a Ctrl-C beyond the first `seen` comes, or at once has come."""
        try:
            self._waiting = True
            if self.count == seen:
                wait()
        except KeyboardInterrupt:
            self.count = max(self.count, seen + 1)      # of a handler that isn't ours
        finally:
            self._waiting = False
