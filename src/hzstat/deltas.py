"""Two reads of a source → what happened a second between them; CPU rows → shares of time.

Nothing is invented: where no delta can be told the value is NaN, and `why` says which and why.
"""
from __future__ import annotations

from functools import cache

import numpy as np

from . import descriptors, shares
from .description import describe
from .descriptors.descriptor import COUNTER, KEY, MASK
from .rows import Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

CPU = "stat"

# Why a field of a row has no value, or a doubtful one; 0 where all is well.
ABSENT = 1          # the kernel didn't print it, before or after
NEW = 2             # this CPU, interface, disk or process wasn't there before
FELL = 3            # the counter fell: reset or wrapped round, which can't be told apart
RESET = 4           # another counter of this row fell, so that all may have begun anew; or one of
                    # the CPUs that it sums up did, or came, or went
BACKWARDS = 5       # idle or iowait ran backwards, as the kernel says they may
NO_TIME = 6         # no time passed, or no tick of the clock
COARSE = 7          # a share over fewer than five of the counter's steps, or of a total that lacks
                    # what ran backwards: there, but rough

REASONS = ("", "absent", "new", "fell", "reset", "backwards", "no time", "coarse")


class Rates:
    """What happened between two reads, a row for each row of the later one.

    rates["rx_bytes"] is a float64 array, shape (n,): of a counter its growth a second, of a gauge
    its later value, of a CPU's time the share (0 to 1) of that CPU's own time; NaN where it
    can't be told. A key (name, cpu, …) is as it was read. `rows` has all fields as one structured
    array, `why` the reasons (0, or one of the numbers that hzstat.deltas.REASONS puts into words)
    under the same names, `seconds` the measured time between the two, `source` the source's name.
    """

    __slots__ = ("rows", "seconds", "source", "why")

    def __init__(self, source: str, seconds: float, rows: NDArray[np.void],
                 why: NDArray[np.void]) -> None:
        self.source = source
        self.seconds = seconds
        self.rows = rows
        self.why = why

    def __getitem__(self, field: str) -> NDArray[Any]:
        found: NDArray[Any] = self.rows[field]
        return found

    def __len__(self) -> int:
        return len(self.rows)

    def reasons(self) -> dict[str, dict[str, int]]:
        """For each reason that occurs, in words: the fields it strikes, and in how many rows."""
        found: dict[str, dict[str, int]] = {}
        for field in self.why.dtype.names or ():
            for reason, count in zip(*np.unique(self.why[field], return_counts=True), strict=True):
                if reason:
                    found.setdefault(REASONS[reason], {})[field] = int(count)
        return found

    def __repr__(self) -> str:
        return f"<Rates of {self.source} over {self.seconds:.6f} s: {self.rows!r}>"


def rates(before: Any, after: Any, *, seconds: float | None = None,
          source: str | None = None) -> Rates:
    """What happened a second between two reads, or two records, of one source.

    `before` and `after` are what hzstat.read() or Reader.read() gave, or records of a Sampler.
    Their times are measured ones; where they carry none (rows of parse(), plain arrays), say
    `seconds`. `source`: the source's name, where they don't carry it (records of a keyed file).
    Rows are matched by their key, fields by their name. Raises ValueError where the two don't go
    together, and where no time can be told.
    """
    old_time, old, old_process, old_clock = taken(before)
    new_time, new, new_process, new_clock = taken(after)
    name = (source or getattr(after, "source", None) or getattr(before, "source", None)
            or source_of(new))
    if getattr(before, "source", None) not in (None, name):
        raise ValueError(f"these are reads of {before.source} and of {name}: give two of one "
                         "source")
    if seconds is None:
        if old_time is None or new_time is None:
            raise ValueError("these rows don't know when they were read: say seconds=")
        if old_clock != new_clock:
            raise ValueError(f"{old_clock} and {new_clock} tell their time by different clocks: "
                             "give two of the same, or say seconds=")
        seconds = (new_time - old_time) / 1e9
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{seconds} seconds can't lie between them: give the earlier read first")
    kinds = kinds_of(name, new.dtype.names or ())
    if old_process and new_process and old_process != new_process:
        old = old[:0]           # all rows are another's
    rows_before, there = matched(kinds, old, new)
    return compute(name, seconds, kinds, rows_before, there, new,
                   others=min(len(old), len(new)) > 1, gone=bool(there.sum() < len(old)))


def taken(read: Any) -> tuple[int | None, NDArray[np.void], tuple[int, int] | None, str]:
    """(time in ns, rows, process, what it is) of a read or of a record."""
    if not hasattr(read, "dtype"):
        raise TypeError("rates() takes what read() gave, or a record of a Sampler, not "
                        f"{type(read).__name__}: values() has no arrays to compute with")
    names = read.dtype.names or ()
    if "data" in names and "time_ns" in names:
        if read.size != 1:
            raise ValueError(f"these are {read.size} records: give one before and one after")
        record = read.reshape(-1)[0] if isinstance(read, np.ndarray) else read
        if record["status"]:
            raise ValueError(f"the record of tick {record['tick']} has no rows: its read failed")
        return int(record["time_ns"]), record["data"][:record["rows"]], None, "a record"
    if isinstance(read, Rows):
        return read.time_ns, read.view(np.ndarray), read.process, "a read"
    return None, np.atleast_1d(read), None, "an array"


def source_of(rows: NDArray[np.void]) -> str:
    """The source whose rows have these fields."""
    found = tables().get(rows.dtype.names or ())
    if found is None:
        raise ValueError("these rows don't tell what they are of: say source=")
    return found


@cache
def kinds_of(name: str, fields: tuple[str, ...]) -> dict[str, str]:
    """The kind of each of these fields; ValueError where the source has other ones."""
    known = describe(name)
    try:
        if not known.keyed and fields != tuple(field.name for field in known.fields):
            raise KeyError("give whole rows, as they were read")
        return {field.name: field.kind for field in known.of(fields)}
    except KeyError as failure:
        raise ValueError(f"these are no rows of {name}: {failure.args[0]}") from None


@cache
def tables() -> dict[tuple[str, ...], str]:
    """The table files by the names of their fields, but for those that share them."""
    known = [descriptors.find(name) for name in descriptors.names()]
    found = [(tuple(field for field, *_ in one.fields), one.name) for one in known if one.parser]
    fields = [field for field, _ in found]
    return {field: name for field, name in found if fields.count(field) == 1}


def matched(kinds: dict[str, str], old: NDArray[np.void],
            new: NDArray[np.void]) -> tuple[NDArray[np.void], NDArray[np.bool_]]:
    """For each row of `new` the row of `old` with its keys, and whether there is one."""
    keys = [field for field, kind in kinds.items() if kind == KEY]
    if not keys:
        there = np.full(len(new), len(old) == len(new))
        return (old if there.all() else new), there
    where: dict[Any, int] = {}
    for i, key in enumerate(old[keys].tolist()):
        where.setdefault(key, i)
    found = np.array([where.get(key, -1) for key in new[keys].tolist()], np.intp)
    there = found >= 0
    return (old[found] if len(old) else new), there


def compute(name: str, seconds: float, kinds: dict[str, str], old: NDArray[np.void],
            there: NDArray[np.bool_], new: NDArray[np.void], others: bool,
            gone: bool) -> Rates:
    """`old`: for each row of `new` the one before, where it is `there`; `gone`: there were more;
    `others`: there are rows besides the first on both sides."""
    fields = [field for field, kind in kinds.items() if kind != MASK]
    keys = [field for field in fields if kinds[field] == KEY]
    counters = [field for field in fields if kinds[field] == COUNTER]
    may_fall = shares.MAY_FALL if name == CPU else ()
    if name == CPU:
        new = made_good(old, there, new)
    rows = np.zeros(len(new), [(field, new.dtype[field] if field in keys or
                                new.dtype[field].kind == "S" else "f8") for field in fields])
    reasons = np.zeros(len(new), [(field, "u1") for field in fields if field not in keys])
    why = {field: reasons[field] for field in reasons.dtype.names or ()}
    for field, reason in why.items():
        reason[~printed(new, field)] = ABSENT
    for field in counters:
        reason = why[field]
        reason[~printed(old, field)] = ABSENT
        reason[~there] = NEW
        if field in (old.dtype.fields or {}):
            reason[(reason == 0) & (new[field] < old[field])] = \
                BACKWARDS if field in may_fall else FELL
    if keys:            # one thing a row: where one counter began anew, all may have
        together = shares.TIMES if name == CPU else counters    # the system's stand alone
        fell = np.logical_or.reduce([why[field] == FELL for field in together])
        for field in together:
            why[field][fell & (why[field] == 0)] = RESET
    if name == CPU:
        # Of a CPU that comes or goes the kernel sums up its idle time in another way.
        total = new["cpu"] == shares.TOTAL
        if (others and (gone or not there.all())) or any((why[field][~total] == FELL).any()
                                          for field in shares.BUSY_FIELDS):
            for field in shares.TIMES:
                why[field][total & (why[field] == 0)] = RESET
    if seconds == 0:
        for field in counters:
            why[field][why[field] == 0] = NO_TIME
    grown = {field: growth(old, new, field, why[field] == 0) for field in counters}
    for field in fields:
        if field not in grown:
            rows[field] = new[field]
        elif seconds:
            rows[field] = grown[field] / seconds
    if name == CPU:
        to_shares(rows, why, grown, seconds)
    for field, reason in why.items():
        if reason.any() and rows.dtype[field].kind == "f":
            rows[field][(reason != 0) & (reason != COARSE)] = np.nan
    return Rates(name, seconds, rows, reasons)


def made_good(old: NDArray[np.void], there: NDArray[np.bool_],
              new: NDArray[np.void]) -> NDArray[np.void]:
    """`new`, where the total's idle times don't lack what those of a CPU that came back fell by."""
    new = new.copy()
    total = new["cpu"] == shares.TOTAL
    back = there & ~total & (shares.idle_fell(old, new) > 0)
    for field in shares.MAY_FALL:
        fell = back & (new[field] < old[field])
        new[field][total] += (old[field][fell] - new[field][fell]).sum()
    return new


def growth(old: NDArray[np.void], new: NDArray[np.void], field: str,
           sure: NDArray[np.bool_]) -> NDArray[Any]:
    """By how much a counter grew in each row; 0 where that isn't sure."""
    grown = np.zeros(len(new), new.dtype[field])
    if sure.any():
        np.subtract(new[field], old[field], out=grown, where=sure)
    return grown


def printed(rows: NDArray[np.void], field: str) -> NDArray[np.bool_] | np.bool_:
    """Which rows have this field: all, but where a mask denies it, or the file lacks it."""
    known: Any = rows.dtype.fields or {}
    if field not in known or "present" not in known:
        return np.bool_(field in known)
    names = rows.dtype.names or ()
    found: NDArray[np.bool_] = (rows["present"] >> np.uint64(names.index(field))) & np.uint64(1) > 0
    return found


def to_shares(rows: NDArray[np.void], why: dict[str, NDArray[np.uint8]],
              grown: dict[str, NDArray[Any]], seconds: float) -> None:
    """Turn the columns of CPU time from ticks a second into shares of each CPU's own ticks."""
    ticks = shares.total(grown)
    backwards = np.logical_or.reduce([why[field] == BACKWARDS for field in shares.MAY_FALL])
    total = rows["cpu"] == shares.TOTAL
    cpus = np.where(total, max(1, len(rows) - 1), 1)
    # Such CPUs' growth is missing in the total's: more than a fifth of them make it rough.
    backwards |= total & (5 * np.count_nonzero(backwards & ~total) > cpus)
    # Where most of a CPU's time is in what ran backwards, the rest of it says nothing.
    unknown = backwards & (ticks < cpus * seconds * shares.USER_HZ / 2)
    for field in shares.TIMES:
        rows[field] = np.divide(grown[field], ticks, out=np.full(len(rows), np.nan),
                                where=ticks > 0)
        why[field][(why[field] == 0) & (ticks == 0)] = NO_TIME
        why[field][unknown & (why[field] == 0)] = BACKWARDS
        rough = np.ones(len(rows), bool) if seconds * 1e9 < shares.WINDOW_NS else backwards
        why[field][rough & (why[field] == 0)] = COARSE
