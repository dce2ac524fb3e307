"""The last seconds of the rings as a recording: what was just seen is kept."""
from __future__ import annotations

import time
from datetime import datetime

import numpy as np

from hzstat.errors import RecordingError
from hzstat.health import QUANTILES
from hzstat.recordings.copy import write_recording
from hzstat.recordings.folder import Folder
from hzstat.recordings.meta import HEADER, at_start
from hzstat.recordings.recorder import TIME
from hzstat.windows import planned_ns

from .feeds import joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from hzstat.sampler import Sampler

    from .feeds import Records

KEPT_NS = 10_000_000_000


def held(sampler: Sampler, periods_ns: Mapping[str, int],
         kept_ns: int = KEPT_NS) -> dict[str, Records]:
    """The records of the last seconds, as far as the rings go back and since the rate is what it is
    now: a recording has one."""
    now_ns = sampler.board.now_ns()
    found = {}
    for name, period_ns in periods_ns.items():
        view = sampler.view(name)
        pieces = [np.empty(0, view.dtype)]
        while len(records := view.drain()):
            planned = planned_ns(records)
            until_now = slice(int(np.searchsorted(planned, now_ns, side="right")))
            records, planned = records[until_now], planned[until_now]
            others = np.flatnonzero((planned < now_ns - kept_ns)
                                    | (planned != records["tick"] * period_ns))
            if len(others):
                pieces, records = pieces[:1], records[others[-1] + 1:]
            pieces.append(records)
        found[name] = joined(*pieces)
    return found


def write(sampler: Sampler, records: Mapping[str, Records], periods_ns: Mapping[str, int],
          root: str | None, path: str) -> float:
    """Make the recording `path` of what held() gave; the seconds that it has of all sources.
    RecordingError where it can't be made, and nothing is left then."""
    begun_ns = time.process_time_ns()
    times = {name: each["time_ns"][[0, -1]].tolist() for name, each in records.items()
             if len(each)}
    if not times:
        raise RecordingError("there is nothing to be kept yet: wait a moment")
    start_ns, end_ns = (min(first for first, _ in times.values()),
                        max(last for _, last in times.values()))
    meta = at_start(sampler, None, root)
    wall_ns = min(int(each["wall_ns"][0]) for each in records.values() if len(each))
    meta["started"] = datetime.fromtimestamp(wall_ns / 1e9).astimezone().isoformat()
    meta["started_ns"] = start_ns
    for name, period_ns in periods_ns.items():
        meta["sources"][name].update(rate_hz=1e9 / period_ns, period_ns=period_ns)
    meta["ended"] = {
        "reason": TIME, "message": "kept by hzstat top", "ended_ns": end_ns,
        "exit_status": None, "workers": [],
        "health": {name: health(each) for name, each in records.items()},
        "recorder_cpu_ns": time.process_time_ns() - begun_ns}
    write_recording(Folder(path), f"can't record into {path}",
                    ((name, narrowed(each)) for name, each in records.items()), meta)
    return min(float(last - first + periods_ns[name])
               for name, (first, last) in times.items()) / 1e9


def narrowed(records: Records) -> Records:
    """Without the room for rows that none of them needs."""
    data = records.dtype["data"]
    rows = min(data.shape[0], int(records["rows"].max(initial=1)))
    narrow = np.dtype([*((name, records.dtype[name]) for name in HEADER),
                       ("data", data.base, (rows,))])
    texts = records.view(np.uint8).reshape(len(records), records.dtype.itemsize)
    return np.ascontiguousarray(texts[:, :narrow.itemsize]).view(narrow)[:, 0]


def health(records: Records) -> dict[str, Any]:
    """How well these were sampled."""
    planned = int(records["tick"][-1] - records["tick"][0]) + 1 if len(records) else 0
    return {"planned": planned, "records": len(records), "missed": planned - len(records),
            "lost": 0, "errors": int((records["status"] != 0).sum()),
            "cut": int((records["rows"] > records.dtype["data"].shape[0]).sum()),
            **{field: quantiles(records[field]) for field in ("late_ns", "read_ns")}}


def quantiles(values: NDArray[np.int64]) -> list[int | None]:
    """p50, p99, p99.9 and the maximum."""
    if not len(values):
        return [None] * (len(QUANTILES) + 1)
    found = np.quantile(values, [*QUANTILES, 1.0], method="inverted_cdf")
    return [int(value) for value in found]
