from libc.stdint cimport int64_t, uint32_t, uint64_t
from hzstat._shared cimport Segment

cdef struct RingState:
    # What a stranger has to know to read it, written once.
    char[8] magic
    uint64_t version
    uint64_t record_bytes
    uint64_t slots
    uint64_t about_bytes
    uint64_t[3] padding     # what follows is written all the time: a cache line of its own
    uint64_t head           # records published so far
    uint32_t bell           # its low bits, for waiting readers to sleep on
    uint32_t waiting        # how many do
    uint32_t ended          # nothing will follow

cdef struct Cursor:
    uint64_t number         # of the record that comes next
    uint64_t lost           # records that were overwritten before they were copied
    uint64_t overtaken      # those of them that were, in part
    uint64_t needs          # bytes of the record that comes next, if it found no room; else 0

cdef class Ring(Segment):
    """The last `slots` records of one writer, for any number of readers."""
    cdef readonly Py_ssize_t record_bytes
    cdef readonly Py_ssize_t slots
    cdef Py_ssize_t slot_bytes
    cdef RingState* state
    cdef char* first        # the first slot
    cdef void publish(self, const uint64_t* record, Py_ssize_t size) noexcept nogil
    cdef Py_ssize_t copy(self, uint64_t number, uint64_t* record, Py_ssize_t most) noexcept nogil
    cdef Py_ssize_t gather(self, Cursor* cursor, char* records, Py_ssize_t room,
                           Py_ssize_t each) noexcept nogil
    cdef void lay_out(self, Py_ssize_t record_bytes, Py_ssize_t slots, Py_ssize_t about_bytes)
    cdef int sleep(self, uint64_t cursor, int64_t deadline) noexcept nogil
    cdef void nap(self, uint64_t cursor, int64_t deadline) noexcept nogil
