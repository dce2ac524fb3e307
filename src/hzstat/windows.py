"""Records of one span of time → averages, and the busiest window inside it.

A span holds the records of an output row, and the last one before it as the baseline. Rates
divide by measured time. Nothing is computed across a reset: a counter that fell, a CPU or an
interface that was away, end what came before.
"""
from __future__ import annotations

import numpy as np

from . import shares
from .moments import NOTHING, Moments, of_counter, standing, window_ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

    Counted = Callable[[NDArray[np.bytes_]], NDArray[np.bool_]]
    Where = tuple[str, object]      # the field that is a row's key, and the key


def went_well(records: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which records are of a read that went well. One that a loss of power left as zeros is of
    none."""
    found: NDArray[np.bool_] = (records["status"] == 0) & (records["time_ns"] != 0)
    return found


def good(records: NDArray[np.void]) -> NDArray[np.void]:
    """The records whose read went well: the same, not copied, where that is all of them."""
    well = went_well(records)
    whole: NDArray[np.void] = records if well.all() else records[well]
    return whole


def planned_ns(records: NDArray[np.void]) -> NDArray[np.int64]:
    """The instants that reads were planned for."""
    instants: NDArray[np.int64] = records["time_ns"] - records["late_ns"]
    return instants


def of_key(records: NDArray[np.void], field: str, key: object) -> tuple[Any, Any]:
    """Where the row whose `field` is `key` is in each record: (times in ns, rows), both (n,).

    Only from the last absence of that row on, and empty where the last record lacks it.
    """
    data = records["data"]
    if len(records):        # mostly it stands in the same place always, and there may be many
        place = int(np.argmax(data[field][-1] == key))
        if (data[field][:, place] == key).all() and (records["rows"] > place).all():
            return records["time_ns"], data[:, place]
    matches = data[field] == key
    matches &= np.arange(data.shape[1]) < records["rows"][:, None]
    there = matches.any(axis=1)
    if not there.all():
        first = len(there) - int(np.argmin(there[::-1]))
        records, data, matches = records[first:], data[first:], matches[first:]
    return records["time_ns"], data[np.arange(len(data)), matches.argmax(axis=1)]


def since_reset(rows: NDArray[np.void], fields: tuple[str, ...]) -> int:
    """The index from which on none of these counters falls."""
    fell = np.zeros(max(len(rows) - 1, 0), bool)
    for field in fields:
        fell |= rows[field][1:] < rows[field][:-1]
    return int(np.flatnonzero(fell)[-1]) + 1 if fell.any() else 0


def cpu(records: NDArray[np.void], key: int, slack_ns: int) -> dict[str, Moments]:
    """The shares (0 to 1) of CPU `key` (-1: total) over the span: usr sys idl wai stl and cpu
    (busy), which has the windows inside it, too. Of too short a span nothing is told."""
    times, rows = cpu_rows(records, key)
    if len(rows) < 2 or times[-1] - times[0] < shares.WINDOW_NS - slack_ns:
        return dict.fromkeys(shares.COLUMNS, standing(times))
    grown = shares.growth(*({field: int(rows[field][place]) for field in shares.FIELDS}
                            for place in (0, -1)))
    ticks = shares.total(grown)
    if not ticks:
        return dict.fromkeys(shares.COLUMNS, standing(times))
    found = {name: Moments(shares.column(grown, name) / ticks, weight=float(ticks),
                           since_ns=int(times[0]), until_ns=int(times[-1]))
             for name in shares.COLUMNS}
    found["cpu"].inside = cpu_windows(times, rows, slack_ns)[1]
    return found


def cpu_rows(records: NDArray[np.void], key: int) -> tuple[Any, Any]:
    """The times and rows of a CPU since its last reset; of the total since that of any CPU."""
    records = good(records)
    if key == shares.TOTAL:
        records = records[since_others(records):]
    times, rows = of_key(records, "cpu", key)
    start = since_reset(rows, shares.BUSY_FIELDS)
    return times[start:], rows[start:]


def since_others(records: NDArray[np.void]) -> int:
    """The index from which on the CPUs are the same, and none of them began anew: in another way
    the kernel sums up the idle time of one that comes or goes, which may fall far then."""
    data = records["data"]
    changed = records["rows"][1:] != records["rows"][:-1]
    differ = data["cpu"][1:] != data["cpu"][:-1]
    for field in shares.BUSY_FIELDS:
        differ |= data[field][1:] < data[field][:-1]
    differ |= shares.idle_fell(data[:-1], data[1:]) > shares.STEPS
    changed |= differ.any(axis=1)
    return int(np.flatnonzero(changed)[-1]) + 1 if changed.any() else 0


def cpu_windows(times: NDArray[np.int64], rows: NDArray[np.void],
                slack_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """When each window begins, and its busy share; without those in which no tick was counted."""
    ends = window_ends(times, shares.WINDOW_NS, slack_ns)
    ends = ends[ends < len(times)]          # those of the first times: later ones have none
    count = len(ends)
    # Field by field, since whole rows would be copied.
    grown = shares.growth({field: rows[field][:count] for field in shares.FIELDS},
                          {field: rows[field][ends] for field in shares.FIELDS})
    ticks = shares.total(grown)
    told = ticks > 0
    return times[:count][told], shares.column(grown, "cpu")[told] / ticks[told]


def rates(records: NDArray[np.void], fields: tuple[str, ...], where: Where | None,
          period_ns: int, slack_ns: int) -> list[Moments]:
    """How much each of these counters of one row grew a second: over the span, and in each
    sampling period. All of them only since the last reset of any.

    `where`: which row, of a file that has many. Of a field that isn't printed nothing is told.
    """
    times, rows = rows_of(records, where)
    there = [field for field in fields if field in (rows.dtype.names or ())]
    start = max(since_reset(rows, tuple(there)), since_printed(rows, there))
    times, rows = times[start:], rows[start:]
    return [of_counter(times, rows[field], period_ns, slack_ns) if field in there else NOTHING
            for field in fields]


def values(records: NDArray[np.void], field: str, where: Where | None) -> NDArray[Any]:
    """What a gauge of one row stood at, since it was there last."""
    _, rows = rows_of(records, where)
    if field not in (rows.dtype.names or ()):
        return np.empty(0)
    found: NDArray[Any] = rows[field][since_printed(rows, [field]):]
    return found


def rows_of(records: NDArray[np.void], where: Where | None) -> tuple[Any, Any]:
    """The times and rows, both (n,), of the good records: the only row, or the one `where` says."""
    records = good(records)
    if where is None:
        return records["time_ns"], records["data"][:, 0]
    return of_key(records, *where)


def since_printed(rows: NDArray[np.void], fields: list[str]) -> int:
    """The index from which on all of these fields are there."""
    names = rows.dtype.names or ()
    if "present" not in names:
        return 0
    bits = np.uint64(sum(1 << names.index(field) for field in fields))
    lacking = np.flatnonzero(rows["present"] & bits != bits)
    return int(lacking[-1]) + 1 if len(lacking) else 0


def total_rates(records: NDArray[np.void], fields: tuple[str, ...], counted: Counted,
                period_ns: int, slack_ns: int) -> list[Moments]:
    """The same of all rows together whose name is `counted`."""
    records = good(records)
    return [of_counter(records["time_ns"], total_growth(records, field, counted), period_ns,
                       slack_ns) if len(records) else NOTHING for field in fields]


def steady(keys: NDArray[Any]) -> bool:
    """Whether these are all the same in each record, as mostly: numbers are compared faster than
    names."""
    numbers = np.ascontiguousarray(keys).view("u1" if keys.itemsize % 8 else "u8")
    return bool((numbers == numbers[:1]).all())


def outward(names: NDArray[np.bytes_]) -> NDArray[np.bool_]:
    """The interfaces whose traffic leaves this host, all but lo, count in the total."""
    found: NDArray[np.bool_] = names != b"lo"
    return found


def total_growth(records: NDArray[np.void], field: str,
                 counted: Counted = outward) -> NDArray[np.uint64]:
    """How much all rows with a name that is `counted` have grown since the first record, (n,).

    Summed row by row: one that comes, goes or falls adds nothing at that instant.
    """
    names, counters = records["data"]["name"], records["data"][field]
    if steady(names):
        names = names[:1]               # which are those of every record
    counts = counted(names) & (names != b"")
    stayed = names[1:] == names[:-1]
    before, after = counters[:-1], counters[1:]
    steps = np.where((after >= before) & (counts[1:] & stayed if len(stayed) else counts),
                     after - before, 0).sum(axis=1, dtype=np.uint64)
    for i in np.flatnonzero(~stayed.all(axis=1)):       # rows moved: match them by name
        _, old, new = np.intersect1d(names[i], names[i + 1], return_indices=True)
        matched = [(int(counters[i][a]), int(counters[i + 1][b]))
                   for a, b in zip(old, new, strict=True) if counts[i][a]]
        steps[i] = sum(b - a for a, b in matched if b >= a)
    return np.concatenate((np.zeros(1, np.uint64), np.cumsum(steps, dtype=np.uint64)))
