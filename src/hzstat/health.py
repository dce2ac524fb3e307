"""How well it is sampled, and what that takes, as a Sampler tells it."""
from __future__ import annotations

from collections import namedtuple

QUANTILES = (0.5, 0.99, 0.999)

Health = namedtuple("Health", "planned records missed lost errors status cut late_ns read_ns")
Health.__doc__ = """How one source has been sampled so far.

`planned`, the ticks, are `records` and `missed` together. `lost`: records that were overwritten
before sampler[name] was read (sampler.view()s count their own); `errors`: records with a status
that isn't 0, of which `status` is the last; `cut`: records in which rows found no room. `late_ns`
and `read_ns`: p50, p99, p99.9 and maximum of how late reads began and how long they took, right to
1/16; None while there is no record.
"""

RingSize = namedtuple("RingSize", "slots bytes seconds")
RingSize.__doc__ = """The room of one source: records that are kept, their bytes together,
and the time that is."""

WorkerHealth = namedtuple("WorkerHealth", "sources pid cpu_ns setup_ns wakeups")
WorkerHealth.__doc__ = """One worker: its sources, its process id, the CPU time in ns of its loop
and of its set-up before that, and its wake-ups."""
