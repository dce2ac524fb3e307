"""The contract between a parser and whoever calls it, and the words for what it rejects."""
from hzstat._buffer cimport PyBuffer_Release, hold

# A parser's negative result, in words that follow "expected".
EXPECTED = {
    EXPECTED_DIGIT: "a digit",
    EXPECTED_NEWLINE: "the end of the line",
    EXPECTED_SEPARATOR: "a space",
    EXPECTED_KEY: "a key that this file has to have",
    EXPECTED_NAME: "a name",
    EXPECTED_SMALLER: "a number below 2^64",
    EXPECTED_HEADER: "the lines that this file begins with",
    EXPECTED_TEXT: "text, but it is empty",
    EXPECTED_FEWER: "no more than 4096 keys",
}

MISSING_KEY = EXPECTED_KEY


def expected(int status):
    """What a parser's negative `status` missed, in words that follow "expected"."""
    return EXPECTED.get(status, f"something else (status {status})")


cdef class Source:
    def recipe(self):
        """What another process needs to make this source again: (name, what was learnt or None)."""
        return self.name, None

    def parse_into(self, text, rows):
        """Parse the bytes `text` into the writable buffer `rows`: (rows in the text, offset).

        The count is one of EXPECTED's keys where the text is broken, at the byte `offset`. Rows
        beyond the buffer's room are counted and not stored.
        """
        cdef Py_buffer source, target
        cdef Py_ssize_t offset = 0
        cdef Py_ssize_t count
        if self.row_bytes == 0:
            raise TypeError("a Source of no particular file parses nothing")
        hold(&source, text, False)
        try:
            hold(&target, rows, True)
            try:
                with nogil:
                    count = self.parse(<const char*>source.buf, source.len, <char*>target.buf,
                                       target.len // self.row_bytes, &offset)
            finally:
                PyBuffer_Release(&target)
        finally:
            PyBuffer_Release(&source)
        return count, offset

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        offset[0] = 0
        return EXPECTED_KEY


cdef int lay_out(Source source, str name, dict all_ones, Py_ssize_t row_bytes) except -1:
    """Give a source its name and its rows: the (name, numpy format) of each field of a C struct,
    read off the struct itself.

    Cython turns a struct into a dict in the order of its fields. In one whose bytes are all
    0xFF the value tells the C type: -1 is an int64_t, 2^64-1 a uint64_t, nan a double, and a
    list an array of uint64_t, in which we keep a name, padded with NULs.
    """
    cdef list fields = []
    cdef Py_ssize_t size = 0
    for field, value in all_ones.items():
        if isinstance(value, list):
            fields.append((field, f"S{8 * len(value)}"))
            size += 8 * len(value)
            continue
        kind = "f8" if isinstance(value, float) else "i8" if value == -1 else "u8"
        fields.append((field, kind))
        size += 8
    if size != row_bytes:
        raise TypeError(f"a row takes 64-bit numbers and arrays of uint64_t alone: {all_ones}")
    source.name = name
    source.row_bytes = row_bytes
    source.fields = tuple(fields)
    return 0
