"""The board: control on its way to the workers, health on its way back.

The caller writes the periods and the stop words and rings a worker's bell, on which the worker
sleeps between ticks; so each takes effect at once, even in the middle of a long period. The
worker alone writes the rest, and it stays readable when the worker is dead.
"""
from libc.stdint cimport uint64_t
from hzstat._histogram cimport BUCKETS, Histogram, bucket_floor
from hzstat._shared cimport (CLOCK_MONOTONIC, CLOCK_REALTIME, Segment, add_u32, clock_ns,
                             futex_wake, load_acquire, store_release, store_release_u32)

cdef enum:
    HEAD_BYTES = 64


cdef class Board(Segment):
    def __init__(self, int workers, int sources, *, int fd=-1):
        self.workers = workers
        self.sources = sources
        Segment.__init__(self, HEAD_BYTES + workers * <Py_ssize_t>sizeof(WorkerBoard)
                         + sources * <Py_ssize_t>sizeof(SourceBoard), name="hzstat-board", fd=fd)
        self.wall_offset_ns = <int64_t*>self.base
        self.worker = <WorkerBoard*>(self.base + HEAD_BYTES)
        self.source = <SourceBoard*>(self.worker + workers)
        if fd < 0:
            self.wall_offset_ns[0] = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC)

    def shape(self):
        return self.workers, self.sources

    cdef SourceBoard* of_source(self, int source) except NULL:
        if not 0 <= source < self.sources:
            raise IndexError(f"there are {self.sources} sources, not {source}")
        return self.source + source

    cdef WorkerBoard* of_worker(self, int worker) except NULL:
        if not 0 <= worker < self.workers:
            raise IndexError(f"there are {self.workers} workers, not {worker}")
        return self.worker + worker

    def now_ns(self):
        """Nanoseconds since the epoch on the sampler's clock, which never steps."""
        return clock_ns(CLOCK_MONOTONIC) + self.wall_offset_ns[0]

    def set_period(self, int source, uint64_t period_ns):
        """Sample `source` every `period_ns` from now on, or pause it (0). Then ring its worker."""
        store_release(&self.of_source(source).period_ns, period_ns)

    def period_ns(self, int source):
        return load_acquire(&self.of_source(source).period_ns)

    def stop(self, int worker):
        store_release_u32(&self.of_worker(worker).stop, 1)
        self.ring(worker)

    def ring(self, int worker):
        """Wake `worker`, so that it sees what was changed."""
        add_u32(&self.of_worker(worker).bell, 1)
        futex_wake(&self.of_worker(worker).bell)

    def worker_health(self, int worker):
        """(CPU time of the loop in ns, of its set-up, wake-ups)."""
        cdef WorkerBoard* board = self.of_worker(worker)
        return (load_acquire(&board.cpu_ns), load_acquire(&board.setup_ns),
                load_acquire(&board.wakeups))

    def set_unlocked(self, int worker, uint64_t reason):
        store_release(&self.of_worker(worker).unlocked, reason)

    def unlocked(self, int worker):
        """The errno for which `worker` couldn't lock its memory, or 0."""
        return load_acquire(&self.of_worker(worker).unlocked)

    def source_health(self, int source):
        """(records, missed, errors, cut, last bad status, its offset)."""
        cdef SourceBoard* board = self.of_source(source)
        return board.records, board.missed, board.errors, board.cut, board.status, board.offset

    def late_ns(self, int source, *quantiles):
        """Those quantiles (0 to 1) of the lateness, right to 1/16, and the maximum."""
        return quantiles_of(&self.of_source(source).late_ns, quantiles)

    def read_ns(self, int source, *quantiles):
        """Those quantiles (0 to 1) of the time that a read took, and the maximum."""
        return quantiles_of(&self.of_source(source).read_ns, quantiles)


cdef tuple quantiles_of(Histogram* histogram, tuple quantiles):
    """The upper edge of the bucket that each falls in, never above the maximum; None if empty."""
    cdef uint64_t total = 0
    cdef uint64_t below
    cdef int bucket
    cdef list found = []
    for bucket in range(BUCKETS):
        total += histogram.counts[bucket]
    if total == 0:
        return (None,) * (len(quantiles) + 1)
    for quantile in quantiles:
        below = 0
        bucket = 0
        while bucket < BUCKETS - 1:
            below += histogram.counts[bucket]
            if below >= quantile * total and below:
                break
            bucket += 1
        found.append(min(bucket_floor(bucket + 1) - 1, histogram.largest))
    return (*found, histogram.largest)
