"""The careful way through a keyed file: item by item, whatever its shape.

    lines   MemTotal:       24684084 kB     one key and one number a line
    status  VmRSS:      1772 kB             the same, among lines of other kinds
    groups  TCP: inuse 1 orphan 0           a group, then its keys and numbers
    pairs   Tcp: InSegs OutSegs             a group and its keys, and on the next line
            Tcp: 695 466                    the group again, and the numbers

walk_key() finds the next item's key, and then either walk_value() its number or, in a status,
walk_past() the line. Each returns 0, or a negative EXPECTED_* with .at at the byte that broke; at
the end of the text walk_key() returns WALKED.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memchr, memcmp
from hzstat._scan cimport (end_of_number, line_end, scan_byte, scan_i64, scan_text, scan_u64,
                           skip_spaces, skip_to_line_end)
from hzstat._source cimport EXPECTED_NAME, EXPECTED_NEWLINE, EXPECTED_SEPARATOR

cdef enum:
    WALKED = 1

cdef enum Shape:
    LINES
    STATUS
    PAIRS
    GROUPS

cdef enum Sign:
    UNSIGNED
    SIGNED
    EITHER          # of a key that nobody asked for: only looked at

cdef struct Walk:
    Shape shape
    const char* at
    const char* end
    const char* group           # of the line at hand; NULL between lines, and in lines and status
    Py_ssize_t group_size
    const char* key             # what walk_key() found
    Py_ssize_t key_size
    const char* next_key        # pairs: where the line of keys goes on


cdef inline int walk_key(Walk* walk) noexcept nogil:
    if walk.shape == GROUPS:
        return walk_to_group_key(walk)
    if walk.shape == PAIRS:
        return walk_to_pair_key(walk)
    if walk.at == walk.end:
        return WALKED
    walk.key = walk.at
    if walk.shape == STATUS:
        return walk_to_status_key(walk)
    while (walk.at < walk.end and walk.at[0] != c':' and walk.at[0] != c' ' and walk.at[0] != c'\t'
           and walk.at[0] != c'\n' and walk.at[0]):
        walk.at += 1
    walk.key_size = walk.at - walk.key
    if walk.key_size == 0 or walk.at == walk.end or walk.at[0] == c'\n' or walk.at[0] == 0:
        walk.at = walk.key
        return EXPECTED_NAME
    return 0


cdef inline int walk_to_status_key(Walk* walk) noexcept nogil:
    """A line of a status may be anything, but has to be whole."""
    cdef const char* stop = line_end(walk.at, walk.end)
    if stop == NULL:
        walk.at = walk.end
        return EXPECTED_NEWLINE
    walk.at = <const char*>memchr(walk.key, c':', <size_t>(stop - walk.key))
    walk.at = walk.at if walk.at != NULL else stop
    walk.key_size = walk.at - walk.key if walk.at != stop else 0    # 0: not one of ours
    return 0


cdef inline int walk_past(Walk* walk) noexcept nogil:
    return skip_to_line_end(&walk.at, walk.end)


cdef inline int walk_value(Walk* walk, Sign sign, uint64_t* number) noexcept nogil:
    """The number of the key that was found."""
    cdef int fault
    if walk.shape == LINES or walk.shape == STATUS:
        return line_value(&walk.at, walk.end, number)
    if walk.shape == GROUPS:
        fault = scan_byte(&walk.at, walk.end, c' ', EXPECTED_SEPARATOR)
        if fault:
            return fault
    skip_spaces(&walk.at, walk.end)
    if sign == SIGNED:
        fault = scan_i64(&walk.at, walk.end, <int64_t*>number)
    else:
        walk.at += sign == EITHER and walk.at < walk.end and walk.at[0] == c'-'
        fault = scan_u64(&walk.at, walk.end, number)
    return fault if fault else end_of_number(walk.at, walk.end)


cdef inline int line_value(const char** at, const char* end, uint64_t* number) noexcept nogil:
    """From the byte that ends the key to the end of the line; the only unit is kB."""
    cdef int fault
    at[0] += 1
    while at[0] < end and (at[0][0] == c' ' or at[0][0] == c'\t'):
        at[0] += 1
    fault = scan_u64(at, end, number)
    if fault:
        return fault
    if end - at[0] >= 4 and memcmp(at[0], b" kB\n", 4) == 0:
        at[0] += 4
        return 0
    return scan_byte(at, end, c'\n', EXPECTED_NEWLINE)


cdef inline int walk_to_group(Walk* walk) noexcept nogil:
    """`Group:` at the start of a line."""
    cdef const char* p = walk.at
    while p < walk.end and p[0] != c':' and p[0] != c' ' and p[0] != c'\n' and p[0]:
        p += 1
    if p == walk.at or p == walk.end or p[0] != c':':
        return EXPECTED_NAME
    walk.group = walk.at
    walk.group_size = p - walk.at
    walk.at = p + 1
    return 0


cdef inline int take_name(const char** at, const char* end, const char** name,
                          Py_ssize_t* size) noexcept nogil:
    """A space and a name."""
    cdef int fault = scan_byte(at, end, c' ', EXPECTED_SEPARATOR)
    if fault:
        return fault
    name[0] = at[0]
    while at[0] < end and at[0][0] != c' ' and at[0][0] != c'\n' and at[0][0]:
        at[0] += 1
    size[0] = at[0] - name[0]
    return 0 if size[0] else EXPECTED_NAME


cdef inline int walk_to_group_key(Walk* walk) noexcept nogil:
    cdef int fault
    while True:
        if walk.group == NULL:
            if walk.at == walk.end:
                return WALKED
            fault = walk_to_group(walk)
            if fault:
                return fault
        if walk.at == walk.end or walk.at[0] != c'\n':
            return take_name(&walk.at, walk.end, &walk.key, &walk.key_size)
        walk.at += 1
        walk.group = NULL


cdef inline int walk_to_pair_key(Walk* walk) noexcept nogil:
    cdef int fault
    while True:
        if walk.group == NULL:
            if walk.at == walk.end:
                return WALKED
            fault = walk_to_group(walk)
            if fault == 0:
                fault = walk_to_values(walk)
            if fault:
                return fault
        if walk.next_key[0] != c'\n':
            return take_name(&walk.next_key, walk.end, &walk.key, &walk.key_size)
        fault = scan_byte(&walk.at, walk.end, c'\n', EXPECTED_NEWLINE)
        if fault:
            return fault
        walk.group = NULL


cdef inline int walk_to_values(Walk* walk) noexcept nogil:
    """From a group's keys, all looked at, to where its values begin."""
    cdef const char* name
    cdef Py_ssize_t size
    cdef int fault
    walk.next_key = walk.at
    while walk.at == walk.end or walk.at[0] != c'\n':
        fault = take_name(&walk.at, walk.end, &name, &size)
        if fault:
            return fault
    walk.at += 1
    return scan_text(&walk.at, walk.end, walk.group, walk.group_size + 1)
