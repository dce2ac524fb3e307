"""One job of a countdown: it counts its part, and writes its result where all of them go.

No numpy here, nor threading: a subinterpreter imports it, and is ended by another thread.
"""
from __future__ import annotations

import mmap
import os
import struct
import time

# One result; countdown.c has the same. start, end: CLOCK_MONOTONIC; left: 0 unless it was stopped.
FIELDS = (("start_ns", "i8"), ("end_ns", "i8"), ("cpu_ns", "i8"), ("left", "u8"),
          ("counted", "u8"), ("rss_kb", "i8"))
RESULT = struct.Struct("=qqqQQq")
# Before the results: a byte that ends all jobs when it isn't 0, and one that lets them begin.
# Behind the results, a byte for each job that is ready.
HEAD_BYTES, STOP, GATE = 64, 0, 1
NAP_SECONDS = 1e-4
A_WHILE = 100_000           # decrements from one look at it to the next: some ms


class Board:
    """Shared memory with a result for each job."""

    def __init__(self, jobs: int, fd: int = -1) -> None:
        size = HEAD_BYTES + jobs * (RESULT.size + 1)
        self.fd = os.memfd_create("hzstat-countdown") if fd < 0 else fd
        if fd < 0:
            os.truncate(self.fd, size)
        self.memory = mmap.mmap(self.fd, size)
        self.jobs = jobs

    def stop(self) -> None:
        self.memory[STOP] = 1

    def wait(self, job: int) -> None:
        """Until all jobs are ready, so that none counts while others are still being started."""
        self.memory[HEAD_BYTES + self.jobs * RESULT.size + job] = 1
        while not self.memory[GATE] and not self.memory[STOP]:
            time.sleep(NAP_SECONDS)

    def ready(self) -> bool:
        return bytes(self.memory[HEAD_BYTES + self.jobs * RESULT.size:]).count(1) == self.jobs

    def open_gate(self) -> None:
        self.memory[GATE] = 1

    def put(self, job: int, start: int, end: int, cpu: int, left: int, counted: int) -> None:
        RESULT.pack_into(self.memory, HEAD_BYTES + job * RESULT.size, start, end, cpu, left,
                         counted, peak_kb())

    def close(self) -> None:
        self.memory.close()
        os.close(self.fd)


def peak_kb() -> int:
    """The most memory that this process has had. (What getrusage tells of it begins with that of
    the process that started this one.)"""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def part(n: int, jobs: int, job: int) -> int:
    """How much of `n` this one of the jobs counts."""
    return n // jobs + (job < n % jobs)


def count_plain(board: Board, job: int, n: int) -> None:
    """In plain Python."""
    memory, left = board.memory, n
    board.wait(job)
    cpu, start = time.thread_time_ns(), time.monotonic_ns()
    while left and not memory[STOP]:
        some = min(left, A_WHILE)
        left -= some
        while some:
            some -= 1
    end = time.monotonic_ns()
    board.put(job, start, end, time.thread_time_ns() - cpu, left, n)


def count_nogil(board: Board, job: int, n: int) -> None:
    """In Cython, without the GIL."""
    from hzstat._countdown import count
    board.wait(job)
    start, end, cpu, left = count(n, board.memory)
    board.put(job, start, end, cpu, left, n)


COUNTS = {"plain": count_plain, "nogil": count_nogil}


def count_at(how: str, fd: int, jobs: int, job: int, n: int) -> None:
    """In another interpreter, which has the board's file descriptor `fd`."""
    COUNTS[how](Board(jobs, fd), job, n)


def count_in_process(how: str, fd: int, jobs: int, job: int, n: int) -> None:
    """The same in a child, which ends with its parent."""
    from hzstat._countdown import end_with_parent
    end_with_parent()
    count_at(how, fd, jobs, job, n)
