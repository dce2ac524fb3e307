"""Many files of one line each, as sysfs has them, read as one text that says which is which.

    cpu0/cpuidle/state0/time:0
    cpu0/cpuidle/state1/time:8583792071

It is what `grep . cpu*/cpuidle/state*/time` prints in the root. So a parser sees a text as any
other, and knows a file that is away by its line, which isn't there.
"""
from libc.errno cimport EINTR, ENODEV, ENOENT, ENXIO, ESRCH, errno
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from posix.fcntl cimport O_CLOEXEC, O_NONBLOCK, O_RDONLY, open as posix_open
from posix.resource cimport RLIMIT_NOFILE, getrlimit, rlimit
from posix.unistd cimport close as posix_close, pread

import os

cdef enum:
    LINE = 128      # bytes of one file: a number and its newline, and then some


def found(str root, str pattern):
    """The files below `root` that match `pattern`, in the order of the numbers in their names."""
    import re
    from glob import glob
    return sorted(glob(pattern, root_dir=root),
                  key=lambda path: [int(digits) for digits in re.findall("[0-9]+", path)])


cdef class Parts:
    def __cinit__(self, str path, str pattern):
        """`path` ends with `pattern`. The files are those that are there now."""
        cdef rlimit limit
        root = path.removesuffix(pattern)
        self.kept = []
        for name in found(root, pattern):
            self.kept.append((os.fsencode(name) + b":", os.fsencode(root + name)))
        self.count = len(self.kept)
        getrlimit(RLIMIT_NOFILE, &limit)
        self.most_open = <Py_ssize_t>min(limit.rlim_cur // 2, <size_t>self.count)
        self.part = <Part*>calloc(<size_t>self.count + 1, sizeof(Part))
        if self.part == NULL:
            raise MemoryError
        for i, (label, file) in enumerate(self.kept):
            self.part[i] = Part(label, len(label), file, -1)
            self.room += len(label) + LINE

    def __dealloc__(self):
        if self.part != NULL:
            self.close()
        free(self.part)

    cdef Py_ssize_t read(self, char* text) noexcept nogil:
        """Read all into `text`: its size, or a negative errno.

        A file that is no more (its CPU is offline) is left out and looked for by the next read;
        none at all, and any other failure, is an error.
        """
        cdef Py_ssize_t size = 0
        cdef Py_ssize_t got
        cdef int failure = ENOENT
        cdef Part* part
        cdef Py_ssize_t i
        for i in range(self.count):
            part = self.part + i
            memcpy(text + size, part.label, <size_t>part.label_size)
            got = read_line(part, text + size + part.label_size)
            if i >= self.most_open:
                close_part(part)
            if got > 0:
                size += part.label_size + got
                continue
            failure = <int>-got
            if failure != ENOENT and failure != ENODEV and failure != ENXIO and failure != ESRCH:
                return -failure
        return size if size else -failure

    cdef void close(self) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(self.count):
            close_part(self.part + i)


cdef void close_part(Part* part) noexcept nogil:
    if part.fd >= 0:
        posix_close(part.fd)
        part.fd = -1


cdef Py_ssize_t read_line(Part* part, char* line) noexcept nogil:
    """The file's line, up to LINE bytes: its size, or a negative errno. Its newline is the end:
    one pread does, where a file of unknown length takes two."""
    cdef Py_ssize_t size = 0
    cdef Py_ssize_t got
    cdef int failure
    if part.fd < 0:
        part.fd = posix_open(part.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if part.fd < 0:
            return -errno
    while size < LINE:
        got = pread(part.fd, line + size, <size_t>(LINE - size), size)
        if got > 0:
            size += got
            if line[size - 1] == c'\n':
                break
        elif got == 0:
            break
        elif errno != EINTR:
            failure = errno
            close_part(part)
            return -failure
    return size if size else -ENODEV        # empty: as good as away
