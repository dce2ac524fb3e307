"""What people want to see of a source over time: its few numbers, or all of them."""
from __future__ import annotations

import numpy as np

from hzstat import shares
from hzstat.descriptors.descriptor import COUNTER
from hzstat.disks import ELSEWHERE, whole_of
from hzstat.units import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from .over_time import OverTime
    from .recording import Described
    from .stretch import Floats, Stretch

    Columns = Sequence[int] | NDArray[np.intp]

SHARE, BYTES, BYTE_RATE, NUMBER = "share", "bytes", "bytes/s", ""
A_SECOND = {"ns": 1e9, "us": 1e6, "ms": 1e3, "s": 1.0}      # of times: their growth is a share
IN_BYTES = {"bytes": 1, "kB": 1024, "sectors": 512}

CPU = {"busy": "cpu", "usr": "usr", "sys": "sys", "iowait": "wai", "steal": "stl"}
TRAFFIC = {"recv": "rx_bytes", "send": "tx_bytes"}
TRANSFER = {"read": "rd_sectors", "writ": "wr_sectors"}
LOADS = ("load1", "load5", "load15")


class Metric:
    """One number over time: `group` is the panel that it belongs to, `name` its own, `unit` one of
    the above, or what it counts, a second; `take` gives it of a stretch's windows, shape (m,).
    `worst`: its highest moments are looked for."""

    __slots__ = ("group", "name", "take", "unit", "worst")

    def __init__(self, group: str, name: str, unit: str, take: Callable[[Stretch], Floats],
                 worst: bool = False) -> None:
        self.group = group
        self.name = name
        self.unit = unit
        self.take = take
        self.worst = worst

    @property
    def averaged(self) -> bool:
        """Whether its value over two windows is between those over each; else it is the later."""
        return self.unit == SHARE or self.unit.endswith("/s")


def metrics(over: OverTime, described: Described, full: bool = False) -> list[Metric]:
    """The metrics of a source: totals, and (`full`) every CPU, interface or disk; of a source that
    has no such choice all counters that moved, and with `full` the gauges, too."""
    kinds = {"stat": cpu, "net/dev": net, "diskstats": disk, "meminfo": memory, "loadavg": load}
    if over.source in kinds:
        found = list(kinds[over.source](over, full))
        if found:
            return found
    return list(others(over, described, full))


def cpu(over: OverTime, full: bool) -> Iterator[Metric]:
    for column, key in enumerate(over.keys.tolist()):
        if key == shares.TOTAL or full:
            for name, title in CPU.items():
                yield Metric("cpu" if key == shares.TOTAL else f"cpu{key}", name, SHARE,
                             share_of(shares.COLUMNS[title], column), worst=name == "busy")


def share_of(fields: tuple[str, ...], column: int) -> Callable[[Stretch], Floats]:
    return lambda stretch: stretch.share(fields)[:, column]


def net(over: OverTime, full: bool) -> Iterator[Metric]:
    names = over.keys.tolist()
    outward = [i for i, name in enumerate(names) if name != b"lo"]
    yield from several(over, "net", names, outward or list(range(len(names))), full, TRAFFIC)


def disk(over: OverTime, full: bool) -> Iterator[Metric]:
    names = over.keys["name"].tolist()
    disks = set(whole_of(names, ELSEWHERE))
    columns = [i for i, name in enumerate(names) if name in disks] or list(range(len(names)))
    yield Metric("disk", "util", SHARE, lambda stretch: highest(stretch, "io_ms", columns) / 1e3,
                 worst=True)
    yield from several(over, "disk", names, columns, full, TRANSFER,
                       IN_BYTES["sectors"])


def several(over: OverTime, group: str, names: list[bytes], total: Columns, full: bool,
            fields: dict[str, str], factor: int = 1) -> Iterator[Metric]:
    """These fields in bytes a second, of the columns of `total` together; with `full` also of each
    of which any of them moved."""
    for title, field in fields.items():
        if len(total):
            yield Metric(group, title, BYTE_RATE, sum_of(field, total, factor), worst=True)
    if full:
        moved = np.any([over.moved(field) for field in fields.values()], axis=0)
        for column in np.flatnonzero(moved).tolist():
            for title, field in fields.items():
                yield Metric(f"{group}/{printable(names[column])}", title, BYTE_RATE,
                             sum_of(field, [column], factor))


def sum_of(field: str, columns: Columns, factor: float = 1) -> Callable[[Stretch], Floats]:
    """What is known of these columns, added up; NaN where nothing is."""
    def take(stretch: Stretch) -> Floats:
        values = stretch.rate(field)
        if len(columns) == 1:
            only: Floats = values[:, columns[0]] * factor
            return only
        values = values[:, columns]
        total: Floats = np.nansum(values, axis=1) * factor
        total[np.isnan(values).all(axis=1)] = np.nan
        return total
    return take


def highest(stretch: Stretch, field: str, columns: Columns) -> Floats:
    found: Floats = np.fmax.reduce(stretch.rate(field)[:, columns], axis=1)
    return found


def memory(over: OverTime, full: bool) -> Iterator[Metric]:
    if {"MemTotal", "MemAvailable"} <= set(over.fields):
        yield Metric("memory", "used", BYTES, used, worst=True)
    if full:
        for field in over.fields:
            if over.moved(field).any():
                yield Metric("memory", field, BYTES, sum_of(field, [0], IN_BYTES["kB"]))


def used(stretch: Stretch) -> Floats:
    total, available = stretch.rate("MemTotal")[:, 0], stretch.rate("MemAvailable")[:, 0]
    found: Floats = np.maximum(0, total - available) * IN_BYTES["kB"]
    return found


def load(over: OverTime, full: bool) -> Iterator[Metric]:
    for field in LOADS if full else LOADS[:1]:
        yield Metric("load", field, NUMBER, sum_of(field, [0]), worst=field == LOADS[0])


def others(over: OverTime, described: Described, full: bool) -> Iterator[Metric]:
    """All counters that moved, in their order: times as shares, what has bytes in bytes."""
    for field in over.fields:
        unit, kind, _ = described[field]
        if kind != COUNTER and not full:
            continue
        for column in np.flatnonzero(over.moved(field)).tolist():
            name = field if len(over.keys) == 1 else f"{named(over.keys[column])} {field}"
            shown, factor = seen_as(unit, kind)
            yield Metric(over.source, name, shown, sum_of(field, [column], factor))


def seen_as(unit: str, kind: str) -> tuple[str, float]:
    """The unit in which a field is shown, and by what its rate or value is to be multiplied."""
    if unit in IN_BYTES:
        return BYTE_RATE if kind == COUNTER else BYTES, IN_BYTES[unit]
    if kind == COUNTER and unit in A_SECOND:
        return SHARE, 1 / A_SECOND[unit]
    return (f"{unit}/s" if kind == COUNTER else unit), 1


def named(key: Any) -> str:
    """A key as text."""
    parts = key.tolist() if isinstance(key, np.void) else (key,)
    return " ".join(printable(part) if isinstance(part, bytes) else str(part) for part in parts)
