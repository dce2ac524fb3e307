"""What a host offers, as a table."""
from __future__ import annotations

from .stats import aligned, time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

HEAD = ("source", "rows", "bytes", "a read", "changes each", "smallest step", "up to Hz")


def rounded(hz: float) -> str:
    """A rate in two digits: what can be said of a measured one."""
    digits = max(0, len(str(int(hz))) - 2)
    return f"{round(hz, -digits):,.0f}" if hz >= 10 else f"{hz:.1f}"


def table(findings: Sequence[Any]) -> list[str]:
    """A line for each source that can be read; then those that can't, with the reason."""
    rows = [HEAD]
    for one in findings:
        if one.reason is None:
            rows.append((one.name, str(one.rows), str(one.bytes), time(round(one.read_ns)),
                         time(round(one.change_ns)) if one.change_ns else
                         "once" if one.changes else "not seen",
                         f"{one.step:g} {one.unit}".strip() if one.step is not None else "-",
                         rounded(one.highest_hz) if one.highest_hz else "-"))
    width = max(len(one.name) for one in findings)
    return [*aligned(rows), *(f"{one.name.ljust(width)}  not here: {one.path}: {one.reason}"
                              for one in findings if one.reason is not None)]
