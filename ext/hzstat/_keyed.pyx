"""Keyed files: keys and numbers. One parser serves them all.

    MemTotal:       24684084 kB
    HugePages_Total:       0

No list of fields is kept here: the keys are learnt from the file when it is opened, in their
order, and become the row's fields under the kernel's own names, each a u64 as printed. A later
read checks that the keys still come in that order (a memcmp each) and scans the numbers. Items
that weren't there at first are passed over; where the order changed, every key is looked up; one
that has gone is an error, since missing is not zero. Of two equal keys (no kernel prints them)
the first is learnt. _walk.pxd shows the shapes of such files.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset
from hzstat._buffer cimport PyBuffer_Release, hold
from hzstat._scan cimport scan_i64, scan_plain_numbers, skip_spaces
from hzstat._source cimport EXPECTED_FEWER, EXPECTED_KEY, EXPECTED_TEXT, Source
from hzstat._walk cimport (EITHER, GROUPS, LINES, PAIRS, SIGNED, STATUS, UNSIGNED, WALKED, Shape,
                           Walk, walk_key, walk_past, walk_value)

from hzstat.errors import ParseError
from hzstat._source import expected

cdef extern from "_numbers.h":
    enum:
        HZ_KEY, HZ_LONGEST
    struct hz_item:
        char* key
        char* mask
        const char* text
        uint32_t size, end, end_mask, end_size, width
    int first_of "hz_first_of" (const char* name, Py_ssize_t size) nogil
    bint pass_strangers "hz_strangers" (const char** at, const char* end,
                                        const uint8_t* firsts) nogil
    int scan_items "hz_items" (const char* text, const char** at, const char* end, hz_item* items,
                               int count, uint64_t* out) nogil

cdef extern from "<string.h>" nogil:
    const void* memrchr(const void* text, int byte, size_t size)

cdef enum:
    MOST_KEYS = 4096
    SEEN_BYTES = 512        # a bit for each
    FIRSTS = 256

cdef uint32_t FIRST_HASH = 2166136261      # FNV-1a

SHAPES = {"lines": LINES, "status": STATUS, "pairs": PAIRS, "groups": GROUPS}

# A stretch of a file in pairs: what comes before some numbers, and how many they are.
cdef struct Run:
    const char* text
    Py_ssize_t size
    int numbers
    bint minus


cdef class KeyedSource(Source):
    """A keyed file of known keys; KeyedSource.learn() finds them."""
    cdef readonly tuple learnt
    cdef Shape shape
    cdef int count
    cdef hz_item* items         # of each field; in pairs there are runs instead
    cdef Run* runs
    cdef int run_count
    cdef uint32_t* by_hash      # number of the field + 1, or 0; a power of two of them
    cdef uint32_t hash_mask
    cdef const char** names     # the fields' names, and
    cdef Py_ssize_t* sizes
    cdef uint8_t* minus
    cdef uint8_t[FIRSTS] firsts     # which first_of() the names have: most others have none

    def __cinit__(self, str name, str shape, tuple fields):
        """`fields`, in the file's order: (its key, b"Group.key" in a group; what the file has
        before its number, from the end of the item before on; how wide the number is; what ends
        the item; whether it may have a minus)."""
        if not 0 < len(fields) <= MOST_KEYS:
            raise ValueError(f"{name} needs 1 to {MOST_KEYS} keys, not {len(fields)}")
        self.name = name
        self.learnt = (shape, fields)
        self.shape = SHAPES[shape]
        self.count = <int>len(fields)
        self.row_bytes = self.count * <Py_ssize_t>sizeof(uint64_t)
        self.fields = tuple([(field[0].decode("utf-8", "backslashreplace"),
                              "i8" if field[4] else "u8") for field in fields])
        self.hash_mask = 1
        while self.hash_mask < 2 * <uint32_t>self.count:
            self.hash_mask *= 2
        self.by_hash = <uint32_t*>allocate(self.hash_mask, sizeof(uint32_t))
        self.hash_mask -= 1
        self.names = <const char**>allocate(self.count, sizeof(char*))
        self.sizes = <Py_ssize_t*>allocate(self.count, sizeof(Py_ssize_t))
        self.minus = <uint8_t*>allocate(self.count, 1)
        if self.shape == PAIRS:
            self.runs = <Run*>allocate(self.count, sizeof(Run))
        else:
            self.items = <hz_item*>allocate(self.count, sizeof(hz_item))
        for number, (key, before, width, after, minus) in enumerate(fields):
            self.minus[number] = bool(minus)
            self.add_name(number, key)
            if self.shape == PAIRS:
                self.add_run(before, bool(minus))
            else:
                self.add_item(number, before, width, after)

    def __dealloc__(self):
        free(self.by_hash)
        free(self.names)
        free(self.sizes)
        free(self.minus)
        free(self.items)
        free(self.runs)

    cdef int add_name(self, int number, bytes name) except -1:
        cdef uint32_t slot = hash_of(FIRST_HASH, name, len(name)) & self.hash_mask
        self.names[number] = name       # self.learnt keeps it alive
        self.sizes[number] = len(name)
        self.firsts[first_of(name, len(name))] = True
        while self.by_hash[slot]:
            slot = (slot + 1) & self.hash_mask
        self.by_hash[slot] = <uint32_t>number + 1
        return 0

    cdef int add_item(self, int number, bytes before, int width, bytes after) except -1:
        cdef hz_item* item = self.items + number
        cdef bytes start = before[:HZ_KEY]
        cdef bytes end = after[:sizeof(uint32_t)]
        item.text = before
        item.size = <uint32_t>len(before)
        memcpy(item.key, <const char*>start, len(start))
        memset(item.mask, 0xFF, len(start))
        memcpy(&item.end, <const char*>end, len(end))
        memset(&item.end_mask, 0xFF, len(end))
        item.end_size = <uint32_t>len(end)
        item.width = <uint32_t>(width if 0 < width < HZ_LONGEST else HZ_LONGEST)
        return 0

    cdef int add_run(self, bytes before, bint minus) except -1:
        cdef Run* run = self.runs + self.run_count
        if before or minus or run == self.runs or (run - 1).minus:
            run.text = before
            run.size = len(before)
            run.minus = minus
            self.run_count += 1
        else:
            run -= 1
        run.numbers += 1
        return 0

    def recipe(self):
        return self.name, self.learnt

    @staticmethod
    def learn(str name, str shape, data, str path, known=None, minus=()):
        """The source of the keys in `data`; ParseError, naming `path`, where it is broken.

        `known`: the names to take (a status has lines of other kinds), or None for all;
        `minus`: names whose number may have one.
        """
        cdef Py_buffer view
        cdef Py_ssize_t offset = 0
        cdef dict fields = {}
        cdef int fault
        hold(&view, data, False)
        try:
            fault = collect(SHAPES[shape], <const char*>view.buf, view.len, known, minus, fields,
                            &offset)
        finally:
            PyBuffer_Release(&view)
        if fault:
            raise ParseError(path, offset, expected(fault))
        return KeyedSource(name, shape, tuple(fields.values()))

    cdef Py_ssize_t parse(self, const char* text, Py_ssize_t size, char* rows,
                          Py_ssize_t max_rows, Py_ssize_t* offset) noexcept nogil:
        cdef uint64_t* out = <uint64_t*>rows
        if size == 0:
            offset[0] = 0
            return EXPECTED_TEXT
        if max_rows > 0:
            if self.shape == PAIRS:
                if self.scan_runs(text, text + size, out):
                    return 1
            elif self.shape == GROUPS:
                if self.scan_groups(text, text + size, out):
                    return 1
            else:
                return self.scan_lines(text, size, out, offset)
        return self.look_up(text, size, out if max_rows > 0 else NULL, offset)

    cdef Py_ssize_t scan_lines(self, const char* text, Py_ssize_t size, uint64_t* out,
                               Py_ssize_t* offset) noexcept nogil:
        """Line by line, in the order that was learnt; what isn't plain with care."""
        cdef Walk walk
        cdef uint64_t number = 0
        cdef int field = 0          # that comes next
        cdef int fault
        start(&walk, self.shape, text, size)
        while True:
            field += scan_items(text, &walk.at, walk.end, self.items + field, self.count - field,
                                out + field)
            if self.shape == STATUS and pass_strangers(&walk.at, walk.end, self.firsts):
                continue
            fault = walk_key(&walk)
            if fault == WALKED and field == self.count:
                return 1
            if fault:
                break
            if (field < self.count and walk.key_size == self.sizes[field]
                    and memcmp(walk.key, self.names[field], <size_t>walk.key_size) == 0):
                fault = walk_value(&walk, UNSIGNED, out + field)
                field += 1
            elif self.firsts[first_of(walk.key, walk.key_size)] and self.find(&walk) >= 0:
                break               # in another order, or twice
            elif self.shape == STATUS:
                fault = walk_past(&walk)
            else:
                fault = walk_value(&walk, EITHER, &number)
            if fault:
                break
        return self.look_up(text, size, out, offset)

    cdef bint scan_groups(self, const char* text, const char* end, uint64_t* out) noexcept nogil:
        """Whether all came in the order that was learnt, and nothing else."""
        cdef const char* p = text
        return scan_items(text, &p, end, self.items, self.count, out) == self.count and p == end

    cdef bint scan_runs(self, const char* text, const char* end, uint64_t* out) noexcept nogil:
        """The same for pairs, where a line's numbers are scanned together."""
        cdef const char* p = text
        cdef Run* run
        cdef int i
        for i in range(self.run_count):
            run = self.runs + i
            if end - p < run.size or memcmp(p, run.text, <size_t>run.size):
                return False
            p += run.size
            if run.minus:
                skip_spaces(&p, end)
                if scan_i64(&p, end, <int64_t*>out):
                    return False
            elif not scan_plain_numbers(&p, end, out, run.numbers):
                return False
            out += run.numbers
        return end - p == 1 and p[0] == c'\n'

    cdef Py_ssize_t look_up(self, const char* text, Py_ssize_t size, uint64_t* out,
                            Py_ssize_t* offset) noexcept nogil:
        """The keys in any order, among any others; with `out` NULL nothing is kept."""
        cdef uint8_t[SEEN_BYTES] seen
        cdef Walk walk
        cdef uint64_t number = 0
        cdef int found = 0
        cdef int field, fault
        memset(seen, 0, sizeof(seen))
        start(&walk, self.shape, text, size)
        while True:
            fault = walk_key(&walk)
            if fault == WALKED:
                break
            if fault == 0:
                field = self.find(&walk)
                if field < 0 and self.shape == STATUS:
                    fault = walk_past(&walk)
                else:
                    fault = walk_value(&walk, EITHER if field < 0 else
                                       SIGNED if self.minus[field] else UNSIGNED, &number)
                    if fault == 0 and field >= 0 and not seen[field >> 3] >> (field & 7) & 1:
                        seen[field >> 3] |= <uint8_t>(1 << (field & 7))
                        found += 1
                        if out != NULL:
                            out[field] = number
            if fault:
                offset[0] = walk.at - text
                return fault
        if found < self.count:
            offset[0] = size
            return EXPECTED_KEY
        return 1

    cdef int find(self, Walk* walk) noexcept nogil:
        """The number of the field that the walk has come to, or -1."""
        cdef Py_ssize_t prefix = walk.group_size + 1 if walk.group != NULL else 0
        cdef uint32_t hash = FIRST_HASH
        cdef uint32_t slot
        cdef int field
        if prefix:
            hash = hash_of(hash_of(hash, walk.group, walk.group_size), b".", 1)
        slot = hash_of(hash, walk.key, walk.key_size) & self.hash_mask
        while self.by_hash[slot]:
            field = <int>self.by_hash[slot] - 1
            if (self.sizes[field] == prefix + walk.key_size
                    and memcmp(self.names[field] + prefix, walk.key, <size_t>walk.key_size) == 0
                    and (prefix == 0 or (self.names[field][prefix - 1] == c'.' and memcmp(
                        self.names[field], walk.group, <size_t>walk.group_size) == 0))):
                return field
            slot = (slot + 1) & self.hash_mask
        return -1


cdef inline uint32_t hash_of(uint32_t hash, const char* text, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        hash = (hash ^ <uint8_t>text[i]) * <uint32_t>16777619
    return hash


cdef void* allocate(size_t count, size_t size) except NULL:
    cdef void* memory = calloc(count, size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef inline void start(Walk* walk, Shape shape, const char* text, Py_ssize_t size) noexcept nogil:
    walk.shape = shape
    walk.at = text
    walk.end = text + size
    walk.group = NULL
    walk.group_size = 0


cdef inline const char* spaces_end(const char* p, const char* end) noexcept nogil:
    while p < end and p[0] == c' ':
        p += 1
    return p


cdef int collect(Shape shape, const char* text, Py_ssize_t size, known, minus, dict fields,
                 Py_ssize_t* offset) except 1:
    """Fill `fields` with each key's first item, as KeyedSource takes it; 0, or an EXPECTED_*."""
    cdef Walk walk
    cdef const char* before = text      # where what precedes the number begins
    cdef const char* number
    cdef const char* digits_end
    cdef const char* tab
    cdef uint64_t value = 0
    cdef int fault = 0 if size else EXPECTED_TEXT
    cdef bytes key
    start(&walk, shape, text, size)
    while fault == 0:
        fault = walk_key(&walk)
        if fault == WALKED:
            break
        if fault:
            continue
        key = walk.key[:walk.key_size]
        if walk.group != NULL:
            key = walk.group[:walk.group_size] + b"." + key
        name = key.decode("utf-8", "backslashreplace")
        if known is not None and name not in known:
            fault = walk_past(&walk)
            before = walk.at
            continue
        number = walk.at + (shape != PAIRS)         # there, the space is scanned with the number
        fault = walk_value(&walk, SIGNED if name in minus else UNSIGNED, &value)
        if fault:
            continue
        digits_end = walk.at
        if shape == LINES or shape == STATUS:
            digits_end -= 4 if (walk.at - 2)[0] == c'B' else 1
            tab = <const char*>memrchr(number, c'\t', <size_t>(digits_end - number))
            number = number if tab == NULL else tab + 1         # a tab belongs to the key
            if digits_end - number > HZ_LONGEST:
                number = spaces_end(number, digits_end - HZ_LONGEST)
        if name in fields:
            continue        # what comes before the next field has this one in it
        after = digits_end[:walk.at - digits_end] if shape != GROUPS else walk.at[:1]
        fields[name] = (key, before[:number - before], digits_end - number, after, name in minus)
        before = walk.at + (shape == GROUPS)
        if len(fields) > MOST_KEYS:
            fault = EXPECTED_FEWER
    offset[0] = walk.at - text
    if fault == WALKED:
        return 0 if fields else EXPECTED_KEY
    return fault
