"""Reading /proc: as numpy arrays, or as plain numbers for those who do without numpy.

numpy is imported by the first thing that needs it, never by values().
"""
from __future__ import annotations

import os

from . import descriptors
from ._reader import FileReader
from ._source import MISSING_KEY, expected
from .errors import ParseError, ProcessGone, SourceUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    from ._bytes import Bytes
    from ._source import Source
    from .rows import Rows

    Root = str | os.PathLike[str] | None

PF_EXITING = 4          # of PID/stat's flags; include/linux/sched.h
GONE = {2, 3}           # ENOENT, ESRCH: errno takes its time to import


def sources() -> tuple[str, ...]:
    """The names of all sources: paths below /proc, below a process's folder there (`PID/io`), or
    below a cgroup's (`cgroup/cpu.stat`); and `cpuidle`, from sysfs. Reading tells which of them
    this host has."""
    return descriptors.names()


def has_ended(stat: Any) -> bool:
    """Is the process of this row of PID/stat dead, though nobody has asked after it yet, or about
    to be?"""
    return stat["state"] in (b"Z", b"X") or bool(stat["flags"] & PF_EXITING)


def plain(number: Any) -> Any:
    """numpy's whole numbers as Python's; anything else as it is."""
    if hasattr(number, "__index__") and not isinstance(number, bool):
        return number.__index__()
    return number


class File(FileReader):
    """The file of a source, with the parser for it, and whose process it is about, if one's.

    An open folder of a process stands for that process alone: a later one with its pid has
    another. So what is read through it is never taken for somebody else's.
    """

    process: tuple[int, int] | None = None      # (pid, starttime)
    _folder = -1

    def __init__(self, name: str, root: Root = None, pid: int | None = None,
                 starttime: int | None = None) -> None:
        self.descriptor = find = descriptors.find(name)
        root = find.root if root is None else root
        source = find.parser() if find.parser else None
        if find.per_process:
            pid, starttime = plain(pid), plain(starttime)
            if type(pid) is not int or pid < 1:
                raise TypeError(f"{name} is a file of one process: say pid=, a whole number from 1 "
                                f"on, not {pid!r}")
            if starttime is not None and type(starttime) is not int:
                raise TypeError("starttime is a whole number of ticks, as PID/stat has it, not "
                                f"{starttime!r}")
            if not os.path.isdir(root):
                raise SourceUnavailable(os.fspath(root), "it is no folder of processes")
            self._enter(os.path.join(root, str(pid)), pid, starttime)
            super().__init__(os.path.join(root, str(pid), find.file), source, self._folder)
        elif pid is not None or starttime is not None:
            raise TypeError(f"{name} is not a file of one process: leave pid and starttime out")
        else:
            super().__init__(os.path.join(root, find.file), source)

    def _enter(self, folder: str, pid: int, starttime: int | None) -> None:
        """Open a process's folder, and make sure whose it is."""
        try:
            self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            row = self._stat(folder)
        except (OSError, SourceUnavailable) as failure:
            if failure.errno in GONE:
                raise ProcessGone(folder, pid, starttime) from None
            if isinstance(failure, SourceUnavailable):
                raise
            raise SourceUnavailable(folder, failure.strerror or str(failure),
                                    failure.errno or 0) from None
        if starttime not in (None, row["starttime"]):
            raise ProcessGone(folder, pid, starttime, "its pid was given to another process")
        self.process = pid, row["starttime"]

    def _stat(self, folder: str) -> dict[str, Any]:
        """The process's row of PID/stat."""
        stat = FileReader(os.path.join(folder, "stat"), folder=self._folder)
        source = descriptors.find("PID/stat").learn(b"", "")
        row, = numbers(source, stat.text_now(), stat.path)
        return row

    def error(self, status: int, offset: int) -> SourceUnavailable | ParseError:
        """A failure of a read; that the process is gone is told apart from others."""
        folder = os.path.dirname(self.path)
        if self.process and self._folder < 0:
            return SourceUnavailable(self.path, "this Reader was closed: make another one", status)
        if self.process and (status in GONE or status == MISSING_KEY):
            try:
                stat = self._stat(folder)
            except SourceUnavailable as failure:
                if failure.errno in GONE:
                    return ProcessGone(folder, *self.process)
            else:
                # It has no memory to tell of any more, or is about to give it back.
                if has_ended(stat):
                    return ProcessGone(folder, *self.process, "this process has ended (a zombie)")
        return super().error(status, offset)

    def settle(self) -> bytes:
        """Read the file, and teach its parser what there is to learn: its text."""
        text = self.text_now()
        if self.source is None:
            self.source = self.descriptor.learn(text, self.path)
        return text

    def close(self) -> None:
        """Close the file. A later read opens it again; that of a process stays closed, since only
        its folder, which is closed too, tells it from another one's."""
        super().close()
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def __del__(self) -> None:
        if self._folder >= 0:
            os.close(self._folder)


def parsed(source: Source, text: Bytes, rows: Bytes, path: str) -> int:
    """Parse `text` into `rows`; how many rows it has. Raises ParseError."""
    count, offset = source.parse_into(text, rows)
    if count < 0:
        raise ParseError(path, offset, expected(count))
    return count


def numbers(source: Source, text: Bytes, path: str) -> list[dict[str, Any]]:
    """The rows of `text` as plain Python numbers, without numpy: a dict a row, of what was printed
    (its mask `present`, where it has one, tells the rest)."""
    import struct
    codes = {"u8": "Q", "i8": "q", "f8": "d"}
    row = struct.Struct("=" + "".join(codes.get(kind) or f"{kind[1:]}s"
                                      for _, kind in source.fields))
    names = [name for name, _ in source.fields]
    rows = bytearray(parsed(source, text, bytearray(), path) * row.size)
    parsed(source, text, rows, path)
    masked = "present" in names
    return [{name: number.rstrip(b"\0") if isinstance(number, bytes) else number
             for i, (name, number) in enumerate(zip(names, numbers, strict=True))
             if not masked or numbers[-1] >> i & 1 or name == "present"}
            for numbers in row.iter_unpack(rows)]


def values(name: str, root: Root = None, *, pid: int | None = None,
           starttime: int | None = None) -> list[dict[str, Any]]:
    """One read as plain Python numbers, without numpy: a dict a row, of what was printed. Raises
    as Reader does."""
    file = File(name, root, pid, starttime)
    text = file.settle()
    return numbers(file.source, text, file.path)


def row_dtype(source: Source) -> np.dtype[Any]:
    """numpy's type of a row of `source`."""
    import numpy as np
    return np.dtype(list(source.fields))


class Reader(File):
    """A file of /proc or of a cgroup, opened once to be read many times.

    >>> with hzstat.Reader("meminfo") as reader:
    ...     rows = reader.read()            # a structured array, of the dtype reader.dtype
    ...     count = reader.read_into(rows)  # again, without allocating anything
    >>> hzstat.Reader("PID/io", pid=1234)
    >>> hzstat.Reader("cgroup/cpu.stat", "/sys/fs/cgroup/system.slice")

    `root` replaces /proc (for a tree of fixtures or another mount), or is the cgroup. A file of
    one process takes its `pid`, and `starttime` where that is known; `process` has both. A Reader
    belongs to one thread at a time; while the kernel works the GIL is released. Rows of read() know
    when they were read, also when they are read into again.

    Raises SourceUnavailable where the file can't be read or is empty, ProcessGone where its
    process is no more, ParseError where it isn't what the kernel prints, or lacks a key that it
    had when it was opened.
    """

    def __init__(self, name: str, root: Root = None, *, pid: int | None = None,
                 starttime: int | None = None) -> None:
        from .rows import Rows
        super().__init__(name, root, pid, starttime)
        text = self.settle()
        self._rows = self.stamped = Rows
        self._room = parsed(self.source, text, bytearray(), self.path)
        self.name = name
        self.dtype = row_dtype(self.source)

    def read(self) -> Rows:
        """Read the file now: its rows, shape (n,), in the file's order and units."""
        rows = self._rows(self._room, self.dtype)
        count = self.read_into(rows)
        while count > len(rows):        # another thread's read may come between
            rows = self._rows(count, self.dtype)
            count = self.read_into(rows)
        self._room = count
        if count == len(rows):
            return rows
        found: Rows = rows[:count]
        return found

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(name: str, root: Root = None, *, pid: int | None = None,
         starttime: int | None = None) -> Rows:
    """Read the source `name` once: its rows, shape (n,). Takes and raises what Reader does."""
    file = File(name, root, pid, starttime)
    text = file.settle()
    return rows_of(text, file.source, file.path).about(name, file.time_ns, file.process)


def parse(name: str, data: Bytes) -> Rows:
    """The rows, shape (n,), of a text that was read from the source `name` at any time.

    Raises ParseError (its .path is the name) where `data` isn't what the kernel prints. What isn't
    bytes is copied first, so that nobody can change it meanwhile.
    """
    if type(data) is not bytes:
        data = memoryview(data).tobytes()       # type: ignore[arg-type]
    return rows_of(data, descriptors.find(name).learn(data, name), name).about(name, None, None)


def rows_of(text: Bytes, source: Source, path: str) -> Rows:
    """The rows, shape (n,), of a text that came from `path`."""
    from .rows import Rows
    rows = Rows(parsed(source, text, bytearray(), path), row_dtype(source))
    parsed(source, text, rows, path)
    return rows
