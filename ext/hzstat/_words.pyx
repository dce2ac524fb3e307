"""A few 64-bit words that processes share: each is set by one of them, and read or waited for by
any. Each has a cache line of its own, so that one who writes often doesn't slow down the others.
"""
from libc.errno cimport EAGAIN
from libc.stdint cimport int64_t, uint32_t, uint64_t
from hzstat._shared cimport (CLOCK_MONOTONIC, Segment, add_u32, clock_ns, futex_wait, futex_wake,
                             load_acquire, load_acquire_u32, store_release)

cdef enum:
    LONGEST_WAIT = 1000000000       # seconds; so that a deadline in ns fits


cdef class Words(Segment):
    def __init__(self, int count, *, int fd=-1):
        self.count = count
        Segment.__init__(self, count * <Py_ssize_t>sizeof(Word), name="hzstat-words", fd=fd)
        self.first = <Word*>self.base

    def shape(self):
        return (self.count,)

    cdef Word* at(self, int number) except NULL:
        if not 0 <= number < self.count:
            raise IndexError(f"there are {self.count} words, not {number}")
        return self.first + number

    def load(self, int number):
        return load_acquire(&self.at(number).value)

    def store(self, int number, uint64_t value):
        """Set a word that nobody waits for."""
        store_release(&self.at(number).value, value)

    def ring(self, int number, uint64_t value):
        """Set a word, and wake who waits for it."""
        cdef Word* word = self.at(number)
        store_release(&word.value, value)
        add_u32(&word.bell, 1)
        futex_wake(&word.bell)

    def wait(self, int number, uint64_t seen, double timeout):
        """Sleep until the word isn't `seen` any more, at most `timeout` seconds; its value.

        A signal ends the sleep early, so that Python's handlers run."""
        cdef Word* word = self.at(number)
        cdef int64_t deadline = clock_ns(CLOCK_MONOTONIC) + <int64_t>(
            min(max(timeout, 0), LONGEST_WAIT) * 1e9)
        cdef uint32_t bell
        cdef int why = 0
        with nogil:
            while why == 0 or why == EAGAIN:        # woken, or the bell had just been rung
                bell = load_acquire_u32(&word.bell)
                if load_acquire(&word.value) != seen:
                    break
                why = futex_wait(&word.bell, bell, deadline)
        return load_acquire(&word.value)
