"""Two errors that a build with sanitizers has to catch. No other build has this module."""
from libc.limits cimport INT_MAX
from libc.stdlib cimport free, malloc


def over_read(size_t size):
    """The byte behind a block of `size` bytes."""
    cdef volatile char* block = <volatile char*>malloc(size)
    cdef char byte = block[size]
    free(<void*>block)
    return byte


def overflow(int more):
    """The largest int, and `more`."""
    cdef volatile int sum = INT_MAX
    sum = sum + more
    return sum
