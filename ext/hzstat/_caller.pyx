"""An end with the caller's, whatever Python is doing: nothing here needs the GIL, which an
instrument's library may hold for as long as it waits."""

cdef extern from "<poll.h>" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd* fds, unsigned long count, int timeout_ms)
    short POLLIN

cdef extern from "<signal.h>" nogil:
    int kill(int pid, int number)
    int SIGKILL

cdef extern from "<unistd.h>" nogil:
    int getpid()
    int getppid()

cdef enum:
    LOOK_ROUND_MS = 250


def end_with(int caller_fd):
    """Kill this process when the caller ends. `caller_fd`: a pidfd of it, or -1 where the kernel
    has none: then, when another process becomes our parent. It never returns: call it in a
    thread."""
    cdef int parent = getppid()
    cdef pollfd caller
    caller.fd, caller.events, caller.revents = caller_fd, POLLIN, 0
    with nogil:
        while getppid() == parent and poll(&caller, 1, LOOK_ROUND_MS) <= 0:
            pass
        kill(getpid(), SIGKILL)
