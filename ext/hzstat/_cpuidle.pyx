"""/sys/devices/system/cpu/cpu*/cpuidle/state*/time: how long each CPU was in each idle state.

    cpu0/cpuidle/state0/time:0
    cpu0/cpuidle/state1/time:8583792071
    cpu1/cpuidle/state0/time:0

The text is made of all those files, with their names (see _parts); a row a CPU. In us since
the cpuidle driver took the CPU over, and booked when an idle state is left: a CPU that sleeps
on shows nothing until it wakes up. The lines of an offline CPU are missing where its driver
takes the files away, and stand still where it leaves them.
Kernel document: Documentation/admin-guide/pm/cpuidle.rst; drivers/cpuidle/sysfs.c.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memset
from hzstat._scan cimport add_overflows, scan_byte, scan_text, scan_u64
from hzstat._source cimport EXPECTED_NEWLINE, EXPECTED_SMALLER, EXPECTED_TEXT, Source, lay_out

cdef struct Row:
    int64_t cpu
    uint64_t idle_us, states


cdef class CpuidleSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "cpuidle", row, sizeof(Row))
        self.files = "cpu[0-9]*/cpuidle/state[0-9]*/time"

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Py_ssize_t count = 0
        cdef Row row
        cdef int64_t cpu = 0
        cdef int fault = EXPECTED_TEXT if size == 0 else 0
        row.cpu = -1
        while fault == 0 and p < end:
            fault = parse_cpu(&p, end, &cpu)
            if fault == 0 and cpu != row.cpu:
                count += 1
                row.cpu = cpu
                row.idle_us = row.states = 0
            if fault == 0:
                fault = parse_state(&p, end, &row)
            if fault == 0 and count <= max_rows:
                (<Row*>rows)[count - 1] = row
        if fault:
            offset[0] = p - text
            return fault
        return count


cdef inline int parse_cpu(const char** at, const char* end, int64_t* cpu) noexcept nogil:
    """`cpu12`, the number below 2^31."""
    cdef const char* number
    cdef uint64_t found = 0
    cdef int fault = scan_text(at, end, b"cpu", 3)
    if fault:
        return fault
    number = at[0]
    fault = scan_u64(at, end, &found)
    if fault == 0 and found >> 31:
        at[0] = number
        return EXPECTED_SMALLER
    cpu[0] = <int64_t>found
    return fault


cdef inline int parse_state(const char** at, const char* end, Row* row) noexcept nogil:
    """The rest of a line, whose time is added to the row's."""
    cdef const char* number
    cdef uint64_t state = 0, time_us = 0
    cdef int fault = scan_text(at, end, b"/cpuidle/state", 14)
    if fault == 0:
        fault = scan_u64(at, end, &state)
    if fault == 0:
        fault = scan_text(at, end, b"/time:", 6)
    if fault:
        return fault
    number = at[0]
    fault = scan_u64(at, end, &time_us)
    if fault == 0 and add_overflows(row.idle_us, time_us, &row.idle_us):
        at[0] = number
        return EXPECTED_SMALLER
    if fault == 0:
        fault = scan_byte(at, end, c'\n', EXPECTED_NEWLINE)
    row.states += 1
    return fault
