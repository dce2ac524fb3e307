"""/proc/schedstat: what the scheduler did on each CPU.

    version 17
    timestamp 4297299139
    cpu0 0 0 131072 51234 70211 60114 8123456789 91234567 79000
    domain0 MC 3 …

run_ns and wait_ns are ns since boot (in version 14 before Linux 2.6.23: jiffies), the others
counts. Version 14 has three columns of sched_yield() first, which are passed over as the domains
are; versions 15 to 17 differ in the domains alone. Needs CONFIG_SCHEDSTATS.
Kernel document: Documentation/scheduler/sched-stats.rst; kernel/sched/stats.c.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memcpy, memset
from hzstat._scan cimport (scan_byte, scan_columns, scan_text, scan_u64,
                           skip_to_line_end)
from hzstat._source cimport (EXPECTED_HEADER, EXPECTED_NEWLINE, EXPECTED_SEPARATOR,
                             EXPECTED_SMALLER, EXPECTED_TEXT, Source, lay_out)

cdef struct Row:
    int64_t cpu
    uint64_t yld_count, sched_switch, sched_count, sched_goidle, ttwu_count, ttwu_local
    uint64_t run_ns, wait_ns, timeslices

cdef enum:
    COLUMNS = 9
    OLDEST_VERSION = 14
    OLDEST_COLUMNS = 12     # in version 14, the last 9 of which are those of today


cdef class SchedstatSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "schedstat", row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Py_ssize_t count = 0
        cdef uint64_t version = 0
        cdef Row spare
        cdef int fault
        if size == 0 or text[size - 1] != c'\n':
            offset[0] = size
            return EXPECTED_NEWLINE if size else EXPECTED_TEXT
        fault = parse_version(&p, end, &version)
        while fault == 0 and p < end:
            if end - p > 3 and memcmp(p, b"cpu", 3) == 0:
                p += 3
                fault = parse_line(&p, end, version,
                                   (<Row*>rows) + count if count < max_rows else &spare)
                count += 1
            else:
                fault = skip_to_line_end(&p, end)
        if fault:
            offset[0] = p - text
            return fault
        return count


cdef inline int parse_version(const char** at, const char* end, uint64_t* version) noexcept nogil:
    cdef const char* number
    cdef int fault
    if scan_text(at, end, b"version ", 8):
        return EXPECTED_HEADER
    number = at[0]
    fault = scan_u64(at, end, version)
    if fault == 0:
        fault = scan_byte(at, end, c'\n', EXPECTED_NEWLINE)
    if fault == 0 and version[0] < OLDEST_VERSION:
        at[0] = number
        return EXPECTED_HEADER
    return fault


cdef inline int parse_line(const char** at, const char* end, uint64_t version,
                           Row* row) noexcept nogil:
    """What follows "cpu" on one line, its newline included."""
    cdef const char* number = at[0]
    cdef uint64_t cpu = 0
    cdef uint64_t[OLDEST_COLUMNS] columns
    cdef int found = 0
    cdef int fault = scan_u64(at, end, &cpu)
    if fault == 0 and cpu >> 31:
        at[0] = number
        return EXPECTED_SMALLER
    if fault == 0 and at[0][0] != c' ':         # a newline is there, so at[0] < end
        return EXPECTED_SEPARATOR
    if fault:
        return fault
    row.cpu = <int64_t>cpu
    if version > OLDEST_VERSION:
        return scan_columns(at, end, &row.yld_count, COLUMNS, COLUMNS, &found)
    fault = scan_columns(at, end, columns, OLDEST_COLUMNS, OLDEST_COLUMNS, &found)
    if fault == 0:
        memcpy(&row.yld_count, columns + OLDEST_COLUMNS - COLUMNS, COLUMNS * sizeof(uint64_t))
    return fault
