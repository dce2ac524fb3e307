"""-t and -T: when a row ended, by the wall clock."""
from __future__ import annotations

from .group import Column, Group
from .quantity import DATE, EPOCH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from hzstat.moments import Moments
    from hzstat.spans import Spans

    from .group import Key


def measure(at: Spans, key: Key) -> Mapping[str, Moments]:
    from hzstat.moments import Moments
    return {"end": Moments(at.wall_end_ns / 1e9)}


TIME = Group("time", "t", "time", "when the row ended, in local time", (), (
    Column("end", "date/time", DATE, "end of the row", burst=False),), measure)

SINCE_EPOCH = Group("epoch", "T", "epoch", "the same in seconds since 1970", (), (
    Column("end", "epoch", EPOCH, "end of the row", burst=False),), measure)
