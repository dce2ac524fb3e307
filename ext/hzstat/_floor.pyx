"""The kernel's own cost: what no reader of /proc can go below. For the benchmarks alone."""
from libc.errno cimport errno
from libc.stdint cimport int64_t
from posix.unistd cimport pread
from hzstat._shared cimport CLOCK_MONOTONIC, clock_ns

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
