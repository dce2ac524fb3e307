from libc.stdint cimport int64_t, uint32_t, uint64_t
from hzstat._histogram cimport Histogram
from hzstat._shared cimport Segment

cdef struct WorkerBoard:
    uint32_t bell           # the caller changes it and wakes the worker
    uint32_t stop
    uint64_t cpu_ns         # of the worker's loop; kept by the worker, as all below
    uint64_t setup_ns       # CPU time too, from its start to its loop
    uint64_t wakeups
    uint64_t unlocked       # the errno for which its memory isn't locked, as was asked for; or 0
    uint64_t spare[3]       # a cache line each

cdef struct SourceBoard:
    uint64_t period_ns      # the caller's wish; 0 pauses
    int64_t tick            # the last planned instant that was accounted for; 0: none yet
    uint64_t tick_period_ns     # of which period `tick` counts the multiples
    uint64_t records
    uint64_t missed
    uint64_t errors         # records whose status isn't 0
    uint64_t cut            # records of which rows were left out for want of room
    int64_t status          # the last one that wasn't 0, and
    int64_t offset          # the byte that broke, where it was a parse fault
    Histogram late_ns
    Histogram read_ns

cdef class Board(Segment):
    """The words between a caller and its workers."""
    cdef readonly int workers
    cdef readonly int sources
    cdef WorkerBoard* worker
    cdef SourceBoard* source
    cdef int64_t* wall_offset_ns    # wall clock less CLOCK_MONOTONIC, when the sampler was made
    cdef SourceBoard* of_source(self, int source) except NULL
    cdef WorkerBoard* of_worker(self, int worker) except NULL
