"""Reading a /proc file whole, at the kernel's own cost: one open fd, pread to the end."""
from libc.errno cimport EFBIG, EINTR, ENOMEM, errno
from libc.stdlib cimport free, malloc, realloc
from posix.fcntl cimport O_CLOEXEC, O_NONBLOCK, O_RDONLY
from posix.unistd cimport close as posix_close, pread
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._parts cimport Parts
from hzstat._shared cimport CLOCK_MONOTONIC, clock_ns
from hzstat._source cimport EXPECTED_TEXT, Source

import os

from hzstat._source import expected
from hzstat.errors import ParseError, SourceUnavailable

cdef extern from *:
    int atomic_exchange "__atomic_exchange_n" (int* target, int value, int order) nogil
    void atomic_store "__atomic_store_n" (int* target, int value, int order) nogil
    int ACQUIRE "__ATOMIC_ACQUIRE"
    int RELEASE "__ATOMIC_RELEASE"

cdef extern from "<fcntl.h>" nogil:
    int openat(int folder, const char* path, int flags)
    int AT_FDCWD

cdef enum:
    FIRST_CAPACITY = 16384
    ROOM = 4096     # seq_file hands out about a page at a time: offer it at least that
    MOST = 1 << 28  # a million interfaces have half of it; /dev/zero in some tree has no end


cdef int generation = 1     # how many forks lie between the first process and this one


def forked():
    global generation
    generation += 1


os.register_at_fork(after_in_child=forked)


def unavailable(str path, Py_ssize_t size):
    """The SourceUnavailable for what fill() returned instead of a size above 0."""
    return SourceUnavailable(path, os.strerror(<int>-size) if size else
                             "it is empty: masked in this container, or not offered by this kernel",
                             <int>-size)


def error_of(str path, int status, Py_ssize_t offset):
    """The error that a record's `status` stands for: an errno, or a parser's negative code."""
    if status > 0 or status == EXPECTED_TEXT:
        return unavailable(path, -status if status > 0 else 0)
    return ParseError(path, offset, expected(status))


cdef class FileReader:
    def __cinit__(self, *args, **kwargs):
        self.c_path = b""
        self.folder = AT_FDCWD
        self.fd = -1
        self.capacity = FIRST_CAPACITY
        self.text = <char*>malloc(FIRST_CAPACITY)
        if self.text == NULL:
            raise MemoryError

    def __init__(self, str path, Source source=None, int folder=-1):
        """`source` may be set later, once text_now() has shown what is in the file. With `folder`,
        an open one that stays open, the file is the one of `path`'s last name in it. A source of
        many files has them all read, each as a line that begins with its name."""
        if self.path is not None:
            raise RuntimeError(f"this reader is {self.path}'s: make another one")
        if "\0" in path:
            raise ValueError(f"no path has a NUL in it: {path!r}")
        self.path = path
        self.raw_path = os.fsencode(path if folder < 0 else os.path.basename(path))
        self.c_path = self.raw_path
        self.folder = folder if folder >= 0 else AT_FDCWD
        self.source = source
        if source is not None and source.files:
            self.parts = Parts(path, source.files)
            if self.grow(self.parts.room):
                raise MemoryError

    def __dealloc__(self):
        if self.fd >= 0:
            posix_close(self.fd)
        free(self.text)

    cdef int grow(self, Py_ssize_t room) noexcept nogil:
        """Make room for so many bytes at least: 0, or ENOMEM or EFBIG."""
        cdef Py_ssize_t capacity = self.capacity
        cdef char* larger
        if room > MOST:
            return EFBIG
        while capacity < room:
            capacity *= 2
        larger = <char*>realloc(self.text, <size_t>capacity)
        if larger == NULL:
            return ENOMEM
        self.text = larger
        self.capacity = capacity
        return 0

    cdef Py_ssize_t fill(self) noexcept nogil:
        """Read the file to its end into the buffer: its size, or a negative errno.

        A short read is not the end of the file (/proc/net/dev comes a page at a time), only an
        empty one is. After a failure the file is opened anew by the next call, so that a source
        which comes back is read again.
        """
        cdef Py_ssize_t got
        cdef int failure
        if self.parts is not None:
            self.size = self.parts.read(self.text)
            return self.size
        if self.fd < 0:
            # In another tree (root) a pipe may be in its place, which would keep us for ever.
            self.fd = openat(self.folder, self.c_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            if self.fd < 0:
                self.size = -errno
                return self.size
        self.size = 0
        while True:
            failure = self.grow(self.capacity + 1) if self.capacity - self.size < ROOM else 0
            if failure:
                self.size = -failure
                return self.size
            got = pread(self.fd, self.text + self.size, <size_t>(self.capacity - self.size),
                        self.size)
            if got > 0:
                self.size += got
            elif got == 0:
                return self.size
            elif errno != EINTR:
                self.size = -errno
                posix_close(self.fd)
                self.fd = -1
                return self.size

    cdef int lock(self) except -1:
        # A child that was forked while another thread read has no such thread.
        if atomic_exchange(&self.busy, generation, ACQUIRE) == generation:
            raise RuntimeError(f"this Reader of {self.path} is in use by another thread: "
                               "give each thread a Reader of its own")
        return 0

    cdef void leave(self) noexcept:
        atomic_store(&self.busy, 0, RELEASE)

    def error(self, int status, Py_ssize_t offset):
        """The error for a read of this file that failed; see error_of()."""
        return error_of(self.path, status, offset)

    def text_now(self):
        """Read the file; its bytes. SourceUnavailable where it can't be read, or is empty and
        its source, if it is known, shouldn't be."""
        cdef Py_ssize_t size
        self.lock()
        try:
            self.time_ns = clock_ns(CLOCK_MONOTONIC)
            with nogil:
                size = self.fill()
            if size < 0 or (size == 0 and (self.source is None
                                           or not self.source.may_be_empty)):
                raise self.error(<int>-size if size else EXPECTED_TEXT, 0)
            return self.text[:size]
        finally:
            self.leave()

    def read_into(self, rows):
        """Read the file into `rows`, a writable buffer of whole rows; how many rows it has.

        Rows beyond the room in `rows` are counted and not stored. Nothing is allocated, and the
        GIL is released while the kernel works. Raises SourceUnavailable and ParseError, and
        ValueError where the items of `rows` aren't this source's rows.
        """
        cdef Py_buffer view
        cdef Py_ssize_t size, count
        cdef Py_ssize_t offset = 0
        cdef Source source = self.source        # which another thread may set meanwhile
        # Rows that know their time have to be told it; others cost no look at a clock.
        cdef bint stamp = type(rows) is self.stamped
        cdef int64_t began = 0
        hold(&view, rows, True)
        try:
            if source is None or source.row_bytes == 0:
                raise TypeError(f"no source was set for {self.path}: what should parse it?")
            if view.itemsize != 1 and view.itemsize != source.row_bytes:
                raise ValueError(f"rows of {source.name} have {source.row_bytes} bytes each, these "
                                 f"have {view.itemsize}: use the reader's dtype")
            self.lock()
            with nogil:
                if stamp:
                    began = clock_ns(CLOCK_MONOTONIC)
                size = self.fill()
                if size > 0 or (size == 0 and source.may_be_empty):
                    count = source.parse(self.text, size, <char*>view.buf,
                                         view.len // source.row_bytes, &offset)
                else:
                    count = size if size else EXPECTED_TEXT
            self.leave()
        finally:
            PyBuffer_Release(&view)
        if count < 0:
            raise self.error(<int>(-size if size < 0 else count), offset)
        if stamp:
            rows.about(source.name, began, (<object>self).process)
        return count

    def close(self):
        """Close the file; a later read opens it again, but not from a folder."""
        self.lock()
        if self.folder != AT_FDCWD:
            self.folder = -1            # which is somebody else's to close
        if self.fd >= 0:
            posix_close(self.fd)
            self.fd = -1
        if self.parts is not None:
            self.parts.close()
        self.leave()
