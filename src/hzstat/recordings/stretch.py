"""A stretch of records → what happened a second from each to the next: hzstat.rates() of many pairs
at a time, and by its rules. What can't be told is NaN."""
from __future__ import annotations

from functools import cached_property

import numpy as np

from hzstat import shares
from hzstat.descriptors.descriptor import COUNTER, KEY, MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from numpy.typing import NDArray

    from .by_key import Layout

    Flags = NDArray[np.bool_]       # of each pair of records and each key, shape (n, k)
    Floats = NDArray[np.float64]

STAT = "stat"
BLOCK = "block"


class Facts:
    """What is to be known of a source: its name, the kinds of its fields by name, its layout and
    its keys, the ticks a second of CPU times, and the type of a row."""

    def __init__(self, source: str, kinds: Mapping[str, str], layout: Layout, keys: NDArray[Any],
                 user_hz: int, row: np.dtype[Any]) -> None:
        self.source = source
        self.kinds = kinds
        self.layout = layout
        self.user_hz = user_hz
        self.counters = tuple(name for name, kind in kinds.items() if kind == COUNTER)
        keyed = KEY in kinds.values()
        self.begin_together = self.counters if keyed else ()        # one thing a row
        self.blocks = list(blocks(row, self.counters)) if keyed else []
        self.totals = keys == shares.TOTAL if source == STAT else np.zeros(len(keys), bool)
        names = list(kinds)
        self.bits = {} if "present" not in kinds else {
            name: np.uint64(1) << np.uint64(names.index(name)) for name in names}


class Stretch:
    """n + 1 good records, of which the first is the `number`th of all: n pairs."""

    def __init__(self, records: NDArray[np.void], number: int, facts: Facts) -> None:
        self.facts = facts
        self._records = records
        self._placing = facts.layout.placing(number, len(records))
        self._values: dict[str, NDArray[Any]] = {}
        self._sure: dict[str, Flags] = {}
        self.seconds: Floats = np.diff(records["time_ns"]) / 1e9

    def values(self, field: str) -> NDArray[Any]:
        """A field of each record by key, shape (n + 1, k); 0 where there is none."""
        if field not in self._values:
            self._values[field] = self._placing.lay_out(self._records["data"][field])
        return self._values[field]

    def later(self, field: str) -> NDArray[Any]:
        """A counter at the end of each pair, shape (n, k): of the CPUs' total, idle times don't
        lack what those of a CPU that came back fell by."""
        before, after = self.values(field)[:-1], self.values(field)[1:]
        if self.facts.source != STAT or field not in shares.MAY_FALL or self.steady:
            return after
        lost = np.where(self._came_back & (after < before), before - after, 0)
        return np.where(self.facts.totals, after + lost.sum(axis=1, keepdims=True), after)

    @cached_property
    def _came_back(self) -> Flags:
        """Which CPUs' idle times the kernel counts from another start."""
        fell = shares.idle_fell({name: self.values(name)[:-1] for name in shares.MAY_FALL},
                                {name: self.values(name)[1:] for name in shares.MAY_FALL})
        back: Flags = (fell > 0) & self.there[1:] & self.there[:-1] & ~self.facts.totals
        return back

    @cached_property
    def there(self) -> Flags:
        """Which keys each record has, shape (n + 1, k)."""
        return self._placing.there()

    def printed(self, field: str) -> Flags:
        """Where the kernel printed this field, shape (n + 1, k)."""
        if not self.facts.bits:
            return self.there
        return self.there & (self.values("present") & self.facts.bits[field] > 0)

    @cached_property
    def steady(self) -> bool:
        """Whether no counter falls anywhere, seen at one glance where that can be seen so."""
        return bool(self.facts.blocks) and self._placing.whole and not any(
            (block[1:] < block[:-1]).any() for block in (
                self._records["data"].view(dtype)[BLOCK] for dtype in self.facts.blocks))

    def fell(self, field: str) -> Flags | None:
        """Where a counter is lower than before; None for nowhere."""
        if self.steady:
            return None
        lower = self.later(field) < self.values(field)[:-1]
        if not lower.any():
            return None
        printed = self.printed(field)
        found: Flags = lower & printed[1:] & printed[:-1]
        return found

    def any_fell(self, fields: Iterable[str]) -> Flags:
        found = np.zeros((len(self.seconds), self.there.shape[1]), bool)
        for field in () if self.steady else fields:
            fell = self.fell(field)
            if fell is not None:
                found |= fell
        return found

    @cached_property
    def began_anew(self) -> Flags:
        """Where a counter of the row fell, so that all may have begun anew. The system's own, which
        stand in the row of stat's total, stand alone."""
        facts = self.facts
        if facts.source != STAT:
            return self.any_fell(facts.begin_together)
        found = self.any_fell(field for field in shares.TIMES if field not in shares.MAY_FALL)
        # Of a CPU that comes or goes the kernel sums up its idle time in another way.
        rows = np.minimum(self._records["rows"], self._records["data"].shape[1])
        others = np.minimum(rows[1:], rows[:-1]) > 1
        spoilt = (self.there[1:] != self.there[:-1]).any(axis=1) & others
        spoilt |= (self.any_fell(shares.BUSY_FIELDS) & ~facts.totals).any(axis=1)
        found[:, facts.totals] |= spoilt[:, None]
        return found

    def sure(self, field: str) -> Flags:
        """Where the growth of a counter can be told."""
        if field not in self._sure:
            printed = self.printed(field)
            found = printed[1:] & printed[:-1] & (self.seconds > 0)[:, None]
            fell = self.fell(field)
            if fell is not None:
                found &= ~fell
            if not self.steady and (self.facts.source != STAT or field in shares.TIMES):
                found &= ~self.began_anew
            self._sure[field] = found
        return self._sure[field]

    def growth(self, field: str) -> NDArray[Any]:
        """By how much a counter grew; 0 where that can't be told."""
        grown: NDArray[Any] = self.later(field) - self.values(field)[:-1]
        if not self.sure(field).all():
            grown[~self.sure(field)] = 0
        return grown

    def rate(self, field: str) -> Floats:
        """The growth a second of a counter, the share of its CPU's time of a CPU time, and the
        later value of a gauge."""
        if self.facts.kinds[field] != COUNTER:
            values = self.values(field)[1:].astype(np.float64)
            values[~self.printed(field)[1:]] = np.nan
            return values
        if self.facts.source == STAT and field in shares.TIMES:
            found = self.share((field,))
        else:
            seconds = np.where(self.seconds > 0, self.seconds, np.nan)
            found = self.growth(field) / seconds[:, None]
        if not self.sure(field).all():
            found[~self.sure(field)] = np.nan
        return found

    def share(self, fields: Iterable[str]) -> Floats:
        """The share of these together in the ticks of each CPU; what isn't sure counts as 0."""
        grown = sum(self._ticks_of[field] if field in self._ticks_of else self.growth(field)
                    for field in fields)
        found = np.full(self._ticks.shape, np.nan)
        np.divide(grown, self._ticks, out=found, where=self._told)
        return found

    @cached_property
    def _ticks_of(self) -> dict[str, NDArray[Any]]:
        return {field: self.growth(field) for field in shares.FIELDS}

    @cached_property
    def _ticks(self) -> NDArray[Any]:
        ticks: NDArray[Any] = shares.total(self._ticks_of)
        return ticks

    @cached_property
    def _told(self) -> Flags:
        """Where the ticks of a CPU say enough: where most of its time is in what ran backwards,
        the rest of it says nothing."""
        backwards = self.any_fell(shares.MAY_FALL)
        rows = np.minimum(self._records["rows"][1:], self._records["data"].shape[1])
        cpus = np.where(self.facts.totals, np.maximum(1, rows.astype(np.int64) - 1)[:, None], 1)
        others = np.count_nonzero(backwards & ~self.facts.totals, axis=1)
        backwards |= self.facts.totals & (5 * others[:, None] > cpus)
        few = self._ticks < cpus * self.seconds[:, None] * self.facts.user_hz / 2
        told: Flags = (self._ticks > 0) & ~(backwards & few)
        return told


def blocks(row: np.dtype[Any], fields: Iterable[str]) -> Iterator[np.dtype[Any]]:
    """Types of a row in which fields that lie side by side, and are of one type, are one array, so
    that they are compared at once."""
    found: list[tuple[np.dtype[Any], int, int]] = []        # type, offset, how many
    places: Mapping[str, Any] = row.fields or {}
    for name in fields:
        dtype, offset = places[name][:2]
        if found and found[-1][0] == dtype and offset == found[-1][1] + (
                found[-1][2] * dtype.itemsize):
            found[-1] = (*found[-1][:2], found[-1][2] + 1)
        else:
            found.append((dtype, offset, 1))
    for dtype, offset, count in found:
        yield np.dtype({"names": [BLOCK], "formats": [(dtype, (count,))], "offsets": [offset],
                        "itemsize": row.itemsize})


def tellable(kinds: Mapping[str, str], row: np.dtype[Any]) -> tuple[str, ...]:
    """The fields of which there is a number over time."""
    return tuple(name for name, kind in kinds.items()
                 if kind not in (KEY, MASK) and row[name].kind != "S")
