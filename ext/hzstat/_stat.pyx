"""/proc/stat: time spent by each CPU, and the system's counters below.

    cpu  1179 0 681 239732 81 0 22 6 0 0
    cpu0 307 0 257 120349 3 0 6 1 0 0
    intr 2306 0 0 0 …
    ctxt 11342

Unit: USER_HZ ticks since boot. 4 columns at first, 7 since Linux 2.6.0, 8 since 2.6.11 (steal),
9 since 2.6.24 (guest), 10 since 2.6.33 (guest_nice); further ones are ignored. Offline CPUs
leave gaps, so a row is known by its printed number. guest and guest_nice are already inside
user and nice. The counters are the whole system's, and so in the row of the total alone.
Kernel document: Documentation/filesystems/proc.rst, 1.7.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memset
from hzstat._scan cimport (end_of_number, scan_columns, scan_u64, skip_spaces,
                           skip_to_line_end)
from hzstat._source cimport (EXPECTED_HEADER, EXPECTED_NEWLINE, EXPECTED_SEPARATOR,
                             EXPECTED_SMALLER, Source, lay_out)

cdef struct Row:
    int64_t cpu             # -1 is the total
    uint64_t user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice
    uint64_t intr, ctxt, btime, processes, procs_running, procs_blocked, softirqs
    uint64_t present        # bit i: field i of the row was printed

cdef enum:
    COLUMNS = 10
    FEWEST_COLUMNS = 4
    COUNTERS = 7
    FIRST_COUNTER = 11      # its number among the fields
    BTIME = 2

# Each counter's line begins so, in the order of the row (and, as it is, of the file).
cdef const char* KEYS[COUNTERS]
KEYS[:] = [b"intr ", b"ctxt ", b"btime ", b"processes ", b"procs_running ", b"procs_blocked ",
           b"softirq "]
cdef Py_ssize_t SIZES[COUNTERS]
SIZES[:] = [5, 5, 6, 10, 14, 14, 8]


cdef class StatSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "stat", row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Py_ssize_t count = 0
        cdef Row spare, total
        cdef Row* row = &spare
        cdef int fault
        if size and text[size - 1] != c'\n':
            offset[0] = size
            return EXPECTED_NEWLINE
        total.cpu = 0
        spare.present = 0
        while end - p > 3 and memcmp(p, b"cpu", 3) == 0:
            p += 3
            row = &total if count == 0 else (<Row*>rows) + count if count < max_rows else &spare
            fault = parse_line(&p, end, row)
            if fault:
                offset[0] = p - text
                return fault
            count += 1
        if count == 0:
            offset[0] = 0
            return EXPECTED_HEADER
        fault = parse_counters(&p, end, &total if total.cpu == -1 else &spare)
        if fault:
            offset[0] = p - text
            return fault
        if max_rows > 0:
            (<Row*>rows)[0] = total
        return count


cdef inline int parse_line(const char** at, const char* end, Row* row) noexcept nogil:
    """What follows "cpu" on one line, its newline included."""
    cdef const char* p = at[0]
    cdef uint64_t number = 0
    cdef int columns = 0
    cdef int fault
    row.cpu = -1
    if p[0] != c' ':
        fault = scan_u64(&p, end, &number)
        row.cpu = <int64_t>number
        if fault == 0 and (p == end or p[0] != c' '):
            fault = EXPECTED_SEPARATOR
        elif fault == 0 and number >> 31:
            p = at[0]
            fault = EXPECTED_SMALLER
        if fault:
            at[0] = p
            return fault
    fault = scan_columns(&p, end, &row.user, FEWEST_COLUMNS, COLUMNS, &columns)
    at[0] = p
    row.present = (<uint64_t>2 << columns) - 1
    memset(&row.user + columns, 0, (COLUMNS + COUNTERS - columns) * sizeof(uint64_t))
    return fault


cdef inline int parse_counters(const char** at, const char* end, Row* row) noexcept nogil:
    """The lines below the CPUs', to the end of the text: the first number of each that is known."""
    cdef const char* p = at[0]
    cdef uint64_t* counter = &row.intr
    cdef uint64_t number = 0
    cdef int expected = 0
    cdef int i, tried
    cdef int fault = 0
    while p < end:
        for tried in range(COUNTERS):
            i = expected + tried
            i -= COUNTERS if i >= COUNTERS else 0
            if end - p >= SIZES[i] and memcmp(p, KEYS[i], <size_t>SIZES[i]) == 0:
                break
        else:
            skip_to_line_end(&p, end)
            continue
        p += SIZES[i]
        expected = i + 1 if i + 1 < COUNTERS else 0
        skip_spaces(&p, end)
        if i != BTIME or p[0] != c'-':      # before a clock was set; p < end: a newline is there
            fault = scan_u64(&p, end, &number)
            if fault == 0:
                fault = end_of_number(p, end)
            if fault:
                break
            if not row.present >> (FIRST_COUNTER + i) & 1:
                counter[i] = number
                row.present |= <uint64_t>1 << (FIRST_COUNTER + i)
        if p[0] == c'\n':
            p += 1
        else:
            skip_to_line_end(&p, end)
    at[0] = p
    return fault
