"""Records with rows inside them → one flat table: a line for each row, a column for each field.

A record without rows (its read failed, or there was nothing to tell) is one line in which they are
missing, and so are the fields that a row's mask says weren't printed. A chunk of records is taken
at a time, so that memory doesn't grow with a recording.
"""
from __future__ import annotations

import mmap

import numpy as np

from hzstat.descriptors.descriptor import MASK
from hzstat.errors import RecordingError
from hzstat.formats.table import INTEGER, REAL, TEXT, TIME, Column

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from numpy.typing import NDArray

    from hzstat.formats.table import Values

    Step = Callable[[str, int], None]

CHUNK_BYTES = 32 << 20          # of rows
MOST_ROWS = 1 << 18             # in a chunk

GAUGE = "gauge"
KINDS = {"i": INTEGER, "u": INTEGER, "f": REAL, "S": TEXT}

# What each line begins with: the column, its unit and kind, the records' field, what it means.
OF_RECORD = (
    ("time", "", TIME, "time_ns", "start of the read, on a clock that never steps"),
    ("wall_time", "", TIME, "wall_ns", "the same by the wall clock"),
    ("tick", "", INTEGER, "tick", "number of the planned instant, in whole periods since the "
                                  "epoch; a gap is a jump in it"),
    ("late_ns", "ns", INTEGER, "late_ns", "how much later than planned the read began"),
    ("read_ns", "ns", INTEGER, "read_ns", "how long the read took"),
    ("status", "", INTEGER, "status", "0, or the errno or the parser's negative code for which "
                                      "there are no rows"),
)


class FieldColumn(Column):
    """A column with what is known of its field: `role` (counter, gauge, key), `meaning`, `dtype`;
    and `field`, its name in the records."""

    __slots__ = ("dtype", "field", "meaning", "role")

    def __init__(self, name: str, unit: str, kind: str, role: str, meaning: str,
                 dtype: np.dtype[Any], field: str) -> None:
        super().__init__(name, unit, kind)
        self.role = role
        self.meaning = meaning
        self.dtype = np.dtype("i8") if kind == TIME else dtype.newbyteorder("=")
        self.field = field

    def of(self, rows: NDArray[np.void]) -> NDArray[Any]:
        """The values in these rows, in this machine's byte order."""
        return rows[self.field].astype(self.dtype, copy=False)


class Tidy:
    """The records of `source` as such a table.

    `description` tells unit, kind and meaning of each field. RecordingError where the records
    have something else in them than numbers and names.
    """

    def __init__(self, source: str, records: NDArray[np.void],
                 description: Mapping[str, tuple[str, str, str]]) -> None:
        self.source = plain(source)
        self.records = records
        row = records.dtype["data"].base
        self._names = list(row.names or ())
        self._mask = next((name for name in self._names if description[name][1] == MASK), None)
        self._head = [FieldColumn(name, unit, kind, GAUGE, meaning, records.dtype[field], field)
                      for name, unit, kind, field, meaning in OF_RECORD]
        taken = {column.name for column in self._head}
        self._fields = []
        for field in self._names:
            if field != self._mask:
                unit, role, meaning = map(plain, description[field])
                if not writable(row[field]):
                    raise RecordingError(f"{field} of {source} is neither a number nor a name: "
                                         f"{row[field]}")
                name = unlike(plain(field), taken)
                taken.add(name)
                self._fields.append(FieldColumn(name, unit, KINDS[row[field].kind], role, meaning,
                                                row[field], field))
        self.columns = (*self._head, *self._fields)

    def chunks(self, step: Step = lambda source, count: None) -> Iterator[list[Values]]:
        """The values of each column, many lines at a time, in the order of `columns`. `step` is
        told before each chunk whose it is, and of how many records."""
        row = self.records.dtype["data"]
        lines = min(MOST_ROWS, CHUNK_BYTES // max(1, row.base.itemsize))
        count = max(1, lines // row.shape[0])
        for start in range(0, len(self.records), count):
            records = self.records[start:start + count]
            step(self.source, len(records))
            yield self._flat(records)
            let_go(self.records)

    def lacking(self) -> set[str]:
        """The names of the columns in which some value is missing."""
        return {column.name for chunk in self.chunks()
                for column, (_, missing) in zip(self.columns, chunk, strict=True)
                if missing is not None and missing.any()}

    def _flat(self, records: NDArray[np.void]) -> list[Values]:
        data = records["data"]
        room = data.shape[1]
        filled = np.where(records["status"] == 0, records["rows"].astype(np.intp).clip(0, room), 0)
        lines = np.maximum(filled, 1)
        record = np.repeat(np.arange(len(records)), lines)
        if (filled == room).all():
            rows, without = data.reshape(-1), None
        else:
            first = np.cumsum(lines) - lines
            rows = data[record, np.arange(len(record)) - first[record]]
            without = filled[record] == 0
        return [*((column.of(records)[record], None) for column in self._head),
                *((column.of(rows), self._missing(column.field, rows, without))
                  for column in self._fields)]

    def _missing(self, field: str, rows: NDArray[np.void],
                 without: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """In which of these rows a field is missing."""
        if self._mask is None:
            return without
        bit = np.uint64(self._names.index(field))
        denied: NDArray[np.bool_] = rows[self._mask].astype("u8") >> bit & np.uint64(1) == 0
        return denied if without is None else denied | without


def let_go(records: NDArray[np.void]) -> None:
    """Let a mapped file's pages be nobody's: those that were read would count as ours till the end,
    and look as if we needed them. They stay in the page cache."""
    base: Any = records
    while isinstance(base, np.ndarray | memoryview):
        base = base.base if isinstance(base, np.ndarray) else base.obj
    if isinstance(base, mmap.mmap) and not records.flags.writeable:
        base.madvise(mmap.MADV_DONTNEED)


def writable(dtype: np.dtype[Any]) -> bool:
    """Has each format such numbers, or names?"""
    return dtype.kind in KINDS and (dtype.kind != "f" or dtype.itemsize in (4, 8))


def plain(text: object) -> str:
    """A name or a word of meta.json, which may be anyone's, as text that each format takes: lone
    surrogates, as names of a broken encoding have them, are escaped."""
    return str(text).encode("utf-8", "backslashreplace").decode()


def unlike(name: str, taken: set[str]) -> str:
    """The name, or one made of it that isn't taken."""
    while name in taken:
        name += "_"
    return name


def texts(values: NDArray[np.bytes_]) -> tuple[list[str], NDArray[np.intp]]:
    """Names as text: those that differ, and which of them each value is. Bytes that aren't UTF-8
    are escaped (`\\xff`)."""
    different, which = np.unique(values, return_inverse=True)
    return [name.decode("utf-8", "backslashreplace") for name in different.tolist()], which
