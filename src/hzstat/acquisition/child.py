"""The two processes of an acquisition: what the manager does to them, and what each does first."""
from __future__ import annotations

import os
import threading
from multiprocessing import current_process
from pickle import PicklingError
from select import POLLOUT, poll

from hzstat._caller import end_with
from hzstat.children import (
    end,
    how_it_ended,
    leave_signals_to_the_caller,
    pidfd_of,
    signals_held,
)
from hzstat.errors import HzstatError

from .links import RING, received_ring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import BaseContext
    from typing import Any

    from hzstat._ring import Ring


class Child:
    """The manager's hold on one process: it is started, listened to, and ended."""

    def __init__(self, name: str, context: BaseContext) -> None:
        self.name = name
        self.ring: Ring | None = None       # what it has handed over
        self._context = context
        self._link: Any = None
        self._open = True                   # may messages come?
        self._ring_comes = False            # as the next one
        self._process: Any = None

    def start(self, run: Callable[..., None], *arguments: Any) -> None:
        """Call run(its end of our link, pid of the caller, *arguments) in the process.

        TypeError where the arguments can't be pickled, OSError where there is no process to be
        had."""
        # Now, so that none that was forked before has a copy, and its end is the end of the link.
        self._link, theirs = self._context.Pipe()
        process = self._context.Process(        # type: ignore[attr-defined]
            target=run, args=(theirs, os.getpid(), *arguments), name=f"hzstat {self.name}",
            daemon=True)
        try:
            with signals_held(self._context):
                process.start()
        except (PicklingError, AttributeError, TypeError) as failure:
            method = self._context.get_start_method()
            raise TypeError(
                f"the {self.name} can't be sent to a process by {method}: {failure}; define it at "
                'the top of a module, or pass context=multiprocessing.get_context("fork")'
            ) from failure
        finally:
            theirs.close()
        self._process = process

    def hears(self, seconds: float) -> bool:
        """Has the link room for a PART, or will it have some in so many seconds?"""
        room = poll()
        room.register(self._link, POLLOUT)
        return bool(room.poll(1000 * seconds))

    def send(self, part: bytes) -> None:
        """Which doesn't wait where there was room; to whoever is gone, nothing is sent."""
        try:
            self._link.send_bytes(part)
        except (BrokenPipeError, ConnectionResetError):
            self._open = False

    def messages(self) -> Iterator[Any]:
        """What it has sent since the last call; a ring is kept as `ring`."""
        while self._open and self._link.poll():
            try:
                # Nothing is read that hasn't come: who is stopped in between stops nobody here.
                if self._ring_comes:
                    self.ring = received_ring(self._link)
                    self._ring_comes = False
                elif (message := self._link.recv()) == RING:
                    self._ring_comes = True
                else:
                    yield message
            except (EOFError, OSError):     # OSError: in the midst of a message, too
                self._open = False

    @property
    def awaited(self) -> list[Any]:
        """What to wait for: there is something to do when one of these is ready."""
        return [self._process.sentinel, *([self._link] if self._open else [])]

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    @property
    def gone(self) -> bool:
        return self._process is None or self._process.exitcode is not None

    @property
    def death(self) -> str:
        """How it ended."""
        return how_it_ended(self._process.exitcode)

    def terminate(self) -> None:
        """SIGTERM, for which it may have a handler."""
        self._process.terminate()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def end(self, grace: float = 0.0) -> None:
        """Nothing of it is left afterwards."""
        if self._process is not None:
            end(self._process, grace)
            self._process = None
        if self._link is not None:
            self._link.close()
        self.ring = None


# In the process.

def settle(caller: int) -> None:
    """Leave Ctrl-C to the caller (a pid), and end with it."""
    leave_signals_to_the_caller()
    # What is the user's may want processes of its own, which multiprocessing denies to daemons.
    current_process().daemon = False
    caller_fd = pidfd_of(caller)
    if caller_fd is None:
        os._exit(1)
    # The main thread may be in a read for ever. This one holds no lock while it waits.
    threading.Thread(target=end_with, args=(caller_fd,), daemon=True,
                     name="end with the caller").start()


def told(failure: Exception) -> str:
    """Its type and text, and where it was raised; of our own the text alone, which says it all."""
    if isinstance(failure, HzstatError):
        return str(failure)
    kind = type(failure)
    name = kind.__qualname__ if kind.__module__ == "builtins" else \
        f"{kind.__module__}.{kind.__qualname__}"
    text = f"{name}: {failure}" if str(failure) else name
    at = failure.__traceback__
    while at and at.tb_next:
        at = at.tb_next
    return f"{text} ({os.path.basename(at.tb_frame.f_code.co_filename)}, line {at.tb_lineno})" \
        if at else text
