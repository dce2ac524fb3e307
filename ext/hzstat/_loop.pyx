"""The loop of a worker: wait for the tick, read, parse, publish. It counts, and never raises.

It holds no GIL from start to stop. Deadlines are absolute, on CLOCK_MONOTONIC, at the instants
where the wall clock (as it stood when the sampler was made) is a whole multiple of the period:
so nothing drifts, sources that share a worker share its wake-ups, and runs line up. A tick that
has passed is skipped and counted, with no burst to make up for it.
"""
from libc.errno cimport errno
from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from posix.unistd cimport getppid
from hzstat._board cimport Board, SourceBoard, WorkerBoard
from hzstat._histogram cimport tally
from hzstat._reader cimport FileReader
from hzstat._ring cimport Ring
from hzstat._shared cimport (CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID, clock_ns,
                             futex_wait, load_acquire, load_acquire_u32, store_relaxed)
from hzstat._source cimport EXPECTED_TEXT

cdef extern from "<poll.h>" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd* fds, unsigned long count, int timeout)
    short POLLIN

cdef extern from "<sys/mman.h>" nogil:
    int mlockall(int flags)
    int MCL_CURRENT

cdef extern from *:
    """
    #if defined(__x86_64__)
    #define hz_relax() __builtin_ia32_pause()
    #elif defined(__aarch64__)
    #define hz_relax() __asm__ __volatile__("yield")
    #else
    #define hz_relax() ((void)0)
    #endif
    """
    void relax "hz_relax" () nogil      # tells the core that we only wait

cdef extern from "<sys/prctl.h>" nogil:
    int prctl(int option, unsigned long argument)
    int PR_SET_NAME, PR_SET_TIMERSLACK

cdef extern from *:
    """
    #include <stdint.h>
    #include <sys/syscall.h>
    #include <unistd.h>

    /* sched_setattr(2); the C library has a struct for it since glibc 2.41 alone. */
    struct hz_sched {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    };

    static void hz_short_slice(uint64_t ns) {
        struct hz_sched now = {0};
        if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) == 0 && now.policy == 0) {
            now.size = sizeof now;
            now.runtime = ns;
            syscall(SYS_sched_setattr, 0, &now, 0);
        }
    }
    """
    void short_slice "hz_short_slice" (uint64_t ns) nogil

cdef struct Header:
    int64_t tick, time_ns, wall_ns, late_ns, read_ns
    int32_t status
    uint32_t rows

cdef enum:
    SECOND = 1000000000
    LOOK_ROUND_NS = SECOND // 4     # how often a worker makes sure that its caller lives
    SLICE_NS = 100000               # the shortest that the kernel grants

# The record's header as numpy sees it: (name, format) in the order of its bytes. tick: number of
# the planned instant, a multiple of the period; time_ns: start of the read, since the epoch, on
# CLOCK_MONOTONIC and so without steps; wall_ns: the same instant as the wall clock had it, which
# may be set, and goes on while the machine sleeps; late_ns: how long after the planned instant
# that was; read_ns: how long the kernel took; status: 0, an errno, or one of EXPECTED's keys;
# rows: in the file (only max_rows are kept).
HEADER_FIELDS = (("tick", "i8"), ("time_ns", "i8"), ("wall_ns", "i8"), ("late_ns", "i8"),
                 ("read_ns", "i8"), ("status", "i4"), ("rows", "u4"))
HEADER_BYTES = sizeof(Header)


cdef class Task:
    """One source of a worker: where it is read, what is due, where it goes."""
    cdef FileReader reader
    cdef Ring ring
    cdef Board board
    cdef SourceBoard* state
    cdef Header* record             # the header, and behind it the rows
    cdef Py_ssize_t max_rows
    cdef int64_t period_ns
    cdef int64_t planned            # the next tick
    cdef Task following             # on the same worker, or None

    def __cinit__(self, FileReader reader, Ring ring, Board board, int source, Task following):
        if reader.source is None or reader.source.row_bytes == 0:
            raise TypeError(f"no source was set for {reader.path}")
        self.reader = reader
        self.ring = ring
        self.board = board          # keeps the memory of `state`
        self.state = board.source + source
        self.max_rows = ((ring.record_bytes - <Py_ssize_t>sizeof(Header))
                         // reader.source.row_bytes)
        self.following = following
        self.record = <Header*>malloc(<size_t>ring.record_bytes)
        if self.record == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.record)

    cdef int64_t serve(self, int64_t offset_ns, int64_t step_ns) noexcept nogil:
        """Take a record if one is due; when the next is (INT64_MAX: paused), monotonic.

        `offset_ns`: from CLOCK_MONOTONIC to the sampler's time; `step_ns`: from that to the wall
        clock as it is now."""
        cdef int64_t now = clock_ns(CLOCK_MONOTONIC) + offset_ns
        cdef int64_t period = <int64_t>load_acquire(&self.state.period_ns)
        if period != self.period_ns:
            self.plan(now, period)
        if period == 0:
            return INT64_MAX
        if now >= self.planned * period:
            self.take(now // period, now, step_ns)
        return self.planned * period - offset_ns

    cdef void plan(self, int64_t now, int64_t period) noexcept nogil:
        """From now on at this period. A worker that was killed goes on where it was."""
        cdef int64_t unpublished
        if self.period_ns == 0 and period and <int64_t>self.state.tick_period_ns == period:
            self.planned = self.state.tick + 1
            # One that died between counting a record and publishing it has missed that tick.
            unpublished = <int64_t>(self.state.records - load_acquire(&self.ring.state.head))
            self.state.records -= <uint64_t>unpublished
            self.state.missed += <uint64_t>unpublished
        elif period:
            self.planned = now // period + 1
            self.state.tick = self.planned - 1
        self.state.tick_period_ns = <uint64_t>period
        self.period_ns = period

    cdef void take(self, int64_t tick, int64_t start, int64_t step_ns) noexcept nogil:
        cdef Header* record = self.record
        cdef char* rows = <char*>(record + 1)
        cdef Py_ssize_t size = self.reader.fill()
        cdef int64_t end = clock_ns(CLOCK_MONOTONIC) + self.board.wall_offset_ns[0]
        cdef Py_ssize_t offset = 0
        cdef Py_ssize_t count = EXPECTED_TEXT
        if size > 0 or (size == 0 and self.reader.source.may_be_empty):
            count = self.reader.source.parse(self.reader.text, size, rows, self.max_rows, &offset)
        record.tick = tick
        record.time_ns = start
        record.wall_ns = start + step_ns
        record.late_ns = start - tick * self.period_ns
        record.read_ns = end - start
        record.status = <int32_t>(-size if size < 0 else count if count < 0 else 0)
        record.rows = <uint32_t>count if count > 0 else 0
        if record.status:
            self.state.errors += 1
            self.state.status = record.status
            self.state.offset = offset
        if count > self.max_rows:
            self.state.cut += 1
            count = self.max_rows
        self.state.missed += <uint64_t>(tick - self.planned)
        self.state.tick = tick
        self.state.records += 1         # last, so that plan() can tell if it was published
        self.planned = tick + 1
        tally(&self.state.late_ns, record.late_ns)
        tally(&self.state.read_ns, record.read_ns)
        self.ring.publish(<const uint64_t*>record, <Py_ssize_t>sizeof(Header) + (
            count * self.reader.source.row_bytes if count > 0 else 0))


def lock_memory():
    """Keep what this process has in memory from being swapped out: 0, or an errno."""
    return errno if mlockall(MCL_CURRENT) else 0


cdef class Loop:
    """The life of one worker: run() returns when the caller says stop, or is gone."""
    cdef Board board
    cdef WorkerBoard* state
    cdef Task first
    cdef int caller_fd
    cdef int64_t spin_ns

    def __cinit__(self, Board board, int worker, list tasks, int caller_fd, int64_t spin_ns=0):
        """`tasks`: (reader, ring, number of the source on the board) each; `caller_fd`: a pidfd
        of the caller, or -1 where the kernel has none; `spin_ns`: how much of the wait for a tick
        is spent awake."""
        self.spin_ns = spin_ns
        self.board = board
        self.state = board.worker + worker
        self.caller_fd = caller_fd
        for reader, ring, source in reversed(tasks):
            self.first = Task(reader, ring, board, source, self.first)

    def run(self):
        prctl(PR_SET_NAME, <unsigned long><const char*>b"hzstat worker")
        prctl(PR_SET_TIMERSLACK, 1)     # the default of 50 us would be added to every tick
        # Who asks for little at a time is let in the sooner (EEVDF, since Linux 6.12).
        short_slice(SLICE_NS)
        with nogil:
            self.go_round()

    cdef void go_round(self) noexcept nogil:
        cdef int64_t offset_ns = self.board.wall_offset_ns[0]
        cdef int64_t look_round = 0
        cdef int64_t due, next_due, now
        cdef uint32_t seen
        cdef int parent = getppid()
        # Those who were killed in this place count, and this one's way to its loop does not.
        cdef int64_t cpu_at_start = clock_ns(CLOCK_THREAD_CPUTIME_ID)
        cdef int64_t cpu_before = <int64_t>self.state.cpu_ns - cpu_at_start
        self.state.setup_ns += <uint64_t>cpu_at_start
        while True:
            seen = load_acquire_u32(&self.state.bell)
            if load_acquire_u32(&self.state.stop):
                break
            # One look at the wall clock serves all that is taken in this wake-up.
            now = clock_ns(CLOCK_MONOTONIC) + offset_ns
            due = serve_all(self.first, offset_ns, clock_ns(CLOCK_REALTIME) - now)
            now = clock_ns(CLOCK_MONOTONIC)
            if now >= look_round - LOOK_ROUND_NS // 2:      # soon enough, as we are awake
                if getppid() != parent or ended(self.caller_fd):
                    break
                look_round = now + LOOK_ROUND_NS
                store_relaxed(&self.state.cpu_ns,
                              <uint64_t>(cpu_before + clock_ns(CLOCK_THREAD_CPUTIME_ID)))
            next_due = due if due < look_round else look_round
            if next_due - self.spin_ns > now:
                self.state.wakeups += 1
                futex_wait(&self.state.bell, seen, next_due - self.spin_ns)
            while (self.spin_ns and clock_ns(CLOCK_MONOTONIC) < next_due
                   and load_acquire_u32(&self.state.bell) == seen):
                relax()
        store_relaxed(&self.state.cpu_ns,
                      <uint64_t>(cpu_before + clock_ns(CLOCK_THREAD_CPUTIME_ID)))


cdef int64_t serve_all(Task task, int64_t offset_ns, int64_t step_ns) noexcept nogil:
    """Serve each task once; the earliest instant at which one of them is due again."""
    cdef int64_t due = task.serve(offset_ns, step_ns)
    cdef int64_t others
    if task.following is not None:
        others = serve_all(task.following, offset_ns, step_ns)
        due = others if others < due else due
    return due


cdef bint ended(int pidfd) noexcept nogil:
    cdef pollfd waiting
    waiting.fd = pidfd
    waiting.events = POLLIN
    waiting.revents = 0
    return pidfd >= 0 and poll(&waiting, 1, 0) > 0
