"""An end with the caller's, or when it is due, whatever Python is doing: nothing here needs the
GIL, which an instrument's library may hold for as long as it waits."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from hzstat._shared cimport (CLOCK_MONOTONIC, clock_ns, futex_wait, load_acquire, load_acquire_u32,
                             store_release)
from hzstat._words cimport Word, Words

cdef extern from "<poll.h>" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd* fds, unsigned long count, int timeout_ms)
    short POLLIN

cdef extern from "<signal.h>" nogil:
    int kill(int pid, int number)
    int SIGKILL, SIGTERM

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


def end_at(int64_t due_ns, int64_t tidy_ns, Words words, int done, int ended):
    """Unless words[done] is set by `due_ns` (CLOCK_MONOTONIC), send this process a SIGTERM, and
    `tidy_ns` later a SIGKILL; words[ended] says when that began. Call it in a thread."""
    cdef Word* as_done = words.at(done)
    cdef Word* as_ended = words.at(ended)
    with nogil:
        if not is_set(as_done, due_ns):
            store_release(&as_ended.value, <uint64_t>clock_ns(CLOCK_MONOTONIC))
            kill(getpid(), SIGTERM)
            if not is_set(as_done, due_ns + tidy_ns):
                kill(getpid(), SIGKILL)


cdef bint is_set(Word* word, int64_t due_ns) noexcept nogil:
    """Wait for the word to be set, until it is `due_ns`: is it?"""
    cdef uint32_t bell
    while clock_ns(CLOCK_MONOTONIC) < due_ns:
        bell = load_acquire_u32(&word.bell)
        if load_acquire(&word.value):
            return True
        futex_wait(&word.bell, bell, due_ns)
    return load_acquire(&word.value) != 0
