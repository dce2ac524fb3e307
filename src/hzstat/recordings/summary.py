"""The numbers of a report: of each source how well it was recorded, and of each metric its mean,
percentiles, curve and worst moments. All of it is plain numbers and texts, ready for JSON."""
from __future__ import annotations

import os
import threading
from functools import partial

import numpy as np

from hzstat._reader import error_of
from hzstat.errors import ParseError

from . import gaps
from .evened import windowed
from .metrics import SHARE
from .stretch import STAT
from .tidy import let_go

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from numpy.typing import NDArray

    from .evened import Evened
    from .metrics import Metric
    from .recording import Recording
    from .stretch import Floats

    SeeOfSource = Callable[[Evened, Metric, Floats], None]
    See = Callable[[str, Evened, Metric, Floats], None]

CURVE_CELLS = 40
WORST = 5
MOST_PEAKS = 8 * WORST      # that are looked at: of a long slope there may be many


def summary(recording: Recording, by: float | None = None, full: bool = False,
            see: See = lambda source, windows, metric, values: None) -> dict[str, Any]:
    """Of the whole recording. `by`: windows in seconds (None: the shortest that are honest).
    `see` is shown all values of each metric, each source's by a thread of its own."""
    found: dict[str, Any] = {
        "path": recording.path, "start_ns": recording.start_ns, "end_ns": recording.end_ns,
        **{name: recording.meta.get(name) for name in ("host", "kernel", "cpus", "command",
                                                       "started", "ended")},
        "start": recording.when(recording.start_ns).isoformat(),
        "end": recording.when(recording.end_ns).isoformat(), "cut_short": recording.cut_short,
        "problems": list(recording.problems),
        "unavailable": {name: one["unavailable"] for name, one
                        in recording.meta.get("sources", {}).items() if one.get("unavailable")},
    }
    # The largest first, so that none is left alone at the end; stat has few windows.
    order = sorted(recording, key=lambda name: (name == STAT, -recording[name].nbytes))
    each = at_once(order, lambda name: of_source(recording, name, by, full, partial(see, name)))
    return {**found, "sources": {name: each[name] for name in recording}}


def at_once(names: list[str], do: Callable[[str], Any]) -> dict[str, Any]:
    """What `do` gives for each name. numpy lets go of the interpreter, so a thread a CPU pays."""
    left, found = list(reversed(names)), {}
    failed: list[BaseException] = []

    def work() -> None:
        while left and not failed:
            try:
                name = left.pop()
                found[name] = do(name)
            except BaseException as failure:
                failed.append(failure)

    others = [threading.Thread(target=work)
              for _ in range(min(len(names), len(os.sched_getaffinity(0))) - 1)]
    for thread in others:
        thread.start()
    work()
    for thread in others:
        thread.join()
    if failed:
        raise failed[0]
    return found


def of_source(recording: Recording, name: str, by: float | None, full: bool,
              see: SeeOfSource) -> dict[str, Any]:
    records = recording[name]
    try:
        return of_records(recording, name, records, by, full, see)
    finally:
        let_go(records)


def of_records(recording: Recording, name: str, records: NDArray[np.void], by: float | None,
               full: bool, see: SeeOfSource) -> dict[str, Any]:
    found = recording.gaps(name)
    lost = found[found["kind"] == gaps.MISSED]
    longest = int((lost["end_ns"] - lost["start_ns"]).max()) if len(lost) else None
    failures = list(of_failures(records))
    each = list(windowed(recording, name, by, full))
    seconds = (int(records["time_ns"][-1]) - int(records["time_ns"][0])) / 1e9 if len(records) \
        else 0.0
    return {
        "records": len(records), "per_s": (len(records) - 1) / seconds if seconds else None,
        "failed": sum(one["reads"] for one in failures), "failures": failures,
        "period_ns": recording.period_ns(name), "missed": int(lost["missed"].sum()),
        "gaps": len(lost), "longest_gap_ns": longest,
        "clock_steps": [{"at_ns": int(one["start_ns"]), "step_ns": int(one["step_ns"])}
                        for one in found[found["kind"] == gaps.CLOCK]],
        "late_p99_ns": int(np.percentile(records["late_ns"], 99, method="lower"))
        if len(records) else None,
        "too_short_for_ns": list(dict.fromkeys(
            windows.least_ns for windows, _ in each if not len(windows))),
        "metrics": [metric for windows, every in each if len(windows) for metric
                    in of_metrics(windows, every, recording.start_ns, recording.end_ns, see)],
    }


def of_failures(records: NDArray[np.void]) -> Iterator[dict[str, Any]]:
    """How many reads failed for each reason, the most frequent first; and how many records are
    zeros, as a loss of power leaves them."""
    status = records["status"]
    statuses, reads = np.unique(status[status != 0].astype("i4"), return_counts=True)
    for i in np.argsort(-reads, kind="stable").tolist():
        failure = error_of("", int(statuses[i]), 0)
        yield {"status": int(statuses[i]), "reads": int(reads[i]),
               "reason": f"expected {failure.expected}" if isinstance(failure, ParseError)
               else failure.reason}
    if unwritten := int(np.count_nonzero(records["time_ns"] == 0)):
        yield {"status": 0, "reads": unwritten, "reason": "never reached the disk"}


def of_metrics(windows: Evened, every: list[Metric], start_ns: int, end_ns: int,
               see: SeeOfSource) -> Iterator[dict[str, Any]]:
    cell_ns = (end_ns - start_ns) / CURVE_CELLS
    if cell_ns < windows.usual_ns:      # then a cell is a window
        cell_ns = windows.usual_ns
        start_ns = windows.start_ns - round((windows.start_ns - start_ns) / cell_ns) * cell_ns
    count = max(1, round((end_ns - start_ns) / cell_ns))
    edges = np.linspace(float(start_ns), float(start_ns + count * cell_ns), count + 1)
    # What reaches into a cell by no more than jitter belongs to its neighbour alone.
    slack_ns = windows.usual_ns / 4
    touching = windows.touching(edges[:-1] + slack_ns, edges[1:] - slack_ns)
    cells = [slice(first, last) for first, last in zip(*touching, strict=True)]
    for metric, values in windows.values(every):
        see(windows, metric, values)
        yield of_metric(metric, windows, values, cells)


def of_metric(metric: Metric, windows: Evened, values: Floats,
              cells: list[slice]) -> dict[str, Any]:
    unknown = np.isnan(values)
    known, seconds = (values, windows.seconds) if not unknown.any() else (
        values[~unknown], windows.seconds[~unknown])
    found: dict[str, Any] = {"group": metric.group, "name": metric.name, "unit": metric.unit,
                             "windows": len(known), "window_ns": windows.usual_ns}
    if not len(known):
        return {**found, **dict.fromkeys(("mean", "p50", "p99", "max")), "curve": [], "worst": [],
                "mostly_max": False}
    p50, p99, most = np.quantile(known, (0.5, 0.99, 1.0), method="inverted_cdf").tolist()
    # Not np.dot: its threads would wait for work, spinning, where those of at_once() have some.
    mean = float(np.einsum("i,i", known, seconds) / seconds.sum())
    return {**found, "mean": mean, "p50": p50, "p99": p99,
            "max": most, "curve": [highest(values[cell]) for cell in cells],
            "worst": list(worst(windows.time_ns, windows.seconds, values, p50, metric.averaged))
            if metric.worst else [],
            # As a CPU that is never idle: nothing stands out, and yet it is to be told.
            "mostly_max": metric.worst and metric.unit == SHARE and len(known) > 1
            and 0 < most == p50}


def highest(values: Floats) -> float | None:
    """The highest of these that are known; None where none is."""
    most = float(np.fmax.reduce(values, initial=-np.inf))
    return None if np.isinf(most) else most


def worst(time_ns: NDArray[np.int64], seconds: Floats, values: Floats,
          usual: float, averaged: bool = True) -> Iterator[dict[str, Any]]:
    """The highest moments, each with its neighbours that are above the middle between its height
    and what is usual: they are one moment. What reaches into one that is told already is its slope,
    and none of its own. Each is told by when its window began; what isn't `averaged` over a window,
    by when that ended."""
    left = np.where(np.isnan(values), -np.inf, values)
    told = np.zeros(len(values), bool)
    apart = max(1, len(values) // 200)
    found = 0
    for _ in range(MOST_PEAKS):
        peak = int(left.argmax())
        height = float(left[peak])
        if found == WORST or not height > usual:
            return
        first, last = stretch_of(values >= (height + usual) / 2, peak)
        if not told[first:last + 1].any():
            found += 1
            begun_ns = round(float(seconds[peak]) * 1e9) if averaged else 0
            yield {"at_ns": int(time_ns[peak]) - begun_ns, "value": height,
                   "lasting_ns": round(float(seconds[first:last + 1].sum()) * 1e9)}
        told[first:last + 1] = True
        left[max(0, first - apart):last + 1 + apart] = -np.inf


def stretch_of(flags: NDArray[np.bool_], place: int) -> tuple[int, int]:
    """The first and the last index of the run of true flags around `place`."""
    before, after = flags[:place][::-1], flags[place + 1:]
    first = place - (int(before.argmin()) if not before.all() else len(before))
    last = place + (int(after.argmin()) if not after.all() else len(after))
    return first, last
