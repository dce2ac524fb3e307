"""/proc/loadavg: the load averages, and how many tasks there are.

    0.08 0.02 0.01 1/77 2809

Averages over 1, 5 and 15 minutes of the tasks that run or wait uninterruptibly, renewed every 5
seconds; running/total scheduling entities; the pid last given. Printed to 0.01.
Kernel document: Documentation/filesystems/proc.rst, 1.2; kernel/sched/loadavg.c.
"""
from libc.stdint cimport uint64_t
from libc.string cimport memset
from hzstat._scan cimport scan_byte, scan_decimal, scan_u64
from hzstat._source cimport (EXPECTED_NEWLINE, EXPECTED_SEPARATOR, Source, lay_out)

cdef struct Row:
    double load1, load5, load15
    uint64_t running, total, last_pid


cdef class LoadavgSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "loadavg", row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef Row row
        cdef int fault = parse_line(&p, text + size, &row)
        if fault:
            offset[0] = p - text
            return fault
        if max_rows > 0:
            (<Row*>rows)[0] = row
        return 1


cdef inline int parse_line(const char** at, const char* end, Row* row) noexcept nogil:
    cdef double* average = &row.load1
    cdef int fault
    cdef int i
    for i in range(3):
        fault = scan_decimal(at, end, average + i)
        if fault == 0:
            fault = scan_byte(at, end, c' ', EXPECTED_SEPARATOR)
        if fault:
            return fault
    fault = scan_u64(at, end, &row.running)
    if fault == 0:
        fault = scan_byte(at, end, c'/', EXPECTED_SEPARATOR)
    if fault == 0:
        fault = scan_u64(at, end, &row.total)
    if fault == 0:
        fault = scan_byte(at, end, c' ', EXPECTED_SEPARATOR)
    if fault == 0:
        fault = scan_u64(at, end, &row.last_pid)
    if fault == 0:
        fault = scan_byte(at, end, c'\n', EXPECTED_NEWLINE)
    return fault
