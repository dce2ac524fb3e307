"""The clocks beside the one that ticks are counted on: did the machine sleep, was the time set?

CLOCK_MONOTONIC, on which samples are taken, stands still while the machine sleeps; CLOCK_BOOTTIME
goes on; CLOCK_REALTIME goes on, and may be set besides (clock_gettime(2)). All three are slewed
alike, so that any change of the distance between them is one of these two.
"""
from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_NS = 10_000_000       # smaller steps are nothing to speak of


class Clocks:
    """How far the other two were ahead of CLOCK_MONOTONIC when they were last looked at."""

    def __init__(self) -> None:
        self.boot_ns, self.wall_ns = ahead_ns()

    def look(self) -> Iterator[str]:
        """What has happened since, in words."""
        boot_ns, wall_ns = ahead_ns()
        slept = boot_ns - self.boot_ns
        step = wall_ns - self.wall_ns - slept
        self.boot_ns, self.wall_ns = boot_ns, wall_ns
        if abs(slept) >= LEAST_NS:
            yield (f"the machine slept for {slept / 1e9:.1f} s: in the records wall_ns jumps by "
                   "that, and no ticks are counted for it")
        if abs(step) >= LEAST_NS:
            yield (f"the wall clock was set by {step / 1e9:+.2f} s: wall_ns in the records "
                   "follows, and time_ns and the ticks don't")


def ahead_ns() -> tuple[int, int]:
    """CLOCK_BOOTTIME and CLOCK_REALTIME less CLOCK_MONOTONIC, read in one go."""
    while True:
        before = time.monotonic_ns()
        boot, wall = time.clock_gettime_ns(time.CLOCK_BOOTTIME), time.time_ns()
        if time.monotonic_ns() - before < LEAST_NS // 10:   # else we were interrupted meanwhile
            return boot - before, wall - before
