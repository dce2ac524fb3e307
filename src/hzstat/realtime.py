"""The right to run ahead of all others."""
from __future__ import annotations

import os
import threading

PRIORITY = 50               # of SCHED_FIFO: above what isn't urgent, below the kernel's own threads


def refused() -> str | None:
    """Why this process may not have it, None where it may. A thread tries, which then ends: there
    may be no right to go back."""
    reasons: list[str] = []

    def attempt() -> None:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        except OSError as failure:
            reasons.append(failure.strerror or str(failure))
    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return reasons[0] if reasons else None
