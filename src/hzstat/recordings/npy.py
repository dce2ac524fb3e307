"""A `.npy` file of records that grows, and that numpy.load() opens at any time, mapped or not.

The format is numpy's (numpy.lib.format). numpy itself isn't needed: to write is to append bytes,
and to put their number into the header, once they are there. The number stands alone in the
header's last 64 bytes, which are written in one go: they lie in one page and in one sector, so that
neither a kill nor a loss of power can leave half a number.
"""
from __future__ import annotations

import os
import sys

from .folder import FRESH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .folder import Folder

    Bytes = bytes | bytearray | memoryview
    Fields = Iterable[tuple[str, str]]      # name and numpy's format of each

BLOCK = 64
SHORT_HEADER = 1 << 16          # longer ones need version 2.0 of the format
CHUNK_BYTES = 4 << 20           # of a file that is written anew


def header_of(header: Fields, row: Fields, max_rows: int, count: int) -> bytes:
    """The head of a file of `count` records, of which each is `header`, and `max_rows` of `row`."""
    fields = [*map(field, header), f"('data',[{','.join(map(field, row))}],({max_rows},))"]
    start = f"{{'descr': [{', '.join(fields)}], 'fortran_order': False,".encode("ascii")
    version, length_bytes = 1, 2
    if len(start) + 2 * BLOCK > SHORT_HEADER:
        version, length_bytes = 2, 4
    front = 8 + length_bytes
    whole = front + len(start)
    start += b" " * (-whole % BLOCK)
    length = len(start) + BLOCK
    return b"".join((b"\x93NUMPY", bytes((version, 0)), length.to_bytes(length_bytes, "little"),
                     start, count_block(count)))


def field(named: tuple[str, str]) -> str:
    name, kind = named
    order = "|" if kind[0] == "S" else "<" if sys.byteorder == "little" else ">"
    return f"({name!a},'{order}{kind}')"


def count_block(count: int) -> bytes:
    return f"'shape': ({count},), }}".encode("ascii").ljust(BLOCK - 1) + b"\n"


def size_of(fields: Fields) -> int:
    """The bytes of such fields, which follow one another without gaps."""
    return sum(int(kind[1:]) for _, kind in fields)


def rows_in(record_bytes: int, header: Fields, row: Fields) -> int:
    """How many rows a record of so many bytes has room for, 0 where it is none."""
    return max(0, record_bytes - size_of(header)) // size_of(row)


class GrowingFile:
    """The records of one source, in a file of the folder that nobody else writes.

    A record of the file has room for `max_rows` rows; widened() makes more. `count`: the records
    that were written; the header tells as many after flush(). It gets its name by publish(): so a
    file of that name always has a header.
    """

    def __init__(self, folder: Folder, name: str, header: Fields, row: Fields,
                 max_rows: int) -> None:
        self.name = name
        self.max_rows = max(1, max_rows)
        self.count = 0
        self._folder = folder
        self._header, self._row = list(header), list(row)
        self.record_bytes = size_of(self._header) + self.max_rows * size_of(self._row)
        head = header_of(self._header, self._row, self.max_rows, 0)
        self._data_at = len(head)
        self._fd = folder.create(name + FRESH)
        try:
            write_all(self._fd, head, 0)
        except OSError:
            self.discard()
            raise

    def publish(self) -> None:
        """Take the place of the file of that name, if there is one."""
        self._folder.replace(self.name + FRESH, self.name)

    def rows_in(self, record_bytes: int) -> int:
        """How many rows a record of so many bytes has."""
        return rows_in(record_bytes, self._header, self._row)

    @property
    def size_bytes(self) -> int:
        return self._data_at + self.count * self.record_bytes

    def append(self, records: Bytes) -> None:
        """Write whole records. OSError where they can't be: those that were are counted."""
        try:
            write_all(self._fd, records, self.size_bytes)
        finally:
            self.count = (os.fstat(self._fd).st_size - self._data_at) // self.record_bytes

    def flush(self) -> None:
        """Say in the header how many records are there."""
        write_all(self._fd, count_block(self.count), self._data_at - BLOCK)

    def widened(self, max_rows: int, between: Callable[[], None]) -> GrowingFile:
        """The same records with room for `max_rows` rows each, in a new file that takes this one's
        place; this one is closed then. Where that fails (OSError), it stays as it is.

        `between` is called now and then meanwhile, so that others needn't wait.
        """
        wide = GrowingFile(self._folder, self.name, self._header, self._row, max_rows)
        try:
            step = max(1, CHUNK_BYTES // wide.record_bytes)
            for first in range(0, self.count, step):
                records = os.pread(self._fd, min(step, self.count - first) * self.record_bytes,
                                   self._data_at + first * self.record_bytes)
                wide.append(spread(records, self.record_bytes, wide.record_bytes))
                os.fdatasync(wide._fd)      # bit by bit: all at once would take long
                between()
            wide.end()
            wide.publish()
            self._folder.sync()
        except BaseException:
            wide.discard()
            raise
        self.close()
        return wide

    def end(self) -> None:
        """Let go of a part of a record behind the last, and have all of it on the disk."""
        os.ftruncate(self._fd, self.size_bytes)
        self.flush()
        os.fsync(self._fd)

    def discard(self) -> None:
        """Close one that wasn't published, and remove it."""
        self.close()
        self._folder.remove(self.name + FRESH)

    def close(self) -> None:
        os.close(self._fd)


def write_all(fd: int, data: Bytes, at: int) -> None:
    with memoryview(data).cast("B") as left:
        while len(left):
            written = os.pwrite(fd, left, at)
            at += written
            left = left[written:]


def spread(records: bytes, old_bytes: int, new_bytes: int) -> bytearray:
    """Each record with zeros behind it, up to its new size."""
    count = len(records) // old_bytes
    wide = bytearray(count * new_bytes)
    for number in range(count):
        wide[number * new_bytes:number * new_bytes + old_bytes] = \
            records[number * old_bytes:(number + 1) * old_bytes]
    return wide
