"""How well it was sampled: a table at the end of a run."""
from __future__ import annotations

from hzstat.units import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

HEAD = ("source", "planned", "records", "missed", "lost", "errors", "cut", "per s", "late p50",
        "p99", "p99.9", "max", "read p50", "p99", "max", "kept")


def table(health: Mapping[str, Any], workers: Sequence[Any], rings: Mapping[str, Any],
          seconds: float) -> list[str]:
    """The lines: one a source, and one a worker. `seconds`: how long it was sampled."""
    rows: list[Sequence[str]] = [HEAD]
    for name, one in health.items():
        read50, read99, _, read_most = one.read_ns
        rows.append((name, str(one.planned), str(one.records), str(one.missed), str(one.lost),
                     str(one.errors), str(one.cut), achieved(one, rings[name]),
                     *map(duration, (*one.late_ns, read50, read99, read_most,
                                     round(rings[name].seconds * 1e9)))))
    lines = list(aligned(rows))
    for worker in workers:
        lines.append(f"worker for {', '.join(worker.sources)}: {duration(worker.cpu_ns)} of CPU "
                     f"in {seconds:.1f} s ({worker.cpu_ns / seconds / 1e7:.2f} %), "
                     f"{worker.wakeups} wake-ups; {duration(worker.setup_ns)} of CPU to start")
    return lines


def achieved(health: Any, ring: Any) -> str:
    """Records a second: the planned rate, less what was missed. (Over the time since start() it
    would be less by what the workers took to start.)"""
    if not health.planned:
        return "-"
    return f"{ring.slots / ring.seconds * health.records / health.planned:.1f}"


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in
                                                    zip(row[1:], widths[1:], strict=True))])
