"""Counts of nanoseconds in logarithmic buckets: a fixed size, a fixed relative error.

As in HdrHistogram: below 16 a bucket a value, above it 16 buckets to each power of two, so that
a quantile is right to 1/16.
"""
from libc.stdint cimport int64_t, uint64_t

cdef extern from *:
    int leading_zeros "__builtin_clzll" (unsigned long long value) nogil

cdef enum:
    SUB_BITS = 4
    BUCKETS = (65 - SUB_BITS) << SUB_BITS

cdef struct Histogram:
    uint64_t largest
    uint64_t counts[BUCKETS]


cdef inline void tally(Histogram* histogram, int64_t value) noexcept nogil:
    cdef uint64_t bits = <uint64_t>value if value > 0 else 0
    cdef int shift = 0
    if bits >> SUB_BITS:
        shift = 63 - SUB_BITS - leading_zeros(bits)
    histogram.counts[(shift << SUB_BITS) + <int>(bits >> shift)] += 1
    if bits > histogram.largest:
        histogram.largest = bits


cdef inline uint64_t bucket_floor(int bucket) noexcept nogil:
    """The smallest value that is counted in `bucket`."""
    cdef int shift = (bucket >> SUB_BITS) - 1
    return <uint64_t>bucket if shift < 0 else <uint64_t>(bucket - (shift << SUB_BITS)) << shift
