"""The rings of a sampler → the files of a recording. numpy isn't needed for it.

Records go from the ring into a buffer, and from there to the file, each without the room that it
doesn't use. That buffer is all the memory that it takes, however long it records.
"""
from __future__ import annotations

import errno
import mmap
import time

from hzstat.about import About
from hzstat.errors import RecordingError, WorkerDied

from .folder import file_name
from .meta import MetaFile, at_start
from .npy import GrowingFile, rows_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from hzstat._ring import Ring
    from hzstat.health import Health
    from hzstat.sampler import Sampler

    from .folder import Folder

# Why a recording ended.
TIME, INTERRUPTED, TERMINATED, COMMAND, BLOCK, FULL, FAILED = (
    "time", "interrupted", "terminated", "command", "block", "full", "failed")
FAILURES = (FULL, FAILED)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

BUFFER_BYTES = 256 << 10        # stays in the cache
FLUSHES_A_RING = 3              # at least, so that nothing is overwritten before it was copied
RECORD_WITHIN_SECONDS = 1.0     # of sources that are sampled as often
LOOK_SECONDS = 0.25             # how often the workers are looked after, at least


class Track:
    """One source on its way into its file."""

    def __init__(self, ring: Ring, folder: Folder) -> None:
        about = About(ring.about())
        self.ring = ring
        self.most_rows = rows_in(ring.record_bytes, about.header, about.rows)
        self.cursor = self.lost = 0
        self.widening = False
        first_bytes = ring.drain_short(0, bytearray(8), 8)[3]   # 0 where there is none yet
        self.file = GrowingFile(folder, file_name(about.source), about.header, about.rows,
                                rows_in(first_bytes, about.header, about.rows))
        self.file.publish()

    def flush(self, buffer: mmap.mmap, between: Callable[[], None]) -> None:
        """Have all that was taken in the file; OSError where it can't be.

        `between` is called where that takes long.
        """
        while True:
            each = self.file.record_bytes
            copied, self.cursor, lost, needs = self.ring.drain_short(self.cursor, buffer, each)
            self.lost += lost
            if copied:
                with memoryview(buffer)[:copied * each] as records:
                    self.file.append(records)
            if needs:
                self._widen(needs, between)
            elif copied < len(buffer) // each:
                break
        self.file.flush()

    def _widen(self, record_bytes: int, between: Callable[[], None]) -> None:
        rows = self.file.rows_in(record_bytes)
        self.widening = True
        try:
            # Twice as many, so that it isn't written anew for each row that comes.
            self.file = self.file.widened(max(rows, min(2 * self.file.max_rows, self.most_rows)),
                                          between)
        finally:
            self.widening = False


class Recorder:
    """Writes what a running `sampler` takes into `folder`, from its first record on.

    A recording that was there is removed. RecordingError where nothing can be written; then
    nothing is left, either.
    """

    def __init__(self, sampler: Sampler, folder: Folder, command: Sequence[str] | None = None,
                 root: str | None = None) -> None:
        self.sampler = sampler
        self.folder = folder
        self.meta = at_start(sampler, command, root)
        self.tracks: dict[str, Track] = {}
        self._cpu_ns = time.process_time_ns()
        self._writable = True       # until a write fails, which leaves a hole
        largest = max(sampler.ring(name).record_bytes for name in sampler)
        self._buffer = mmap.mmap(-1, max(BUFFER_BYTES, largest))
        try:
            folder.clear()
            self._file = MetaFile(folder, self.meta)
            for name in sampler:
                self.tracks[name] = Track(sampler.ring(name), folder)
            self.flush()
        except OSError as failure:
            self._close()
            folder.clear()
            raise RecordingError(f"can't record into {folder.path}: {failure.strerror}"
                                 ) from failure
        folder.keep()

    @property
    def longest_pause(self) -> float:
        """Seconds after which the rings want to be read again."""
        shortest: float = min(ring.seconds for ring in self.sampler.rings().values())
        return shortest / FLUSHES_A_RING

    def flush(self) -> None:
        """Have all that was taken in the files; OSError where it can't be."""
        try:
            for track in self.tracks.values():
                if not track.widening:
                    track.flush(self._buffer, self.flush)
        except OSError:
            self._writable = False
            raise

    def end(self, reason: str, message: str = "", exit_status: int | None = None) -> dict[str, Any]:
        """Stop the sampler, write what is left, and why it ended; what meta.json says of that.

        After what was recorded around (COMMAND, BLOCK) comes one more record of each source.
        RecordingError where even that can't be written: then it looks as if it was cut short.
        """
        try:
            if reason in (COMMAND, BLOCK):
                await_next(self.sampler)
        except WorkerDied as failure:
            reason, message = FAILED, str(failure)
        self.sampler.stop()
        ended_ns = self.sampler.board.now_ns()
        failed = self._write_rest()
        if failed:
            reason, message = reason_for(failed)
        ended: dict[str, Any] = {
            "reason": reason, "message": message, "ended_ns": ended_ns,
            "exit_status": exit_status,
            "health": {name: self._health(name, one)
                       for name, one in self.sampler.health().items()},
            "workers": [{"sources": one.sources, "cpu_ns": one.cpu_ns, "setup_ns": one.setup_ns,
                         "wakeups": one.wakeups} for one in self.sampler.workers()],
            "recorder_cpu_ns": time.process_time_ns() - self._cpu_ns}
        self.meta["ended"] = ended
        self._write_end()
        return ended

    def _write_rest(self) -> OSError | None:
        """Write what the rings still have, and end the files; why one couldn't be, None where all
        were."""
        failed = None
        try:
            if self._writable:
                self.flush()
        except OSError as failure:
            failed = failure
        for track in self.tracks.values():
            try:
                track.file.end()
            except OSError as failure:      # the others are to be ended all the same
                failed = failure
        return failed

    def _write_end(self) -> None:
        try:
            self._file.end(self.meta)
        except OSError as failure:
            if self.folder.was_removed():
                why = f"{self.folder.path} was removed meanwhile: nothing of it is there"
            else:
                why = (f"the end of {self.folder.path} can't be written: {failure.strerror}; its "
                       "records are there")
            raise RecordingError(why) from failure
        finally:
            self._close()

    def _health(self, name: str, health: Health) -> dict[str, Any]:
        return {"planned": health.planned, "records": health.records, "missed": health.missed,
                "lost": self.tracks[name].lost, "errors": health.errors, "cut": health.cut,
                "late_ns": health.late_ns, "read_ns": health.read_ns}

    def file_bytes(self) -> dict[str, int]:
        """The size of each source's file."""
        return {name: track.file.size_bytes for name, track in self.tracks.items()}

    def _close(self) -> None:
        for track in self.tracks.values():
            track.file.close()


def reason_for(failure: OSError) -> tuple[str, str]:
    """The reason, and in words what came of it."""
    reason = FULL if failure.errno in NO_ROOM else FAILED
    return reason, f"{failure.strerror}: it stopped, and what was recorded before is there"


def await_first(sampler: Sampler) -> None:
    """Wait for the first record of each source, but not for those that are sampled rarely."""
    await_records(sampler, dict.fromkeys(sampler, 0))


def await_next(sampler: Sampler) -> None:
    """Wait for one more record of each source, but not for those that are sampled rarely."""
    await_records(sampler, {name: sampler.ring(name).head for name in sampler})


def await_records(sampler: Sampler, numbers: Mapping[str, int]) -> None:
    deadline = time.monotonic() + RECORD_WITHIN_SECONDS
    for name, number in numbers.items():
        rarely = sampler.plan.period_ns[name] > RECORD_WITHIN_SECONDS * 1e9
        while not (rarely or sampler.ring(name).wait(number, LOOK_SECONDS)):
            sampler.check()
            if time.monotonic() > deadline:
                return
