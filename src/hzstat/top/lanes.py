"""What is shown: groups of lanes, of which each is a picture with its numbers beside it."""
from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np

from hzstat import units
from hzstat.formats.levels import ALARM_FROM, WARN_FROM
from hzstat.groups.cpu import LEVELS
from hzstat.shares import TOTAL

from .feeds import BurstFeed, StatFeed
from .glyphs import CELL_COLUMNS
from .groups import GROUPS
from .styles import CALM, HIGH, RAISED, TRAFFIC
from .timeline import Refined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from numpy.typing import NDArray

    from .feeds import DiskFeed, Feed, MemoryFeed, NetFeed
    from .history import Values
    from .timeline import Timeline

    Format = Callable[[float | None], str]

SMALLEST_TOP_BYTES = 1024.0
SHARES = ("usr", "sys", "wai", "stl")


class Lane:
    """A series of a timeline: `name` and `format` of its numbers, `top` of its picture (None: as
    much as there is to be seen), and the `limits` from which a value is raised, and high."""

    def __init__(self, name: str, timeline: Timeline | Refined | None, series: int,
                 format: Format, *, top: float | None = None,
                 limits: tuple[float, float] | None = None, least_top: float = SMALLEST_TOP_BYTES,
                 unit: str = "", weight: int = 2, one_of_many: bool = False,
                 details: tuple[str, ...] = ()) -> None:
        self.name = name
        self.timeline = timeline
        self.series = series
        self.format = format
        self.limits = limits
        self.unit = unit                # of what the picture reaches up to
        self.weight = weight            # how it shares the height with others
        self.one_of_many = one_of_many  # gives way where there isn't room for all
        self.details = details          # lines below its numbers
        self._top = top
        self._least_top = least_top

    def top(self, high: Values) -> float:
        """The value of the highest dot, where the columns reach up to `high`."""
        if self._top:
            return self._top
        most = max(float(np.fmax.reduce(high, initial=0.0)), self._least_top)
        power = 2.0 ** math.floor(math.log2(most / self._least_top)) * self._least_top
        return next(top for top in (power, 1.5 * power, 2 * power) if top >= most)

    def style(self, value: float) -> str:
        """How a value is styled: the number says it all the same."""
        return SEVERITIES[bisect_right(self.limits, value)] if self.limits else TRAFFIC

    def runs(self, high: Values) -> list[tuple[int, str]]:
        """Which styles the characters of the picture have, by the most in their columns: (start,
        style), each until the next one's start."""
        if not self.limits:
            return [(0, TRAFFIC)]
        most: Values = np.fmax.reduce([high[i::CELL_COLUMNS] for i in range(CELL_COLUMNS)])
        severity: NDArray[np.intp] = np.searchsorted(self.limits, most, side="right")
        severity[np.isnan(most)] = 0
        starts = [0, *(np.flatnonzero(severity[1:] != severity[:-1]) + 1).tolist()]
        return [(start, SEVERITIES[severity[start]]) for start in starts]


SEVERITIES = (CALM, RAISED, HIGH)


def percent(share: float | None) -> str:
    return "-" if share is None else f"{units.percent(share)}%"


def lanes(feeds: Mapping[str, Feed], reasons: Mapping[str, str], shown: set[str],
          each_cpu: bool) -> Iterator[Lane]:
    """The lanes of the groups that are `shown`; a group whose source is missing says why."""
    for group, (name, source) in GROUPS.items():
        if group in shown:
            if source in reasons:
                yield Lane(name, None, 0, percent, details=(reasons[source],))
            elif group == "c":
                yield from cpu_lanes(feeds, each_cpu)
            elif group == "l":
                yield from load_lanes(feeds)
            else:
                yield from MAKERS[group](feeds[source])


def cpu_lanes(feeds: Mapping[str, Feed], each_cpu: bool) -> Iterator[Lane]:
    """All CPUs together, and each; refined where there is a fine CPU source."""
    feed, = (one for one in feeds.values() if isinstance(one, StatFeed))
    fine = next((one for one in feeds.values() if isinstance(one, BurstFeed)), None)

    def timeline(cpu: int) -> Timeline | Refined:
        bursts = fine.bursts.get(cpu) if fine else None
        return Refined(feed.cpu, bursts) if bursts else feed.cpu

    found = feed.detail()
    details = ["  ".join(f"{name} {units.percent(found.get(name))}" for name in SHARES)]
    if fine:
        details.append(f"bursts of {fine.window_ns / 1e6:g} ms: {fine.fine.name}")
    yield Lane("cpu", timeline(TOTAL), 0, percent, top=1.0, limits=LEVELS, weight=3,
               details=tuple(details))
    if each_cpu:
        for cpu, series in sorted(feed.series.items()):
            if 0 < series < feed.cpu.series:
                yield Lane(f"cpu{cpu}", timeline(cpu), series, percent, top=1.0, limits=LEVELS,
                           weight=1, one_of_many=True)


def memory_lanes(feed: MemoryFeed) -> Iterator[Lane]:
    row = feed.last
    details: tuple[str, ...] = ()
    total = 0.0
    if row is not None and "MemTotal" in row.dtype.names:
        total = 1024.0 * float(row["MemTotal"])
        details = (f"of {units.size(total)}  {swap(row)}",)
    yield Lane("mem", feed.used, 0, units.size, top=total, details=details,
               limits=(total * WARN_FROM["mem"] / 100, total * ALARM_FROM["mem"] / 100))


def swap(row: Any) -> str:
    names = row.dtype.names or ()
    if "SwapTotal" not in names or not row["SwapTotal"]:
        return "no swap"
    return f"swap {units.size(1024.0 * float(row['SwapTotal'] - row['SwapFree']))}"


def net_lanes(feed: NetFeed) -> Iterator[Lane]:
    names = [narrow(name) for name in feed.names()]
    yield Lane("recv", feed.rates, 0, units.size, unit="/s", details=(" ".join(names),))
    yield Lane("send", feed.rates, 1, units.size, unit="/s")


def narrow(name: bytes) -> str:
    """A name from the kernel, with nothing that a terminal would obey, or give two places."""
    return units.printable(name).encode("ascii", "backslashreplace").decode("ascii")


def load_lanes(feeds: Mapping[str, Feed]) -> Iterator[Lane]:
    """Tasks that run come with the CPUs' counters; the averages say the same of minutes."""
    averages, stat = feeds["loadavg"], feeds.get("stat")
    row = averages.last
    cpus = max(1, len(stat.series) - 1) if isinstance(stat, StatFeed) else 1
    details = () if row is None else (
        "load " + " ".join(units.load(float(row[name])) for name in ("load1", "load5", "load15")),)
    yield Lane("tasks", stat.running if isinstance(stat, StatFeed) else None, 0, units.load,
               limits=(cpus + 0.5, 2.0 * cpus), least_top=float(cpus), details=details)


def disk_lanes(feed: DiskFeed) -> Iterator[Lane]:
    used = feed.in_use()
    yield Lane("read", feed.rates, 0, units.size, unit="/s",
               details=(f"in use {percent(used)}",))
    yield Lane("write", feed.rates, 1, units.size, unit="/s")


MAKERS: Mapping[str, Callable[..., Iterator[Lane]]] = {
    "m": memory_lanes, "n": net_lanes, "d": disk_lanes}
