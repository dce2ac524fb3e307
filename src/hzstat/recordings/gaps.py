"""Where ticks are missing from a source's records, and where the wall clock jumped.

Ticks only grow, so that a stretch whose ends are as many ticks apart as records has none missing:
of a long recording only the ends of its stretches are looked at, and those with a gap inside.
"""
from __future__ import annotations

import numpy as np

from hzstat.clocks import LEAST_NS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MISSED, CLOCK = "missed", "clock"
GAP = np.dtype([("kind", "U6"), ("tick_before", "i8"), ("missed", "i8"), ("start_ns", "i8"),
                ("end_ns", "i8"), ("step_ns", "i8")])
STRETCH = 1024          # records


def gaps(records: NDArray[np.void]) -> NDArray[np.void]:
    """The gaps of these records in the order of time, shape (n,).

    `kind` is `missed` (ticks are missing: `missed` of them) or `clock` (the wall clock went
    `step_ns` further than the time between the two records: it was set, or the machine slept; a
    step that is taken back within 1024 records isn't seen). `tick_before`, `start_ns` and `end_ns`
    (time_ns) are of the records before and after.
    """
    found = [np.empty(0, GAP)]
    found += (within(records[start:stop]) for start, stop in suspects(records))
    return np.concatenate(found)


def missed(records: NDArray[np.void]) -> int:
    """How many ticks are missing between the first record and the last."""
    if not len(records):
        return 0
    first, last = int(records["tick"][0]), int(records["tick"][-1])
    return max(0, last - first + 1 - len(records))


def suspects(records: NDArray[np.void]) -> Iterator[tuple[int, int]]:
    """The stretches, with their first and last record, in which there is a gap."""
    if len(records) < 2:
        return
    edges = np.append(np.arange(0, len(records) - 1, STRETCH), len(records) - 1)
    ends = {name: records[name][edges] for name in ("tick", "time_ns", "wall_ns")}
    uneven = np.diff(ends["tick"]) != np.diff(edges)
    uneven |= np.abs(np.diff(ends["wall_ns"] - ends["time_ns"])) >= LEAST_NS
    for i in np.flatnonzero(uneven):
        yield int(edges[i]), int(edges[i + 1]) + 1


def within(records: NDArray[np.void]) -> NDArray[np.void]:
    """The gaps in these records, each pair of which is looked at."""
    absent = np.diff(records["tick"]) - 1
    steps = np.diff(records["wall_ns"] - records["time_ns"])
    pairs = []
    for kind, places in ((MISSED, np.flatnonzero(absent > 0)),
                         (CLOCK, np.flatnonzero(np.abs(steps) >= LEAST_NS))):
        found = np.zeros(len(places), GAP)
        found["kind"] = kind
        found["tick_before"] = records["tick"][places]
        found["start_ns"] = records["time_ns"][places]
        found["end_ns"] = records["time_ns"][places + 1]
        if kind == MISSED:
            found["missed"] = absent[places]
        else:
            found["step_ns"] = steps[places]
        pairs.append(found)
    both = np.concatenate(pairs)
    return both[np.argsort(both["start_ns"], kind="stable")]
