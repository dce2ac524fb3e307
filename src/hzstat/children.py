"""What child processes of hzstat have in common: Ctrl-C is their caller's affair, and so is their
end."""
from __future__ import annotations

import os
import select
import signal
from contextlib import contextmanager

from .errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess


@contextmanager
def blocked(*signals: int) -> Iterator[None]:
    """What is started in here begins with these signals blocked."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def signals_held(context: BaseContext) -> Iterator[None]:
    """No Ctrl-C strikes a child that is started in here before it has said that it ignores it. Not
    so with a forkserver: it would start with these signals blocked, and all its children ever
    after."""
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        raise HzstatError("SIGCHLD is ignored, so that nothing is told of how a process ends: say "
                          "signal.signal(signal.SIGCHLD, signal.SIG_DFL) before")
    forkserver = context.get_start_method() == "forkserver"
    with blocked(*(() if forkserver else (signal.SIGINT, signal.SIGTERM))):
        yield


def how_it_ended(code: int) -> str:
    """What an exit code of multiprocessing says."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:              # a realtime signal, which has no name
        return f"killed by signal {-code}"


def end(process: BaseProcess, seconds: float) -> None:
    """Wait so long for a process that was told to stop, then kill it. Nothing of it is left."""
    # join() with a timeout would import much, for which there may be no file descriptor left.
    ended = select.poll()
    ended.register(process.sentinel, select.POLLIN)
    # One that isn't gone is stopped by a signal, or stuck in a read; of one that is, a child may
    # hold the sentinel.
    if process.exitcode is None and not ended.poll(1000 * seconds):
        process.kill()
    process.join()


def pidfd_of(caller: int) -> int | None:
    """A file descriptor that tells of its end; -1 where Linux has none, None where it is gone."""
    try:
        return os.pidfd_open(caller)
    except ProcessLookupError:
        return None
    except OSError:                 # before Linux 5.3
        return -1


def leave_signals_to_the_caller() -> None:
    """In the child: the terminal's Ctrl-C reaches the whole process group, but what ends is the
    caller's decision."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
