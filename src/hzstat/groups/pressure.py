"""--psi: the share of time in which tasks stalled for want of something."""
from __future__ import annotations

from .group import Column, Group
from .quantity import SHARE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from hzstat.moments import Moments
    from hzstat.spans import Spans

    from .group import Key

SECONDS_PER_US = 1e-6
LEVELS = (0.1, 0.5)
HEADINGS = {"cpu": "cpu", "memory": "mem", "io": "io"}


def measure(at: Spans, key: Key) -> Mapping[str, Moments]:
    """By the time counted, not by the averages, which the kernel makes over 10 seconds and more."""
    return {name: at.growth(f"pressure/{name}", "total_us", where=("kind", b"some"))[0]
            .times(SECONDS_PER_US) for name in HEADINGS}


GROUP = Group("psi", "", "psi", "share of time in which tasks stalled for CPU, memory, I/O",
              tuple(f"pressure/{name}" for name in HEADINGS), tuple(
                  Column(name, heading, SHARE, f"total_us of `some` in pressure/{name}",
                         levels=LEVELS) for name, heading in HEADINGS.items()),
              measure, over_time=True)
