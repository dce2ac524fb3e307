"""/proc/PID/stat: one process.

    2809 (cat) R 2807 2807 1099 34816 2807 4194304 113 0 0 0 0 0 0 0 20 0 1 0 314354 3133440 …

Times in ticks of USER_HZ, rss in pages, addresses and vsize in bytes. comm may hold any byte but
NUL: it lies between the first `(` and the last `)`. 24 columns are always there, 44 since Linux
2.6.24, 52 since 3.5; further ones are ignored. (pid, starttime) identifies a process, as a pid is
given again.
Kernel document: Documentation/filesystems/proc.rst, 1.1, table 1-4; fs/proc/array.c.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memchr, memcpy, memset
from hzstat._scan cimport (end_of_number, scan_byte, scan_i64, scan_last, scan_plain_numbers,
                           scan_text, scan_u64, skip_spaces)
from hzstat._source cimport (EXPECTED_KEY, EXPECTED_NAME, EXPECTED_SEPARATOR, Source, lay_out)

cdef extern from "<string.h>" nogil:
    const void* memrchr(const void* text, int byte, size_t size)

cdef struct Row:
    uint64_t pid
    uint64_t comm[8]        # 64 bytes, NUL-padded
    uint64_t state[1]       # one letter
    int64_t ppid, pgrp, session, tty_nr, tpgid
    uint64_t flags, minflt, cminflt, majflt, cmajflt, utime, stime
    int64_t cutime, cstime, priority, nice, num_threads, itrealvalue
    uint64_t starttime, vsize, rss, rsslim, startcode, endcode, startstack, kstkesp, kstkeip
    uint64_t signal, blocked, sigignore, sigcatch, wchan, nswap, cnswap
    int64_t exit_signal, processor
    uint64_t rt_priority, policy, delayacct_blkio_ticks, guest_time
    int64_t cguest_time
    uint64_t start_data, end_data, start_brk, arg_start, arg_end, env_start, env_end
    int64_t exit_code
    uint64_t present        # bit i: field i of the row was printed

# The columns behind the state, in order: i is signed, as in Row.
cdef const char* COLUMNS = b"iiiiiuuuuuuuiiiiiiuuuuuuuuuuuuuuuuiiuuuuiuuuuuuui"

cdef enum:
    MOST = 49
    FEWEST = 21             # to rss
    HEAD_FIELDS = 3         # pid, comm, state
    TPGID = 4
    SIGNED = 14             # columns, but for tpgid

cdef int SIGNED_COLUMNS[SIGNED]
SIGNED_COLUMNS[:] = [i for i in range(MOST) if COLUMNS[i] == c'i' and i != TPGID]


cdef class PidStatSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "PID/stat", row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Row spare
        cdef Row* row = <Row*>rows if max_rows > 0 else &spare
        cdef int fault = parse_head(&p, end, row)
        if fault == 0:
            fault = parse_columns(&p, end, row)
        if fault:
            offset[0] = p - text
            return fault
        return 1


cdef inline int parse_head(const char** at, const char* end, Row* row) noexcept nogil:
    """pid, comm and state."""
    cdef const char* last
    cdef Py_ssize_t size
    cdef int fault = scan_u64(at, end, &row.pid)
    if fault == 0:
        fault = scan_text(at, end, b" (", 2)
    if fault:
        return fault
    last = <const char*>memrchr(at[0], c')', <size_t>(end - at[0]))
    size = last - at[0] if last != NULL else -1
    if size < 0 or size > <Py_ssize_t>sizeof(row.comm) or memchr(at[0], 0, <size_t>size):
        return EXPECTED_NAME
    memset(row.comm, 0, sizeof(row.comm))
    memcpy(row.comm, at[0], <size_t>size)
    at[0] = last + 1
    fault = scan_byte(at, end, c' ', EXPECTED_SEPARATOR)
    if fault:
        return fault
    if at[0] == end or at[0][0] == c' ' or at[0][0] == c'\n' or at[0][0] == 0:
        return EXPECTED_KEY
    row.state[0] = 0
    (<char*>row.state)[0] = at[0][0]
    at[0] += 1
    return 0


cdef inline int parse_columns(const char** at, const char* end, Row* row) noexcept nogil:
    cdef uint64_t* column = <uint64_t*>&row.ppid
    cdef int count = 0
    cdef int fault
    if parse_plain_columns(at, end, column):
        count = MOST
    while count < MOST:
        skip_spaces(at, end)
        if count >= FEWEST and at[0] < end and at[0][0] == c'\n':
            break
        fault = parse_column(at, end, column, count)
        if fault:
            return fault
        count += 1
    row.present = ((<uint64_t>1 << HEAD_FIELDS) << count) - 1
    memset(column + count, 0, (MOST - count) * sizeof(uint64_t))
    return scan_last(at, end)


cdef inline bint parse_plain_columns(const char** at, const char* end,
                                     uint64_t* column) noexcept nogil:
    """All columns, of which only tpgid may have a minus, as is usual; False: look closer."""
    cdef const char* p = at[0]
    cdef uint64_t signs = 0
    cdef int i
    if (not scan_plain_numbers(&p, end, column, TPGID) or parse_column(&p, end, column, TPGID)
            or not scan_plain_numbers(&p, end, column + TPGID + 1, MOST - TPGID - 1)):
        return False
    for i in range(SIGNED):
        signs |= column[SIGNED_COLUMNS[i]]
    if signs >> 63:         # too large for what is signed
        return False
    at[0] = p
    return True


cdef inline int parse_column(const char** at, const char* end, uint64_t* column,
                             int i) noexcept nogil:
    cdef int fault
    skip_spaces(at, end)
    if COLUMNS[i] == c'i':
        fault = scan_i64(at, end, <int64_t*>column + i)
    else:
        fault = scan_u64(at, end, column + i)
    return fault if fault else end_of_number(at[0], end)
