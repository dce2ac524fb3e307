"""Records of each source, as they come → values in a timeline.

Every sample counts, and none by itself: a share of CPU time is over five of the counter's steps, a
rate over one sampling period, from each sample to the first that is so much later. What waits for
its end is kept for the next time.
"""
from __future__ import annotations

from copy import copy, deepcopy

import numpy as np

from hzstat import disks, shares, windows
from hzstat.busy import busy
from hzstat.groups.disk import SECTOR_BYTES
from hzstat.moments import over, window_ends
from hzstat.spans import SLACK

from .history import NOW_NS
from .timeline import Timeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

    from numpy.typing import NDArray

    from hzstat.cpu_source import CpuSource
    from hzstat.sampler import Sampler
    from hzstat.view import View

    Records = NDArray[np.void]


LONGEST_UNKNOWN_NS = 1_000_000_000      # for which one waits for what a CPU has yet to book


class Feed:
    """One source: its `view`, its sampling period, and what was not yet taken up of it."""

    def __init__(self, view: View, period_ns: int, root: str | None) -> None:
        self.view = view
        self.period_ns = period_ns
        self.root = root
        self.pending = np.empty(0, view.dtype)
        self.recent: list[Records] = []         # one record of each look, for NOW_NS
        self.late: Timeline | None = None       # where it is of interest

    def collect(self) -> None:
        """Take what is in the ring: all of it, but after long absence, of which the rest comes
        next time."""
        records = self.view.drain()
        if self.late:
            self.late.add(records["time_ns"], records["late_ns"][:, None].astype(np.float64))
        if records["status"].any():
            records = windows.good(records)
        if len(records):
            self.recent.append(records[-1:].copy())
            self.take(records)
        while len(self.recent) > 1 and self.age_ns(self.recent[1]) >= NOW_NS:
            del self.recent[0]

    def age_ns(self, record: Records) -> int:
        """How much newer the newest one is."""
        return int(self.recent[-1]["time_ns"][0] - record["time_ns"][0])

    def rerate(self, period_ns: int) -> None:
        """It is sampled each `period_ns` from now on. Windows begin afresh: with another slack,
        those that wait could end before others that have."""
        self.period_ns = period_ns
        self.pending = self.pending[:0]

    @property
    def slack_ns(self) -> int:
        """By how much a window may fall short for lateness."""
        return round(SLACK * self.period_ns)

    def take(self, records: Records) -> None:
        """Take over good records, at least one."""
        raise NotImplementedError

    def with_pending(self, records: Records) -> Records:
        return joined(self.pending, records)

    def spans(self, records: Records, window_ns: int) -> tuple[Any, Any]:
        """Where each window begins and ends; what begins none yet is kept in `pending`."""
        ends = window_ends(records["time_ns"], window_ns, self.slack_ns)
        known = int(np.searchsorted(ends, len(records)))
        self.pending = records[known:].copy()
        return slice(known), ends[:known]

    def copy(self) -> Self:
        """As it is now: what comes later changes it no more."""
        other = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Timeline | list | dict):
                setattr(other, name, deepcopy(value))
        return other

    @property
    def last(self) -> Any:
        """The newest good record's first row, or None."""
        return self.recent[-1]["data"][0, 0] if self.recent else None


class StatFeed(Feed):
    """`cpu`: the busy share of each CPU (series 0: all together); `running`: tasks that run or
    could, without the worker that looks."""

    def __init__(self, view: View, period_ns: int, root: str | None) -> None:
        super().__init__(view, period_ns, root)
        self.cpu = Timeline(view.max_rows)
        self.running = Timeline(1)
        self.series: dict[int, int] = {shares.TOTAL: 0}     # by the number of the CPU

    def take(self, records: Records) -> None:
        running = records["data"]["procs_running"][:, :1].astype(np.float64) - 1
        self.running.add(records["time_ns"], np.maximum(running, 0))
        records = self.with_pending(records)
        records = records[windows.since_others(records):]
        rows = records["data"][:, :records["rows"][-1]]
        begins, ends = self.spans(records, shares.WINDOW_NS)
        times = records["time_ns"][ends]
        fields = {field: rows[field] for field in shares.FIELDS}
        grown = shares.growth({field: column[begins] for field, column in fields.items()},
                              {field: column[ends] for field, column in fields.items()})
        ticks = shares.total(grown)
        busy = np.full((len(ends), self.cpu.series), np.nan)
        series = [self.series.setdefault(cpu, len(self.series))
                  for cpu in rows["cpu"][-1].tolist()]
        there = [place < self.cpu.series for place in series]
        busy[:, np.array(series)[there]] = np.divide(
            shares.column(grown, "cpu"), ticks, out=np.full(ticks.shape, np.nan),
            where=ticks > 0)[:, there]
        self.cpu.add(times, busy)

    def cpus(self) -> NDArray[np.int64]:
        """The numbers of the CPUs that there are."""
        if not self.recent:
            return np.empty(0, np.int64)
        record = self.recent[-1][0]
        numbers = record["data"]["cpu"][:record["rows"]]
        cpus: NDArray[np.int64] = numbers[numbers != shares.TOTAL]
        return cpus

    def detail(self) -> Mapping[str, float | None]:
        """The shares of all CPUs together (usr sys idl wai stl) in the last half second."""
        return over(windows.cpu(joined(*self.recent), shares.TOTAL, self.slack_ns)) \
            if self.recent else {}


class BurstFeed(Feed):
    """Busy shares of CPUs over five samples, from a `fine` CPU source: `bursts` by the number of a
    CPU (shares.TOTAL: all together). Each is told once it is booked (busy.py)."""

    def __init__(self, view: View, period_ns: int, root: str | None, fine: CpuSource,
                 stat: StatFeed) -> None:
        super().__init__(view, period_ns, root)
        self.fine = fine
        self.stat = stat        # which knows what CPUs there are
        self.bursts: dict[int, Timeline] = {}
        self.told_ns: dict[int, int] = {}

    @property
    def window_ns(self) -> int:
        return self.fine.window_ns(self.period_ns)

    def take(self, records: Records) -> None:
        records = self.with_pending(records)
        cpus = self.stat.cpus()
        known_ns = newest_ns = int(records["time_ns"][-1])
        for cpu in (shares.TOTAL, *cpus.tolist()):
            found = busy(self.fine, records, cpus if cpu == shares.TOTAL else cpus[cpus == cpu])
            ends, values = found.windows(self.window_ns, self.slack_ns)
            told_ns = self.told_ns.get(cpu, 0)
            fresh = ends > told_ns
            self.bursts.setdefault(cpu, Timeline(1)).add(ends[fresh], values[fresh, None])
            self.told_ns[cpu] = max(told_ns, found.known_until)
            known_ns = min(known_ns, self.told_ns[cpu])
        known_ns = max(known_ns, newest_ns - LONGEST_UNKNOWN_NS)
        first = np.searchsorted(records["time_ns"], known_ns - 2 * self.window_ns)
        self.pending = records[first:].copy()


class GrowthFeed(Feed):
    """`rates`: two sums of counters, as growth a second over each sampling period."""

    def __init__(self, view: View, period_ns: int, root: str | None) -> None:
        super().__init__(view, period_ns, root)
        self.rates = Timeline(2)

    def sums(self, records: Records) -> tuple[Any, Any]:
        """How much each has grown since the first of the records, (n,)."""
        raise NotImplementedError

    def take(self, records: Records) -> None:
        records = self.with_pending(records)
        times = records["time_ns"]
        grown = np.stack(self.sums(records), axis=1).astype(np.float64)
        begins, ends = self.spans(records, self.period_ns)
        seconds = (times[ends] - times[begins]) / 1e9
        self.rates.add(times[ends], (grown[ends] - grown[begins]) / seconds[:, None])


class NetFeed(GrowthFeed):
    """Bytes a second, received and sent, of all interfaces but lo."""

    def sums(self, records: Records) -> tuple[Any, Any]:
        return (windows.total_growth(records, "rx_bytes"),
                windows.total_growth(records, "tx_bytes"))

    def names(self) -> list[bytes]:
        """The interfaces that there are, but lo."""
        if not self.recent:
            return []
        record = self.recent[-1][0]
        return [name for name in record["data"]["name"][:record["rows"]].tolist() if name != b"lo"]


class DiskFeed(GrowthFeed):
    """Bytes a second, read and written, of all disks."""

    def __init__(self, view: View, period_ns: int, root: str | None) -> None:
        super().__init__(view, period_ns, root)
        self.whole: dict[frozenset[bytes], list[bytes]] = {}    # by the names that there are

    def sums(self, records: Records) -> tuple[Any, Any]:
        return (SECTOR_BYTES * windows.total_growth(records, "rd_sectors", self.counted),
                SECTOR_BYTES * windows.total_growth(records, "wr_sectors", self.counted))

    def counted(self, names: NDArray[np.bytes_]) -> NDArray[np.bool_]:
        """Which of these are whole disks."""
        return np.isin(names, self.disks(frozenset(names[-1].tolist())))

    def disks(self, names: frozenset[bytes]) -> list[bytes]:
        if names not in self.whole:
            self.whole[names] = disks.whole_of(names, self.root)
        return self.whole[names]

    def in_use(self) -> float | None:
        """The share of the last half second in which the busiest disk had a request in flight."""
        if len(self.recent) < 2:
            return None
        records = joined(self.recent[0], self.recent[-1])
        names = frozenset(records["data"]["name"][-1].tolist())
        found = [windows.rates(records, ("io_ms",), ("name", name), self.period_ns,
                               self.slack_ns)[0].over for name in self.disks(names)]
        return max((share / 1000 for share in found if share is not None), default=None)


class MemoryFeed(Feed):
    """`used`: MemTotal - MemAvailable, in bytes."""

    def __init__(self, view: View, period_ns: int, root: str | None) -> None:
        super().__init__(view, period_ns, root)
        self.used = Timeline(1)

    def take(self, records: Records) -> None:
        rows = records["data"][:, :1]
        if "MemAvailable" in (rows.dtype.names or ()):      # Linux has it since 3.14
            used = rows["MemTotal"].astype(np.float64) - rows["MemAvailable"]
            self.used.add(records["time_ns"], 1024 * np.maximum(used, 0))


class LoadFeed(Feed):
    """The load averages, which the kernel renews every five seconds: numbers, no picture."""

    def take(self, records: Records) -> None:
        pass


def joined(*pieces: Records) -> Records:
    """Records of one source in one array. As bytes: numpy copies records field by field."""
    return np.concatenate([piece.view(np.uint8) for piece in pieces]).view(pieces[0].dtype)


KINDS: Mapping[str, type[Feed]] = {"stat": StatFeed, "meminfo": MemoryFeed, "net/dev": NetFeed,
                                   "loadavg": LoadFeed, "diskstats": DiskFeed}


def feeds_of(sampler: Sampler, root: str | None, fine: CpuSource | None) -> dict[str, Feed]:
    """A feed for each source that is sampled, with views of their own."""
    periods_ns = sampler.plan.period_ns
    found = {name: KINDS[name](sampler.view(name), periods_ns[name], root)
             for name in sampler if name in KINDS}
    stat = found.get("stat")
    if fine and fine.source in sampler and isinstance(stat, StatFeed):
        found[fine.source] = BurstFeed(sampler.view(fine.source), periods_ns[fine.source], root,
                                       fine, stat)
    return found
