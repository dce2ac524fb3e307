"""The records of one source → rates and shares over time.

Windows follow one another from the first good record to the last: each begins where the one before
ended. Only numbers of the fields that are asked for are read, some thousand records at a time.
"""
from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import cached_property

import numpy as np

from hzstat import shares
from hzstat.descriptors.descriptor import COUNTER, KEY
from hzstat.spans import SLACK
from hzstat.windows import went_well

from .by_key import Layout
from .stretch import STAT, Facts, Stretch, tellable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from .stretch import Floats

AT_ONCE_BYTES = 1 << 22         # of records: what stays in a cache while its fields are taken


class OverTime:
    """What happened in each window of the records of a source.

    over_time["rx_bytes"] is a float64 array, shape (n, k), for n windows and k keys: of a counter
    its growth a second, of a gauge its value at the window's end, of a CPU's time the share (0 to
    1) of that CPU's own time. NaN where it can't be told, by the rules of hzstat.rates().
    `time_ns`, shape (n,), is the end of each window, `seconds`, shape (n,), its length, and `keys`,
    shape (k,), tells the rows apart: CPUs (-1: all), interfaces, disks. `fields` are the names that
    can be asked for.
    """

    def __init__(self, source: str, records: NDArray[np.void], kinds: Mapping[str, str],
                 period_ns: int, by_ns: int = 0, user_hz: int = shares.USER_HZ) -> None:
        """`kinds`: of each field of a row. Windows are at least `by_ns` long (0: from each record
        to the next), and five ticks of the CPU's clock for stat's shares, less the slack of
        jitter."""
        self.source = source
        if source == STAT:
            by_ns = max(by_ns, shares.STEPS * 1_000_000_000 // user_hz)
        self.by_ns = by_ns
        self._records = records
        self._step = max(1, AT_ONCE_BYTES // records.dtype.itemsize)
        each = by_ns <= period_ns and source != STAT        # then every record ends a window
        self._places = chosen(records, 0 if each else by_ns - round(
            SLACK * min(period_ns, by_ns)), self._step)
        times = records["time_ns"]
        times = np.array(times if self._places is None else times[self._places])
        self.time_ns = times[1:]
        self.seconds: Floats = np.diff(times) / 1e9
        layout = Layout([name for name, kind in kinds.items() if kind == KEY])
        for start in range(0, len(times), self._step):
            layout.learn(self._part(start, start + self._step), start)
        row = records.dtype["data"].base
        self.keys = layout.keys(row)
        self.fields = tellable(kinds, row)
        self._whole = layout.placing(0, len(times)).whole       # each key is in all records
        self._facts = Facts(source, kinds, layout, self.keys, user_hz, row)

    def __len__(self) -> int:
        return len(self.time_ns)

    def __getitem__(self, field: str) -> Floats:
        if field not in self.fields:
            raise KeyError(f"{self.source} has no number {field!r} over time: there are "
                           f"{', '.join(self.fields)}")
        return self.collect(lambda stretch: stretch.rate(field))[0]

    def column(self, name: str) -> Floats:
        """A share of CPU time as the rows show it: usr sys idl wai stl, and cpu (busy)."""
        if self.source != STAT:
            raise KeyError(f"{self.source} has no shares of CPU time")
        return self.collect(lambda stretch: stretch.share(shares.COLUMNS[name]))[0]

    def collect(self, *takes: Callable[[Stretch], Floats]) -> list[Floats]:
        """What each of `takes` gives of the stretches, (m, …), one after the other."""
        found: list[Floats] = []
        for start, stretch in self.stretches():
            parts = [take(stretch) for take in takes]
            if not start:
                found = [np.empty((len(self), *part.shape[1:])) for part in parts]
            for whole, part in zip(found, parts, strict=True):
                whole[start:start + len(part)] = part
        return found

    def moved(self, field: str) -> NDArray[np.bool_]:
        """For which keys a field isn't always the same, shape (k,)."""
        if self._facts.kinds[field] == COUNTER and len(self) and self._whole:
            first, last = (Stretch(self._part(at, at + 1), at, self._facts).values(field)[0]
                           for at in (0, len(self)))
            grown: NDArray[np.bool_] = first != last
            return grown
        return self._changed[field]

    @cached_property
    def _changed(self) -> dict[str, NDArray[np.bool_]]:
        """For each field, for which keys it changed anywhere: of all in one pass."""
        found = {field: np.zeros(len(self.keys), bool) for field in self.fields}
        for _, stretch in self.stretches():
            for field in (field for field, flags in found.items() if not flags.all()):
                values, there = stretch.values(field), stretch.printed(field)
                changed = values[1:] != values[:-1]
                if changed.any():
                    found[field] |= (changed & there[1:] & there[:-1]).any(axis=0)
        return found

    def stretches(self) -> Iterator[tuple[int, Stretch]]:
        """All windows, as many at a time as fit a cache, and the number of the first; one stretch
        of none where there is none."""
        for start in range(0, max(1, len(self)), self._step):
            stop = min(start + self._step, len(self))
            yield start, Stretch(self._part(start, stop + 1), start, self._facts)

    def _part(self, start: int, stop: int) -> NDArray[np.void]:
        if self._places is None:
            return self._records[start:stop]
        return self._records[self._places[start:stop]]

    def __repr__(self) -> str:
        return (f"<OverTime of {self.source}: {len(self):,} windows, {len(self.keys)} keys, "
                f"fields {', '.join(self.fields)}>")


def chosen(records: NDArray[np.void], least_ns: int,
           at_once: int) -> NDArray[np.intp] | None:
    """The places of the good records that are at least `least_ns` apart, from the first on: each is
    the first that is. None where that is all of them."""
    if least_ns <= 0:
        well = went_well(records)
        return None if well.all() else np.flatnonzero(well)
    found = array("q")
    next_ns = -1 << 63
    for start in range(0, len(records), at_once):
        part = records[start:start + at_once]
        good = np.flatnonzero(went_well(part))
        times = memoryview(part["time_ns"][good].astype(np.int64).data)
        count, step, at = len(times), 1, bisect_left(times, next_ns)
        while at < count:
            found.append(start + int(good[at]))
            next_ns = times[at] + least_ns
            next_at = at + step         # where it is if records come as evenly as before
            if not (next_at < count and times[next_at - 1] < next_ns <= times[next_at]):
                next_at = bisect_left(times, next_ns, at + 1)
            step, at = next_at - at, next_at
    return np.array(found, np.intp)
