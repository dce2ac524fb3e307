"""Records of a sampler that another process runs, read where it has them: in its shared memory."""
from __future__ import annotations

import os
import stat
import threading

from ._ring import Ring
from .about import About
from .errors import NoSampler, NotPermitted, ProcessGone, SourceUnavailable
from .procfs import Reader, has_ended
from .view import View, record_dtype

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RINGS = "/memfd:hzstat-ring"        # as /proc/PID/fd shows them


def attach(pid: int | None = None, *, fd: int | None = None) -> Attached:
    """Read the rings of the Sampler in process `pid`, or the one ring that `fd` refers to.

    >>> rings = hzstat.attach(1234)
    >>> for records in rings["stat"].follow():
    ...     print(records["tick"], records["data"]["user"])

    Nothing here disturbs that sampler: its memory is mapped without the right to write. The end
    of follow() is the sampler's stop(), or the end of the process `pid` (for an fd: of the process
    that made the ring, if it is in our pid namespace), however it came; what is in the rings stays
    readable. The fd stays the caller's. Of several samplers of one source in a process the last
    that runs is shown.

    Raises NoSampler where there is no process of that pid, no ring in it, or one that this hzstat
    can't read, and NotPermitted where this process may not look into that one.
    """
    if (pid is None) == (fd is None):
        raise TypeError("attach() takes the pid of a sampler's process, or fd, a ring's descriptor")
    if fd is not None:
        try:
            copy = os.dup(fd)
        except OSError:
            raise NoSampler(f"descriptor {fd} isn't open in this process") from None
        ring, about = opened(copy, f"descriptor {fd}")
        return Attached([(ring, about)], *(about.visible_owner() or (None, None)))
    if not isinstance(pid, int):
        raise TypeError(f"a pid is a whole number, not {pid!r}")
    attached = Attached(rings_of(pid), pid)
    if not list(attached):
        raise NoSampler(f"process {pid} has no sampler: give the pid of the one that started it")
    return attached


class Attached:
    """The sources of a sampler elsewhere: attached[name] is a View, as sampler[name] is."""

    def __init__(self, rings: list[tuple[Ring, About]], pid: int | None,
                 starttime: int | None = None) -> None:
        # Of several by one name the last counts.
        rings.sort(key=lambda found: (not found[0].ended, found[1].made_ns))
        self._rings = {about.source: ring for ring, about in rings}
        self._views: dict[str, View] = {}
        self._owner: Reader | None = None
        self._gone = False
        self._looking = threading.Lock()    # a Reader belongs to one thread at a time
        if pid is not None:
            try:
                self._owner = Reader("PID/stat", pid=pid, starttime=starttime)
            except ProcessGone:
                self._gone = True

    def __getitem__(self, name: str) -> View:
        """The records of the source `name`."""
        if name not in self._views:
            self._views[name] = self.view(name)
        return self._views[name]

    def view(self, name: str) -> View:
        """One more reader of the source `name`, with a cursor and a count of losses of its own."""
        if name not in self._rings:
            raise KeyError(f"{name} isn't sampled there: there are {', '.join(self._rings)}")
        return View(self._rings[name], self)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rings)

    @property
    def running(self) -> bool:
        """Is the process of the sampler there, and any of its rings not at its end?"""
        with self._looking:
            if not self._gone and self._owner:
                try:
                    row, = self._owner.read()
                    self._gone = has_ended(row)
                except SourceUnavailable:
                    self._gone = True
            return not self._gone and not all(ring.ended for ring in self._rings.values())

    def check(self) -> None:
        """Nothing: the workers are looked after by their own sampler."""


def rings_of(pid: int) -> list[tuple[Ring, About]]:
    """The rings among the open files of the process `pid`."""
    try:
        # The kernel ties an open /proc/PID to the process, whoever has its number later.
        folder = os.open(f"/proc/{int(pid)}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NoSampler(f"there is no process {pid}") from None
    except PermissionError as failure:
        raise refused(pid) from failure
    found = []
    try:
        for name in os.listdir(folder):
            try:
                if not os.readlink(name, dir_fd=folder).startswith(RINGS):
                    continue
                # What it can't write to are rings elsewhere, that it reads itself.
                if not os.lstat(name, dir_fd=folder).st_mode & stat.S_IWUSR:
                    continue
                fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            except FileNotFoundError:           # closed meanwhile
                continue
            found.append(opened(fd, f"process {pid}'s descriptor {name}"))
    except PermissionError as failure:
        raise refused(pid) from failure
    except (FileNotFoundError, ProcessLookupError):
        raise NoSampler(f"process {pid} has ended") from None
    finally:
        os.close(folder)
    return found


def opened(fd: int, where: str) -> tuple[Ring, About]:
    """The ring at `fd`, which is taken over, and what it says of itself."""
    try:
        ring = Ring.at(fd)
        about = About(ring.about())
        record_dtype(about, ring.record_bytes)
    except ValueError as failure:
        raise NoSampler(f"{where}: {failure}") from None
    return ring, about


def refused(pid: int) -> NotPermitted:
    return NotPermitted(f"this process may not look at the open files of process {pid}: be the "
                        "same user, or root; or have a ring's fd handed over, for attach(fd=…)")
