"""What an acquisition is to do: validated, and sent to its processes."""
from __future__ import annotations

import time

from hzstat._ring import slots_in

RING_SECONDS = 10.0
HIGHEST_RATE_HZ = 10_000.0
LARGEST_RING_BYTES = 64 << 20
DRAIN_SECONDS = 10.0
DROP, WAIT = "drop", "wait"     # what becomes of an event that finds no room
FEWEST_SLOTS = 64
NEVER_NS = 1 << 62


class Limits:
    """When to take no more: at `events`, or `timeout` seconds after begin(). None: no limit."""

    def __init__(self, events: float | None = None, timeout: float | None = None) -> None:
        if events is not None and not (events >= 1 and float(events).is_integer()):
            raise ValueError(f"events is a whole number from 1 on, not {events}")
        if timeout is not None:
            positive("timeout", timeout)
        self.events = None if events is None else int(events)       # of 1e6, too
        self.timeout_ns = NEVER_NS if timeout is None else round(timeout * 1e9)
        self.until_ns = NEVER_NS
        self.ended_ns = 0           # when no more was taken

    def begin(self) -> int:
        """The time runs from now on, which is returned (CLOCK_MONOTONIC)."""
        now = time.monotonic_ns()
        self.until_ns = now + self.timeout_ns
        return now

    def end(self) -> None:
        self.ended_ns = time.monotonic_ns()

    def left_ns(self) -> int:
        return self.until_ns - time.monotonic_ns()


class Room:
    """The room for events that wait to be processed: `seconds` at `rate_hz`, in at most
    `most_bytes`; and what becomes of those that find none."""

    def __init__(self, seconds: float = RING_SECONDS, rate_hz: float = HIGHEST_RATE_HZ,
                 most_bytes: int = LARGEST_RING_BYTES, on_full: str = DROP) -> None:
        positive("ring_seconds", seconds)
        positive("rate_hz", rate_hz)
        positive("ring_bytes", most_bytes, 1e15)
        if on_full not in (DROP, WAIT):
            raise ValueError(f'on_full is "{DROP}" or "{WAIT}", not {on_full!r}')
        self.events = max(FEWEST_SLOTS, int(seconds * rate_hz))
        self.most_bytes = most_bytes
        self.on_full = on_full

    def slots(self, record_bytes: int, about_bytes: int, limit: int | None) -> int:
        """Of a ring for no more than `limit` events of so many bytes."""
        events = self.events if limit is None else min(self.events, limit)
        # One more, since the slot behind the newest is never counted on.
        return max(2, min(events + 1, slots_in(int(self.most_bytes), record_bytes, about_bytes)))


def positive(name: str, number: float, below: float = 1e9) -> None:
    if not 0 < number < below:
        raise ValueError(f"{name} is a number above 0 and below {below:g}, not {number}")
