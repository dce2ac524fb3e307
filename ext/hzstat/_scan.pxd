"""Bounded scanners: the only code that walks over the bytes of a /proc file.

Each takes the position by address and never reads at or beyond `end`. On success it returns 0
and leaves the position behind what it took; otherwise a negative EXPECTED_*, and the position
at the byte that broke.
"""
from libc.stdint cimport INT64_MAX, int64_t, uint64_t
from libc.string cimport memchr, memcmp
from hzstat._source cimport (EXPECTED_DIGIT, EXPECTED_KEY, EXPECTED_NEWLINE, EXPECTED_SEPARATOR,
                             EXPECTED_SMALLER)

cdef extern from "_numbers.h":
    bint scan_plain_numbers "hz_numbers" (
        const char** at, const char* end, uint64_t* out, int count) nogil

cdef extern from *:
    bint unlikely "__builtin_expect" (bint condition, long wanted) nogil
    bint add_overflows "__builtin_add_overflow" (uint64_t a, uint64_t b, uint64_t* sum) nogil
    bint mul_overflows "__builtin_mul_overflow" (uint64_t a, uint64_t b, uint64_t* product) nogil


cdef inline void skip_spaces(const char** at, const char* end) noexcept nogil:
    cdef const char* p = at[0]
    while p < end and p[0] == c' ':
        p += 1
    at[0] = p


cdef inline int scan_u64(const char** at, const char* end, uint64_t* value) noexcept nogil:
    """Digits, at least one, below 2^64; a number too large leaves the position at its start."""
    cdef const char* p = at[0]
    cdef const char* safe = p + 19 if end - p > 19 else end     # 19 digits always fit
    cdef uint64_t number = 0
    cdef unsigned char digit
    while p < safe:
        digit = <unsigned char>(p[0] - c'0')
        if digit > 9:
            break
        number = number * 10 + digit
        p += 1
    if unlikely(p == at[0], 0):
        return EXPECTED_DIGIT
    if p == safe:       # 19 digits, or the end of the text
        while p < end and <unsigned char>(p[0] - c'0') <= 9:
            if (mul_overflows(number, 10, &number)
                    or add_overflows(number, <uint64_t>(p[0] - c'0'), &number)):
                return EXPECTED_SMALLER
            p += 1
    value[0] = number
    at[0] = p
    return 0


cdef inline int scan_i64(const char** at, const char* end, int64_t* value) noexcept nogil:
    """As scan_u64, with a minus before it or not, within int64_t."""
    cdef const char* p = at[0]
    cdef bint negative = p < end and p[0] == c'-'
    cdef uint64_t number = 0
    cdef int fault
    p += negative
    fault = scan_u64(&p, end, &number)
    if fault == EXPECTED_SMALLER or number > <uint64_t>INT64_MAX + negative:
        return EXPECTED_SMALLER         # the position stays at the number's start
    at[0] = p
    value[0] = <int64_t>(0 - number) if negative else <int64_t>number
    return fault


cdef inline int scan_decimal(const char** at, const char* end, double* value) noexcept nogil:
    """`12.34`: digits, a point, digits. Exact while all digits together stay below 2^53."""
    cdef uint64_t whole = 0, part = 0, scale = 1
    cdef const char* start = at[0]
    cdef const char* point
    cdef int fault = scan_u64(at, end, &whole)
    if fault:
        return fault
    if at[0] == end or at[0][0] != c'.':
        return EXPECTED_DIGIT
    at[0] += 1
    point = at[0]
    fault = scan_u64(at, end, &part)
    if fault:
        return fault
    while point < at[0]:
        point += 1
        if mul_overflows(scale, 10, &scale):
            at[0] = start
            return EXPECTED_SMALLER
    if mul_overflows(whole, scale, &whole) or add_overflows(whole, part, &whole):
        at[0] = start
        return EXPECTED_SMALLER
    value[0] = <double>whole / <double>scale
    return 0


cdef inline int scan_byte(const char** at, const char* end, char wanted, int fault) noexcept nogil:
    if at[0] == end or at[0][0] != wanted:
        return fault
    at[0] += 1
    return 0


cdef inline int scan_text(const char** at, const char* end, const char* wanted,
                          Py_ssize_t size) noexcept nogil:
    """Literally the `size` bytes of `wanted`."""
    if end - at[0] < size or memcmp(at[0], wanted, <size_t>size):
        return EXPECTED_KEY
    at[0] += size
    return 0


cdef inline int end_of_number(const char* p, const char* end) noexcept nogil:
    """A number ends at a space or at the end of the line; a file cut inside one has neither."""
    if p < end and (p[0] == c' ' or p[0] == c'\n'):
        return 0
    return EXPECTED_SEPARATOR if p < end else EXPECTED_NEWLINE


cdef inline const char* line_end(const char* p, const char* end) noexcept nogil:
    """The newline that ends the line at p, or NULL where the text was cut before it."""
    return <const char*>memchr(p, c'\n', <size_t>(end - p)) if p < end else NULL


cdef inline int skip_to_line_end(const char** at, const char* end) noexcept nogil:
    """Past the newline that ends this line."""
    cdef const char* stop = line_end(at[0], end)
    at[0] = end if stop == NULL else stop + 1
    return EXPECTED_NEWLINE if stop == NULL else 0


cdef inline int scan_last(const char** at, const char* end) noexcept nogil:
    """The end of a line behind its last known column: a newline, or a space and more columns of
    a newer kernel, which are passed over."""
    if at[0] < end and at[0][0] == c' ':
        return skip_to_line_end(at, end)
    return scan_byte(at, end, c'\n', EXPECTED_NEWLINE)


cdef inline int scan_columns(const char** at, const char* end, uint64_t* column, int fewest,
                             int most, int* found) noexcept nogil:
    """The numbers of a line, with spaces before each, and its newline: at least `fewest`; those
    after the first `most` are ignored. `column` has room for `most`, *found tells how many came."""
    cdef const char* p = at[0]
    cdef uint64_t number = 0
    cdef int columns = 0
    cdef int fault = 0
    if scan_plain_numbers(&p, end, column, most):
        columns = most
    while True:
        skip_spaces(&p, end)
        if columns >= fewest and p < end and p[0] == c'\n':
            break
        fault = scan_u64(&p, end, &number)
        if fault == 0:
            if columns < most:
                column[columns] = number
                columns += 1
            fault = end_of_number(p, end)
        if fault:
            break
    found[0] = columns
    at[0] = p + (fault == 0)
    return fault


cdef inline Py_ssize_t token_size(const char* p, const char* end) noexcept nogil:
    """Bytes up to the next space, newline, or the end."""
    cdef const char* start = p
    while p < end and p[0] != c' ' and p[0] != c'\n':
        p += 1
    return p - start


cdef inline bint all_digits(const char* p, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        if <unsigned char>(p[i] - c'0') > 9:
            return False
    return size > 0
