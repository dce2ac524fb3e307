"""What child processes of hzstat have in common: Ctrl-C is their caller's affair."""
from __future__ import annotations

import signal
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import BaseContext


@contextmanager
def signals_held(context: BaseContext) -> Iterator[None]:
    """No Ctrl-C strikes a child that is started in here before it has said that it ignores it. Not
    so with a forkserver: it would start with these signals blocked, and all its children ever
    after."""
    forkserver = context.get_start_method() == "forkserver"
    blocked = set() if forkserver else {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_signals_to_the_caller() -> None:
    """In the child: the terminal's Ctrl-C reaches the whole process group, but what ends is the
    caller's decision."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
