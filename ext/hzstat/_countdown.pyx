"""The countdown of the benchmark, without the GIL."""
from libc.stdint cimport int64_t, uint64_t
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._shared cimport CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, clock_ns

cdef extern from *:
    """
    #include <stdint.h>
    #if defined(__x86_64__)
    #define HZ_ADD "add $1, %0\\n\\t"
    #elif defined(__aarch64__)
    #define HZ_ADD "add %0, %0, #1\\n\\t"
    #endif
    #ifdef HZ_ADD
    #define HZ_FOUR(once) once once once once
    enum { HZ_CHAIN = 64 };
    static uint64_t hz_chain(uint64_t links) {
        uint64_t sum = 0;
        for (; links; links--)
            __asm__ volatile(HZ_FOUR(HZ_FOUR(HZ_FOUR(HZ_ADD))) : "+r"(sum) : : "cc");
        return sum;
    }
    #else
    enum { HZ_CHAIN = 0 };
    static uint64_t hz_chain(uint64_t links) { return 0; }
    #endif
    """
    uint64_t chain "hz_chain" (uint64_t links) nogil
    uint64_t CHAIN "HZ_CHAIN"

cdef extern from "countdown.h" nogil:
    uint64_t countdown "hz_countdown" (uint64_t n)

cdef extern from "<sys/prctl.h>":
    int prctl(int option, unsigned long argument)
    int PR_SET_PDEATHSIG

cdef extern from "<signal.h>":
    int SIGKILL

cdef extern from "Python.h":
    int PyErr_CheckSignals() except -1

cdef enum:
    A_WHILE = 1 << 24       # decrements from one look at `stop` to the next: some 10 ms


def count(uint64_t n, stop):
    """Count down from `n`: (start, end, CPU time, all in ns, and what is left).

    `stop`: a writable buffer; it ends when its first byte isn't 0 any more, or in the main thread
    with what a signal's handler raises, within some 10 ms. Start and end are of CLOCK_MONOTONIC,
    CPU time is this thread's.
    """
    cdef Py_buffer view
    cdef uint64_t part
    cdef int64_t start, end, cpu
    hold(&view, stop, True)
    try:
        with nogil:
            cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID)
            start = clock_ns(CLOCK_MONOTONIC)
            while n and not (<volatile char*>view.buf)[0]:
                part = n if n < A_WHILE else A_WHILE
                n = n - part + countdown(part)
                if n:
                    with gil:
                        PyErr_CheckSignals()
            end = clock_ns(CLOCK_MONOTONIC)
            cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu
    finally:
        PyBuffer_Release(&view)
    return start, end, cpu, n


def end_with_parent():
    """From now on this process is killed when the thread that started it ends."""
    prctl(PR_SET_PDEATHSIG, SIGKILL)


def cycle_ns(uint64_t cycles):
    """How long a cycle of this CPU takes now, in ns, over so many of them: as long as an addition
    in a chain of them, each of which waits for the one before. None where that isn't known."""
    cdef int64_t cpu
    cdef uint64_t added
    if CHAIN == 0:
        return None
    with nogil:
        cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID)
        added = chain(cycles // CHAIN)
        cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu
    return cpu / <double>added if added else None
