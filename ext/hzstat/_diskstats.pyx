"""/proc/diskstats: the I/O of each block device.

       8       0 sda 84 0 5620 27 3 0 24 2 0 30 29 0 0 0 0 0 0

Requests, sectors of 512 bytes, ms. 11 columns behind the name at first; 15 since Linux 4.18
(discards), 17 since 5.5 (flushes), further ones are ignored. Up to 2.6.24 a partition has 4:
requests and sectors, read and written. Linux 2.4's text (of /proc/partitions) has the blocks
before the name. Kernel document: Documentation/admin-guide/iostats.rst; block/genhd.c.
"""
from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memset
from hzstat._scan cimport (all_digits, end_of_number, scan_columns, scan_u64, skip_spaces,
                           token_size)
from hzstat._source cimport (EXPECTED_NAME, EXPECTED_NEWLINE, EXPECTED_TEXT, Source, lay_out)

cdef struct Row:
    uint64_t major, minor
    uint64_t name[4]        # 32 bytes, NUL-padded
    uint64_t rd_ios, rd_merges, rd_sectors, rd_ms, wr_ios, wr_merges, wr_sectors, wr_ms
    uint64_t in_flight, io_ms, queue_ms
    uint64_t dc_ios, dc_merges, dc_sectors, dc_ms, fl_ios, fl_ms
    uint64_t present        # bit i: field i of the row was printed

cdef enum:
    COLUMNS = 17
    FEWEST_COLUMNS = 4
    HEAD_FIELDS = 3         # major, minor, name
    # Which fields a partition of old has: rd_ios, rd_sectors, wr_ios, wr_sectors
    PARTITION = 0b1010101 << HEAD_FIELDS


cdef class DiskstatsSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "diskstats", row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Py_ssize_t count = 0
        cdef Row spare
        cdef int fault
        if size == 0 or text[size - 1] != c'\n':
            offset[0] = size
            return EXPECTED_NEWLINE if size else EXPECTED_TEXT
        while p < end:
            fault = parse_line(&p, end, (<Row*>rows) + count if count < max_rows else &spare)
            if fault:
                offset[0] = p - text
                return fault
            count += 1
        return count


cdef inline int parse_line(const char** at, const char* end, Row* row) noexcept nogil:
    cdef uint64_t* column = &row.rd_ios
    cdef int columns = 0
    cdef int fault = parse_number(at, end, &row.major)
    if fault == 0:
        fault = parse_number(at, end, &row.minor)
    if fault == 0:
        fault = parse_name(at, end, row)
    if fault == 0:
        fault = scan_columns(at, end, column, FEWEST_COLUMNS, COLUMNS, &columns)
    if fault:
        return fault
    row.present = ((<uint64_t>1 << HEAD_FIELDS) << columns) - 1
    memset(column + columns, 0, (COLUMNS - columns) * sizeof(uint64_t))
    if columns == FEWEST_COLUMNS:
        row.present = ((1 << HEAD_FIELDS) - 1) | PARTITION
        column[6], column[4], column[2] = column[3], column[2], column[1]
        column[1] = column[3] = 0
    return 0


cdef inline int parse_number(const char** at, const char* end, uint64_t* number) noexcept nogil:
    cdef int fault
    skip_spaces(at, end)
    fault = scan_u64(at, end, number)
    return fault if fault else end_of_number(at[0], end)


cdef inline int parse_name(const char** at, const char* end, Row* row) noexcept nogil:
    """The device's name; Linux 2.4 has a number before it, which is passed over."""
    cdef const char* next
    cdef Py_ssize_t next_size
    cdef Py_ssize_t size
    cdef Py_ssize_t i
    skip_spaces(at, end)
    size = token_size(at[0], end)
    if all_digits(at[0], size):
        next = at[0] + size
        skip_spaces(&next, end)
        next_size = token_size(next, end)
        if next_size and not all_digits(next, next_size):
            at[0] = next
            size = next_size
    if not 0 < size <= <Py_ssize_t>sizeof(row.name):
        return EXPECTED_NAME
    for i in range(size):
        if at[0][i] == 0 or c'\t' <= at[0][i] <= c'\r':
            return EXPECTED_NAME
    memset(row.name, 0, sizeof(row.name))
    memcpy(row.name, at[0], <size_t>size)
    at[0] += size
    return 0
