"""Loops for the benchmarks alone: the kernel's own cost, below which no reader of /proc can go,
and ours without the Python around it."""
from libc.errno cimport errno
from libc.stdint cimport int64_t
from posix.unistd cimport pread
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._reader cimport FileReader
from hzstat._shared cimport CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, clock_ns
from hzstat._source cimport Source

import os

cdef extern from "<sys/prctl.h>" nogil:
    int prctl(int option, unsigned long argument)
    int PR_SET_TIMERSLACK

cdef extern from "<time.h>" nogil:
    struct timespec:
        long tv_sec, tv_nsec
    int clock_nanosleep(int clock, int flags, const timespec* request, timespec* remain)
    int TIMER_ABSTIME

cdef enum:
    BUFFER_BYTES = 1 << 20
    MOST_FILES = 16

cdef char buffer[BUFFER_BYTES]


def read_to_end(int fd, int rounds):
    """Nanoseconds for `rounds` times reading the open file `fd` from 0 to its end."""
    cdef Py_ssize_t got = 1
    cdef Py_ssize_t at
    cdef int _round
    cdef int64_t start
    with nogil:
        start = clock_ns(CLOCK_MONOTONIC)
        for _round in range(rounds):
            at = 0
            got = 1
            while got > 0:
                got = pread(fd, buffer + at, <size_t>(BUFFER_BYTES - at), at)
                at += got if got > 0 else 0
            if got < 0:
                break
        start = clock_ns(CLOCK_MONOTONIC) - start
    if got < 0:
        raise OSError(errno, os.strerror(errno))
    return start


def read_and_parse(FileReader reader, rows, int rounds):
    """Nanoseconds for `rounds` times what reader.read_into(rows) does, without leaving C."""
    return loop(reader, reader.source, None, rows, rounds)


def parse(Source source, text, rows, int rounds):
    """Nanoseconds for `rounds` times parsing the bytes `text` into `rows`."""
    return loop(None, source, text, rows, rounds)


cdef loop(FileReader reader, Source source, text, rows, int rounds):
    cdef Py_buffer given, target
    cdef Py_ssize_t offset = 0
    cdef Py_ssize_t count = 0
    cdef int _round
    cdef int64_t start
    hold(&given, b"" if text is None else text, False)
    hold(&target, rows, True)
    with nogil:
        start = clock_ns(CLOCK_MONOTONIC)
        for _round in range(rounds):
            if reader is None:
                count = source.parse(<const char*>given.buf, given.len, <char*>target.buf,
                                     target.len // source.row_bytes, &offset)
            elif reader.fill() >= 0:
                count = source.parse(reader.text, reader.size, <char*>target.buf,
                                     target.len // source.row_bytes, &offset)
            if count < 0:
                break
        start = clock_ns(CLOCK_MONOTONIC) - start
    PyBuffer_Release(&target)
    PyBuffer_Release(&given)
    if count < 0:
        raise ValueError(f"{source.name} can't be parsed: {count} at byte {offset}")
    return start


def bare_loop(fds, int64_t period_ns, int64_t duration_ns):
    """Read the open files `fds` to their ends at each tick, and do nothing else.

    Ticks are absolute deadlines on CLOCK_MONOTONIC; one that has passed is skipped. Returns (the
    lateness of each tick in ns, how many were skipped, CPU time in ns).
    """
    cdef int[MOST_FILES] files
    cdef int count = <int>len(fds)
    cdef int file
    cdef Py_ssize_t at
    cdef Py_ssize_t got = 0
    cdef int64_t now, tick, last, cpu
    cdef int64_t skipped = 0
    cdef Py_ssize_t taken = 0
    cdef Py_ssize_t most = duration_ns // period_ns + 2
    cdef timespec deadline
    cdef Py_buffer view
    if not 0 < count <= MOST_FILES or period_ns < 1:
        raise ValueError(f"1 to {MOST_FILES} files, and a period above 0")
    for i, fd in enumerate(fds):
        files[i] = fd
    late = bytearray(8 * most)
    hold(&view, late, True)
    prctl(PR_SET_TIMERSLACK, 1)
    with nogil:
        cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID)
        now = clock_ns(CLOCK_MONOTONIC)
        tick = now // period_ns + 1
        last = (now + duration_ns) // period_ns
        while tick <= last and got >= 0:
            deadline.tv_sec = tick * period_ns // 1000000000
            deadline.tv_nsec = tick * period_ns % 1000000000
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL)
            now = clock_ns(CLOCK_MONOTONIC)
            skipped += now // period_ns - tick
            tick = now // period_ns
            (<int64_t*>view.buf)[taken] = now - tick * period_ns
            taken += 1
            tick += 1
            for file in range(count):
                at = 0
                got = 1
                while got > 0:
                    got = pread(files[file], buffer + at, <size_t>(BUFFER_BYTES - at), at)
                    at += got if got > 0 else 0
        cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu
    PyBuffer_Release(&view)
    if got < 0:
        raise OSError(errno, os.strerror(errno))
    return late[:8 * taken], skipped, cpu
