"""Recordings made up for tests: records of given samples, and the files they are kept in."""
import json

import numpy as np

import hzstat
from hzstat import descriptors
from hzstat._loop import HEADER_FIELDS

MS = 1_000_000
START_NS = 1_790_000_000_000 * MS       # a whole number of periods


def row_dtype(source):
    """numpy's type of a row: a table's own, or with the fields that are known of a keyed file."""
    descriptor = descriptors.find(source)
    if descriptor.parser:
        return np.dtype(list(descriptor.parser().fields))
    return np.dtype([(name, "u8") for name, *_ in descriptor.fields if "*" not in name])


def records_of(source, key, samples, room=5):
    """Records as a view would give them, of samples (ns after START_NS, status, rows: key →
    fields)."""
    records = np.zeros(len(samples), [*HEADER_FIELDS, ("data", row_dtype(source), (room,))])
    for record, (time, status, rows) in zip(records, samples, strict=True):
        record["time_ns"] = START_NS + time
        record["status"], record["rows"] = status, len(rows)
        for place, (name, fields) in zip(record["data"], rows.items(), strict=False):
            if key:
                place[key] = name
            for field, number in fields.items():
                place[field] = number
    return records


def even(source, count, period_ns=MS, room=1, ticks=None):
    """`count` records a period apart, each a little late, with a row each; `ticks`: which."""
    ticks = np.arange(count) if ticks is None else np.asarray(ticks)
    records = np.zeros(len(ticks), [*HEADER_FIELDS, ("data", row_dtype(source), (room,))])
    records["tick"] = START_NS // period_ns + ticks
    records["late_ns"] = 1000 + 7919 * ticks % 9000
    records["time_ns"] = START_NS + ticks * period_ns + records["late_ns"]
    records["wall_ns"] = records["time_ns"]
    records["rows"] = 1
    if "present" in records.dtype["data"].base.names:
        records["data"]["present"] = (1 << 64) - 1
    if source == "stat":
        records["data"]["cpu"] = -1
    return records


def described(source, records):
    return {field.name: {"unit": field.unit, "kind": field.kind, "meaning": field.meaning}
            for field in hzstat.describe(source).of(records.dtype["data"].base.names)}


def save(folder, records, period_ns=MS, **more):
    """Write a recording of records by source, as the format says; `more` goes into meta.json."""
    folder.mkdir(exist_ok=True)
    sources = {}
    for source, each in records.items():
        file = source.replace("/", "__") + ".npy"
        np.save(folder / file, each)
        sources[source] = {"file": file, "path": f"/proc/{source}", "period_ns": period_ns,
                           "rate_hz": 1e9 / period_ns, "unavailable": None,
                           "fields": described(source, each)}
    meta = {"format": "hzstat recording", "version": 1, "host": "here", "user_hz": 100,
            "started": "2026-09-21T16:13:20+02:00", "started_ns": START_NS, "command": None,
            "sources": sources, "ended": {"reason": "time", "message": ""}, **more}
    (folder / "meta.json").write_text(json.dumps(meta))
    return folder
