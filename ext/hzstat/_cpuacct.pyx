"""cpuacct.usage_percpu of a version 1 cgroup: how long its tasks ran on each CPU.

    7556906271493 8275941262953

In ns, a number for each possible CPU; we number them by their place, as the kernel does but
where its possible CPUs have gaps. Booked when a task leaves the CPU, and at each tick while it
runs. Idle time, and time in interrupts that came while idle, isn't in it.
Kernel document: Documentation/admin-guide/cgroup-v1/cpuacct.rst; kernel/sched/cpuacct.c.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memset
from hzstat._scan cimport end_of_number, scan_u64, skip_spaces
from hzstat._source cimport EXPECTED_TEXT, Source, lay_out

cdef struct Row:
    int64_t cpu
    uint64_t usage_ns


cdef class CpuacctSource(Source):
    def __cinit__(self):
        cdef Row row
        memset(&row, 0xFF, sizeof(Row))
        lay_out(self, "cgroup/cpuacct.usage_percpu", row, sizeof(Row))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* p = text
        cdef const char* end = text + size
        cdef Py_ssize_t count = 0
        cdef Row row
        cdef int fault = EXPECTED_TEXT if size == 0 else 0
        while fault == 0:
            skip_spaces(&p, end)
            if count and p < end and p[0] == c'\n':
                break
            fault = scan_u64(&p, end, &row.usage_ns)
            if fault == 0:
                fault = end_of_number(p, end)
            if fault == 0:
                row.cpu = <int64_t>count
                if count < max_rows:
                    (<Row*>rows)[count] = row
                count += 1
        if fault:
            offset[0] = p - text
            return fault
        return count
