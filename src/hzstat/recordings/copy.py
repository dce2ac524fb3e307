"""A recording, or a part of one, written to a directory of its own."""
from __future__ import annotations

import os
from contextlib import contextmanager

from hzstat.errors import RecordingError

from .folder import file_name
from .meta import MetaFile, folder_for
from .npy import CHUNK_BYTES, header_of, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from .folder import Folder
    from .recording import Recording


def save(recording: Recording, path: str, force: bool) -> None:
    """Write it into `path`, a directory as hzstat record takes it; all of it, or nothing."""
    with all_or_nothing(lambda: folder_for(path, force),
                        f"can't save {recording.path} in {path}") as folder:
        folder.clear()
        write_all_of(recording, folder)


@contextmanager
def all_or_nothing(make: Callable[[], Folder], refusal: str) -> Iterator[Folder]:
    """A folder that keeps what is written into it in here, if that was all; else nothing of it.

    RecordingError, which begins with `refusal`, where it can't be made or written.
    """
    try:
        folder = make()
        try:
            yield folder
            folder.keep()
        except BaseException:
            folder.clear()
            raise
        finally:
            folder.close()
    except OSError as failure:
        raise RecordingError(f"{refusal}: {failure.strerror}") from failure


def write_all_of(recording: Recording, folder: Folder) -> None:
    for source in recording:
        write(folder, file_name(source), recording[source])
    if recording.meta:
        sources = {name: about for name, about in recording.meta["sources"].items()
                   if name in recording or about.get("unavailable")}
        meta = {**recording.meta, "sources": sources}
        MetaFile(folder, meta).end(meta)


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
