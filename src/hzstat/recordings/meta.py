"""What `meta.json` says of a recording: where it was made, of what, how, and how well.

It is written whole under another name and renamed, at the start and again at the end: while `ended`
is null the recording runs, or was cut short.
"""
from __future__ import annotations

import json
import os
from datetime import datetime

from hzstat import __version__
from hzstat.about import About
from hzstat.description import describe
from hzstat.errors import RecordingError
from hzstat.state import boot_id

from .folder import FRESH, META, UNABLE, Folder, file_name
from .npy import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from hzstat.sampler import Sampler

FORMAT, VERSION = "hzstat recording", 1
LARGEST_BYTES = 64 << 20
ROOM_BYTES = 64 << 10       # kept free for what is written at the end, when the disk may be full

CLOCKS = {
    "time_ns": "nanoseconds since the epoch on a clock that never steps: CLOCK_MONOTONIC, and how "
               "far the wall clock was ahead of it when the sampler was started",
    "wall_ns": "nanoseconds since the epoch by the wall clock (CLOCK_REALTIME): where it jumps "
               "against time_ns, that clock was set, or the machine slept",
}
HEADER = {
    "tick": ("periods since the epoch", "number of the planned instant; a gap is a jump in it"),
    "time_ns": ("nanoseconds since the epoch", "start of the read, on the clock that never steps"),
    "wall_ns": ("nanoseconds since the epoch", "start of the read, by the wall clock"),
    "late_ns": ("nanoseconds", "how long after its planned instant the read began"),
    "read_ns": ("nanoseconds", "how long the read took"),
    "status": ("", "0, or the errno or the parser's negative code for which there are no rows"),
    "rows": ("", "how many rows the file had: the first so many of data are filled"),
}


class LaterVersion(RecordingError):
    """The format is a later one than this hzstat knows."""


def at_start(sampler: Sampler, command: Sequence[str] | None, root: str | None) -> dict[str, Any]:
    """What is known when a running `sampler` is to be recorded."""
    machine = os.uname()
    now_ns = sampler.board.now_ns()
    return {
        "format": FORMAT, "version": VERSION, "hzstat": __version__,
        "host": machine.nodename, "kernel": machine.release, "machine": machine.machine,
        "cpus": os.sysconf("SC_NPROCESSORS_ONLN"), "user_hz": os.sysconf("SC_CLK_TCK"),
        "page_bytes": os.sysconf("SC_PAGE_SIZE"), "boot_id": boot_id(),
        "started": datetime.fromtimestamp(now_ns / 1e9).astimezone().isoformat(),
        "started_ns": now_ns, "clocks": CLOCKS,
        "command": None if command is None else list(command), "root": root,
        "sources": {name: of_source(sampler, name) for name in sampler.plan.period_ns},
        "header": {name: {"unit": unit, "meaning": meaning}
                   for name, (unit, meaning) in HEADER.items()},
        "ended": None,
    }


def of_source(sampler: Sampler, name: str) -> dict[str, Any]:
    period_ns = sampler.plan.period_ns[name]
    known = describe(name)
    reason = sampler.unavailable.get(name)
    path, fields = known.path, {}
    if reason is None:
        path = sampler.path(name)
        rows = About(sampler.ring(name).about()).rows
        fields = {field.name: {"unit": field.unit, "kind": field.kind, "meaning": field.meaning}
                  for field in known.of(field for field, _ in rows)}
    return {"file": file_name(name) if reason is None else None, "path": path,
            "rate_hz": 1e9 / period_ns, "period_ns": period_ns, "document": known.document,
            "keyed": known.keyed, "fields": fields,
            "unavailable": None if reason is None else str(reason)}


def folder_for(path: str, force: bool) -> Folder:
    """A folder to record into; RecordingError where there is something else than a recording."""
    if force and os.path.lexists(os.path.join(path, META)):
        read(path)
    return Folder(path, force)


class MetaFile:
    """meta.json in a folder, with room on the disk for it to be written once more."""

    def __init__(self, folder: Folder, meta: dict[str, Any]) -> None:
        self._folder = folder
        self._put(meta, folder.create(META + FRESH))
        self._room = folder.create(META + FRESH)
        try:
            reserve(self._room, len(encoded(meta)) + ROOM_BYTES)
        except OSError:
            os.close(self._room)
            raise

    def end(self, meta: dict[str, Any]) -> None:
        """Write it for the last time."""
        self._put(meta, self._room)

    def _put(self, meta: dict[str, Any], fd: int) -> None:
        write(meta, fd)
        self._folder.replace(META + FRESH, META)
        self._folder.sync()


def write(meta: dict[str, Any], fd: int) -> None:
    """Make it all that is in a file, on the disk when this returns, and close that."""
    text = encoded(meta)
    try:
        write_all(fd, text, 0)
        os.ftruncate(fd, len(text))
        os.fsync(fd)
    finally:
        os.close(fd)


def reserve(fd: int, size: int) -> None:
    """Have room on the disk for so many bytes of a new file."""
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as failure:
        if failure.errno not in UNABLE:
            raise
        write_all(fd, bytes(size), 0)       # of file systems, and C libraries, that leave it to us


def encoded(meta: dict[str, Any]) -> bytes:
    # Names of a broken encoding (lone surrogates) are escaped, as all that isn't ASCII is.
    return json.dumps(meta, indent=1).encode("ascii") + b"\n"


def read(folder: str) -> dict[str, Any]:
    """What the meta.json in `folder` says; RecordingError where it isn't one that can be read."""
    path = os.path.join(folder, META)
    try:
        # Not blocking: else a pipe in the place of the file would keep us for ever.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)
                  ) as file:
            text = file.read(LARGEST_BYTES)
    except OSError as failure:
        raise RecordingError(f"{path} can't be read: {failure.strerror}") from failure
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError) as failure:     # of the encoding, too
        raise RecordingError(f"{path} is no JSON: {failure}") from None
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise RecordingError(f"{path} isn't of a recording of hzstat")
    version = meta.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise LaterVersion(f"{path} is of version {version} of the format, and this hzstat reads "
                           f"version {VERSION}: use a later one")
    sources = meta.get("sources")
    if not isinstance(sources, dict) or not all(
            isinstance(one, dict) and isinstance(one.get("fields", {}), dict)
            and isinstance(one.get("file"), str | None) for one in sources.values()):
        raise RecordingError(f"{path} doesn't say what its sources are")
    return meta
