"""Reading /proc: as numpy arrays, or as plain numbers for those who do without numpy.

numpy is imported by the first thing that needs it, never by values().
"""
from __future__ import annotations

import os

from . import descriptors
from ._reader import FileReader
from ._source import expected
from .errors import ParseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from ._bytes import Bytes
    from ._source import Source

PROC = "/proc"


def sources() -> tuple[str, ...]:
    """The names of the sources, each the path of a file below /proc."""
    return descriptors.NAMES


def settle(reader: FileReader, name: str) -> int:
    """Read the file once to choose and teach its parser; how many rows the file has now."""
    text = reader.text_now()
    reader.source = descriptors.find(name).learn(text, reader.path)
    return parsed(reader.source, text, bytearray(), reader.path)


def parsed(source: Source, text: Bytes, rows: Bytes, path: str) -> int:
    """Parse `text` into `rows`; how many rows it has. Raises ParseError."""
    count, offset = source.parse_into(text, rows)
    if count < 0:
        raise ParseError(path, offset, expected(count))
    return count


def learnt(name: str, root: str | os.PathLike[str]) -> tuple[bytes, Source, str]:
    """One read of the source `name`: its text, the parser for it, and its path."""
    path = os.path.join(root, name)
    text = FileReader(path).text_now()
    return text, descriptors.find(name).learn(text, path), path


def values(name: str, root: str | os.PathLike[str] = PROC) -> list[dict[str, Any]]:
    """One read as plain Python numbers, a dict a row, without numpy. Names are bytes, as read()
    has them: without the NULs that pad them."""
    import struct
    text, source, path = learnt(name, root)
    codes = {"u8": "Q", "i8": "q", "f8": "d"}
    row = struct.Struct("=" + "".join(codes.get(kind) or f"{kind[1:]}s"
                                      for _, kind in source.fields))
    names = [name for name, _ in source.fields]
    rows = bytearray(parsed(source, text, bytearray(), path) * row.size)
    parsed(source, text, rows, path)
    return [{name: number.rstrip(b"\0") if isinstance(number, bytes) else number
             for name, number in zip(names, numbers, strict=True)}
            for numbers in row.iter_unpack(rows)]


def row_dtype(source: Source) -> np.dtype[Any]:
    """numpy's type of a row of `source`."""
    import numpy as np
    return np.dtype(list(source.fields))


class Reader(FileReader):
    """A /proc file, opened once to be read many times.

    >>> with hzstat.Reader("meminfo") as reader:
    ...     rows = reader.read()            # a structured array, of the dtype reader.dtype
    ...     count = reader.read_into(rows)  # again, without allocating anything

    `root` replaces /proc, for a tree of fixtures or another mount. A Reader belongs to one
    thread at a time; while the kernel works the GIL is released. Raises SourceUnavailable where
    the file can't be read or is empty, ParseError where it isn't what the kernel prints.
    """

    def __init__(self, name: str, root: str | os.PathLike[str] = PROC) -> None:
        super().__init__(os.path.join(root, name))
        self._room = settle(self, name)
        self.name = name
        self.dtype = row_dtype(self.source)

    def read(self) -> NDArray[np.void]:
        """Read the file now: its rows, shape (n,), in the file's order and units."""
        import numpy as np
        rows = np.empty(self._room, self.dtype)
        count = self.read_into(rows)
        if count > self._room:
            rows = np.empty(count, self.dtype)
            count = self.parse_again(rows)
        self._room = count
        return rows[:count]

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(name: str, root: str | os.PathLike[str] = PROC) -> NDArray[np.void]:
    """Read the source `name` once: its rows, shape (n,). Raises as Reader does."""
    return rows_of(*learnt(name, root))


def parse(name: str, data: Bytes) -> NDArray[np.void]:
    """The rows, shape (n,), of a text that was read from the source `name` at any time.

    Raises ParseError (its .path is the name) where `data` isn't what the kernel prints.
    """
    return rows_of(data, descriptors.find(name).learn(data, name), name)


def rows_of(text: Bytes, source: Source, path: str) -> NDArray[np.void]:
    """The rows, shape (n,), of a text that came from `path`."""
    import numpy as np
    rows = np.empty(parsed(source, text, bytearray(), path), row_dtype(source))
    parsed(source, text, rows, path)
    return rows
