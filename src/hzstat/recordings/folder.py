"""The directory of a recording: private, and never somebody else's.

It is held open, and all its files are reached through that descriptor, each made afresh and none
opened that was there: no symlink is followed, and whoever renames the directory meanwhile gets
nothing written elsewhere.
"""
from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import suppress
from itertools import chain, count

from hzstat import descriptors
from hzstat.errors import RecordingError

META, ARRAY = "meta.json", ".npy"
# What file systems say that can't lock a directory, or write it by itself.
UNABLE = (errno.EBADF, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)
FRESH = ".new"          # behind the name of a file that is to take another's place


def new_name() -> str:
    """Of a recording that begins now, `hzstat-YYYYmmdd-HHMMSS`."""
    return unused(time.strftime("hzstat-%Y%m%d-%H%M%S"))


def unused(path: str) -> str:
    """A path that nothing has: this one, or with the first number behind it that will do."""
    others = (f"{path}-{number}" for number in count(2))
    return next(one for one in chain((path,), others) if not os.path.lexists(one))


def file_name(source: str) -> str:
    """The file of the source `net/dev` is net__dev.npy, and so on."""
    return source.replace("/", "__") + ARRAY


def source_of(file: str) -> str:
    """The source that a file is of by its name."""
    return file.removesuffix(ARRAY).replace("__", "/")


def of_recording(name: str) -> bool:
    """Can a file of a recording have this name?"""
    name = name.removesuffix(FRESH)
    source = source_of(name)
    if source == name:
        return name == META
    try:
        return file_name(descriptors.find(source).name) == name
    except ValueError:
        return False


class Folder:
    """A directory to record into: made, or found empty, or with `force` a recording's.

    RecordingError where it can't be had. Nothing in it is removed before clear(). If it was made,
    close() removes it again, unless keep() was called.
    """

    def __init__(self, path: str, force: bool = False) -> None:
        self.path = path.rstrip("/") or path        # behind a slash a symlink would be followed
        self._goes = False          # at the end
        try:
            try:
                os.mkdir(self.path, 0o700)
                self._goes = True
            except FileExistsError:
                pass
            self._fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                               | os.O_CLOEXEC)
            try:
                self._claim(force)
            except BaseException:
                self.close()
                raise
        except OSError as failure:
            raise self._refused(failure) from failure

    def _refused(self, failure: OSError) -> RecordingError:
        if os.path.islink(self.path):
            return RecordingError(f"{self.path} is a symlink, and none is followed: name the "
                                  "directory itself, or another")
        if failure.errno == errno.ENOTDIR and os.path.lexists(self.path):
            return RecordingError(f"{self.path} is a file: name a directory, or what is to be one")
        return RecordingError(f"can't record into {self.path}: {failure.strerror}")

    def _claim(self, force: bool) -> None:
        self._lock()
        with os.scandir(self._fd) as entries:
            there = {one.name: one.is_dir(follow_symlinks=False) for one in entries}
        strange = sorted(name for name, is_folder in there.items()
                         if is_folder or not of_recording(name))
        if not strange and META not in there:       # arrays that happen to be called so
            strange = sorted(set(there) - {META + FRESH})
        if strange:
            raise RecordingError(f"{self.path} has other things in it ({strange[0]}): name a new "
                                 "directory")
        if there and not force:
            raise RecordingError(f"{self.path} has a recording in it: name another directory, or "
                                 "say --force (force=True) to replace it")
        try:
            os.fchmod(self._fd, 0o700)
        except OSError as failure:      # it is somebody else's, or on a file system without modes
            raise RecordingError(f"{self.path} can't be made private: {failure.strerror}; name a "
                                 "directory of your own, on a disk that has file modes"
                                 ) from failure

    def _lock(self) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._goes = False      # if we made it, somebody was faster to take it
            raise RecordingError(f"{self.path} is being recorded into by another process: name "
                                 "another directory") from None
        except OSError as failure:
            if failure.errno not in (errno.ENOLCK, *UNABLE):
                raise

    def create(self, name: str) -> int:
        """A descriptor of a new file, to be read and written, of this user alone."""
        return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                       0o600, dir_fd=self._fd)

    def replace(self, fresh: str, name: str) -> None:
        """Put the file `fresh` in the place of `name`."""
        os.rename(fresh, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)

    def sync(self) -> None:
        """Have the names on the disk."""
        try:
            os.fsync(self._fd)
        except OSError as failure:
            if failure.errno not in UNABLE:
                raise

    def remove(self, name: str) -> None:
        os.unlink(name, dir_fd=self._fd)

    def clear(self) -> None:
        """Remove the recording that is there."""
        for name in filter(of_recording, os.listdir(self._fd)):
            self.remove(name)

    def fresh(self) -> list[str]:
        """The names whose place a file in here is to take."""
        return [name.removesuffix(FRESH) for name in os.listdir(self._fd) if name.endswith(FRESH)]

    def publish(self) -> None:
        """Have all that was written afresh take the place of the recording that is there."""
        names = self.fresh()
        for name in names:
            self.replace(name + FRESH, name)
        for name in {*filter(of_recording, os.listdir(self._fd))} - {*names}:
            self.remove(name)
        self.sync()

    def was_removed(self) -> bool:
        return os.fstat(self._fd).st_nlink == 0

    def keep(self) -> None:
        self._goes = False

    def close(self) -> None:
        if self._goes:
            with suppress(OSError):     # of one that was renamed, or that others use by now
                os.rmdir(self.path)
        os.close(self._fd)
