"""What to sample, how often, and in how many workers: validated once, then left alone."""
from __future__ import annotations

import math
import os

from . import descriptors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LOWEST_RATE_HZ = 0.001
HIGHEST_RATE_HZ = 100_000
LONGEST_SPIN_US = 10_000.0
SHORTEST_SECONDS, LONGEST_SECONDS = 0.001, 100_000     # of the times that commands take


def period_of(rate_hz: float) -> int:
    """The period in ns of a rate in Hz; ValueError where it can't be sampled at."""
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:        # nan isn't either
        raise ValueError(f"a rate is {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} samples a second, "
                         f"not {rate_hz}")
    return round(1e9 / rate_hz)


def pinnable(cpu: int) -> int:
    """The CPU, if this process may run on it; ValueError else."""
    allowed = os.sched_getaffinity(0)
    if cpu not in allowed:
        raise ValueError(f"can't pin to CPU {cpu}: this process may run on "
                         f"{', '.join(map(str, sorted(allowed)))}")
    return cpu


class Plan:
    """The period of each source in ns, and which worker takes which sources."""

    __slots__ = ("period_ns", "workers")

    def __init__(self, rates_hz: Mapping[str, float], jobs: int | None = None) -> None:
        if not rates_hz:
            raise ValueError(f"nothing to sample: name one of {', '.join(descriptors.names())}")
        for name in rates_hz:
            if descriptors.find(name).per_process:
                raise ValueError(f"{name} is a file of one process, and can't be sampled: read it "
                                 "with hzstat.Reader")
        if jobs is None:
            jobs = len(os.sched_getaffinity(0))
        if jobs != math.floor(jobs) or jobs < 1:
            raise ValueError(f"the workers are a whole number from 1 on, not {jobs}")
        self.period_ns = {name: period_of(hz) for name, hz in rates_hz.items()}
        # Dealt out as cards are, the fastest first, so that no worker has all the fast ones.
        fastest_first = sorted(self.period_ns, key=lambda name: self.period_ns[name])
        self.workers = tuple(tuple(fastest_first[i::jobs])
                             for i in range(min(int(jobs), len(fastest_first))))
