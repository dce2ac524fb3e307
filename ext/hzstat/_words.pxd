from libc.stdint cimport uint32_t, uint64_t
from hzstat._shared cimport Segment

cdef struct Word:
    uint64_t value
    uint32_t bell           # changed by whoever wakes those that wait
    uint32_t padding
    uint64_t[6] spare

cdef class Words(Segment):
    """`count` words, which begin as 0."""
    cdef readonly int count
    cdef Word* first
    cdef Word* at(self, int number) except NULL
