"""What came of an acquisition."""
from __future__ import annotations

from collections import namedtuple

import numpy as np

from hzstat.units import printable

from .statistics import COLUMN, histogram, mean, std

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .statistics import Statistics

Fields = namedtuple("Fields", "events taken dropped unprocessed mean std min max histogram columns "
                              "elapsed dead_time reason failure product")


class Result(Fields):
    """What came of an acquisition.

    `taken`: events that were stored; `events`: those of them that were processed, which the
    statistics are about; `unprocessed`: the others; `dropped`: events that found no room, and
    weren't taken. `mean`, `std` (of the population, as numpy's), `min`, `max`, and `histogram`, a
    pair of counts, shape (n,), and edges, shape (n + 1,): where a value is one number, floats and
    one pair; otherwise arrays and a tuple of pairs, one for each of `columns`, the numeric fields.
    NaN where there were no events. `elapsed`: seconds in which data was taken; `dead_time`: the
    share (0 to 1) of them in which the producer couldn't take data because of us.

    `reason`, why no more was taken: "events" or "timeout", a limit; "interrupted", Ctrl-C or
    stop(); "ended", the producer has no more; "failed". `failure` says what went wrong, and where,
    or is None. `product`: what process.result() returned, if it has that method.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """As `hzstat acquire` prints it, and what went wrong."""
        from hzstat.formats.acquired import lines
        failure = [f"failure    {printable(self.failure)}"] if self.failure else []
        return "\n".join([*lines(self), *failure])


def figures(statistics: Statistics | None) -> dict[str, Any]:
    """The fields of a Result that the statistics tell."""
    columns = statistics.state["columns"][0] if statistics else np.zeros(1, COLUMN)
    names = statistics.names if statistics else ("value",)
    found: dict[str, Any] = {"mean": mean(columns), "std": std(columns)}
    for name in ("min", "max"):
        found[name] = np.where(columns["count"] > 0, columns[name], np.nan)
    found["histogram"] = tuple(histogram(column) for column in columns)
    if names == ("value",):
        found = {name: one[0] if name == "histogram" else float(one[0])
                 for name, one in found.items()}
    return found | {"columns": names,
                    "events": statistics.events if statistics else 0}
