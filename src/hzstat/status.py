"""`hzstat line`: what happened since it was last called, at once.

A status bar calls this every few seconds, so it starts no worker and imports next to nothing
(no numpy, argparse or multiprocessing). It reads each file once and compares with what the
last call kept; only the first call takes a short window of its own.
"""
from __future__ import annotations

import os
import time

from . import shares, state
from .errors import HzstatError, ParseError, SourceUnavailable
from .formats import line
from .procfs import values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import Any

    from .state import Sample

SHORTEST_NS = shares.WINDOW_NS
LONGEST_NS = 300 * 1_000_000_000        # what lies further back isn't news
FILE = "hzstat-line"
MEMORY, LOAD = ("used", "total", "avail", "mem"), ("load1", "load5", "load15")


def rows_of(name: str, root: str, complain: Callable[[str], None]) -> list[dict[str, Any]]:
    """The rows of a source; none, and a complaint, where it can't be read."""
    try:
        return values(name, root)
    except (SourceUnavailable, ParseError) as failure:
        complain(str(failure))
        return []


def take(root: str, complain: Callable[[str], None]) -> Sample:
    """The counters of now."""
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    counters: tuple[int, ...] = ()
    for row in rows_of("stat", root, complain):
        if row["cpu"] == -1:
            counters = tuple(row.get(field, 0) for field in shares.FIELDS)
    nets = {row["name"]: (row["rx_bytes"], row["tx_bytes"])
            for row in rows_of("net/dev", root, complain)}
    return now, counters, nets


def baseline(kept: list[Sample], now: Sample, interval_ns: int) -> Sample | None:
    """The sample to compare with: the newest that is an interval old, else the oldest usable."""
    usable = [sample for sample in kept if SHORTEST_NS <= now[0] - sample[0] <= LONGEST_NS
              and len(sample[1]) == len(now[1])
              and all(new >= old for field, old, new in
                      zip(shares.FIELDS, sample[1], now[1], strict=False)
                      if field in shares.BUSY_FIELDS)]
    full = [sample for sample in usable if now[0] - sample[0] >= interval_ns]
    return full[-1] if full else usable[0] if usable else None


def cpu_shares(before: Sample, after: Sample) -> dict[str, float | None]:
    """The shares (0 to 1) of all CPUs together; none where the counters are missing."""
    if not before[1] or not after[1]:
        return {}
    grown = shares.growth(dict(zip(shares.FIELDS, before[1], strict=True)),
                          dict(zip(shares.FIELDS, after[1], strict=True)))
    total = shares.total(grown)
    return {name: shares.column(grown, name) / total for name in shares.COLUMNS} if total else {}


def net_rates(before: Sample, after: Sample, interface: bytes | None) -> dict[str, float | None]:
    """recv and send, bytes a second, of one interface or of all but lo; none where missing."""
    names = [interface] if interface else [name for name in after[2] if name != b"lo"]
    rx = tx = 0
    for name in names:
        if name not in after[2] or name not in before[2]:
            if interface:
                return {}
            continue
        grown = [new - old for old, new in zip(before[2][name], after[2][name], strict=True)]
        if min(grown) < 0:              # it was away, and counts anew
            if interface:
                return {}
            continue
        rx, tx = rx + grown[0], tx + grown[1]
    seconds = (after[0] - before[0]) / 1e9
    return {"recv": rx / seconds, "send": tx / seconds} if after[2] else {}


def once(template: str, interface: bytes | None, interval_seconds: float,
         complain: Callable[[str], None], root: str = "/proc",
         explain: Callable[[str], None] = lambda text: None) -> str:
    """The line for now. Complaints (a source that is missing) are passed on as text, and what it
    is compared with is explained."""
    return line.render(template, fields(line.asked(template), interface, interval_seconds, complain,
                                        root, explain))


def fields(asked: Container[str], interface: bytes | None, interval_seconds: float,
           complain: Callable[[str], None], root: str,
           explain: Callable[[str], None]) -> dict[str, object]:
    """The fields of the line for now, as line.fields() gives them: all that are asked for."""
    interval_ns = round(interval_seconds * 1e9)
    folder = state.directory() if root == "/proc" else None
    path = os.path.join(folder, FILE) if folder else ""
    kept = state.load(path) if path else []
    now = take(root, complain)
    check_interface(interface, now)
    before = baseline(kept, now, interval_ns)
    if before is None:
        before = now
        time.sleep(max(interval_ns, SHORTEST_NS) / 1e9)
        now = take(root, lambda text: None)     # it has been said
        kept = [before]
        explain(f"no sample to compare with in {path or 'a file of ours'}: a window of its own")
    explain(f"over {(now[0] - before[0]) / 1e9:.3f} s; samples are kept in {path or 'no file'}")
    # The newest sample kept is left alone until it is an interval old: two bars that call one
    # after the other would else compare with each other, over next to no time.
    if now[0] - kept[-1][0] >= max(interval_ns, SHORTEST_NS):
        kept = [kept[-1], now]
    if path:
        state.save(path, kept)
    memory = rows_of("meminfo", root, complain) if any(name in asked for name in MEMORY) else []
    load = rows_of("loadavg", root, complain) if any(name in asked for name in LOAD) else []
    return line.fields(cpu_shares(before, now), net_rates(before, now, interface),
                       memory[0] if memory else {}, load[0] if load else {})


def check_interface(interface: bytes | None, sample: Sample) -> None:
    if interface is not None and interface not in sample[2]:
        names = ", ".join(os.fsdecode(name) for name in sample[2]) or "none"
        raise HzstatError(f"no interface {os.fsdecode(interface)!r}: there are {names}")
