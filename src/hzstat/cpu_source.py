"""Where a CPU's busy time is read from: what there is that is finer than the ticks of stat.

Each is booked late, in a way of its own, as `hzstat bench cpu` shows (docs/timing.md). What is
booked late can be put where it belongs, but only once it is booked: see busy.py.
"""
from __future__ import annotations

import os

from .errors import ParseError, SourceUnavailable
from .procfs import File
from .shares import STEPS, WINDOW_NS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .procfs import Root

LONGEST_TICK_NS = 10_000_000        # at HZ=100; the kernel doesn't tell which HZ it has
MOST_OF_STAT_HZ = 1000      # the kernel's own ticks are no finer, whatever HZ it has
STAT, AUTO = "stat", "auto"


class CpuSource:
    """One of them: `source`, its name among hzstat's sources, and the `field` that counts, in units
    of `unit_ns`, what a CPU was busy, or where `idle` is true, was idle.

    `late_ns`: how late it is booked at most; None where it isn't before the CPU's state changes: a
    counter that stands still may then mean either. `whole`: one row for all CPUs together.
    """

    __slots__ = ("field", "idle", "late_ns", "name", "source", "unit_ns", "whole")

    def __init__(self, name: str, source: str, field: str, unit_ns: int, *, idle: bool = False,
                 late_ns: int | None = None, whole: bool = False) -> None:
        self.name = name
        self.source = source
        self.field = field
        self.unit_ns = unit_ns
        self.idle = idle
        self.late_ns = late_ns
        self.whole = whole

    def window_ns(self, period_ns: int) -> int:
        """The shortest time that a share may be told over, where it is sampled each `period_ns`:
        what is booked late is put back to the nearest sample. Never longer than stat's."""
        return min(STEPS * period_ns, WINDOW_NS)

    def __repr__(self) -> str:
        return f"<CpuSource {self.name}: {self.source}>"


# As `auto` prefers them: the one that is never later than a tick; then those that are late as long
# as nothing changes, of which schedstat is one file and counts no stolen time.
SOURCES = (
    CpuSource("cgroup", "cgroup/cpuacct.usage_percpu", "usage_ns", 1, late_ns=LONGEST_TICK_NS),
    CpuSource("schedstat", "schedstat", "run_ns", 1),
    CpuSource("cpuidle", "cpuidle", "idle_us", 1000, idle=True),
)
# Of version 2, for whoever names `cgroup` in a container: no host's CPU time, and no CPU apart.
CGROUP_2 = CpuSource("cgroup", "cgroup/cpu.stat", "usage_usec", 1000, late_ns=LONGEST_TICK_NS,
                     whole=True)
NAMES = (AUTO, STAT, *(one.name for one in SOURCES))


def reason_against(one: CpuSource, root: Root = None) -> str | None:
    """Why it can't tell of this machine's CPUs, or None where it can."""
    try:
        file = File(one.source, root)
        text = file.settle()
    except (SourceUnavailable, ParseError) as failure:
        return f"{getattr(failure, 'path', one.source)}: {getattr(failure, 'reason', failure)}"
    folder = os.path.dirname(file.path)
    # A root cgroup has files of its own (version 1), or lacks those of all others (version 2).
    if one.source.startswith("cgroup/cpuacct") and not os.path.exists(f"{folder}/release_agent"):
        return f"{file.path}: it counts this cgroup alone, not the machine"
    if one is CGROUP_2 and not os.path.exists(f"{folder}/cgroup.events"):
        return f"{file.path}: the root's is made of stat's ticks, and no finer"
    if one.source == "schedstat" and text.startswith(b"version 14\n"):
        return f"{file.path}: version 14 counts jiffies before Linux 2.6.23"
    return None


def choose(name: str, root: Root = None) -> tuple[CpuSource | None, str | None]:
    """The CPU source of that name, or the best where it is `auto`: (source, note).

    None stands for stat. The note says what there is to say: why it is stat for `auto`, or that
    the source tells of one cgroup alone. `root` is as for Reader. Raises SourceUnavailable where
    the one that was named can't be had.
    """
    if name == STAT:
        return None, None
    against = {one: reason_against(one, root) for one in SOURCES}
    here = [one for one in SOURCES if against[one] is None]
    if name == AUTO:
        if here:
            return here[0], None
        return None, ("no CPU source here is finer than stat's ticks ("
                      f"{'; '.join(filter(None, against.values()))}): stat it is, and max is the "
                      f"busiest {WINDOW_NS // 1_000_000} ms")
    for one in here:
        if one.name == name:
            return one, None
    reason = "; ".join(reason for one, reason in against.items() if one.name == name and reason)
    if name == CGROUP_2.name:
        other = reason_against(CGROUP_2, root)
        if other is None:
            return CGROUP_2, (f"{CGROUP_2.source} counts this cgroup alone: max is its share of "
                              "the machine's CPUs")
        reason += f"; {other}"
    path, _, why = reason.partition(": ")
    raise SourceUnavailable(path, f"{why}; --cpu-source {name} can't be had: there are "
                                  f"{', '.join([AUTO, STAT, *(one.name for one in here)])}")


def coarse_note(fine: CpuSource | None, delay: float, rate_hz: float) -> str | None:
    """What to say where rows of `delay` seconds, or samples at this rate, ask for more than the
    counters can show; None where they don't."""
    notes = []
    coarse_ms = WINDOW_NS // 1_000_000
    window_ns = fine.window_ns(round(1e9 / rate_hz)) if fine else WINDOW_NS
    if delay * 1e9 < WINDOW_NS:
        notes.append(f"{delay:g} s is less than {STEPS} of stat's steps: its shares are over "
                     f"{coarse_ms} ms")
        notes.append(f"max is the busiest {window_ns / 1e6:g} ms" if window_ns < WINDOW_NS else
                     f"give a delay of {WINDOW_NS / 1e9:g} or more"
                     + ("" if fine else f", or --cpu-source {AUTO} -r 1000 for a finer max"))
    if not fine and not notes and rate_hz > MOST_OF_STAT_HZ:
        notes.append(f"stat's ticks don't come {rate_hz:g} times a second: more samples place max, "
                     f"the busiest {coarse_ms} ms, no better; --cpu-source {AUTO} makes it finer")
    if fine and window_ns == WINDOW_NS:
        notes.append(f"at -r {rate_hz:g} max by {fine.source} is no finer than stat's, the busiest "
                     f"{coarse_ms} ms: give -r 1000 for {STEPS} ms")
    return "; ".join(notes) or None
