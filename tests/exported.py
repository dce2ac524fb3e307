"""Recordings to be exported, and, in plain Python, what an export of them has to hold."""
import time

import numpy as np
import recorded

import hzstat

MS = recorded.MS
NAMES = [b"eth0", b'a"b', b"a,b", b"a\nb", b"x\x1b[31my", b"\xff\xfe\x41", b"=1+1", b"-1",
         "ü-‮".encode(), b"bond0:1"]
EIO = 5


def net():
    """Interfaces that come and go, under odd names; failed reads, one that left rows behind, and a
    read that found nothing."""
    samples = [(i * MS + 17 * i, 0,
                {name: {"rx_bytes": 2**64 - 1 - i, "tx_bytes": i * 1000 + k}
                 for k, name in enumerate(NAMES[:1 + i % len(NAMES)])}) for i in range(40)]
    samples[7] = (samples[7][0], EIO, {})
    samples[9] = (samples[9][0], -3, {b"stale": {"rx_bytes": 1}})
    samples[11] = (samples[11][0], 0, {})
    return recorded.records_of("net/dev", "name", samples, room=len(NAMES))


def load():
    """One row a record, of floats and integers; the last read failed."""
    records = recorded.even("loadavg", 30)
    for i, row in enumerate(records["data"][:, 0]):
        row["load1"], row["load5"], row["running"] = i / 7, 0.01, i
    records["status"][-1] = EIO
    return records


def live(*sources, count=100):
    """What a sampler takes of this machine, at 1 kHz: at least so many records each."""
    with hzstat.Sampler(dict.fromkeys(sources, 1000), ring_seconds=30) as sampler:
        deadline = time.monotonic() + 20
        while min(ring.head for ring in map(sampler.ring, sources)) < count \
                and time.monotonic() < deadline:
            time.sleep(0.01)
        return {source: sampler[source].drain() for source in sources}


def table(records, description):
    """The rows that an export has: (name, kind) of the columns, and a list of values for each row,
    None where one is missing; names as bytes, times in ns."""
    fields = [name for name in records.dtype["data"].base.names if description[name][1] != "mask"]
    head = ["time_ns", "wall_ns", "tick", "late_ns", "read_ns", "status"]
    found = []
    for record in records:
        begin = [int(record[name]) for name in head]
        rows = [] if record["status"] else record["data"][:record["rows"]]
        found += [[*begin, *(value_of(row, name) for name in fields)] for row in rows] \
            or [[*begin, *(None for _ in fields)]]
    return ["time", "wall_time", *head[2:], *fields], found


def value_of(row, name):
    names = row.dtype.names
    if "present" in names and not int(row["present"]) >> names.index(name) & 1:
        return None
    return row[name].item()


def description(source, records):
    return {name: (one["unit"], one["kind"], one["meaning"])
            for name, one in recorded.described(source, records).items()}


def as_text(value):
    """A name as other programs get it."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def columns(rows):
    """Rows of values as a list for each column."""
    return [list(column) for column in zip(*rows, strict=True)]


def same(found, expected):
    """Are these lists of values the same, None where None is?"""
    return len(found) == len(expected) and all(
        (a is None) == (b is None) and (a is None or a == b)
        for a, b in zip(found, expected, strict=True))


def random_records(rng, count, room):
    """Records of diskstats, whose rows have a mask, filled up to anywhere."""
    records = recorded.even("diskstats", count, room=room)
    raw = rng.integers(0, 2**63, (count, room, len(records.dtype["data"].base.names)))
    for i, name in enumerate(records.dtype["data"].base.names):
        if records.dtype["data"].base[name].kind == "S":
            records["data"][name] = np.array(NAMES)[raw[:, :, i] % len(NAMES)]
        else:
            records["data"][name] = raw[:, :, i] >> (raw[:, :, i] % 60)
    records["data"]["present"] = rng.integers(0, 2**63, (count, room))
    records["rows"] = rng.integers(0, room + 3, count)      # more than there was room for, too
    records["status"] = np.where(rng.random(count) < 0.2, EIO, 0)
    return records
