"""Loops for the benchmarks alone: the kernel's own cost, below which no reader of /proc can go,
and ours without the Python around it."""
from libc.errno cimport errno
from libc.stdint cimport int64_t
from posix.unistd cimport pread
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._reader cimport FileReader
from hzstat._shared cimport CLOCK_MONOTONIC, clock_ns
from hzstat._source cimport Source

import os

cdef enum:
    BUFFER_BYTES = 1 << 20

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
