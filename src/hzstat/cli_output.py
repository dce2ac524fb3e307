"""Rows for programs: CSV or JSON lines, into a file or to stdout."""
from __future__ import annotations

import os
import stat
import sys

from .formats.table import REAL, TIME, Column

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from typing import Self

    from .formats.table import Table
    from .groups.panel import Panel, Value

STDOUT, ALSO_STDOUT = "-", "/dev/stdout"
INHERITED = "/dev/fd/"          # where a shell's >(…) is
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
NOWHERE = -1            # no file, until there is one


def add_output(parser: argparse.ArgumentParser, more: argparse._ArgumentGroup) -> None:
    """The options that Output goes by."""
    add = parser.add_argument
    add("-o", "--output", metavar="FILE",
        help="rows as CSV into FILE, too (or .jsonl); -: to stdout")
    add("--json", action="store_true", help="JSON lines in place of rows, or into FILE")
    more.add_argument("--force", action="store_true", help="replace a FILE that is there")


def unused_output(arguments: argparse.Namespace) -> Iterator[str]:
    """What was asked for in vain."""
    if arguments.force and arguments.output in (None, STDOUT, ALSO_STDOUT):
        yield "--force is of no use without -o FILE"
    if arguments.output == "":
        yield "-o: give the name of a file, or -"


def special(mode: int) -> bool:
    """Is it a pipe or a device, which holds nothing that could be lost?"""
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


class Output:
    """Where rows for programs go, as `arguments` say; nowhere, if they say nothing.

    The file is made at once, so that nothing is sampled in vain, and goes again where no row came.
    RecordingError where one is there already. Each row is written when it is there, at once.
    """

    def __init__(self, arguments: argparse.Namespace, panels: Sequence[Panel]) -> None:
        self.panels = [panel for panel in panels if panel.group.sources]    # time comes anyway
        self.path: str | None = arguments.output
        if self.path is None and arguments.json:
            self.path = STDOUT
        self.alone = self.path in (STDOUT, ALSO_STDOUT)
        self.fd = NOWHERE
        self.fresh = self.stale = False         # is it made here, or is there what is replaced?
        self.table: Table | None = None
        if self.path is not None:
            self.table = self._table(arguments.json or self.path.endswith(JSON_ENDINGS))
            if not self.alone:
                self._open(self.path, arguments.force)
        self.rows = self.size = 0               # that are written whole, in rows and in bytes

    def _table(self, json: bool) -> Table:
        columns = [Column("time", "", TIME), *(
            Column(name, cell.suffix, REAL) for panel in self.panels
            for name, cell in zip(panel.names(), panel.cells, strict=True))]
        if json:
            from .formats.jsonl import JsonLines
            return JsonLines(columns)
        from .formats.csv import Csv
        return Csv(columns)

    def _open(self, path: str, force: bool) -> None:
        number = path.removeprefix(INHERITED)
        if number != path and number.isdecimal() and os.path.exists(path):
            self.fd = os.dup(int(number))
            return
        from .recordings.output import check
        self.fresh = not os.path.lexists(path)
        self.stale = not (self.fresh or special(os.lstat(path).st_mode))
        if self.fresh or self.stale:
            check(path, force)
        self.fd = os.open(path, FLAGS | (os.O_EXCL if self.fresh else 0), 0o666)

    def write(self, time_ns: int, values: Sequence[Sequence[Value]]) -> None:
        """One row; `values` are those of all panels."""
        if self.table is None:
            return
        row = self.table.row([time_ns, *(
            None if value is None else value * cell.scale
            for panel, those in zip(self.panels, values, strict=True)
            for cell, value in zip(panel.cells, those, strict=True))])
        text = row if self.rows else self.table.header() + row
        if self.stale and not self.rows:
            os.ftruncate(self.fd, 0)    # only now that there is something in its place
        if self.alone:
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()
        else:
            self._write(text)
        self.rows += 1

    def _write(self, text: bytes) -> None:
        left = memoryview(text)
        try:
            while left:                 # a full disk takes a part, and says so of the next
                left = left[os.write(self.fd, left):]
        except OSError as failure:
            if self.fresh or self.stale:
                os.ftruncate(self.fd, self.size)        # half a number would be another number
            raise OSError(failure.errno, failure.strerror, self.path) from None
        self.size += len(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.fd == NOWHERE:
            return
        os.close(self.fd)
        if self.fresh and not self.rows and self.path:
            os.unlink(self.path)
