"""The ring: one writer that never waits, any number of readers, over shared memory.

A seqlock per slot, after H.-J. Boehm, "Can seqlocks get along with programming language memory
models?" (MSPC 2012). Record number n (from 0) lives in slot n % slots, whose sequence is 2n+1
while it is written and 2n+2 once it is whole. The payload moves in relaxed atomic words, so a
reader that is overtaken sees a changed sequence and drops what it copied: a torn record is
never handed out. Nothing here waits for a reader; one that falls behind is told how many
records it lost.
"""
from libc.errno cimport EAGAIN
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._shared cimport (CLOCK_MONOTONIC, Segment, add_u32, clock_ns, fence_acquire,
                             fence_full, fence_release, futex_wait, futex_wake, load_acquire,
                             load_acquire_u32, load_relaxed, store_relaxed, store_release,
                             store_release_u32)

cdef enum:
    STATE_BYTES = 4096      # a page of its own before the slots
    WORD = 8
    SLOT_HEAD = 2           # words: the sequence, and the payload's size
    LONGEST_WAIT = 1000000000       # seconds; so that a deadline in ns fits

cdef Py_ssize_t LARGEST = <Py_ssize_t>1 << 62

cdef enum:
    NOT_YET = -1
    OVERWRITTEN = -2


def slots_in(Py_ssize_t size, Py_ssize_t record_bytes):
    """How many slots a ring of `size` bytes has, for records of at most `record_bytes` each."""
    return max(0, size - STATE_BYTES) // (record_bytes + SLOT_HEAD * WORD)


cdef class Ring(Segment):
    def __init__(self, Py_ssize_t record_bytes, Py_ssize_t slots, *, str name="hzstat-ring",
                 int fd=-1):
        """Room for `slots` records of at most `record_bytes` (a multiple of 8) each."""
        if (record_bytes <= 0 or record_bytes % WORD or slots < 2
                or record_bytes > LARGEST // slots - SLOT_HEAD * WORD):
            raise ValueError(f"a ring has 2 or more slots of whole 8-byte words, 2^62 bytes at "
                             f"most, not {slots} of {record_bytes} bytes")
        self.record_bytes = record_bytes
        self.slots = slots
        self.slot_bytes = record_bytes + SLOT_HEAD * WORD
        Segment.__init__(self, STATE_BYTES + slots * self.slot_bytes, name=name, fd=fd)
        self.state = <RingState*>self.base

    def shape(self):
        return self.record_bytes, self.slots

    cdef void publish(self, const uint64_t* record, Py_ssize_t size) noexcept nogil:
        """Make `size` bytes (whole words, at most record_bytes) the newest record."""
        cdef uint64_t number = load_relaxed(&self.state.head)
        cdef uint64_t* slot = <uint64_t*>(self.base + STATE_BYTES + <Py_ssize_t>(
            number % <uint64_t>self.slots) * self.slot_bytes)
        cdef Py_ssize_t word
        store_relaxed(slot, 2 * number + 1)
        fence_release()
        store_relaxed(slot + 1, <uint64_t>size)
        for word in range(size // WORD):
            store_relaxed(slot + SLOT_HEAD + word, record[word])
        store_release(slot, 2 * number + 2)
        store_release(&self.state.head, number + 1)
        store_release_u32(&self.state.bell, <uint32_t>(number + 1))
        fence_full()        # the bell, before we look whether anyone sleeps on it
        if load_acquire_u32(&self.state.waiting):
            futex_wake(&self.state.bell)

    cdef Py_ssize_t copy(self, uint64_t number, uint64_t* record) noexcept nogil:
        """Copy record `number`: its size in bytes, or NOT_YET, or OVERWRITTEN."""
        cdef uint64_t* slot = <uint64_t*>(self.base + STATE_BYTES + <Py_ssize_t>(
            number % <uint64_t>self.slots) * self.slot_bytes)
        cdef uint64_t sequence = load_acquire(slot)
        cdef uint64_t size
        cdef Py_ssize_t word
        if sequence != 2 * number + 2:
            return OVERWRITTEN if sequence > 2 * number + 2 else NOT_YET
        size = load_relaxed(slot + 1)
        if size > <uint64_t>self.record_bytes:      # half of another record's head
            return OVERWRITTEN
        for word in range(<Py_ssize_t>size // WORD):
            record[word] = load_relaxed(slot + SLOT_HEAD + word)
        fence_acquire()
        return <Py_ssize_t>size if load_relaxed(slot) == sequence else OVERWRITTEN

    @property
    def head(self):
        """How many records have been published since the ring was made."""
        return load_acquire(&self.state.head)

    def put(self, record):
        """Publish the bytes `record`. One process, and one thread of it, may do so."""
        cdef Py_buffer view
        hold(&view, record, False)
        try:
            if view.len > self.record_bytes or view.len % WORD or <size_t>view.buf % WORD:
                raise ValueError(f"a record here has at most {self.record_bytes} bytes, in whole "
                                 f"and aligned 8-byte words: not {view.len}")
            self.publish(<const uint64_t*>view.buf, view.len)
        finally:
            PyBuffer_Release(&view)

    def drain(self, uint64_t cursor, records):
        """Copy records from number `cursor` on into the buffer `records`, oldest first.

        Returns (how many were copied, the cursor behind them, how many were lost because the
        writer had come round). Each takes record_bytes, shorter ones padded with zeros.
        """
        cdef Py_buffer view
        cdef Py_ssize_t room, copied = 0
        cdef uint64_t head, lost = 0
        cdef Py_ssize_t size
        cdef char* target
        hold(&view, records, True)
        try:
            if <size_t>view.buf % WORD:
                raise ValueError("records need a buffer that is aligned to 8 bytes")
            room = view.len // self.record_bytes
            target = <char*>view.buf
            with nogil:
                while copied < room:
                    head = load_acquire(&self.state.head)
                    if cursor >= head:
                        break
                    # The slot that follows the newest may be half written: never count on it.
                    if head - cursor >= <uint64_t>self.slots:
                        lost += head - cursor - <uint64_t>self.slots + 1
                        cursor = head - <uint64_t>self.slots + 1
                    size = self.copy(cursor, <uint64_t*>target)
                    cursor += 1
                    if size < 0:
                        lost += 1
                        continue
                    memset(target + size, 0, <size_t>(self.record_bytes - size))
                    target += self.record_bytes
                    copied += 1
        finally:
            PyBuffer_Release(&view)
        return copied, cursor, lost

    def wait(self, uint64_t cursor, double timeout):
        """Sleep until record number `cursor` is there, at most `timeout` seconds: is it?

        A signal ends the sleep early, so that Python's handlers run.
        """
        cdef long long deadline = clock_ns(CLOCK_MONOTONIC) + <long long>(
            min(timeout, LONGEST_WAIT) * 1e9)
        cdef uint32_t seen
        cdef int ended = 0
        with nogil:
            add_u32(&self.state.waiting, 1)
            while ended == 0 or ended == EAGAIN:    # woken, or the bell had just been rung
                seen = load_acquire_u32(&self.state.bell)
                if load_acquire(&self.state.head) > cursor:
                    break
                ended = futex_wait(&self.state.bell, seen, deadline)
            add_u32(&self.state.waiting, <uint32_t>-1)
        return load_acquire(&self.state.head) > cursor
