"""What came of a recording: a table at its end."""
from __future__ import annotations

from hzstat.units import duration, printable, size

from .stats import aligned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

HEAD = ("source", "Hz", "records", "missed", "lost", "errors", "late p99", "size")
# Why a recording ended, by `ended.reason` of its meta.json.
REASONS = {
    "time": "its time was up", "interrupted": "it was interrupted (Ctrl-C)",
    "terminated": "it was terminated", "command": "its command ended",
    "full": "there was no room for more", "failed": "it failed", "block": "its block ended",
}


def lines(path: str, meta: Mapping[str, Any], file_bytes: Mapping[str, int]) -> Iterator[str]:
    """Of what meta.json says at the end, and the sizes of the files by source."""
    ended = meta["ended"]
    seconds = max(1e-9, (ended["ended_ns"] - meta["started_ns"]) / 1e9)
    status = ended["exit_status"]
    yield (f"{printable(path)}: {seconds:.1f} s recorded; {REASONS[ended['reason']]}"
           + (f", exit status {status}" if status is not None else ""))
    rows = [HEAD]
    for name, health in ended["health"].items():
        rows.append((name, f"{meta['sources'][name]['rate_hz']:g}",
                     *(str(health[count]) for count in HEAD[2:6]),
                     duration(health["late_ns"][1]), size(file_bytes[name])))
    yield from aligned(rows)
    sampling_ns = sum(one["cpu_ns"] for one in ended["workers"])
    yield (f"CPU: {share(sampling_ns, seconds)} for sampling, "
           f"{share(ended['recorder_cpu_ns'], seconds)} for writing; "
           f"hzstat report {printable(path)} tells more")


def share(cpu_ns: int, seconds: float) -> str:
    return f"{cpu_ns / seconds / 1e7:.1f} %"
