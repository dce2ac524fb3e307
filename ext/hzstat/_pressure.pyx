"""/proc/pressure/cpu, memory, io, irq: the time for which tasks were stalled (PSI).

    some avg10=0.04 avg60=0.04 avg300=0.00 total=3463614
    full avg10=0.00 avg60=0.00 avg300=0.00 total=0

Shares of the last 10, 60 and 300 seconds in %, renewed every 2 seconds; total in µs, up to date at
each read. cpu has no `full` before Linux 5.13, irq has nothing else. Since Linux 4.20; where PSI
is switched off, reading fails. Kernel document: Documentation/accounting/psi.rst.
"""
from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memset
from hzstat._scan cimport scan_decimal, scan_last, scan_text, scan_u64
from hzstat._source cimport EXPECTED_NAME, EXPECTED_TEXT, Source, lay_out

cdef struct Row:
    uint64_t kind[1]        # "some" or "full", NUL-padded
    double avg10, avg60, avg300
    uint64_t total_us


cdef class PressureSource(Source):
    def __cinit__(self, str name):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, name, row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Py_ssize_t count = 0
        cdef Row spare
        cdef int fault = 0 if size else EXPECTED_TEXT
        while fault == 0 and p < end:
            fault = parse_line(&p, end, (<Row*>rows) + count if count < max_rows else &spare)
            count += 1
        if fault:
            offset[0] = p - text
            return fault
        return count


cdef inline int parse_line(const char** at, const char* end, Row* row) noexcept nogil:
    cdef const char* p = at[0]
    cdef Py_ssize_t size
    cdef int fault
    while p < end and p[0] != c' ' and p[0] != c'\n' and p[0]:
        p += 1
    size = p - at[0]
    if not 0 < size <= <Py_ssize_t>sizeof(row.kind):
        return EXPECTED_NAME
    row.kind[0] = 0
    memcpy(row.kind, at[0], <size_t>size)
    at[0] = p
    fault = scan_text(at, end, b" avg10=", 7)
    if fault == 0:
        fault = scan_decimal(at, end, &row.avg10)
    if fault == 0:
        fault = scan_text(at, end, b" avg60=", 7)
    if fault == 0:
        fault = scan_decimal(at, end, &row.avg60)
    if fault == 0:
        fault = scan_text(at, end, b" avg300=", 8)
    if fault == 0:
        fault = scan_decimal(at, end, &row.avg300)
    if fault == 0:
        fault = scan_text(at, end, b" total=", 7)
    if fault == 0:
        fault = scan_u64(at, end, &row.total_us)
    return fault if fault else scan_last(at, end)
