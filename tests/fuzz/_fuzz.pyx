"""The harness: libFuzzer's loop around a Source, without an interpreter in between.

Every text lies in a block of exactly its size, and every row has room of exactly its size, so
that ASan sees the first byte too far. A broken promise ends the process with abort(): libFuzzer
then keeps the input.
"""
from libc.stdint cimport uint8_t
from libc.stdio cimport fprintf, stderr
from libc.stdlib cimport abort, atexit, calloc, free, malloc
from libc.string cimport memcmp, memcpy, memset
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from cpython.buffer cimport PyBUF_READ
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.memoryview cimport PyMemoryView_FromMemory
from hzstat._source cimport Source

import traceback

from hzstat import ParseError
from hzstat._source import EXPECTED

cdef extern from *:
    """int LLVMFuzzerRunDriver(int *argc, char ***argv,
                               int (*test)(const uint8_t *data, size_t size));"""
    ctypedef int (*Test)(const uint8_t* data, size_t size) noexcept
    int LLVMFuzzerRunDriver(int* argc, char*** argv, Test test) except -2

cdef enum:
    MOST_TO_BREAK = 8       # rows that there is room for where a later one is broken

# libFuzzer takes a bare function, so what it works on is here.
cdef list sources
cdef object learn
cdef bytes separator
cdef int lowest = min(EXPECTED)
cdef long executions
cdef timespec began


def run(list arguments, list parsers, learn_from, bytes between):
    """Run libFuzzer with `arguments`, and end the process.

    The texts go to the one of `parsers`; where there are several, to the one that a text's first
    byte chooses. Where there is none, the part of a text before `between` goes to learn_from(), and
    what comes of it parses both parts.
    """
    global sources, learn, separator
    cdef int count = <int>len(arguments)
    cdef char** argv = <char**>calloc(count + 1, sizeof(char*))     # never freed
    for i, argument in enumerate(arguments):
        argv[i] = argument
    sources, learn, separator = parsers, learn_from, between
    clock_gettime(CLOCK_MONOTONIC, &began)
    atexit(report)
    if sources:
        LLVMFuzzerRunDriver(&count, &argv, test_ready)
    else:
        LLVMFuzzerRunDriver(&count, &argv, test_learning)


cdef void report() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    fprintf(stderr, "executions: %ld in %.6f s\n", executions,
            <double>(now.tv_sec - began.tv_sec) + <double>(now.tv_nsec - began.tv_nsec) / 1e9)


cdef int test_ready(const uint8_t* data, size_t size) noexcept:
    """By a parser that is ready: a table's, or one that has learnt its keys before."""
    global executions
    cdef Py_ssize_t count = PyList_GET_SIZE(sources)
    cdef Py_ssize_t head = 1 if count > 1 else 0
    cdef Py_ssize_t chosen
    executions += 1
    if <Py_ssize_t>size >= head:
        chosen = data[0] % count if head else 0
        check(<Source>PyList_GET_ITEM(sources, chosen), <const char*>data + head,
              <Py_ssize_t>size - head)
    return 0


cdef int test_learning(const uint8_t* data, size_t size) noexcept:
    global executions
    cdef bint sound = False
    executions += 1
    try:
        learn_and_check(<const char*>data, <Py_ssize_t>size)
        sound = True
    except:     # no-cython-lint (it was printed; any other except could fail itself)
        pass
    if not sound:
        stop(b"learn: an exception that is no ParseError", 0, <Py_ssize_t>size)
    return 0


cdef int learn_and_check(const char* text, Py_ssize_t size) except -1:
    cdef Source source
    cdef Py_ssize_t at = text[:size].find(separator)
    cdef Py_ssize_t first_size = at if at >= 0 else size
    cdef char* first = exactly(text, first_size)
    try:
        source = learn(PyMemoryView_FromMemory(first, first_size, PyBUF_READ))
    except ParseError as broken:
        if not 0 <= broken.offset <= first_size:
            stop(b"learn: an offset outside of the text", broken.offset, first_size)
    except BaseException:
        traceback.print_exc()
        raise
    else:
        if check(source, first, first_size) != 1:
            stop(b"the text that was learnt from isn't one row", 0, first_size)
        if at >= 0:
            at += len(separator)
            check(source, text + at, size - at)
    free(first)
    return 0


cdef Py_ssize_t check(Source source, const char* text, Py_ssize_t size) noexcept:
    """Parse with room for no row, for one, and for all: each must tell the same. The count."""
    cdef Py_ssize_t offset = 0
    cdef Py_ssize_t row_bytes = source.row_bytes
    cdef char* one = room(row_bytes, 0x55)
    cdef char* none = room(0, 0)
    cdef char* all_rows
    cdef char* again
    cdef char* own = exactly(text, size)
    cdef Py_ssize_t count = source.parse(own, size, none, 0, &offset)
    cdef Py_ssize_t most = count if count >= 0 else MOST_TO_BREAK
    if not 0 <= offset <= size:
        stop(b"an offset outside of the text", offset, size)
    if count < lowest or count > size:
        stop(b"a count that can't be", count, size)
    same(source, own, size, one, 1, count, offset)
    # Twice, with other bytes in the room: what differs then was never written.
    all_rows = room(most * row_bytes, 0x00)
    again = room(most * row_bytes, 0xFF)
    same(source, own, size, all_rows, most, count, offset)
    same(source, own, size, again, most, count, offset)
    if count > 0 and memcmp(all_rows, again, <size_t>(count * row_bytes)):
        stop(b"a row that was left unwritten in part", count, size)
    if count > 0 and memcmp(all_rows, one, <size_t>row_bytes):
        stop(b"a first row that depends on how many there is room for", count, size)
    free(own)
    free(none)
    free(one)
    free(all_rows)
    free(again)
    return count


cdef void same(Source source, const char* text, Py_ssize_t size, char* rows, Py_ssize_t max_rows,
               Py_ssize_t count, Py_ssize_t offset) noexcept:
    cdef Py_ssize_t other_offset = 0
    cdef Py_ssize_t other = source.parse(text, size, rows, max_rows, &other_offset)
    if other != count:
        stop(b"a count that depends on how many rows there is room for", other, count)
    if other_offset != offset:
        stop(b"an offset that depends on how many rows there is room for", other_offset, offset)


cdef char* exactly(const char* text, Py_ssize_t size) noexcept:
    cdef char* block = <char*>malloc(<size_t>size)
    if block == NULL:
        stop(b"no memory", size, 0)
    memcpy(block, text, <size_t>size)
    return block


cdef char* room(Py_ssize_t size, int filler) noexcept:
    cdef char* block = <char*>malloc(<size_t>size)
    if block == NULL:
        stop(b"no memory", size, 0)
    memset(block, filler, <size_t>size)
    return block


cdef void stop(const char* what, Py_ssize_t got, Py_ssize_t of) noexcept:
    fprintf(stderr, "BROKEN PROMISE: %s (%zd, %zd)\n", what, got, of)
    abort()
