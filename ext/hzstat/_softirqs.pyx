"""/proc/softirqs: how often each CPU ran each kind of soft interrupt.

                        CPU0       CPU1
              HI:          0          0
           TIMER:      14830      20848

A column of the file is a CPU, and so a row here; all possible CPUs are there, offline ones too.
Counts since boot, of 32 bits. Since Linux 2.6.32; IRQ_POLL was BLOCK_IOPOLL before 4.5. A kind that
isn't known here is passed over. Kernel document: Documentation/filesystems/proc.rst, 1.8.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memset
from hzstat._scan cimport (end_of_number, scan_plain_numbers, scan_u64, skip_spaces,
                           skip_to_line_end)
from hzstat._source cimport (EXPECTED_HEADER, EXPECTED_NAME, EXPECTED_NEWLINE, EXPECTED_TEXT,
                             Source, lay_out)

cdef struct Row:
    int64_t cpu
    uint64_t HI, TIMER, NET_TX, NET_RX, BLOCK, IRQ_POLL, TASKLET, SCHED, HRTIMER, RCU
    uint64_t present        # bit i: field i of the row was printed

cdef enum:
    KINDS = 10
    IRQ_POLL = 5
    BATCH = 16              # numbers that are scanned at one go
    HEAD = 13               # bytes of a line's name, its colon included

cdef const char* NAMES[KINDS]
NAMES[:] = [b"HI", b"TIMER", b"NET_TX", b"NET_RX", b"BLOCK", b"IRQ_POLL", b"TASKLET", b"SCHED",
            b"HRTIMER", b"RCU"]
cdef Py_ssize_t SIZES[KINDS]
SIZES[:] = [2, 5, 6, 6, 5, 8, 7, 5, 7, 3]
# How the kernel begins each line: "%12s:".
cdef const char* HEADS[KINDS]
HEADS[:] = [b"          HI:", b"       TIMER:", b"      NET_TX:", b"      NET_RX:",
            b"       BLOCK:", b"    IRQ_POLL:", b"     TASKLET:", b"       SCHED:",
            b"     HRTIMER:", b"         RCU:"]


cdef class SoftirqsSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "softirqs", row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Row* row = <Row*>rows
        cdef Py_ssize_t cpus = 0
        cdef uint64_t seen = 1
        cdef int expected = 0       # the kind that comes next
        cdef Py_ssize_t i
        cdef int fault
        if size == 0 or text[size - 1] != c'\n':
            offset[0] = size
            return EXPECTED_NEWLINE if size else EXPECTED_TEXT
        fault = parse_header(&p, end, row, max_rows, &cpus)
        while fault == 0 and p < end:
            fault = parse_line(&p, end, row, cpus, max_rows, &seen, &expected)
        if fault:
            offset[0] = p - text
            return fault
        for i in range(cpus if cpus < max_rows else max_rows):
            row[i].present = seen
        return cpus


cdef inline int parse_header(const char** at, const char* end, Row* row, Py_ssize_t max_rows,
                             Py_ssize_t* cpus) noexcept nogil:
    """`CPU0 CPU1 …`: the rows, empty yet."""
    cdef const char* p = at[0]
    cdef uint64_t cpu = 0
    skip_spaces(&p, end)
    while True:
        at[0] = p
        if end - p < 4 or memcmp(p, b"CPU", 3):
            return EXPECTED_HEADER
        p += 3
        if scan_u64(&p, end, &cpu) or cpu >> 31 or end_of_number(p, end):
            return EXPECTED_HEADER
        if cpus[0] < max_rows:
            memset(row + cpus[0], 0, sizeof(Row))
            row[cpus[0]].cpu = <int64_t>cpu
        cpus[0] += 1
        skip_spaces(&p, end)
        if p[0] == c'\n':
            at[0] = p + 1
            return 0


cdef inline int parse_line(const char** at, const char* end, Row* row, Py_ssize_t cpus,
                           Py_ssize_t max_rows, uint64_t* seen, int* expected) noexcept nogil:
    cdef const char* name
    cdef const char* colon
    cdef int kind = expected[0]
    if end - at[0] > HEAD and memcmp(at[0], HEADS[kind], HEAD) == 0:
        at[0] += HEAD
        return take_line(at, end, row, cpus, max_rows, seen, expected, kind)
    skip_spaces(at, end)
    name = colon = at[0]
    while colon[0] != c':':
        if colon[0] == c' ' or colon[0] == c'\n' or colon[0] == 0:     # a newline comes at last
            return EXPECTED_NAME
        colon += 1
    if colon == name:
        return EXPECTED_NAME
    at[0] = colon + 1
    if not is_kind(name, colon - name, kind):
        kind = kind_of(name, colon - name)
        if kind < 0:
            return skip_to_line_end(at, end)
    return take_line(at, end, row, cpus, max_rows, seen, expected, kind)


cdef inline int take_line(const char** at, const char* end, Row* row, Py_ssize_t cpus,
                          Py_ssize_t max_rows, uint64_t* seen, int* expected,
                          int kind) noexcept nogil:
    expected[0] = kind + 1 if kind + 1 < KINDS else 0
    if seen[0] >> (kind + 1) & 1:     # the first of two equal kinds counts
        max_rows = 0
    seen[0] |= <uint64_t>1 << (kind + 1)
    return parse_counts(at, end, row, cpus, max_rows, kind)


cdef inline bint is_kind(const char* name, Py_ssize_t size, int kind) noexcept nogil:
    return size == SIZES[kind] and memcmp(name, NAMES[kind], <size_t>size) == 0


cdef inline int kind_of(const char* name, Py_ssize_t size) noexcept nogil:
    cdef int kind
    for kind in range(KINDS):
        if is_kind(name, size, kind):
            return kind
    return IRQ_POLL if size == 12 and memcmp(name, b"BLOCK_IOPOLL", 12) == 0 else -1


cdef inline int parse_counts(const char** at, const char* end, Row* row, Py_ssize_t cpus,
                             Py_ssize_t max_rows, int kind) noexcept nogil:
    """A number for each CPU, and the newline."""
    cdef uint64_t[BATCH] counts
    cdef Py_ssize_t cpu = 0
    cdef Py_ssize_t batch, i
    cdef int fault
    while cpu < cpus:
        batch = cpus - cpu if cpus - cpu < BATCH else BATCH
        if not scan_plain_numbers(at, end, counts, <int>batch):
            batch = 1
            skip_spaces(at, end)
            fault = scan_u64(at, end, counts)
            if fault == 0:
                fault = end_of_number(at[0], end)
            if fault:
                return fault
        for i in range(batch):
            if cpu < max_rows:
                (&row[cpu].HI)[kind] = counts[i]
            cpu += 1
    skip_spaces(at, end)
    if at[0][0] != c'\n':
        return EXPECTED_NEWLINE
    at[0] += 1
    return 0
