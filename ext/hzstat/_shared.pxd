"""Shared memory between processes, and the atomics and futexes that make it usable."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from *:
    """
    #include <errno.h>
    #include <limits.h>
    #include <linux/futex.h>
    #include <stdint.h>
    #include <sys/syscall.h>
    #include <time.h>
    #include <unistd.h>

    #define hz_load_relaxed(p)      __atomic_load_n(p, __ATOMIC_RELAXED)
    #define hz_load_acquire(p)      __atomic_load_n(p, __ATOMIC_ACQUIRE)
    #define hz_store_relaxed(p, v)  __atomic_store_n(p, v, __ATOMIC_RELAXED)
    #define hz_store_release(p, v)  __atomic_store_n(p, v, __ATOMIC_RELEASE)
    #define hz_add(p, v)            __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST)
    #define hz_fence_acquire()      __atomic_thread_fence(__ATOMIC_ACQUIRE)
    #define hz_fence_release()      __atomic_thread_fence(__ATOMIC_RELEASE)
    #define hz_fence_full()         __atomic_thread_fence(__ATOMIC_SEQ_CST)

    static inline int64_t hz_clock(clockid_t clock) {
        struct timespec now;
        clock_gettime(clock, &now);
        return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    }

    /* Sleep until `word` no longer is `seen`, or until CLOCK_MONOTONIC passes `deadline_ns`. */
    static inline int hz_futex_wait(uint32_t *word, uint32_t seen, int64_t deadline_ns) {
        struct timespec until = {deadline_ns / 1000000000, deadline_ns % 1000000000};
        return syscall(SYS_futex, word, FUTEX_WAIT_BITSET, seen, &until, NULL,
                       FUTEX_BITSET_MATCH_ANY) == 0 ? 0 : errno;
    }

    static inline void hz_futex_wake(uint32_t *word) {
        syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    }
    """
    uint64_t load_relaxed "hz_load_relaxed" (const uint64_t* p) noexcept nogil
    uint64_t load_acquire "hz_load_acquire" (const uint64_t* p) noexcept nogil
    uint32_t load_acquire_u32 "hz_load_acquire" (const uint32_t* p) noexcept nogil
    void store_relaxed "hz_store_relaxed" (uint64_t* p, uint64_t v) noexcept nogil
    void store_release "hz_store_release" (uint64_t* p, uint64_t v) noexcept nogil
    void store_release_u32 "hz_store_release" (uint32_t* p, uint32_t v) noexcept nogil
    uint32_t add_u32 "hz_add" (uint32_t* p, uint32_t v) noexcept nogil
    void fence_acquire "hz_fence_acquire" () noexcept nogil
    void fence_release "hz_fence_release" () noexcept nogil
    void fence_full "hz_fence_full" () noexcept nogil
    int64_t clock_ns "hz_clock" (int clock) noexcept nogil
    int futex_wait "hz_futex_wait" (uint32_t* word, uint32_t seen, int64_t deadline) noexcept nogil
    void futex_wake "hz_futex_wake" (uint32_t* word) noexcept nogil
    int CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID


cdef class Segment:
    """Zeroed memory that forked and spawned children share, without a name to leak."""
    cdef readonly int fd
    cdef readonly Py_ssize_t size
    cdef readonly bint writable
    cdef char* base
    cdef int map(self, int fd, Py_ssize_t size, bint writable) except -1
