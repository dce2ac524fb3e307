from hzstat._source cimport Source

cdef class FileReader:
    """An open /proc file, the buffer that its text is read into, and its parser."""
    cdef public Source source
    cdef readonly str path
    cdef bytes raw_path
    cdef const char* c_path         # inside raw_path
    cdef int fd
    cdef char* text
    cdef Py_ssize_t capacity
    cdef Py_ssize_t size            # of the text in the buffer
    cdef int busy
    cdef Py_ssize_t fill(self) noexcept nogil
    cdef int enter(self) except -1
    cdef int lock(self) except -1
    cdef void leave(self) noexcept
