"""What a ring tells strangers about itself: whose it is, what its source is called, and the fields
of its records, a line each.

    owner 1234 5678 4026531836  the process that made it: its pid, its starttime as in
                                /proc/PID/stat, and the inode of its pid namespace
    made 123456789              when: CLOCK_MONOTONIC, in ns
    source net/dev
    header i8 tick              what each record begins with, and
    row u8 rx_bytes             what its rows consist of: numpy's format and the name
"""
from __future__ import annotations

import os
import time

from .errors import SourceUnavailable
from .procfs import File

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._source import Source

    Fields = Iterable[tuple[str, str]]

# What a row is made of (_source.lay_out); a stranger's text is not to name anything else.
FORMATS = frozenset(f"{kind}{size}" for kind in "iuf" for size in (4, 8))
LONGEST_NAME = 4096


def name_format(kind: str) -> bool:
    """Is it the format of a name, S8 to S4096?"""
    return (kind[:1] == "S" and len(kind) <= 5 and kind[1:].isascii() and kind[1:].isdecimal()
            and 0 < int(kind[1:]) <= LONGEST_NAME)


def pid_namespace() -> int:
    """The number of the namespace in which this process's pids mean what they say."""
    return os.stat("/proc/self/ns/pid").st_ino


def tell(source: Source, header: Fields) -> bytes:
    """The text about a ring that this process makes for records of `source`."""
    lines = [f"made {time.monotonic_ns()}", f"source {source.name}"]
    try:
        process = File("PID/stat", pid=os.getpid()).process
        if process:
            lines.append(f"owner {process[0]} {process[1]} {pid_namespace()}")
    except (SourceUnavailable, OSError):    # no /proc, and so no stranger either
        pass
    lines += [f"header {kind} {name}" for name, kind in header]
    lines += [f"row {kind} {name}" for name, kind in source.fields]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


class About:
    """Such a text, read: `owner` (pid, starttime and namespace, or None), `made_ns`, `source`, and
    of the fields `header` and `rows` the (name, format) each. ValueError for any other text."""

    def __init__(self, text: bytes) -> None:
        self.owner: tuple[int, int, int] | None = None
        self.made_ns = 0
        self.source = ""
        self.header: list[tuple[str, str]] = []
        self.rows: list[tuple[str, str]] = []
        for line in text.decode("utf-8", "surrogateescape").split("\n"):
            try:
                self._take(*line.partition(" ")[::2])
            except ValueError:
                raise ValueError(f"this line about a ring can't be read: {line[:80]!r}") from None
        if not self.source or not self.header or not self.rows:
            raise ValueError("this ring doesn't say what its records are")

    def _take(self, word: str, rest: str) -> None:
        """One line. A word that isn't known is a later hzstat's."""
        if word == "owner":
            pid, starttime, namespace = map(int, rest.split())
            self.owner = pid, starttime, namespace
        elif word == "made":
            self.made_ns = int(rest)
        elif word == "source":
            self.source = rest
        elif word in ("header", "row"):
            kind, _, name = rest.partition(" ")
            if kind not in FORMATS and not name_format(kind):
                raise ValueError(kind)
            (self.header if word == "header" else self.rows).append((name, kind))

    def visible_owner(self) -> tuple[int, int] | None:
        """(pid, starttime) of the owner, if its pid is that process here, too."""
        if self.owner and self.owner[2] == pid_namespace():
            return self.owner[:2]
        return None
