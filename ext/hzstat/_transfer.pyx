"""The two ends of a ring in C, as a sampler's loop and a reader without the GIL have them: for the
benchmark of transports alone.

A record's first word is its tick (1, 2, …), the second the time when it was sent (at a given rate
alone: at full speed a look at the clock would cost as much as the rest). One of the tick END is
the last.
"""
from libc.stdint cimport INT64_MAX, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._ring cimport Cursor, Ring
from hzstat._shared cimport CLOCK_MONOTONIC, add_u32, clock_ns, futex_wait

cdef enum:
    WORD = 8
    ROOM = 64               # records that the receiver takes at once
    A_WHILE = 64            # records from one look at the clock to the next
    NAP_NS = 100000
    SECOND = 1000000000

cdef uint64_t LAST = <uint64_t>-1
END = LAST


def send(Ring ring, double seconds, double rate_hz=0):
    """Publish records for so long, as fast as they go, or so many a second: how many they were."""
    cdef Py_ssize_t size = ring.record_bytes
    cdef uint64_t* record
    cdef uint64_t tick = 0
    cdef int64_t now, end, period = <int64_t>(SECOND / rate_hz) if rate_hz else 0
    cdef uint32_t never = 0
    if not ring.writable or (rate_hz and size < 2 * WORD):
        raise ValueError("a ring to write to, with room for a tick and a time")
    record = <uint64_t*>calloc(1, <size_t>size)
    if record == NULL:
        raise MemoryError
    with nogil:
        now = clock_ns(CLOCK_MONOTONIC)
        end = now + <int64_t>(seconds * SECOND)
        while now < end:
            if period:
                now += period
                while clock_ns(CLOCK_MONOTONIC) < now:
                    futex_wait(&never, 0, now)
                record[1] = <uint64_t>clock_ns(CLOCK_MONOTONIC)
                tick += 1
                record[0] = tick
                ring.publish(record, size)
            else:
                for _ in range(A_WHILE):
                    tick += 1
                    record[0] = tick
                    ring.publish(record, size)
                now = clock_ns(CLOCK_MONOTONIC)
        record[0] = LAST
        if period:
            record[1] = <uint64_t>clock_ns(CLOCK_MONOTONIC)
        ring.publish(record, size)
    free(record)
    return tick


def receive(Ring ring, bint patient, late_ns):
    """Take records until the one of END comes: (how many, how many were lost, and were astray).

    `patient`: sleep until there is one; else nap, so that several gather, as a reader at the
    writer's heels costs both of them most of their speed: they fight for the same cache lines.
    Into `late_ns`, a buffer of 64-bit numbers, goes how long ago each was sent, as far as it has
    room: none, where it has none.
    """
    cdef Py_buffer view
    cdef Cursor cursor
    cdef uint64_t received = 0, astray = 0, tick = 0
    cdef Py_ssize_t words = ring.record_bytes // WORD
    cdef Py_ssize_t copied, n, room
    cdef uint32_t never = 0
    cdef int64_t* late
    cdef uint64_t* records
    cdef uint64_t* record
    cursor.number, cursor.lost, cursor.overtaken = 0, 0, 0
    hold(&view, late_ns, True)
    records = <uint64_t*>malloc(<size_t>(ROOM * words * WORD))
    try:
        if records == NULL:
            raise MemoryError
        late, room = <int64_t*>view.buf, view.len // WORD
        with nogil:
            while tick != LAST:
                copied = ring.gather(&cursor, <char*>records, ROOM, ring.record_bytes)
                for n in range(copied):
                    record = records + n * words
                    if room > 0:
                        late[0] = clock_ns(CLOCK_MONOTONIC) - <int64_t>record[1]
                        late += 1
                        room -= 1
                    astray += record[0] <= tick
                    tick = record[0]
                received += <uint64_t>copied
                if copied == 0:
                    if patient:
                        add_u32(&ring.state.waiting, 1)
                        ring.sleep(cursor.number, INT64_MAX)
                        add_u32(&ring.state.waiting, <uint32_t>-1)
                    else:
                        futex_wait(&never, 0, clock_ns(CLOCK_MONOTONIC) + NAP_NS)
    finally:
        free(records)
        PyBuffer_Release(&view)
    return received - 1, cursor.lost, astray
