"""-c: shares of CPU time, and the busiest window inside the row."""
from __future__ import annotations

from hzstat.shares import TOTAL

from .group import Choice, Column, Group
from .quantity import SHARE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from hzstat.moments import Moments
    from hzstat.spans import Spans

    from .group import Key

LEVELS = (0.6, 0.9)


def measure(at: Spans, key: Key) -> Mapping[str, Moments]:
    assert not isinstance(key, bytes)
    return {"busy" if name == "cpu" else name: moments
            for name, moments in at.cpu(TOTAL if key is None else key).items()}


GROUP = Group(
    "cpu", "c", "total-cpu", "CPU: shares of time, and max, the busiest 50 ms", ("stat",), (
        Column("usr", "usr", SHARE, "user + nice", burst=False, levels=LEVELS),
        Column("sys", "sys", SHARE, "system + irq + softirq", burst=False, levels=LEVELS),
        Column("idl", "idl", SHARE, "idle", burst=False),
        Column("wai", "wai", SHARE, "iowait", burst=False, levels=LEVELS),
        Column("stl", "stl", SHARE, "steal", burst=False, levels=LEVELS),
        Column("busy", "", SHARE, "all but idle and iowait", levels=LEVELS),
    ), measure, prefix="cpu", bursts=("max",), over_time=True,
    choice=Choice("C", "0,3,total", "CPU", "stat", "cpu"))
