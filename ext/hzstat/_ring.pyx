"""The ring: one writer that never waits, any number of readers, over shared memory.

A seqlock per slot, after H.-J. Boehm, "Can seqlocks get along with programming language memory
models?" (MSPC 2012). Record number n (from 0) lives in slot n % slots, whose sequence is 2n+1
while it is written and 2n+2 once it is whole. The payload moves in relaxed atomic words, so a
reader that is overtaken sees a changed sequence and drops what it copied: a torn record is
never handed out. Nothing here waits for a reader; one that falls behind is told how many
records it lost.

Before the slots stands what a stranger has to know to read them, who may come to the memory by
/proc/PID/fd: their sizes, and a text in the words of whoever made the ring (`about`). A stranger
maps it without the right to write, so that nothing he does, and no way in which he ends, can
disturb the writer.
"""
from libc.errno cimport EAGAIN, ETIMEDOUT
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._shared cimport (CLOCK_MONOTONIC, Segment, add_u32, clock_ns, fence_acquire,
                             fence_full, fence_release, futex_wait, futex_wake, load_acquire,
                             load_acquire_u32, load_relaxed, store_relaxed, store_release,
                             store_release_u32)

import os
from fcntl import F_GET_SEALS, F_SEAL_SHRINK, fcntl

cdef enum:
    ABOUT_AT = 128          # the text about the ring, behind its state
    PAGE = 4096             # the slots begin on one
    WORD = 8
    SLOT_HEAD = 2           # words: the sequence, and the payload's size
    LONGEST_WAIT = 1000000000       # seconds; so that a deadline in ns fits
    SHORTEST_NAP_NS = 1000000       # of a reader who can't ask to be woken
    LONGEST_NAP_NS = 50000000

cdef const char* MAGIC = b"hz ring\n"
VERSION = 2                 # of all this: a stranger may be of another hzstat
cdef Py_ssize_t LARGEST = <Py_ssize_t>1 << 62
cdef Py_ssize_t LARGEST_ABOUT = 1 << 24

cdef enum:
    NOT_YET = -1
    OVERWRITTEN = -2
    OVERTAKEN = -3          # overwritten while it was copied


cdef Py_ssize_t slots_at(Py_ssize_t about_bytes) noexcept:
    return (ABOUT_AT + about_bytes + PAGE - 1) // PAGE * PAGE


def slots_in(Py_ssize_t size, Py_ssize_t record_bytes, Py_ssize_t about_bytes=0):
    """How many slots a ring of `size` bytes has, for records of at most `record_bytes` each."""
    return max(0, size - slots_at(about_bytes)) // (record_bytes + SLOT_HEAD * WORD)


cdef class Ring(Segment):
    def __init__(self, Py_ssize_t record_bytes, Py_ssize_t slots, *, str name="hzstat-ring",
                 bytes about=b""):
        """Room for `slots` records of at most `record_bytes` (a multiple of 8) each.

        `about` tells strangers what they are; about() gives it back.
        """
        cdef Py_ssize_t about_bytes = len(about)
        if (record_bytes <= 0 or record_bytes % WORD or slots < 2
                or record_bytes > LARGEST // slots - SLOT_HEAD * WORD):
            raise ValueError(f"a ring has 2 or more slots of whole 8-byte words, 2^62 bytes at "
                             f"most, not {slots} of {record_bytes} bytes")
        if about_bytes > LARGEST_ABOUT:
            raise ValueError(f"{about_bytes} bytes about a ring are too many")
        Segment.__init__(self, slots_at(about_bytes)
                         + slots * (record_bytes + SLOT_HEAD * WORD), name=name)
        self.lay_out(record_bytes, slots, about_bytes)
        self.state.version = VERSION
        self.state.record_bytes = <uint64_t>record_bytes
        self.state.slots = <uint64_t>slots
        self.state.about_bytes = <uint64_t>about_bytes
        memcpy(self.base + ABOUT_AT, <const char*>about, <size_t>about_bytes)
        fence_release()     # who sees the magic sees the rest
        memcpy(self.state.magic, MAGIC, 8)

    cdef void lay_out(self, Py_ssize_t record_bytes, Py_ssize_t slots, Py_ssize_t about_bytes):
        self.record_bytes = record_bytes
        self.slots = slots
        self.slot_bytes = record_bytes + SLOT_HEAD * WORD
        self.state = <RingState*>self.base
        self.first = self.base + slots_at(about_bytes)

    @classmethod
    def at(cls, int fd, *, bint writable=False):
        """The ring in the memory that `fd` refers to, to be read. The fd is taken over.

        ValueError where that is no ring, or one of another version: nothing in it is trusted.
        """
        cdef Ring ring = cls.__new__(cls)
        cdef RingState state
        cdef Py_ssize_t size
        ring.fd = fd        # closed with the ring, from here on
        try:
            sealed = fcntl(fd, F_GET_SEALS) & F_SEAL_SHRINK
        except OSError:     # EINVAL: a file of another kind
            sealed = 0
        size = os.fstat(fd).st_size
        # One that could be cut short would end us at the first page that is missing.
        if not sealed or size < PAGE:
            raise ValueError("this is no ring of hzstat")
        ring.map(fd, size, writable)
        # A copy: what was checked can't be changed afterwards.
        memcpy(&state, ring.base, sizeof(RingState))
        if memcmp(state.magic, MAGIC, 8) != 0:
            raise ValueError("this is no ring of hzstat")
        if state.version != VERSION:
            raise ValueError(f"this ring is of version {state.version}, and this hzstat reads "
                             f"version {VERSION}: use the hzstat that made it")
        if not (0 < state.record_bytes <= <uint64_t>size and state.record_bytes % WORD == 0
                and state.about_bytes <= <uint64_t>min(size, LARGEST_ABOUT)
                and 2 <= state.slots <= <uint64_t>size
                and slots_at(<Py_ssize_t>state.about_bytes) <= size
                and state.slots == <uint64_t>slots_in(size, <Py_ssize_t>state.record_bytes,
                                                      <Py_ssize_t>state.about_bytes)
                and (size - slots_at(<Py_ssize_t>state.about_bytes))
                % <Py_ssize_t>(state.record_bytes + SLOT_HEAD * WORD) == 0):
            raise ValueError(f"this ring is damaged: {state.slots} slots of "
                             f"{state.record_bytes} bytes are not in its {size}")
        ring.lay_out(<Py_ssize_t>state.record_bytes, <Py_ssize_t>state.slots,
                     <Py_ssize_t>state.about_bytes)
        return ring

    def __reduce__(self):
        from multiprocessing.reduction import DupFd
        return unpickled, (type(self), DupFd(self.fd), self.writable)

    def about(self):
        """The text that the ring was made with."""
        return (self.base + ABOUT_AT)[:min(self.state.about_bytes,
                                           <uint64_t>(self.first - self.base - ABOUT_AT))]

    cdef void publish(self, const uint64_t* record, Py_ssize_t size) noexcept nogil:
        """Make `size` bytes (whole words, at most record_bytes) the newest record."""
        cdef uint64_t number = load_relaxed(&self.state.head)
        cdef uint64_t* slot = <uint64_t*>(self.first + <Py_ssize_t>(
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

    cdef Py_ssize_t copy(self, uint64_t number, uint64_t* record, Py_ssize_t most) noexcept nogil:
        """Copy record `number`, unless it has more than `most` bytes: its size in bytes, or
        NOT_YET, OVERWRITTEN or OVERTAKEN."""
        cdef uint64_t* slot = <uint64_t*>(self.first + <Py_ssize_t>(
            number % <uint64_t>self.slots) * self.slot_bytes)
        cdef uint64_t sequence = load_acquire(slot)
        cdef uint64_t size
        cdef Py_ssize_t word
        if sequence != 2 * number + 2:
            return OVERWRITTEN if sequence > 2 * number + 2 else NOT_YET
        size = load_relaxed(slot + 1)
        if size > <uint64_t>self.record_bytes:      # half of another record's head
            return OVERWRITTEN
        if size <= <uint64_t>most:
            for word in range(<Py_ssize_t>size // WORD):
                record[word] = load_relaxed(slot + SLOT_HEAD + word)
        fence_acquire()
        return <Py_ssize_t>size if load_relaxed(slot) == sequence else OVERTAKEN

    cdef Py_ssize_t gather(self, Cursor* cursor, char* records, Py_ssize_t room,
                           Py_ssize_t each) noexcept nogil:
        """Copy up to `room` records from the cursor on, oldest first, and move it: how many.

        They get `each` bytes; it stops at one that has more, whose size is in cursor.needs.
        """
        cdef Py_ssize_t copied = 0
        cdef uint64_t head = load_acquire(&self.state.head)
        cdef Py_ssize_t size
        cursor.needs = 0
        while copied < room and cursor.number < head:
            # The slot that follows the newest may be half written: never count on it.
            if head - cursor.number >= <uint64_t>self.slots:
                cursor.lost += head - cursor.number - <uint64_t>self.slots + 1
                cursor.number = head - <uint64_t>self.slots + 1
            size = self.copy(cursor.number, <uint64_t*>records, each)
            if size > each:
                cursor.needs = <uint64_t>size
                break
            cursor.number += 1
            if size < 0:
                cursor.lost += 1
                cursor.overtaken += size == OVERTAKEN
                head = load_acquire(&self.state.head)
                continue
            memset(records + size, 0, <size_t>(each - size))
            records += each
            copied += 1
        return copied

    @property
    def head(self):
        """How many records have been published since the ring was made."""
        return load_acquire(&self.state.head)

    def put(self, record):
        """Publish the bytes `record`. One process, and one thread of it, may do so."""
        cdef Py_buffer view
        hold(&view, record, False)
        try:
            if not self.writable:
                raise ValueError("this ring can be read alone")
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
        return self.drain_short(cursor, records, self.record_bytes)[:3]

    def drain_short(self, uint64_t cursor, records, Py_ssize_t each):
        """drain() for records of at most `each` bytes, which is what they take in the buffer.

        It stops at one that has more, and returns its size behind the rest, 0 where there is none.
        """
        cdef Py_buffer view
        cdef Cursor at
        cdef Py_ssize_t copied
        at.number, at.lost, at.overtaken, at.needs = cursor, 0, 0, 0
        hold(&view, records, True)
        try:
            if each <= 0 or each % WORD or (view.len and <size_t>view.buf % WORD):
                raise ValueError("records are whole 8-byte words, in a buffer that is aligned to "
                                 "them")
            with nogil:
                copied = self.gather(&at, <char*>view.buf, view.len // each, each)
        finally:
            PyBuffer_Release(&view)
        return copied, at.number, at.lost, at.needs

    @property
    def ended(self):
        """Has end() been called?"""
        return load_acquire_u32(&self.state.ended) != 0

    def end(self):
        """Say that no record will follow, to whoever waits for one."""
        if not self.writable:
            raise ValueError("this ring can be read alone")
        store_release_u32(&self.state.ended, 1)
        add_u32(&self.state.bell, 1)
        futex_wake(&self.state.bell)

    def wait(self, uint64_t cursor, double timeout):
        """Sleep until record number `cursor` is there, at most `timeout` seconds: is it?

        A signal ends the sleep early, so that Python's handlers run, and so does end().
        """
        cdef int64_t deadline = clock_ns(CLOCK_MONOTONIC) + <int64_t>(
            min(timeout, LONGEST_WAIT) * 1e9)
        with nogil:
            if self.writable:
                add_u32(&self.state.waiting, 1)
                self.sleep(cursor, deadline)
                add_u32(&self.state.waiting, <uint32_t>-1)
            else:
                self.nap(cursor, deadline)
        return load_acquire(&self.state.head) > cursor

    cdef int sleep(self, uint64_t cursor, int64_t deadline) noexcept nogil:
        """Sleep until the record is there, the ring has ended, or futex_wait says why not."""
        cdef uint32_t seen
        cdef int why = 0
        while why == 0 or why == EAGAIN:    # woken, or the bell had just been rung
            seen = load_acquire_u32(&self.state.bell)
            if load_acquire(&self.state.head) > cursor or load_acquire_u32(&self.state.ended):
                return 0
            why = futex_wait(&self.state.bell, seen, deadline)
        return why

    cdef void nap(self, uint64_t cursor, int64_t deadline) noexcept nogil:
        """sleep() for who can't say that he waits: he has to look up now and then, the less often
        the longer he has waited."""
        cdef int64_t nap_ns = SHORTEST_NAP_NS
        cdef int64_t until
        cdef int why = ETIMEDOUT
        while why == ETIMEDOUT:
            until = min(deadline, clock_ns(CLOCK_MONOTONIC) + nap_ns)
            why = self.sleep(cursor, until)
            if until == deadline:
                break
            nap_ns = min(2 * nap_ns, <int64_t>LONGEST_NAP_NS)


def unpickled(kind, handle, writable):
    """The very ring that a child's parent has."""
    return kind.at(handle.detach(), writable=writable)
