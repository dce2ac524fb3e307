"""Processes of the benches: forked, deaf to Ctrl-C, and none left behind."""
from __future__ import annotations

import multiprocessing
import signal

from hzstat.children import blocked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from multiprocessing.connection import Connection
    from typing import Any

FORK = multiprocessing.get_context("fork")


def deaf() -> AbstractContextManager[None]:
    """What is forked in here never hears of a Ctrl-C: its parent does, afterwards, and decides."""
    return blocked(signal.SIGINT)


def apart(way: Callable[[], Any]) -> Any:
    """What `way` returns in a process of its own; an OSError there is raised here."""
    ours, theirs = FORK.Pipe(duplex=False)

    def work(answer: Connection) -> None:
        try:
            answer.send(way())
        except OSError as failure:
            answer.send(failure)
    process = FORK.Process(target=work, args=(theirs,))
    with deaf():
        process.start()
    theirs.close()
    try:
        found = ours.recv()
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join()
    if isinstance(found, OSError):
        raise found
    return found
