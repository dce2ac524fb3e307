"""The summary of a recording as text, 80 columns wide."""
from __future__ import annotations

import math

from hzstat import units

from .recorded import REASONS
from .spark import sparkline
from .stats import aligned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    When = Callable[[int], datetime]

SOURCES = ("source", "records", "per s", "missed", "gaps", "longest", "failed", "late p99")
FIGURES = ("mean", "p50", "p99", "max")
SHARE, BYTES, BYTE_RATE = "share", "bytes", "bytes/s"
DIGITS = 3
WIDTH, FIGURES_WIDTH, FEWEST_CELLS = 80, 32, 10
USUAL_NAME = 8


def lines(found: Mapping[str, Any], when: When, ramp: str) -> Iterator[str]:
    """`when` tells the time of a moment; `ramp` the characters of curves, from low to high. What
    others named may not disturb a terminal."""
    yield from map(units.printable, parts(found, when, ramp))


def parts(found: Mapping[str, Any], when: When, ramp: str) -> Iterator[str]:
    yield from head(found, when)
    yield ""
    yield from aligned([SOURCES, *(source_row(name, one)
                                   for name, one in found["sources"].items())])
    for name, reason in found["unavailable"].items():
        yield f"{name} was not recorded: {reason}"
    for name, one in found["sources"].items():
        for failure in one["failures"]:
            yield f"{name}: {failure['reads']:,} failed: {failure['reason']}"
        for least_ns in one["too_short_for_ns"]:
            yield f"{name}: too little for a window of {units.duration(least_ns)}"
    yield from clock_steps(found["sources"].values(), when)
    shortest = max((len(metric["name"]) for one in found["sources"].values()
                    for metric in one["metrics"] if len(metric["name"]) <= USUAL_NAME), default=0)
    for one in found["sources"].values():
        yield from curves(one, ramp, shortest)
    yield from worst(found, when)


def head(found: Mapping[str, Any], when: When) -> Iterator[str]:
    start, end = found["start_ns"], found["end_ns"]
    yield (f"{found['path']}: {length(end - start)} from "
           f"{when(start):%Y-%m-%d} {clock(when, start)} to {clock(when, end)} "
           f"({when(start):%z})")
    where = [f"on {found['host']}" if found["host"] else "",
             f"Linux {found['kernel']}" if found["kernel"] else "",
             f"{found['cpus']} CPUs" if found["cpus"] else ""]
    if any(where):
        yield ", ".join(filter(None, where))
    if found["command"]:
        yield f"command: {' '.join(map(str, found['command']))}"
    yield ended(found["ended"])


def ended(told: Mapping[str, Any] | None) -> str:
    if not told:
        return "CUT SHORT: its end was never written (or it is still going on)"
    reason = str(told.get("reason"))
    text = f"ended: {REASONS.get(reason, reason)}"
    if told.get("exit_status") is not None:
        text += f", with status {told['exit_status']}"
    return text + (f": {told['message']}" if told.get("message") else "")


def clock_steps(sources: Iterable[Mapping[str, Any]], when: When) -> Iterator[str]:
    """Those of the source that saw most, or saw them most closely: it is one clock."""
    closest = max(sources, key=lambda one: (len(one["clock_steps"]), -one["period_ns"]),
                  default={"clock_steps": ()})
    for step in closest["clock_steps"]:
        seconds = step["step_ns"] / 1e9
        yield f"at {clock(when, step['at_ns'])} the wall clock " + (
            f"was set back by {-seconds:.2f} s" if seconds < 0 else
            f"jumped ahead by {seconds:.2f} s: it was set, or the machine slept")


def source_row(name: str, one: Mapping[str, Any]) -> Sequence[str]:
    return (name, f"{one['records']:,}", f"{one['per_s']:.1f}" if one["per_s"] else "-",
            f"{one['missed']:,}", f"{one['gaps']:,}", units.duration(one["longest_gap_ns"]),
            f"{one['failed']:,}", units.duration(one["late_p99_ns"]))


def curves(one: Mapping[str, Any], ramp: str, shortest: int) -> Iterator[str]:
    """A block for each group of a source that is told over the same windows: of each metric its
    curve and its figures. Names take `shortest` characters at least, so that most curves are below
    one another."""
    groups: dict[tuple[str, int], list[Any]] = {}
    for metric in one["metrics"]:
        groups.setdefault((metric["group"], metric["window_ns"]), []).append(metric)
    for (group, window_ns), every in groups.items():
        width = max(shortest, *(len(metric["name"]) for metric in every))
        cells = min(max(len(metric["curve"]) for metric in every),
                    max(FEWEST_CELLS, WIDTH - width - FIGURES_WIDTH))
        title = f"{group}, by {units.duration(window_ns)}"
        yield ""
        yield title.ljust(width + cells + 2) + "".join(head.rjust(7) for head in FIGURES)
        for metric in every:
            yield (metric["name"].ljust(width) + "  "
                   + curve(metric, cells, ramp).ljust(cells)
                   + "".join(amount(metric[figure], metric["unit"]).rjust(7)
                             for figure in FIGURES) + unit_after(metric["unit"]))


def curve(metric: Mapping[str, Any], most: int, ramp: str) -> str:
    """In as many as `most` cells. Shares are drawn from 0 to 100 % (more, if they are more), all
    else from 0 to the highest."""
    whole = metric["curve"]
    most = min(most, len(whole))
    parts = (whole[len(whole) * i // most:len(whole) * (i + 1) // most] for i in range(most))
    cells = [max((cell for cell in part if cell is not None), default=math.nan) for part in parts]
    top = metric["max"] or 0
    if metric["unit"] == SHARE:
        top = max(1.0, top)
    return sparkline(cells, top or 1.0, ramp)


def amount(number: float | None, unit: str) -> str:
    if number is None:
        return "-"
    if unit == SHARE:
        return f"{units.percent(number, DIGITS)}%"
    return units.size(number, DIGITS) if unit in (BYTES, BYTE_RATE) else units.count(number, DIGITS)


def unit_after(unit: str) -> str:
    """What a number's own suffix doesn't tell."""
    return "/s" if unit == BYTE_RATE else "" if unit in (SHARE, BYTES, "") else f" {unit}"


def worst(found: Mapping[str, Any], when: When) -> Iterator[str]:
    rows: list[Sequence[str]] = [("worst moments", "value", "from", "after", "for")]
    for one in found["sources"].values():
        for metric in one["metrics"]:
            name = f"{metric['group']} {metric['name']}"
            if metric["mostly_max"]:
                rows.append((name, amount(metric["max"], metric["unit"])
                             + unit_after(metric["unit"]), "half of", "the time", "or more"))
            for moment in metric["worst"]:
                rows.append((name, amount(moment["value"], metric["unit"])
                             + unit_after(metric["unit"]), clock(when, moment["at_ns"]),
                             length(moment["at_ns"] - found["start_ns"]),
                             units.duration(moment["lasting_ns"])))
                name = ""
    if len(rows) > 1:
        yield ""
        yield from aligned(rows)


def clock(when: When, time_ns: int) -> str:
    return f"{when(time_ns):%H:%M:%S.%f}"[:-3]


def length(ns: int) -> str:
    """`9.5s`, `2m05s`, `1h00m00s`."""
    seconds = ns / 1e9
    if seconds < 60:
        return f"{seconds:.3f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m{rest:02}s" if hours else f"{minutes}m{rest:02}s"
