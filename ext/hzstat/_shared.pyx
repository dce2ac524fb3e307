"""Shared memory without a name: a memfd, reserved whole and mapped.

Nothing is left behind whatever is killed, a container's small /dev/shm doesn't bound it, and a
shortage of memory is an OSError here instead of a SIGBUS later (design.md, decision 1).
"""
from libc.errno cimport ENOMEM, errno
from posix.mman cimport MAP_FAILED, MAP_SHARED, PROT_READ, PROT_WRITE, mmap, munmap
from posix.unistd cimport close as posix_close

import os
from fcntl import F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK, fcntl

cdef extern from "<sys/mman.h>" nogil:
    int madvise(void* address, size_t size, int advice)

cdef extern from *:
    """
    #ifndef MADV_POPULATE_WRITE
    #define MADV_POPULATE_WRITE 23      /* since Linux 5.14 */
    #endif
    """
    int MADV_POPULATE_WRITE


cdef class Segment:
    def __cinit__(self, *args, **kwargs):
        self.fd = -1

    def __init__(self, Py_ssize_t size, *, str name="hzstat", int fd=-1):
        """Reserve `size` bytes, or map the segment that `fd` refers to (it is taken over)."""
        if fd < 0:
            fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            self.fd = fd        # closed with this, whatever comes in between
            try:
                # The kernel would hand out what it has, and then end whole processes.
                if size > os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"):
                    raise OSError(ENOMEM, os.strerror(ENOMEM))
                os.posix_fallocate(fd, 0, size)
                # Nobody who gets hold of it can take away what others have mapped.
                fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
            except OSError as failure:
                raise OSError(failure.errno, f"no shared memory of {size:,} bytes for {name}: "
                              f"{failure.strerror}; ask for fewer sources, a lower rate or less "
                              "history") from None
        self.map(fd, size, True)

    cdef int map(self, int fd, Py_ssize_t size, bint writable) except -1:
        """Map `size` bytes of what `fd` refers to. It is taken over, also where this fails."""
        cdef int rights = PROT_READ | PROT_WRITE if writable else PROT_READ
        cdef void* base = mmap(NULL, <size_t>size, rights, MAP_SHARED, fd, 0)
        self.fd = fd
        if base == MAP_FAILED:
            raise OSError(errno, f"can't map {size:,} bytes of shared memory: "
                          f"{os.strerror(errno)}; ask for fewer sources, a lower rate or less "
                          "history, or raise the limit of address space (ulimit -v)")
        self.size = size
        self.base = <char*>base
        self.writable = writable
        return 0

    def __dealloc__(self):
        if self.base != NULL:
            munmap(self.base, <size_t>self.size)
        if self.fd >= 0:
            posix_close(self.fd)

    def touch(self):
        """Map all of its pages now: met one by one, each would cost its first writer a fault, which
        in a virtual machine is as much as half a wake-up. An older kernel leaves it at that."""
        with nogil:
            madvise(self.base, <size_t>self.size, MADV_POPULATE_WRITE)

    def __reduce__(self):
        # While a child is spawned, multiprocessing hands it the fd; there is no other way in.
        from multiprocessing.reduction import DupFd
        return attach, (type(self), DupFd(self.fd), self.shape())

    def shape(self):
        """What type(self).attach needs besides the fd."""
        return (self.size,)


def attach(kind, handle, shape):
    """Unpickle a Segment in a child: map the very memory that its parent has."""
    return kind(*shape, fd=handle.detach())
