from libc.stdint cimport uint32_t, uint64_t
from hzstat._shared cimport Segment

cdef struct RingState:
    uint64_t head           # records published so far
    uint32_t bell           # its low bits, for waiting readers to sleep on
    uint32_t waiting        # how many do

cdef class Ring(Segment):
    """The last `slots` records of one writer, for any number of readers."""
    cdef readonly Py_ssize_t record_bytes
    cdef readonly Py_ssize_t slots
    cdef Py_ssize_t slot_bytes
    cdef RingState* state
    cdef void publish(self, const uint64_t* record, Py_ssize_t size) noexcept nogil
    cdef Py_ssize_t copy(self, uint64_t number, uint64_t* record) noexcept nogil
