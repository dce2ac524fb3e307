"""Keyed files: a key and a number on each line. One parser serves them all.

    MemTotal:       24684084 kB
    HugePages_Total:       0

No list of fields is kept here: the keys are learnt from the file when it is opened, in their
order, and become the row's fields under the kernel's own names, each a u64 as printed. A later
read checks that the keys still come (a memcmp each) and scans the numbers. Lines that weren't
there at first are skipped; where the order changed, every key is looked up; one that has gone
is an error, since missing is not zero.
"""
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._scan cimport line_end, same_where, scan_right_aligned, scan_u64, skip_padding
from hzstat._source cimport (EXPECTED_KEY, EXPECTED_NAME, EXPECTED_NEWLINE, EXPECTED_TEXT, Source)

from hzstat.errors import ParseError
from hzstat._source import expected

cdef struct Key:
    const char* text        # with the colon or space that ends it
    Py_ssize_t size
    Py_ssize_t line         # bytes of its line when it was learnt; 0: too long to be expected
    Py_ssize_t field        # of these, those with the number
    uint64_t wanted[4]      # the line, up to 32 bytes, and
    uint64_t mask[4]        # ones where it has the key, the unit or the newline


cdef enum:
    NARROWEST_FIELD = 8
    LONGEST_LINE = 32
    UNIT_BYTES = 4          # " kB" and the newline


cdef class KeyedSource(Source):
    """A keyed file of known keys; KeyedSource.learn(name, text) finds them."""
    cdef readonly tuple keys
    cdef Key* table
    cdef Py_ssize_t count

    def __cinit__(self, str name, tuple keys):
        """`keys`, in the file's order: (key, with the byte that ends it; how many bytes of number
        follow, with the spaces before it; what ends the line)."""
        cdef Py_ssize_t i
        cdef Key* entry
        cdef bytes key, unit, line, mask
        if not keys:
            raise ValueError(f"{name} needs a key at least")
        self.name = name
        self.keys = keys
        self.count = len(keys)
        self.row_bytes = self.count * <Py_ssize_t>sizeof(uint64_t)
        self.fields = tuple([(key[:len(key) - 1].decode("utf-8", "backslashreplace"), "u8")
                             for key, _, _ in keys])
        self.table = <Key*>malloc(self.count * sizeof(Key))
        if self.table == NULL:
            raise MemoryError
        for i in range(self.count):
            key, field, unit = keys[i]
            entry = self.table + i
            entry.text = key            # kept alive by self.keys
            entry.size = len(key)
            entry.field = field
            line = key + b" " * field + unit
            mask = b"\xff" * len(key) + b"\0" * field + b"\xff" * len(unit)
            entry.line = len(line)
            if len(line) > LONGEST_LINE or field < NARROWEST_FIELD:
                entry.line = 0
                continue
            line, mask = line.ljust(LONGEST_LINE, b"\0"), mask.ljust(LONGEST_LINE, b"\0")
            memcpy(entry.wanted, <const char*>line, LONGEST_LINE)
            memcpy(entry.mask, <const char*>mask, LONGEST_LINE)

    def __dealloc__(self):
        free(self.table)

    def recipe(self):
        return self.name, self.keys

    @staticmethod
    def learn(str name, data, str path):
        """The source of the keys in `data`; ParseError, naming `path`, where it is broken."""
        cdef Py_buffer view
        cdef Py_ssize_t offset = 0
        cdef list keys = []
        cdef int fault
        hold(&view, data, False)
        try:
            fault = collect(<const char*>view.buf, view.len, keys, &offset)
        finally:
            PyBuffer_Release(&view)
        if fault:
            raise ParseError(path, offset, expected(fault))
        fields = {}
        for key, field, unit in keys:
            # One that comes twice, with whatever ends it, is known by its first line.
            fields.setdefault(key[:len(key) - 1], (key, field, unit))
        return KeyedSource(name, tuple(fields.values()))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef const char* end = text + size
        cdef const char* p = text
        cdef uint64_t number = 0
        cdef uint64_t* out = <uint64_t*>rows if max_rows > 0 else NULL
        cdef Py_ssize_t i = 0
        cdef int fault = 0
        if size == 0:
            offset[0] = 0
            return EXPECTED_TEXT
        while p < end:
            if i == self.count:
                fault = skip_line(&p, end)
            elif scan_as_expected(&p, end, self.table + i, &number):
                if out != NULL:
                    out[i] = number
                i += 1
            elif starts_with(p, end, self.table + i):
                p += self.table[i].size
                fault = scan_value(&p, end, out + i if out != NULL else &number)
                i += 1
            else:
                fault = skip_line(&p, end)
            if fault:
                offset[0] = p - text
                return fault
        if i < self.count:
            return self.look_up(text, size, out, offset)
        return 1

    cdef Py_ssize_t look_up(self, const char* text, Py_ssize_t size, uint64_t* out,
                            Py_ssize_t* offset) noexcept nogil:
        """The keys in any order, on a text whose lines are known to be whole."""
        cdef const char* end = text + size
        cdef const char* p
        cdef uint64_t number
        cdef Py_ssize_t i
        cdef int fault = 0
        for i in range(self.count):
            p = text
            while p < end and not starts_with(p, end, self.table + i):
                p = line_end(p, end) + 1
            if p == end:
                offset[0] = size
                return EXPECTED_KEY
            p += self.table[i].size
            fault = scan_value(&p, end, &number)
            if fault:
                offset[0] = p - text
                return fault
            if out != NULL:
                out[i] = number
        return 1


cdef inline bint starts_with(const char* p, const char* end, const Key* key) noexcept nogil:
    return end - p >= key.size and memcmp(p, key.text, <size_t>key.size) == 0


cdef inline bint scan_as_expected(const char** at, const char* end, const Key* key,
                                  uint64_t* number) noexcept nogil:
    """A line as wide as it was when it was learnt, as it nearly always is: taken at one go, so
    that the next line needn't wait until this one's end is found. False: look closer."""
    if (key.line == 0 or end - at[0] < LONGEST_LINE
            or not same_where(at[0], key.wanted, key.mask)
            or not scan_right_aligned(at[0] + key.size, key.field, number)):
        return False
    at[0] += key.line
    return True


cdef inline int scan_value(const char** at, const char* end, uint64_t* number) noexcept nogil:
    """The number behind a key, to the end of its line; the only unit the kernel prints is kB."""
    cdef int fault
    skip_padding(at, end)
    while at[0] < end and (at[0][0] == c'\t' or at[0][0] == c' '):
        at[0] += 1
    fault = scan_u64(at, end, number)
    if fault:
        return fault
    if end - at[0] >= UNIT_BYTES and memcmp(at[0], b" kB\n", UNIT_BYTES) == 0:
        at[0] += UNIT_BYTES
        return 0
    if at[0] == end or at[0][0] != c'\n':
        return EXPECTED_NEWLINE
    at[0] += 1
    return 0


cdef inline int key_size(const char* p, const char* end) noexcept nogil:
    """Bytes up to and with the colon, space or tab that ends the key; 0 where there is none."""
    cdef const char* q = p
    while q < end and q[0] != c':' and q[0] != c' ' and q[0] != c'\t' and q[0] != c'\n' and q[0]:
        q += 1
    if q == p or q == end or q[0] == c'\n' or q[0] == 0:
        return 0
    return <int>(q - p) + 1


cdef inline int skip_line(const char** at, const char* end) noexcept nogil:
    """An unknown line is passed over, but it has to be a line of this kind."""
    cdef uint64_t number
    cdef int size = key_size(at[0], end)
    if size == 0:
        return EXPECTED_NAME
    at[0] += size
    return scan_value(at, end, &number)


cdef int collect(const char* text, Py_ssize_t size, list keys, Py_ssize_t* offset) except 1:
    """Append each line's key, as KeyedSource takes it; 0, or a negative EXPECTED_*."""
    cdef const char* p = text
    cdef const char* end = text + size
    cdef const char* start
    cdef int of_key
    cdef int fault = 0 if size else EXPECTED_TEXT
    while p < end and fault == 0:
        start = p
        fault = skip_line(&p, end)
        if fault == 0:
            of_key = key_size(start, end)
            unit = b" kB\n" if (p - 2)[0] == c'B' else b"\n"
            keys.append((start[:of_key], p - start - of_key - <Py_ssize_t>len(unit), unit))
    offset[0] = p - text
    return fault
