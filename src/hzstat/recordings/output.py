"""A file that is there whole or not at all; never through a symlink, nor over what isn't a file."""
from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress

from hzstat.errors import RecordingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from matplotlib.figure import Figure

PICTURES = ("png", "svg", "pdf")


def check(path: str, force: bool) -> None:
    """RecordingError where a file can't be put at `path`, or only by `force`."""
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(there.st_mode):
        kind = "a symlink" if stat.S_ISLNK(there.st_mode) else "no plain file"
        raise RecordingError(f"{path} is {kind}: it is left alone; give another name")
    if not force:
        raise RecordingError(f"{path} is there already: give another name, or --force to replace "
                             "it")


@contextmanager
def whole_file(path: str, force: bool) -> Iterator[BinaryIO]:
    """A file to write, under another name beside `path`, which it gets at the end. Where that isn't
    reached nothing is left of it. RecordingError where it can't be had, or not be written."""
    check(path, force)
    folder = os.path.dirname(path)
    fresh = os.path.join(folder, f".hzstat-{os.urandom(8).hex()}.new")
    try:        # before it is made: a signal can come right after
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                     0o666)
        with open(fd, "w+b") as file:
            yield file
        publish(fresh, path, force)
    except OSError as failure:
        raise unwritten(path, failure) from failure
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh)


def ending(path: str) -> str:
    return path.rpartition(".")[2].lower()


def write_picture(figure: Figure, path: str, force: bool) -> None:
    """Write it as the end of `path` says (PICTURES). `force`: replace a file that is there."""
    with whole_file(path, force) as file:
        figure.savefig(file, format=ending(path))


def unwritten(path: str, failure: OSError) -> RecordingError:
    why = failure.strerror or failure
    return RecordingError(f"{path} can't be written: {why}; nothing of it is left")


def publish(fresh: str, path: str, force: bool) -> None:
    """Give the file its name, which without `force` must be nobody's."""
    if not force:
        try:
            os.link(fresh, path)        # unlike a rename it never replaces
            return
        except FileExistsError:
            check(path, force)
            raise
        except OSError:                 # a file system without links
            pass
    check(path, force)
    os.rename(fresh, path)
