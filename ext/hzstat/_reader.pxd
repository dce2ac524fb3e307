from libc.stdint cimport int64_t
from hzstat._parts cimport Parts
from hzstat._source cimport Source

cdef class FileReader:
    """An open /proc file, the buffer that its text is read into, and its parser."""
    cdef public Source source
    cdef readonly str path
    cdef bytes raw_path
    cdef const char* c_path         # inside raw_path
    cdef int folder                 # an open folder from which c_path goes, or AT_FDCWD
    cdef int fd
    cdef Parts parts                # the files, where they are many, or None
    cdef char* text
    cdef Py_ssize_t capacity
    cdef Py_ssize_t size            # of the text in the buffer, or a negative errno
    cdef public object stamped      # the type of rows that have a time_ns to be set
    cdef readonly int64_t time_ns   # when text_now() last read, CLOCK_MONOTONIC
    cdef int busy                   # the generation that uses it, or 0
    cdef int grow(self, Py_ssize_t room) noexcept nogil
    cdef Py_ssize_t fill(self) noexcept nogil
    cdef int lock(self) except -1
    cdef void leave(self) noexcept
