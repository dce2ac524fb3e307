"""The caller's side of sampling: it starts the workers, owns their rings, and watches over them.

numpy isn't needed here, so that a program may start its workers before it imports it.
"""
from __future__ import annotations

import multiprocessing
import os
import threading
import time
import warnings
from errno import ENOMEM

from ._board import Board
from ._loop import HEADER_BYTES, HEADER_FIELDS
from ._reader import error_of
from ._ring import Ring, slots_in
from .about import tell
from .clocks import Clocks
from .descriptors import find
from .errors import ParseError, SourceUnavailable
from .health import QUANTILES, Health, RingSize, WorkerHealth
from .keeper import Keeper
from .plan import Plan, period_of
from .procfs import File, parsed
from .room import memory_left
from .worker import Job, Manner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.context import BaseContext

    from .view import View

RING_SECONDS = 10.0
LARGEST_RING_BYTES = 64 << 20
FEWEST_SLOTS = 64
# What is kept free of a cgroup's limit: for the caller, who may yet import numpy, and a worker.
CALLER_BYTES, WORKER_BYTES = 17 << 20, 2 << 20


class Sampler:
    """Samples /proc in worker processes, into rings that it shares with them.

    >>> with hzstat.Sampler({"stat": 1000, "net/dev": 100}, jobs=1) as sampler:
    ...     for records in sampler["stat"].follow(timeout=1.0):
    ...         print(records["tick"], records["data"]["user"])

    `rates_hz`: samples a second by source. `jobs`: worker processes (default: one per source up
    to the number of CPUs). `root` replaces /proc (or is the cgroup). `ring_seconds`: how long a
    record is kept; `ring_bytes` bounds each ring where that takes more, and rings() tells what
    came of it. `pin`: the CPU that the workers run on. `realtime`: they run ahead of all others
    (SCHED_FIFO, and their memory locked); NotPermitted where this process may not. `spin_us`: how
    many of the last microseconds before a tick they spend awake.
    `context`: one of multiprocessing's (default: its default). `report`: called with a line of
    text when a worker was started again or a source failed (default: warnings.warn).

    A source that can't be read is left out: `unavailable` maps it to the error. Where none can,
    entering raises it. A worker that keeps dying raises WorkerDied from follow(), latest(),
    health() or check(), which are where the Sampler looks after its workers.
    """

    def __init__(self, rates_hz: Mapping[str, float], *, jobs: int | None = None,
                 root: str | os.PathLike[str] | None = None, ring_seconds: float = RING_SECONDS,
                 ring_bytes: int = LARGEST_RING_BYTES, pin: int | None = None,
                 realtime: bool = False, spin_us: float = 0,
                 context: BaseContext | None = None,
                 report: Callable[[str], None] | None = None) -> None:
        if not 0 < ring_seconds < float("inf"):
            raise ValueError(f"ring_seconds is a time above 0, not {ring_seconds}")
        if ring_bytes < 1:
            raise ValueError(f"ring_bytes is a number of bytes from 1 on, not {ring_bytes}")
        self.plan = Plan(rates_hz, jobs)
        self.unavailable: dict[str, SourceUnavailable | ParseError] = {}
        self.root = root
        self._ring_seconds = ring_seconds
        self._ring_bytes = ring_bytes
        self._manner = Manner(pin, realtime, spin_us)
        self._context = context or multiprocessing.get_context()
        self.report = report or (lambda text: warnings.warn(text, RuntimeWarning, stacklevel=3))
        self._jobs: dict[str, Job] = {}
        self._views: dict[str, View] = {}
        self._told: dict[str, int] = {}         # the last fault reported, by source
        self._cut: set[str] = set()             # of which it was reported that rows found no room
        self._workers: list[Keeper] = []
        self._pid = os.getpid()                 # of whoever started them
        self._looking = threading.RLock()       # a signal's handler may stop it meanwhile
        self._unsaid: list[str] = []            # what is to be reported after the look
        self._paused = False
        self._periods_ns = dict(self.plan.period_ns)
        self._started_ns = self._stopped_ns = 0
        self._clocks = Clocks()
        self._left_bytes, self._cgroup = 0, ""
        self.board: Board

    # -- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Look at the sources, make the rings, and start the workers."""
        if self.running:
            raise RuntimeError("this Sampler runs already: stop() it before it is started again")
        self._manner.check()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self._pid = os.getpid()
        self._started_ns, self._stopped_ns = time.monotonic_ns(), 0
        names = list(self.plan.period_ns)
        self.unavailable.clear()
        for kept in (self._jobs, self._views, self._told, self._cut):
            kept.clear()
        self._clocks = Clocks()
        self._periods_ns, self._paused = dict(self.plan.period_ns), False
        self._left_bytes, self._cgroup = memory_left()
        self._left_bytes -= CALLER_BYTES + WORKER_BYTES * len(self.plan.workers)
        self.board = Board(len(self.plan.workers), len(names))
        for number, name in enumerate(names):
            self.board.set_period(number, self.plan.period_ns[name])
            try:
                self._jobs[name] = self._job(name, number)
            except (SourceUnavailable, ParseError) as failure:
                self.unavailable[name] = failure
        if not self._jobs:
            raise self.unavailable[names[0]]
        for number, dealt in enumerate(self.plan.workers):
            jobs = [self._jobs[name] for name in dealt if name in self._jobs]
            if jobs:
                self._workers.append(Keeper(self.board, number, jobs, self._manner,
                                            self._context, self._unsaid.append))
        for worker in self._workers:
            worker.start()
        for name in self._jobs:
            rate_hz, most_hz = 1e9 / self.plan.period_ns[name], find(name).most_hz
            if rate_hz > most_hz:
                self.report(f"{name} loses what it counts where it is read {rate_hz:g} times a "
                            f"second, for all who read it: {most_hz:g} are what it bears")

    def _job(self, name: str, number: int) -> Job:
        file = File(name, self.root)
        text = file.settle()
        source = file.source
        rows = parsed(source, text, bytearray(), file.path)
        if find(name).many_rows:
            rows += max(8, rows // 4)       # room for CPUs and interfaces that come
        about = tell(source, HEADER_FIELDS)
        record_bytes = HEADER_BYTES + rows * source.row_bytes
        slots = max(FEWEST_SLOTS, int(self._ring_seconds * 1e9 / self.plan.period_ns[name]) + 1)
        slots = max(2, min(slots, slots_in(self._ring_bytes, record_bytes, len(about))))
        self._reserve(name, record_bytes * slots)
        ring = Ring(record_bytes, slots, name=f"hzstat-ring:{name}", about=about)
        return Job(source, file.path, ring, number)

    def _reserve(self, name: str, ring_bytes: int) -> None:
        """OSError where a ring of this size would have the kernel end us."""
        if ring_bytes > self._left_bytes:
            raise OSError(ENOMEM, f"no room for {ring_bytes:,} bytes of records of {name}: beside "
                          f"the processes the limit of {self._cgroup} leaves "
                          f"{max(0, self._left_bytes):,}; ask for fewer sources, a lower rate or "
                          "less history, or raise it")
        self._left_bytes -= ring_bytes

    def stop(self) -> None:
        """End the workers; what they have taken stays readable. May be called again.

        In a forked child, whose parent they sample for, it lets go of them alone.
        """
        if self._pid != os.getpid():
            self._workers.clear()
            return
        with self._looking:     # so that nobody starts one again meanwhile
            for worker in self._workers:
                self.board.stop(worker.number)
            for worker in self._workers:
                worker.end()
            for job in self._jobs.values():
                job.ring.end()
            self._stopped_ns = self._stopped_ns or time.monotonic_ns()
            self._workers.clear()       # only now: who follows reads what was taken last

    @property
    def seconds(self) -> float:
        """For how long it has sampled, or did until it was stopped; 0 before the start."""
        if not self._started_ns:
            return 0.0
        return ((self._stopped_ns or time.monotonic_ns()) - self._started_ns) / 1e9

    @property
    def running(self) -> bool:
        return bool(self._workers)

    def __enter__(self) -> Sampler:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __del__(self) -> None:
        # Nobody can read what they take, nor stop them any more.
        for worker in getattr(self, "_workers", ()):
            if self._pid == os.getpid():
                self.board.stop(worker.number)

    # -- data ------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> View:
        """The records of the source `name`; raises its error where it is unavailable."""
        if name not in self._views:
            self._views[name] = self.view(name)
        return self._views[name]

    def view(self, name: str) -> View:
        """One more reader of the source `name`, from its oldest record on, with a count of its
        own of what it lost; sampler[name] is the first."""
        if name in self.unavailable:
            raise self.unavailable[name]
        from .view import View  # here numpy comes in
        return View(self._job_of(name).ring, self)

    def ring(self, name: str) -> Ring:
        """The records of the source `name` as they lie in memory, for who does without numpy."""
        return self._job_of(name).ring

    def path(self, name: str) -> str:
        """The file that the source `name` is read from."""
        return self._job_of(name).path

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def health(self) -> dict[str, Health]:
        """How each source has been sampled since the start, by name."""
        self.check()
        found = {}
        for name, job in self._jobs.items():
            records, missed, errors, cut, status, _ = self.board.source_health(job.number)
            lost = self._views[name].lost if name in self._views else 0
            found[name] = Health(records + missed, records, missed, lost, errors, status, cut,
                                 self.board.late_ns(job.number, *QUANTILES),
                                 self.board.read_ns(job.number, *QUANTILES))
        return found

    def workers(self) -> tuple[WorkerHealth, ...]:
        """What each worker has cost so far; after stop(), too, where its pid is None."""
        pids = {worker.number: worker.process.pid for worker in self._workers}
        return tuple(WorkerHealth(dealt, pids.get(number), *self.board.worker_health(number))
                     for number, dealt in enumerate(self.plan.workers)
                     if any(name in self._jobs for name in dealt))

    def rings(self) -> dict[str, RingSize]:
        """How much is kept of each source, at the rate that it was started with."""
        return {name: RingSize(job.ring.slots, job.ring.size,
                               job.ring.slots * self.plan.period_ns[name] / 1e9)
                for name, job in self._jobs.items()}

    def pids(self) -> dict[int, tuple[str, ...]]:
        """The workers' process ids, each with the sources that it samples."""
        return {worker.process.pid or 0: worker.names for worker in self._workers}

    # -- control ---------------------------------------------------------------------------

    def set_rate(self, name: str, rate_hz: float) -> None:
        """Sample `name` at another rate from now on. Ticks count multiples of its new period.

        The ring stays as large as it was made, for ring_seconds at the first rate.
        """
        self._job_of(name)
        self._periods_ns[name] = period_of(rate_hz)
        if not self._paused:
            self._set_period(name, self._periods_ns[name])

    def pause(self) -> None:
        """Take no samples until resume(); the ticks in between are not missed, but not planned."""
        self._paused = True
        for name in self._jobs:
            self._set_period(name, 0)

    def resume(self) -> None:
        """Go on, at the rates that were set last."""
        self._paused = False
        for name in self._jobs:
            self._set_period(name, self._periods_ns[name])

    def _job_of(self, name: str) -> Job:
        if not self._jobs:
            raise RuntimeError("this Sampler wasn't started: use it in a with statement, or call "
                               "start()")
        if name not in self._jobs:
            raise KeyError(f"{name} isn't sampled: there are {', '.join(self._jobs)}")
        return self._jobs[name]

    def _set_period(self, name: str, period_ns: int) -> None:
        self.board.set_period(self._jobs[name].number, period_ns)
        for worker in self._workers:
            if name in worker.names:
                self.board.ring(worker.number)

    def check(self) -> None:
        """Look after the workers and what they read; follow(), latest() and health() do it too.

        Starts workers again that have died (WorkerDied for one that keeps dying), and reports a
        source that can't be read any more, once per reason.
        """
        if self._pid != os.getpid() or not self._looking.acquire(blocking=False):
            return          # our parent, or another thread does
        try:
            self._look()
        finally:
            said, self._unsaid[:] = self._unsaid[:], []
            self._looking.release()
            for text in said:       # now, as whoever is told may stop us
                self.report(text)

    def _look(self) -> None:
        for told in self._clocks.look():
            self._unsaid.append(told)
        for worker in tuple(self._workers):
            worker.check()
            reason = self.board.unlocked(worker.number)
            if reason:
                self.board.set_unlocked(worker.number, 0)
                self._unsaid.append(
                    f"the worker for {', '.join(worker.names)} can't lock its memory: "
                    f"{os.strerror(reason)}; raise the limit memlock (ulimit -l)")
        for name, job in self._jobs.items():
            _, _, _, cut, status, offset = self.board.source_health(job.number)
            if cut and name not in self._cut:
                self._cut.add(name)
                self._unsaid.append(
                    f"{job.path} has more rows than a record has room for: those beyond "
                    "are counted (rows), and not kept; start again to make room")
            if status and self._told.get(name) != status:
                self._told[name] = status
                self._unsaid.append(f"{error_of(job.path, status, offset)}; "
                                    "its records say so until it can be read again")
