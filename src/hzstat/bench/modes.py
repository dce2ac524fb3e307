"""The ways to share a countdown out over jobs.

Each takes the number to count down from, how many jobs, and the board for their results; it
returns when all are done. What is raised meanwhile (Ctrl-C) stops them.
"""
from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time

from hzstat.host import gil

from .forks import FORK, deaf
from .jobs import NAP_SECONDS, Board, count_in_process, count_nogil, count_plain, part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FLAGS = ("-O2", "-std=gnu11", "-pthread")


class Countdown(threading.Thread):
    """A job in a thread."""

    def __init__(self, *work: Any) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.done = threading.Event()

    def run(self) -> None:
        how, *work = self.work
        try:
            how(*work)
        finally:
            self.done.set()

    def join(self, timeout: float | None = None) -> None:
        # A join that Ctrl-C interrupts takes the thread for ended (bpo-45274).
        self.done.wait(timeout)
        super().join(timeout)


def serial(n: int, jobs: int, board: Board) -> None:
    board.open_gate()
    count_plain(board, 0, n)


def nogil(n: int, jobs: int, board: Board) -> None:
    board.open_gate()
    count_nogil(board, 0, n)


def in_threads(count: Callable[[Board, int, int], None], n: int, jobs: int, board: Board) -> None:
    wait_for([Countdown(count, board, job, part(n, jobs, job)) for job in range(jobs)], board)


def in_processes(how: str, n: int, jobs: int, board: Board) -> None:
    wait_for([FORK.Process(target=count_in_process, daemon=True,
                           args=(how, board.fd, jobs, job, part(n, jobs, job)))
              for job in range(jobs)], board)


def wait_for(jobs: list[Any], board: Board) -> None:
    started = []
    try:
        with deaf():
            for job in jobs:
                job.start()
                started.append(job)
        begin(board, lambda: all(job.is_alive() for job in jobs))
        for job in started:
            job.join()
    except BaseException:
        board.stop()
        for job in started:
            job.join()
        raise


def begin(board: Board, alive: Callable[[], bool]) -> None:
    """Let the jobs begin once all are ready; or where one of them has died, as they are."""
    while not board.ready() and alive():
        time.sleep(NAP_SECONDS)
    board.open_gate()


def pool(n: int, jobs: int, board: Board) -> None:
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(jobs, mp_context=FORK) as executor:
        try:
            with deaf():
                futures = [executor.submit(count_in_process, "plain", board.fd, jobs, job,
                                           part(n, jobs, job)) for job in range(jobs)]
            begin(board, lambda: not any(future.done() for future in futures))
            for future in futures:
                future.result()
        except BaseException:
            board.stop()
            raise


def subinterpreters(n: int, jobs: int, board: Board) -> None:
    """A thread for each interpreter, which has a GIL of its own."""
    make, run, destroy = interpreters()
    path = [entry for entry in sys.path if entry]

    def count(job: int) -> None:
        interpreter = make()
        try:
            run(interpreter, f"import sys; sys.path[:] = {path!r}\n"
                             "from hzstat.bench.jobs import count_at\n"
                             f"count_at('plain', {board.fd}, {jobs}, {job}, {part(n, jobs, job)})")
        finally:
            destroy(interpreter)
    wait_for([Countdown(count, job) for job in range(jobs)], board)


def interpreters() -> tuple[Callable[[], Any], Callable[[Any, str], Any], Callable[[Any], Any]]:
    """How one with its own GIL is made, run, and destroyed; ImportError where there are none."""
    if sys.version_info >= (3, 14):
        from concurrent import interpreters as public  # type: ignore[attr-defined]
        return (public.create, lambda one, code: one.exec(code), lambda one: one.close())
    if sys.version_info >= (3, 13):
        import _interpreters  # type: ignore[import-not-found]

        def run(one: Any, code: str) -> None:
            failure = _interpreters.exec(one, code)
            if failure:
                raise RuntimeError(failure.formatted)
        return lambda: _interpreters.create("isolated"), run, _interpreters.destroy
    if sys.version_info >= (3, 12):
        import _xxsubinterpreters as private  # type: ignore[import-not-found]
        return lambda: private.create(isolated=True), private.run_string, private.destroy
    raise ImportError


def in_c(threads: bool, n: int, jobs: int, board: Board) -> None:
    """A program of its own, made by the system's compiler of the same loop."""
    command = [reference(), str(n), str(jobs if threads else 1), str(board.fd)]
    with deaf():
        process = subprocess.Popen(command, pass_fds=[board.fd])
    try:
        begin(board, lambda: process.poll() is None)
        while process.poll() is None:       # wait() would wait on for a quarter of a second when
            time.sleep(1e-3)                # Ctrl-C comes
        if process.returncode:
            raise OSError(f"the countdown in C ended with status {process.returncode}")
    finally:
        process.kill()
        process.wait()


def compiler() -> list[str]:
    """The system's C compiler; empty where there is none."""
    for command in (os.environ.get("CC"), sysconfig.get_config_var("CC"), "cc", "gcc", "clang"):
        words = shlex.split(command or "")
        if words and shutil.which(words[0]):
            return words
    return []


@functools.cache
def reference() -> str:
    """The path of the compiled program, which is there as long as this process."""
    folder = tempfile.TemporaryDirectory()
    reference.folder = folder           # type: ignore[attr-defined]
    path = os.path.join(folder.name, "countdown")
    source = os.path.join(os.path.dirname(__file__), "countdown.c")
    made = subprocess.run([*compiler(), *FLAGS, source, "-o", path], capture_output=True, text=True)
    if made.returncode:
        raise OSError(f"{' '.join(compiler())} can't compile the countdown: {made.stderr.strip()}")
    return path


MODES: dict[str, Any] = {
    "serial": serial,
    "threads": functools.partial(in_threads, count_plain),
    "processes": functools.partial(in_processes, "plain"),
    "pool": pool,
    "subinterpreters": subinterpreters,
    "nogil": nogil,
    "nogil-threads": functools.partial(in_threads, count_nogil),
    "nogil-processes": functools.partial(in_processes, "nogil"),
    "c": functools.partial(in_c, False),
    "c-threads": functools.partial(in_c, True),
}
ALONE = {"serial", "nogil", "c"}        # one job, whatever -j says
PLAIN = {"serial", "threads", "processes", "pool", "subinterpreters"}   # in plain Python: slow


def missing(mode: str) -> str | None:
    """Why this mode can't be run here, or None."""
    if mode == "subinterpreters":
        try:
            interpreters()
        except ImportError:
            return (f"Python {sys.version_info[0]}.{sys.version_info[1]} has no interpreters with "
                    "a GIL of their own: 3.12 and later have")
    if mode.startswith("c"):
        if not compiler():
            return "no C compiler: install one (Debian: apt install gcc libc6-dev)"
        try:
            reference()
        except OSError as failure:
            return str(failure)
    return None


def note(mode: str) -> str:
    """What is to be known of this mode on this interpreter."""
    return "no GIL here" if mode == "threads" and not gil() else ""


