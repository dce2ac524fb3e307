"""/proc/net/dev: the counters of every network interface.

    Inter-|   Receive                                                |  Transmit
     face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs …
        lo:    3193      29    0    0    0     0          0         0     3193      29    0 …

Unit: bytes and packets since the interface came up. A name may hold any byte but NUL, white
space and `/`; the last colon of the line ends it (`bond0:1:`). The kernel hands the file out a
page at a time, so it is no snapshot: an interface may vanish between two pieces.
Kernel document: Documentation/networking/statistics.rst; net/core/net-procfs.c.
"""
from libc.stdint cimport uint64_t
from libc.string cimport memchr, memcpy, memset
from hzstat._scan cimport end_of_number, line_end, scan_plain_numbers, scan_u64, skip_spaces
from hzstat._source cimport (EXPECTED_HEADER, EXPECTED_NAME, EXPECTED_NEWLINE, Source,
                             lay_out)

cdef extern from "<string.h>" nogil:
    const void* memrchr(const void* text, int byte, size_t size)

cdef struct Row:
    uint64_t name[2]        # 16 bytes, NUL-padded
    uint64_t rx_bytes, rx_packets, rx_errs, rx_drop, rx_fifo, rx_frame, rx_compressed, rx_multicast
    uint64_t tx_bytes, tx_packets, tx_errs, tx_drop, tx_fifo, tx_colls, tx_carrier, tx_compressed

cdef enum:
    COLUMNS = 16


cdef class NetDevSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "net/dev", row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef const char* stop
        cdef Py_ssize_t count = 0
        cdef Row spare
        cdef Row* row
        cdef int fault = 0
        cdef int _line
        for _line in range(2):
            stop = line_end(p, end)
            if stop == NULL:
                offset[0] = size
                return EXPECTED_NEWLINE
            if memchr(p, c'|', <size_t>(stop - p)) == NULL:
                offset[0] = p - text
                return EXPECTED_HEADER
            p = stop + 1
        while p < end:
            row = (<Row*>rows) + count if count < max_rows else &spare
            if parse_plain_line(&p, end, row):
                count += 1
                continue
            stop = line_end(p, end)
            if stop == NULL:
                offset[0] = size
                return EXPECTED_NEWLINE
            fault = parse_line(&p, stop + 1, row)
            if fault:
                offset[0] = p - text
                return fault
            count += 1
            p = stop + 1
        return count


cdef inline bint refused(char byte) noexcept nogil:
    """Whether the kernel refuses this byte in a name (dev_valid_name)."""
    return byte == 0 or byte == c' ' or c'\t' <= byte <= c'\r' or byte == c'/'


cdef inline bint parse_plain_line(const char** at, const char* end, Row* row) noexcept nogil:
    """A line as the kernel prints it today, with one colon in it; False: look closer."""
    cdef const char* p = at[0]
    cdef char* name = <char*>row.name
    cdef Py_ssize_t size = 0
    skip_spaces(&p, end)
    row.name[0] = row.name[1] = 0
    while p < end and p[0] != c':':
        if size == sizeof(row.name) or refused(p[0]):
            return False
        name[size] = p[0]
        size += 1
        p += 1
    if p == end or size == 0:
        return False
    p += 1
    if not scan_plain_numbers(&p, end, &row.rx_bytes, COLUMNS) or p[0] != c'\n':
        return False
    at[0] = p + 1
    return True


cdef inline int parse_line(const char** at, const char* end, Row* row) noexcept nogil:
    """One line, [*at, end), whose last byte is its newline."""
    cdef const char* colon
    cdef uint64_t* column = &row.rx_bytes
    cdef int columns
    cdef int fault
    skip_spaces(at, end)
    colon = <const char*>memrchr(at[0], c':', <size_t>(end - at[0]))
    if colon == NULL or not 0 < colon - at[0] <= <Py_ssize_t>sizeof(row.name):
        return EXPECTED_NAME
    for columns in range(<int>(colon - at[0])):
        if refused(at[0][columns]):
            return EXPECTED_NAME
    memset(row.name, 0, sizeof(row.name))
    memcpy(row.name, at[0], <size_t>(colon - at[0]))
    at[0] = colon + 1
    for columns in range(COLUMNS):
        skip_spaces(at, end)
        fault = scan_u64(at, end, column + columns)
        if fault == 0:
            fault = end_of_number(at[0], end)
        if fault:
            return fault
    return 0
