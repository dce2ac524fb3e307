"""A recording, or a part of one, written to a directory of its own."""
from __future__ import annotations

import os
from contextlib import closing

from hzstat.errors import RecordingError

from .folder import FRESH, META, file_name
from .meta import folder_for
from .meta import write as write_meta
from .npy import CHUNK_BYTES, header_of, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from .folder import Folder
    from .recording import Recording


def save(recording: Recording, path: str, force: bool) -> None:
    """Write it into `path`, a directory as hzstat record takes it; all of it, or nothing."""
    meta = recording.meta
    if not meta and not len(recording):
        raise RecordingError("there is nothing to save: it has yet to be recorded")
    if meta:
        meta = {**meta, "sources": {name: about for name, about in meta["sources"].items()
                                    if name in recording or about.get("unavailable")}}
    write_recording(folder_for(path, force), f"can't save {recording.path} in {path}",
                    ((name, recording[name]) for name in recording), meta)


def write_recording(folder: Folder, refusal: str, records: Iterable[tuple[str, NDArray[np.void]]],
                    meta: dict[str, Any]) -> None:
    """Make it these records by source, and what `meta` says unless that is empty; and close it.

    Where that fails, nothing of it is left, and what the folder had before is still there: that may
    be the very recording that is copied. RecordingError then, which begins with `refusal`.
    """
    try:
        with closing(folder):
            discard(folder)         # what a recorder left that was killed
            try:
                for source, each in records:
                    write(folder, file_name(source) + FRESH, each)
                if meta:
                    write_meta(meta, folder.create(META + FRESH))
                folder.publish()
            except BaseException:
                discard(folder)
                raise
            folder.keep()
    except OSError as failure:
        raise RecordingError(f"{refusal}: {failure.strerror}") from failure


def discard(folder: Folder) -> None:
    for name in folder.fresh():
        folder.remove(name + FRESH)


def write(folder: Folder, name: str, records: NDArray[np.void]) -> None:
    """A file of these records, on the disk when this returns."""
    data = records.dtype["data"]
    header, row = ([(field, dtype[field].str[1:]) for field in dtype.names or ()]
                   for dtype in (records.dtype, data.base))
    head = header_of(header[:-1], row, data.shape[0], len(records))
    native = records.dtype.newbyteorder("=")
    step = max(1, CHUNK_BYTES // native.itemsize)
    fd = folder.create(name)
    try:
        write_all(fd, head, 0)
        for start in range(0, len(records), step):
            part = records[start:start + step].astype(native, copy=False)
            write_all(fd, part.view("u1").data, len(head) + start * native.itemsize)
        os.fsync(fd)
    finally:
        os.close(fd)
