"""What every command that samples does first and last."""
from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from multiprocessing import get_context

from .cli import TERMINATED, complain
from .sampler import Sampler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

SPARE_SECONDS = 5       # a ring has to last from one row to the next, and then some


@contextmanager
def sampling(sources: Sequence[str], rate_hz: float, delay: float, root: str,
             jobs: int | None) -> Iterator[Sampler]:
    """A running Sampler for rows of `delay` seconds; what it can't sample is said on stderr.

    Its workers fork before numpy is imported: small, and up within milliseconds.
    """
    sampler = Sampler(dict.fromkeys(sources, rate_hz), jobs=jobs, root=root,
                      ring_seconds=delay + SPARE_SECONDS, context=get_context("fork"),
                      report=complain)
    signal.signal(signal.SIGTERM, end)
    with sampler:
        for reason in sampler.unavailable.values():
            complain(str(reason))
        # OpenBLAS would start threads that nobody here uses, and a fork with threads is unsafe.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        yield sampler


def end(signum: int, frame: FrameType | None) -> None:
    """SIGTERM ends us as Ctrl-C does, by way of every `with` block: workers are to be ended."""
    raise SystemExit(TERMINATED)
