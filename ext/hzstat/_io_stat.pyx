"""cgroup v2's io.stat: the I/O of a group on each device.

    8:0 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0

Bytes and requests. Other keys (cost.usage, depth, …) are passed over. Some kernels of the 5.1x
series print a device without values, and the next one, if any, on the same line. A group without
I/O has an empty file.
Kernel document: Documentation/admin-guide/cgroup-v2.rst; block/blk-cgroup.c.
"""
from libc.stdint cimport uint64_t
from libc.string cimport memcmp, memset
from hzstat._scan cimport end_of_number, scan_u64, skip_spaces, token_size
from hzstat._source cimport EXPECTED_NAME, EXPECTED_NEWLINE, Source, lay_out

cdef struct Row:
    uint64_t major, minor
    uint64_t rbytes, wbytes, rios, wios, dbytes, dios
    uint64_t present        # bit i: field i of the row was printed

cdef enum:
    KEYS = 6
    HEAD_FIELDS = 2         # major, minor

cdef const char* NAMES[KEYS]
NAMES[:] = [b"rbytes=", b"wbytes=", b"rios=", b"wios=", b"dbytes=", b"dios="]
cdef Py_ssize_t SIZES[KEYS]
SIZES[:] = [7, 7, 5, 5, 7, 5]


cdef class IoStatSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "cgroup/io.stat", row, sizeof(Row))
        self.may_be_empty = True

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Py_ssize_t count = 0
        cdef Py_ssize_t token
        cdef Row spare
        cdef Row* row = &spare
        cdef Row device
        cdef bint starts_line = True
        cdef int fault = 0
        if not whole(text, size):
            offset[0] = size
            return EXPECTED_NEWLINE
        while p < end:
            token = token_size(p, end)
            if is_device(p, token, &device):
                row = (<Row*>rows) + count if count < max_rows else &spare
                row[0] = device
                count += 1
                p += token
            elif starts_line:
                fault = EXPECTED_NAME
            else:
                fault = parse_value(&p, end, token, row)
            if fault:
                offset[0] = p - text
                return fault
            skip_spaces(&p, end)
            starts_line = p < end and p[0] == c'\n'
            p += starts_line
        return count


cdef inline bint whole(const char* text, Py_ssize_t size) noexcept nogil:
    """Whether the text ends with its last line, or as those kernels end it: with a device and a
    space."""
    cdef const char* end = text + size
    cdef const char* p
    cdef Row row
    if size == 0 or text[size - 1] == c'\n':
        return True
    while end > text and (end - 1)[0] == c' ':
        end -= 1
    p = end
    while p > text and (p - 1)[0] != c' ' and (p - 1)[0] != c'\n':
        p -= 1
    return end < text + size and is_device(p, end - p, &row)


cdef inline bint is_device(const char* p, Py_ssize_t size, Row* row) noexcept nogil:
    """`8:0`, and nothing else."""
    cdef const char* end = p + size
    memset(row, 0, sizeof(Row))
    if scan_u64(&p, end, &row.major) or p == end or p[0] != c':':
        return False
    p += 1
    row.present = (1 << HEAD_FIELDS) - 1
    return scan_u64(&p, end, &row.minor) == 0 and p == end


cdef inline int parse_value(const char** at, const char* end, Py_ssize_t size,
                            Row* row) noexcept nogil:
    """One token that is no device: taken if its key is known, else passed over."""
    cdef uint64_t* value = &row.rbytes
    cdef uint64_t number = 0
    cdef uint64_t bit
    cdef int key
    cdef int fault
    for key in range(KEYS):
        if size >= SIZES[key] and memcmp(at[0], NAMES[key], <size_t>SIZES[key]) == 0:
            at[0] += SIZES[key]
            fault = scan_u64(at, end, &number)
            if fault == 0:
                fault = end_of_number(at[0], end)
            bit = <uint64_t>1 << (HEAD_FIELDS + key)
            if fault == 0 and not row.present & bit:
                value[key] = number
                row.present |= bit
            return fault
    at[0] += size
    return 0
