"""What every command that samples does first and last."""
from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from multiprocessing import get_context

from .cli import end_cleanly, explain, note
from .descriptors import find
from .errors import SourceUnavailable
from .sampler import Sampler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .errors import ParseError

SPARE_SECONDS = 5       # that rows may come late; long ones take what is there meanwhile


@contextmanager
def sampling(rates_hz: Mapping[str, float], delay: float, root: str | None,
             ring_seconds: float | None = None, **options: Any) -> Iterator[Sampler]:
    """A running Sampler for rows of `delay` seconds; what it can't sample is said on stderr.

    Its workers fork before numpy is imported: small, and up within milliseconds.
    """
    ring_seconds = ring_seconds or min(delay, SPARE_SECONDS) + SPARE_SECONDS
    sampler = Sampler(rates_hz, root=root, ring_seconds=ring_seconds,
                      context=get_context("fork"), report=note, **options)
    heed_signals()
    with sampler:
        for text in missing(sampler.unavailable):
            note(text)
        for worker in sampler.workers():
            explain(f"worker {worker.pid} samples " + ", ".join(
                f"{name} each {sampler.plan.period_ns[name] / 1e6:g} ms"
                for name in worker.sources))
        # OpenBLAS would start threads that nobody here uses, and a fork with threads is unsafe.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        yield sampler


def missing(unavailable: Mapping[str, SourceUnavailable | ParseError]) -> Iterator[str]:
    """What can't be sampled, and why: files that lack for one reason in one note."""
    alike: dict[str, list[str]] = {}
    for name, failure in unavailable.items():
        why = str(failure).removeprefix(f"{failure.path}: ")
        needs = find(name).needs
        if needs and isinstance(failure, SourceUnavailable):
            why += f"; needs {needs}"
        alike.setdefault(why, []).append(failure.path)
    for why, paths in alike.items():
        yield f"{', '.join(paths)}: {why}"


def heed_signals() -> None:
    """Those of children, and of who wants us to end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)   # else no child could say how it ended
    end_cleanly()
