"""`with hzstat.record(…)`: what happened on this machine while a block ran.

The block may keep the interpreter to itself for seconds, and may fork; so it isn't a thread that
records, but `hzstat record` in a process of its own. Its standard input is its life line: it ends
when we are gone, however that came.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import weakref
from contextlib import nullcontext, suppress

from hzstat.children import how_it_ended
from hzstat.errors import RecordingError
from hzstat.plan import LONGEST_SECONDS, SHORTEST_SECONDS
from hzstat.sampler import RING_SECONDS, Sampler

from .recording import Recording, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import IO, Self

# The same hzstat, and whatever it needs, from where we have them; but nothing from the current
# directory (a relative path), which may be anyone's by now.
CODE = "import sys; sys.path[:] = {path!r}; from hzstat.cli import main; sys.exit(main())"
OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PREFIX = "hzstat: "     # of each line that it says


def record(rates_hz: Mapping[str, float], path: str | os.PathLike[str] | None = None, *,
           flush_seconds: float = 1.0, force: bool = False,
           root: str | os.PathLike[str] | None = None, jobs: int | None = None,
           pin: int | None = None, realtime: bool = False, spin_us: float = 0,
           ring_seconds: float = RING_SECONDS) -> Beside:
    """Record while a block runs, in a process beside this one.

    >>> with hzstat.record({"stat": 1000, "net/dev": 100}) as rec:
    ...     work()
    >>> rec["stat"]["data"]["user"]

    Entering waits for the first records; after the block `rec` is the Recording. `rates_hz`:
    samples a second by source. `path`: the directory to record into, new or empty (or with `force`
    one that has a recording in it, which is replaced). Without one the files are in a temporary
    directory that goes with `rec`; rec.save(DIR) keeps them. What was taken is in the files after
    `flush_seconds` at the latest. All others are as hzstat.Sampler has them.

    An exception in the block passes, and the recording is kept. Raises RecordingError where it
    can't be recorded, or where that failed meanwhile, with what is there still in `rec`; ValueError
    for what can't be asked for. What else is to be said is a RuntimeWarning. A fork that leaves the
    block, too, changes nothing.
    """
    # It isn't started here: it only looks at what was asked for.
    Sampler(rates_hz, jobs=jobs, root=root, ring_seconds=ring_seconds, pin=pin, realtime=realtime,
            spin_us=spin_us)
    for name, seconds in (("flush_seconds", flush_seconds), ("ring_seconds", ring_seconds)):
        if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            raise ValueError(f"{name} is a time from {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g}, "
                             f"not {seconds}")
    options = {"--rate": ",".join(f"{name}={float(hz)!r}" for name, hz in rates_hz.items()),
               "--flush": f"{float(flush_seconds)!r}", "--ring-seconds": f"{float(ring_seconds)!r}",
               "--spin": f"{float(spin_us)!r}", "--jobs": jobs, "--pin": pin,
               "--root": None if root is None else os.path.abspath(os.fsdecode(root))}
    arguments = [f"{name}={value}" for name, value in options.items() if value is not None]
    flags = [name for name, wanted in (("--force", force), ("--realtime", realtime)) if wanted]
    return Beside(path, [*arguments, *flags])


class Beside(Recording):
    """The recording of a block. Inside of it, it has what was there when the block was entered;
    hzstat.load(rec.path) has what is there now."""

    def __init__(self, path: str | os.PathLike[str] | None, options: list[str]) -> None:
        super().__init__("" if path is None else os.path.abspath(os.fsdecode(path)), {}, {})
        self._options = options
        self._child: Child | None = None

    def __enter__(self) -> Self:
        if self._child:
            raise RuntimeError("this was recorded already: call hzstat.record() for each block")
        if not self.path:
            self.path = temporary(self)
        self._child = Child([f"--output={self.path}", *self._options])
        try:
            if not self._child.records():
                *others, reason = self._child.end() or ["the recorder said nothing"]
                warn(others)
                raise RecordingError(reason)
            self._load()
        except BaseException:
            self._child.end()
            raise
        self._unended = "still going on"
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None,
                 _: TracebackType | None) -> None:
        if not self._child or not self._child.is_ours():
            return
        said = self._child.end()
        self._load()
        del self._unended
        failed = self._child.failed(said)
        if failed and raised:
            raised.add_note(f"and it isn't recorded to its end: {failed}")
        elif failed:
            warn(said[:-1])
            raise RecordingError(failed)
        else:
            warn(said)

    def _load(self) -> None:
        vars(self).update(vars(load(self.path)))

    def __repr__(self) -> str:
        return super().__repr__() if self._child else "<Recording of a block that has yet to begin>"

    def __reduce__(self) -> tuple[object, ...]:
        """For other processes, and copies: what is there, without the recorder's process."""
        return Recording, (self.path, self.meta, self._records, self.problems)


class Child:
    """`hzstat record` in a process of its own, from its start until end()."""

    def __init__(self, options: list[str]) -> None:
        # In memory, as its rings: there may be no temporary directory.
        self._said = open(os.memfd_create("hzstat-said"), "w+b")    # noqa: SIM115
        try:
            self._process = started(options, self._said)
        except BaseException:
            self._said.close()
            raise
        if self._process.stdin:     # where nobody leaves the block, the recorder ends with us
            weakref.finalize(self, self._process.stdin.close)
        self._maker = os.getpid()
        self._lines: list[str] | None = None

    def is_ours(self) -> bool:
        """And not that of a process that we are a fork of?"""
        return os.getpid() == self._maker

    def records(self) -> bool:
        """Wait for the first records, or for its end: are they there?"""
        with self._process.stdout or nullcontext() as told:
            return bool(told and told.readline())

    def end(self) -> list[str]:
        """Have it stop, and wait for it; what it said, in lines. May be called again."""
        if self._lines is None:
            with self._process as process, self._said as said:  # which close what is open
                if process.stdin:
                    # Not its end alone: children of ours may hold that, too.
                    with suppress(BrokenPipeError):             # it has ended by itself
                        process.stdin.write(b"\n")
                process.wait()
                said.seek(0)
                lines = said.read().decode(errors="replace").splitlines()
            self._lines = [line.removeprefix(PREFIX) for line in lines if line.startswith(PREFIX)]
            # All else is its Python's: of PYTHONPROFILEIMPORTTIME, say, or why it broke down.
            if process.returncode and not self._lines:
                self._lines = lines[-1:]
        return self._lines

    def failed(self, said: list[str]) -> str:
        """Why it didn't record to its end; "" where it did."""
        status = self._process.returncode
        if status < 0:
            return f"the recorder was {how_it_ended(status)}"
        return "" if status == 0 else said[-1] if said else f"the recorder ended by {status}"


def started(options: list[str], stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    """The recorder's process; RecordingError where it can't be had."""
    # In a program that has Python within it; one that is frozen would start itself, over and over.
    if not sys.executable or (hasattr(sys, "frozen") and os.path.realpath(sys.executable)
                              == os.path.realpath("/proc/self/exe")):
        raise RecordingError("a recording needs a Python of its own, and there is none in "
                             "sys.executable: put its path there")
    path = [*filter(os.path.isabs, map(str, sys.path)), OURS]
    # Else it wouldn't end, but ask what to do next.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONINSPECT"}
    try:
        return subprocess.Popen(
            [sys.executable, "-I" if sys.flags.isolated else "-P", "-c", CODE.format(path=path),
             "record", "--until-eof", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=stderr, bufsize=0, env=environment,
            start_new_session=True)     # so that no Ctrl-C that is meant for us reaches it
    except OSError as failure:
        raise RecordingError(f"the recorder ({sys.executable}) can't be started: "
                             f"{failure.strerror}") from failure


def temporary(owner: Beside) -> str:
    """A name for a recording in a new private directory, which goes when `owner` does."""
    folder = tempfile.mkdtemp(prefix="hzstat-")
    weakref.finalize(owner, remove, folder, os.getpid())
    return os.path.join(folder, "recording")


def remove(folder: str, maker: int) -> None:
    """Unless we are a fork of the process that made it."""
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)


def warn(texts: list[str]) -> None:
    for text in texts:
        warnings.warn(text, RuntimeWarning, stacklevel=3)
