"""Files that are one line of numbers: uptime, PID/statm, PID/schedstat.

    3143.54 6198.66

The columns are given by who makes the source; each is a u64 or, where the kernel prints a
point, a double. What a newer kernel prints behind them is passed over.
"""
from libc.stdint cimport uint64_t
from hzstat._scan cimport scan_byte, scan_decimal, scan_last, scan_u64
from hzstat._source cimport EXPECTED_SEPARATOR, Source

cdef enum:
    MOST_COLUMNS = 16

cdef union Column:
    uint64_t whole
    double decimal


cdef class ColumnsSource(Source):
    cdef int count
    cdef bint[MOST_COLUMNS] pointed     # whether the kernel prints it with a point

    def __cinit__(self, str name, tuple fields):
        """`fields`: (name, "u8" or "f8") of each column."""
        if not 0 < len(fields) <= MOST_COLUMNS:
            raise ValueError(f"{name}: 1 to {MOST_COLUMNS} columns, not {len(fields)}")
        self.name = name
        self.fields = fields
        self.count = len(fields)
        self.row_bytes = self.count * <Py_ssize_t>sizeof(Column)
        for i, (_, kind) in enumerate(fields):
            self.pointed[i] = kind == "f8"

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Column spare
        cdef Column* column = &spare
        cdef int fault = 0
        cdef int i
        for i in range(self.count):
            if max_rows > 0:
                column = <Column*>rows + i
            if i:
                fault = scan_byte(&p, end, c' ', EXPECTED_SEPARATOR)
            if fault == 0 and self.pointed[i]:
                fault = scan_decimal(&p, end, &column.decimal)
            elif fault == 0:
                fault = scan_u64(&p, end, &column.whole)
            if fault:
                break
        if fault == 0:
            fault = scan_last(&p, end)
        if fault:
            offset[0] = p - text
            return fault
        return 1
