"""Records of one span of time → averages, and the busiest window inside it.

A span holds the records of an output row, and the last one before it as the baseline. Rates
divide by measured time. Nothing is computed across a reset: a counter that fell, a CPU or an
interface that was away, end what came before.
"""
from __future__ import annotations

import numpy as np

from . import shares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

CPU_WINDOW_NS = shares.WINDOW_NS
CPU_COLUMNS = tuple(shares.COLUMNS)


def good(records: NDArray[np.void]) -> NDArray[np.void]:
    """The records whose read went well."""
    whole: NDArray[np.void] = records[records["status"] == 0]
    return whole


def of_key(records: NDArray[np.void], field: str, key: object) -> tuple[Any, Any]:
    """Where the row whose `field` is `key` is in each record: (times in ns, rows), both (n,).

    Only from the last absence of that row on, and empty where the last record lacks it.
    """
    data = records["data"]
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


def window_ends(times: NDArray[np.int64], window_ns: int, slack_ns: int) -> NDArray[np.intp]:
    """For each time the index of the first that is a window later; len(times) where none is.

    `slack_ns` of lateness may be missing from a window, so that jitter doesn't lengthen it.
    """
    return np.searchsorted(times, times + max(window_ns - slack_ns, 1))


def cpu(records: NDArray[np.void], key: int, slack_ns: int) -> dict[str, float | None]:
    """The shares (0 to 1) of CPU `key` (-1: total): usr sys idl wai stl and cpu (busy) over the
    span, and max, the busy share in the busiest window; None where the span is too short."""
    missing: dict[str, float | None] = dict.fromkeys((*CPU_COLUMNS, "max"))
    times, rows = cpu_rows(records, key)
    if len(rows) < 2 or times[-1] - times[0] < CPU_WINDOW_NS - slack_ns:
        return missing
    grown = shares.growth(rows[:1], rows[-1:])
    ticks = shares.total(grown)[0]
    if not ticks:
        return missing
    found = {name: float(shares.column(grown, name)[0] / ticks) for name in CPU_COLUMNS}
    _, busy = cpu_windows(times, rows, slack_ns)
    return {**found, "max": float(busy.max()) if len(busy) else None}


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
    the kernel sums up the idle time of one that comes or goes."""
    data = records["data"]
    changed = records["rows"][1:] != records["rows"][:-1]
    changed |= (data["cpu"][1:] != data["cpu"][:-1]).any(axis=1)
    for field in shares.BUSY_FIELDS:
        changed |= (data[field][1:] < data[field][:-1]).any(axis=1)
    return int(np.flatnonzero(changed)[-1]) + 1 if changed.any() else 0


def cpu_windows(times: NDArray[np.int64], rows: NDArray[np.void],
                slack_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """When each window begins, and its busy share; without those in which no tick was counted."""
    ends = window_ends(times, CPU_WINDOW_NS, slack_ns)
    starts = np.flatnonzero(ends < len(times))
    before: Any = rows[starts]
    after: Any = rows[ends[starts]]
    grown = shares.growth(before, after)
    ticks = shares.total(grown)
    told = ticks > 0
    return times[starts][told], shares.column(grown, "cpu")[told] / ticks[told]


def net(records: NDArray[np.void], key: bytes | None, slack_ns: int,
        period_ns: int) -> dict[str, float | None]:
    """Bytes a second of interface `key` (None: all but lo): recv and send over the span, and
    recv_max and send_max, the most in any one sampling period. None where it isn't there."""
    found: dict[str, float | None] = dict.fromkeys(("recv", "recv_max", "send", "send_max"))
    records = good(records)
    if len(records) < 2:
        return found
    times = records["time_ns"]
    if key is not None:
        times, rows = of_key(records, "name", key)
        start = since_reset(rows, ("rx_bytes", "tx_bytes"))
        times, rows = times[start:], rows[start:]
        sums = {field: rows[field] - rows[field][:1] for field in ("rx_bytes", "tx_bytes")}
    else:
        sums = {field: total_growth(records, field) for field in ("rx_bytes", "tx_bytes")}
    if len(times) < 2:
        return found
    ends = window_ends(times, period_ns, slack_ns)
    starts = np.flatnonzero(ends < len(times))
    ends = ends[starts]
    for name, field in (("recv", "rx_bytes"), ("send", "tx_bytes")):
        grown = sums[field].astype(np.float64)
        found[name] = float(grown[-1] / (times[-1] - times[0]) * 1e9)
        if len(starts):
            rates = (grown[ends] - grown[starts]) / (times[ends] - times[starts]) * 1e9
            found[f"{name}_max"] = float(rates.max())
    return found


def total_growth(records: NDArray[np.void], field: str) -> NDArray[np.uint64]:
    """How much all interfaces but lo have grown since the first record, shape (n,).

    Summed interface by interface: one that comes, goes or falls adds nothing at that instant.
    """
    data = records["data"]
    names = data["name"]
    counters = data[field]
    before, after = counters[:-1], counters[1:]
    steps = np.where((after >= before) & (names[:-1] == names[1:]) & (names[1:] != b"lo")
                     & (names[1:] != b""), after - before, 0).sum(axis=1, dtype=np.uint64)
    for i in np.flatnonzero((names[1:] != names[:-1]).any(axis=1)):     # rows moved: match by name
        _, old, new = np.intersect1d(names[i], names[i + 1], return_indices=True)
        matched = [(int(counters[i][a]), int(counters[i + 1][b]))
                   for a, b in zip(old, new, strict=True) if names[i][a] not in (b"lo", b"")]
        steps[i] = sum(b - a for a, b in matched if b >= a)
    return np.concatenate((np.zeros(1, np.uint64), np.cumsum(steps, dtype=np.uint64)))
