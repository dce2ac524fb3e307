"""A ring at full speed, for its stress test and the benchmarks alone: a producer and consumers
that never leave C, and records that show it when they aren't whole.

A record's words are its number, words that follow from the number and their place, and a sum over
all of these; how many they are follows from the number, too.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc
from hzstat._ring cimport Cursor, Ring
from hzstat._shared cimport (CLOCK_MONOTONIC, clock_ns, load_acquire, load_relaxed, store_relaxed,
                             store_release)

cdef extern from "<sched.h>" nogil:
    int sched_yield()

cdef enum:
    WORD = 8
    FEWEST_WORDS = 3        # the number, something, and the sum
    SLOT_HEAD = 2
    ROOM = 64               # records that a consumer takes at once


cdef inline uint64_t mixed(uint64_t number) noexcept nogil:
    number = (number ^ (number >> 31)) * <uint64_t>0x9E3779B97F4A7C15
    return number ^ (number >> 29)


cdef inline Py_ssize_t words_of(uint64_t number, uint64_t mix, Py_ssize_t most) noexcept nogil:
    return FEWEST_WORDS + <Py_ssize_t>((mix >> 40) % <uint64_t>(most - FEWEST_WORDS + 1))


cdef inline uint64_t sum_of(const uint64_t* record, Py_ssize_t words) noexcept nogil:
    cdef uint64_t total = 0
    cdef Py_ssize_t word
    for word in range(words):
        total = total * 31 + record[word]
    return total


def produce(Ring ring, uint64_t count):
    """Publish records until there are `count`, each made as it is written: the seconds it took."""
    cdef Py_ssize_t most = ring.record_bytes // WORD
    cdef uint64_t* record
    cdef uint64_t number, mix
    cdef Py_ssize_t words, word
    cdef int64_t start
    if most < FEWEST_WORDS or not ring.writable:
        raise ValueError(f"a ring to write to, with records of {FEWEST_WORDS} words or more")
    record = <uint64_t*>malloc(<size_t>ring.record_bytes)
    if record == NULL:
        raise MemoryError
    with nogil:
        start = clock_ns(CLOCK_MONOTONIC)
        for number in range(load_acquire(&ring.state.head), count):
            mix = mixed(number)
            words = words_of(number, mix, most)
            record[0] = number
            for word in range(1, words - 1):
                record[word] = mix + <uint64_t>word
            record[words - 1] = sum_of(record, words - 1)
            ring.publish(record, words * WORD)
        start = clock_ns(CLOCK_MONOTONIC) - start
    free(record)
    return start / 1e9


cdef class Consumer:
    """A reader of such a ring, that looks at each record it is given."""
    cdef Ring ring
    cdef Cursor cursor
    cdef uint64_t* records
    cdef uint64_t next_number       # the least that may come
    cdef readonly uint64_t read
    cdef readonly uint64_t torn     # their sum, their size, or what follows the size is wrong
    cdef readonly uint64_t astray   # twice, out of order, or never asked for

    def __cinit__(self, Ring ring):
        if ring.record_bytes < FEWEST_WORDS * WORD:
            raise ValueError(f"a ring with records of {FEWEST_WORDS} words or more")
        self.ring = ring
        self.records = <uint64_t*>malloc(<size_t>(ROOM * ring.record_bytes))
        if self.records == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.records)

    @property
    def lost(self):
        return self.cursor.lost

    @property
    def overtaken(self):
        """Of the lost: those that were overwritten while they were copied."""
        return self.cursor.overtaken

    def run(self, uint64_t count, double seconds):
        """Read on as fast as records come, `seconds` at most, until number `count`: is it there?"""
        cdef int64_t deadline = clock_ns(CLOCK_MONOTONIC) + <int64_t>(seconds * 1e9)
        cdef Py_ssize_t copied, n
        cdef uint64_t first
        cdef Py_ssize_t most = self.ring.record_bytes // WORD
        with nogil:
            while self.cursor.number < count:
                first = self.cursor.number
                copied = self.ring.gather(&self.cursor, <char*>self.records, ROOM,
                                          self.ring.record_bytes)
                if first > self.next_number:
                    self.next_number = first
                for n in range(copied):
                    self.look(self.records + n * most, most)
                if copied == 0:
                    sched_yield()       # to the writer, if it has to share this CPU
                if clock_ns(CLOCK_MONOTONIC) > deadline:
                    break
        return self.cursor.number >= count

    cdef void look(self, const uint64_t* record, Py_ssize_t most) noexcept nogil:
        cdef uint64_t number = record[0]
        cdef Py_ssize_t words = words_of(number, mixed(number), most)
        cdef uint64_t rest = 0
        cdef Py_ssize_t word
        self.read += 1
        if sum_of(record, words - 1) != record[words - 1]:
            self.torn += 1
            return
        for word in range(words, most):
            rest |= record[word]
        self.torn += rest != 0
        self.astray += not self.next_number <= number < self.cursor.number
        self.next_number = number + 1


cdef class Unchecked(Ring):
    """A fault, planted to prove that it is found: no second look at the sequence."""
    cdef Py_ssize_t copy(self, uint64_t number, uint64_t* record, Py_ssize_t most) noexcept nogil:
        cdef uint64_t* slot = <uint64_t*>(self.first + <Py_ssize_t>(
            number % <uint64_t>self.slots) * self.slot_bytes)
        cdef Py_ssize_t word
        if load_acquire(slot) != 2 * number + 2:
            return -1
        cdef uint64_t size = load_relaxed(slot + 1)
        if size > <uint64_t>self.record_bytes:
            return -1
        for word in range(<Py_ssize_t>size // WORD):
            record[word] = load_relaxed(slot + SLOT_HEAD + word)
        return <Py_ssize_t>size


cdef class Unmarked(Ring):
    """Another one: a writer that doesn't mark a slot before it writes to it."""
    cdef void publish(self, const uint64_t* record, Py_ssize_t size) noexcept nogil:
        cdef uint64_t number = load_relaxed(&self.state.head)
        cdef uint64_t* slot = <uint64_t*>(self.first + <Py_ssize_t>(
            number % <uint64_t>self.slots) * self.slot_bytes)
        cdef Py_ssize_t word
        store_relaxed(slot + 1, <uint64_t>size)
        for word in range(size // WORD):
            store_relaxed(slot + SLOT_HEAD + word, record[word])
        store_release(slot, 2 * number + 2)
        store_release(&self.state.head, number + 1)
