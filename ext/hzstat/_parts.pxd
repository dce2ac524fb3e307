cdef struct Part:
    const char* label       # its path below the root, and a colon
    Py_ssize_t label_size
    const char* path
    int fd

cdef class Parts:
    """Files of one line each, which make one text together."""
    cdef list kept          # the bytes that the parts point into
    cdef Part* part
    cdef Py_ssize_t count
    cdef Py_ssize_t most_open           # the others are opened anew by each read
    cdef readonly Py_ssize_t room       # bytes that the text takes at most
    cdef Py_ssize_t read(self, char* text) noexcept nogil
    cdef void close(self) noexcept nogil
