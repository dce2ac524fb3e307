"""One .npy file of a recording → its whole records, mapped and not read.

The file may have been cut at any byte, may still be growing, and may be anyone's: what its header
says is compared with what is there, and nothing in it is ever run.
"""
from __future__ import annotations

import mmap
import os
import stat

import numpy as np
from numpy.lib import format as npy

from hzstat import shares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

HEADER = ("tick", "time_ns", "wall_ns", "late_ns", "read_ns", "status", "rows")
NUMBERS_AND_NAMES = "iufS"
# Whoever makes rows of these sources takes for granted that they have these fields, of these kinds.
NEEDED = {
    "stat": {"cpu": "i", **dict.fromkeys(shares.TIMES, "u")},
    "net/dev": {"name": "S", "rx_bytes": "u", "tx_bytes": "u"},
    "diskstats": {"major": "iu", "minor": "iu", "name": "S", "rd_sectors": "u", "wr_sectors": "u",
                  "io_ms": "u"},
    "loadavg": dict.fromkeys(("load1", "load5", "load15"), "f"),
}
LONGEST_HEADER = 1 << 20        # numpy's own limit is 10,000; a file of 1,000 keys needs more
SEARCHED_AT_ONCE = 4096


def of_source(source: str, name: str, folder: int) -> tuple[NDArray[np.void] | None, str]:
    """The records of `source` in the file `name`, None where there is nothing to have; and a
    sentence about what is wrong, or ""."""
    try:
        records, problem = mapped(name, folder)
    except OSError as failure:
        return None, f"{name} can't be read: {failure.strerror}"
    except ValueError as failure:
        return None, str(failure)
    if lacks := lacking(source, records.dtype):
        return None, f"{name} holds no {source} of hzstat: {', '.join(lacks)} isn't in it"
    return records, problem


def mapped(name: str, folder: int) -> tuple[NDArray[np.void], str]:
    """The records of the file `name` in the open directory `folder`: read-only, shape (n,); and a
    sentence about what is wrong with it, or "". ValueError, with a sentence, where there is
    nothing to have; OSError where it can't be read."""
    # Not blocking: else a pipe in the place of a file would keep us for ever.
    with open(name, "rb", opener=lambda path, flags: os.open(
            path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise ValueError(f"{name} is no plain file")
        dtype, told = header(name, file)
        offset = file.tell()
        there = (about.st_size - offset) // dtype.itemsize
        count = min(told, there)
        records = np.empty(0, dtype)
        if count:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            records = np.frombuffer(memory, dtype, count, offset)
    records = written(records)
    records.flags.writeable = False
    if len(records) < told:
        return records, f"{name} is cut: of {told:,} records {len(records):,} are there"
    return records, ""


def header(name: str, file: Any) -> tuple[np.dtype[Any], int]:
    """(type of a record, number of records) as the file's header says; ValueError if it is torn,
    or of something else."""
    try:
        version = npy.read_magic(file)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
        shape, _, dtype = read(file, max_header_size=LONGEST_HEADER)
    # Of a text that is torn or made up, numpy's parser raises whatever comes to it.
    except (ValueError, KeyError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"the header of {name} is torn, or it is no .npy file") from None
    if len(shape) != 1 or shape[0] < 0 or not of_records(dtype):
        raise ValueError(f"{name} holds no records of hzstat")
    return dtype, int(shape[0])


def of_records(dtype: np.dtype[Any]) -> bool:
    """Is it the type of a View's records?"""
    names = dtype.names or ()
    if dtype.hasobject or names != (*HEADER, "data"):
        return False
    data = dtype["data"]
    fields = data.base.names or ()
    return (all(dtype[name].kind in "iu" for name in HEADER) and len(data.shape) == 1
            and data.shape[0] > 0 and bool(fields)
            and all(data.base[name].kind in NUMBERS_AND_NAMES for name in fields))


def lacking(source: str, dtype: np.dtype[Any]) -> list[str]:
    """Which of the fields that are needed of a source these records lack, or have as another kind.
    """
    row = dtype["data"].base
    return [name for name, kinds in NEEDED.get(source, {}).items()
            if name not in (row.names or ()) or row[name].kind not in kinds]


def written(records: NDArray[np.void]) -> NDArray[np.void]:
    """Without the zeros at the end, whose data never reached the disk."""
    end = len(records)
    while end:
        start = max(0, end - SEARCHED_AT_ONCE)
        last = np.flatnonzero(records["time_ns"][start:end])
        if len(last):
            return records[:start + int(last[-1]) + 1]
        end = start
    return records[:0]
