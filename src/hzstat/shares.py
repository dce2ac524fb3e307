"""CPU counters → shares of time. Plain arithmetic, which works on numbers and on arrays alike.

guest and guest_nice are already inside user and nice and never added again. The total is the
sum of the CPU's own counters, so that the shares add up to 1 whatever the tick.
"""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# /proc/stat counts in steps of 1/USER_HZ, so that a share over n steps is right to 1/n. Over
# fewer than these it would show the clock and not the CPU.
USER_HZ = os.sysconf("SC_CLK_TCK")
STEPS = 5
WINDOW_NS = STEPS * 1_000_000_000 // USER_HZ

TOTAL = -1      # the `cpu` of the row that sums up all others

FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
# Within one run of a CPU these never fall: where one does, the CPU was away and came back.
# idle and iowait can run backwards (the kernel says so), and then count as 0.
MAY_FALL = ("idle", "iowait")
BUSY_FIELDS = tuple(field for field in FIELDS if field not in MAY_FALL)
# All columns of time; the last two are already inside user and nice.
TIMES = (*FIELDS, "guest", "guest_nice")

# The share of time that each column shows, as the fields it sums up.
COLUMNS = {
    "usr": ("user", "nice"),
    "sys": ("system", "irq", "softirq"),
    "idl": ("idle",),
    "wai": ("iowait",),
    "stl": ("steal",),
    "cpu": BUSY_FIELDS,
}


def growth(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The ticks that each field grew by; what fell counts as 0."""
    return {field: (after[field] - before[field]) * (after[field] > before[field])
            for field in FIELDS}


def total(grown: Mapping[str, Any]) -> Any:
    """All the ticks of that time; 0 where the counters haven't moved."""
    return sum(grown[field] for field in FIELDS)


def column(grown: Mapping[str, Any], name: str) -> Any:
    """The ticks that belong to a column."""
    return sum(grown[field] for field in COLUMNS[name])


def idle_fell(before: Any, after: Any) -> Any:
    """By how many ticks idle and iowait (rows, or arrays by name) fell together; below 0 where they
    grew.

    Each by itself may fall into the other. Both fall only where the kernel counts them from
    another start: of a CPU that came back.
    """
    return sum((before[field] - after[field]).astype("i8") for field in MAY_FALL)
