"""/proc/stat: the CPU lines.

    cpu  1179 0 681 239732 81 0 22 6 0 0
    cpu0 307 0 257 120349 3 0 6 1 0 0

Unit: USER_HZ ticks since boot. 4 columns at first, 7 since Linux 2.6.0, 8 since 2.6.11 (steal),
9 since 2.6.24 (guest), 10 since 2.6.33 (guest_nice); further ones are ignored. Offline CPUs
leave gaps, so a row is known by its printed number. guest and guest_nice are already inside
user and nice. Kernel document: Documentation/filesystems/proc.rst, 1.7.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memset
from hzstat._scan cimport end_of_number, scan_plain_numbers, scan_u64, skip_spaces
from hzstat._source cimport (EXPECTED_HEADER, EXPECTED_NEWLINE, EXPECTED_SEPARATOR,
                             EXPECTED_SMALLER, Source, fields_of)

cdef struct Row:
    int64_t cpu             # -1 is the total
    uint64_t user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice
    uint64_t present        # bit i: field i of the row was printed

cdef enum:
    COLUMNS = 10
    FEWEST_COLUMNS = 4


cdef class StatSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        self.name = "stat"
        self.row_bytes = sizeof(Row)
        self.fields = fields_of(row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Py_ssize_t count = 0
        cdef Row spare
        cdef Row* row
        cdef int fault
        if size and text[size - 1] != c'\n':
            offset[0] = size
            return EXPECTED_NEWLINE
        while end - p > 3 and memcmp(p, b"cpu", 3) == 0:
            p += 3
            row = (<Row*>rows) + count if count < max_rows else &spare
            fault = parse_line(&p, end, row)
            if fault:
                offset[0] = p - text
                return fault
            count += 1
        if count == 0:
            offset[0] = 0
            return EXPECTED_HEADER
        return count


cdef inline int parse_line(const char** at, const char* end, Row* row) noexcept nogil:
    """What follows "cpu" on one line, its newline included."""
    cdef const char* p = at[0]
    cdef uint64_t* column = &row.user
    cdef uint64_t number = 0
    cdef int columns = 0
    cdef int fault = 0
    row.cpu = -1
    if p[0] != c' ':
        fault = scan_u64(&p, end, &number)
        row.cpu = <int64_t>number
        if fault == 0 and (p == end or p[0] != c' '):
            fault = EXPECTED_SEPARATOR
        elif fault == 0 and number >> 31:
            p = at[0]
            fault = EXPECTED_SMALLER
    if fault == 0 and scan_plain_numbers(&p, end, column, COLUMNS):
        columns = COLUMNS
    while fault == 0:
        skip_spaces(&p, end)
        if columns >= FEWEST_COLUMNS and p < end and p[0] == c'\n':
            break
        fault = scan_u64(&p, end, &number)
        if fault == 0:
            if columns < COLUMNS:
                column[columns] = number
                columns += 1
            fault = end_of_number(p, end)
    at[0] = p + (fault == 0)
    row.present = (<uint64_t>2 << columns) - 1
    while columns < COLUMNS:
        column[columns] = 0
        columns += 1
    return fault
