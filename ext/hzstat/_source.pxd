"""The contract between a parser and whoever calls it: text in, rows out, nothing else."""

# What a parser returns instead of a row count. errno values are positive, so that one status
# holds either; EXPECTED in the .pyx has the words.
cdef enum:
    EXPECTED_DIGIT = -1
    EXPECTED_NEWLINE = -2
    EXPECTED_SEPARATOR = -3
    EXPECTED_KEY = -4
    EXPECTED_NAME = -5
    EXPECTED_SMALLER = -6
    EXPECTED_TEXT = -7
    EXPECTED_HEADER = -8
    EXPECTED_FEWER = -9

cdef class Source:
    """The parser of one /proc file, with what it had to learn about this kernel's."""
    cdef readonly str name              # path below the root: "net/dev"
    cdef readonly str files             # a pattern of names, where it is many files (see _parts)
    cdef readonly Py_ssize_t row_bytes
    cdef readonly bint may_be_empty     # no text is no rows; else it is a file that is masked
    cdef readonly tuple fields          # (name, numpy format), in the order of the row's bytes
    # Rows in the text (those past max_rows are counted, not stored), or a negative EXPECTED_*
    # with *offset at the byte that broke. Reads [text, text + size) alone and writes whole rows
    # alone: no I/O, no allocation, no clock, so it can be fuzzed, imported and replayed.
    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil

cdef int lay_out(Source source, str name, dict all_ones, Py_ssize_t row_bytes) except -1
