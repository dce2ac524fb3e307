/* Many bytes of text at a time, where the text is plain; whatever isn't is left to _scan.pxd.

   Three functions, each for AVX2 and for any other machine; which one is chosen when the module
   is loaded. They take the plain beginning of a text and say how far they came, so that nothing
   depends on them but the speed. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HZ_INLINE static inline __attribute__((always_inline))

/* Eight bytes of text at once, the first in the lowest byte. */
HZ_INLINE uint64_t hz_eight(const char *text) {
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* The number in the first `count` (1 to 8) of the eight, which are digits: neighbours are
   joined into pairs, pairs into fours, fours into eight. */
HZ_INLINE uint64_t hz_number(uint64_t eight, int count) {
    eight = (eight - UINT64_C(0x3030303030303030)) << (64 - 8 * count);
    eight = (eight * 10 + (eight >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    eight = (eight * 100 + (eight >> 16)) & UINT64_C(0x0000ffff0000ffff);
    return (eight * 10000 + (eight >> 32)) & UINT64_C(0xffffffff);
}

#define HZ_BLOCK 64         /* bytes that are looked at together */
#define HZ_LONGEST 16       /* digits of a number that are taken together */
#define HZ_KEY 32           /* bytes of a key that are compared together */

/* A number from a name's size and first byte, which few names share. */
HZ_INLINE unsigned hz_first_of(const char *name, size_t size) {
    return size ? ((unsigned char)*name + 16 * size) & 0xff : 0;
}

/* What one item of a keyed file is expected to be: a key, a number, what ends it. */
struct hz_item {
    char key[HZ_KEY], mask[HZ_KEY];     /* the key's first bytes, and ones where it has them */
    const char *text;                   /* the key whole, with all that precedes the number */
    uint32_t size;                      /* of it */
    uint32_t end, end_mask, end_size;   /* what ends the item: one to four bytes */
    uint32_t width;     /* bytes that the number took last, spaces before it included: a guess
                           that is checked, so who reads it while another writes is never misled */
};

HZ_INLINE uint32_t hz_four(const char *text) {
    uint32_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

/* Where the number of `item`, which starts at p, ends; NULL where no such item can end there. */
static inline const char *hz_find_end(const struct hz_item *item, const char *p, const char *end) {
    while (p < end && *p == ' ')
        p++;
    while (p < end && (unsigned char)(*p - '0') <= 9)
        p++;
    return end - p >= (ptrdiff_t)item->end_size
           && memcmp(p, &item->end, item->end_size) == 0 ? p : NULL;
}

/* The number of `size` (at most 20) digits at p; 0 where it is 2^64 or more. */
static inline int hz_long_number(const char *p, int size, uint64_t *out) {
    uint64_t number = 0;
    for (int i = 0; i < size; i++)
        if (__builtin_mul_overflow(number, 10, &number)
                || __builtin_add_overflow(number, (uint64_t)(p[i] - '0'), &number))
            return 0;
    *out = number;
    return 1;
}

/* -- any machine --------------------------------------------------------------------------- */

static inline int hz_numbers_any(const char **at, const char *end, uint64_t *out, int count) {
    (void)at, (void)end, (void)out, (void)count;
    return 0;
}

static inline int hz_items_any(const char *text, const char **at, const char *end,
                               struct hz_item *items, int count, uint64_t *out) {
    const char *p = *at;
    int found = 0;
    (void)text;
    for (; found < count; found++) {
        const struct hz_item *item = items + found;
        uint64_t number = 0;
        if (end - p < (ptrdiff_t)item->size || memcmp(p, item->text, item->size))
            break;
        const char *first = p + item->size;
        const char *last = hz_find_end(item, first, end);
        if (last == NULL)
            break;
        while (first < last && *first == ' ')
            first++;
        if (last == first || last - first > HZ_LONGEST)
            break;
        for (; first < last; first++)
            number = number * 10 + (uint64_t)(*first - '0');
        out[found] = number;
        p = last + item->end_size;
    }
    *at = p;
    return found;
}

static inline int hz_strangers_any(const char **at, const char *end, const uint8_t *firsts) {
    (void)at, (void)end, (void)firsts;
    return 0;
}

static int (*hz_numbers)(const char **, const char *, uint64_t *, int) = hz_numbers_any;
static int (*hz_items)(const char *, const char **, const char *, struct hz_item *, int,
                       uint64_t *) = hz_items_any;
static int (*hz_strangers)(const char **, const char *, const uint8_t *) = hz_strangers_any;

#if defined(__x86_64__)
#include <immintrin.h>
#define HZ_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))

/* Which of 64 bytes are digits, and which are neither digits nor spaces. */
HZ_AVX2 HZ_INLINE void hz_classify(const char *text, uint64_t *digits, uint64_t *others) {
    *digits = *others = 0;
    for (int i = 0; i < HZ_BLOCK; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + i));
        __m256i offset = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
        __m256i digit = _mm256_cmpeq_epi8(_mm256_min_epu8(offset, _mm256_set1_epi8(9)), offset);
        __m256i blank = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(' '));
        uint64_t known = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(digit, blank));
        *digits |= (uint64_t)(uint32_t)_mm256_movemask_epi8(digit) << i;
        *others |= (known ^ 0xffffffff) << i;
    }
}

/* `count` numbers with spaces before them, and a space or newline
   behind the last. 1 and the position behind them, or 0 where the text isn't so plain: then it
   is for the careful scanners to say what it is. A block's bytes are classed all at once, so
   that one number needn't wait for the one before. */
HZ_AVX2 static int hz_numbers_avx2(const char **at, const char *end, uint64_t *out, int count) {
    const char *p = *at;
    int found = 0;
    for (;;) {
        char padded[HZ_BLOCK + 8];
        const char *block = p;
        uint64_t digits, others;
        if (end - p < (ptrdiff_t)sizeof padded) {
            memset(padded, '\n', sizeof padded);
            memcpy(padded, p, end - p);
            block = padded;
        }
        hz_classify(block, &digits, &others);
        if (others)
            digits &= (others & -others) - 1;       /* those before the first other byte */
        uint64_t firsts = digits & ~(digits << 1);
        uint64_t lasts = digits & ~(digits >> 1) & ~(UINT64_C(1) << 63);
        while (lasts) {
            const char *number = block + __builtin_ctzll(firsts);
            int last = __builtin_ctzll(lasts);
            int size = (int)(block + last + 1 - number);
            if (size == 1)
                out[found] = (uint64_t)(*number - '0');
            else if (size <= 8)
                out[found] = hz_number(hz_eight(number), size);
            else if (size <= HZ_LONGEST)
                out[found] = hz_number(hz_eight(number), size - 8) * 100000000
                             + hz_number(hz_eight(number + size - 8), 8);
            else if (size > 20 || !hz_long_number(number, size, out + found))
                return 0;
            if (++found == count) {
                char next = block[last + 1];
                if (p + last + 1 == end || (next != ' ' && next != '\n'))
                    return 0;
                *at = p + last + 1;
                return 1;
            }
            firsts &= firsts - 1;
            lasts &= lasts - 1;
        }
        if (others || end - p <= HZ_BLOCK)
            return 0;
        int used = firsts ? __builtin_ctzll(firsts) : HZ_BLOCK;   /* a number cut by the block */
        if (used == 0)
            return 0;
        p += used;
    }
}

/* 0xff for the last n of sixteen bytes. */
static const char hz_last[2 * HZ_LONGEST] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

/* The number in the last `width` (1 to 16) of the 16 bytes before `last`: spaces, then digits.
   1, or 0 where it is anything else. */
HZ_AVX2 HZ_INLINE int hz_right_aligned(const char *last, uint32_t width, uint64_t *out) {
    const __m128i zero = _mm_set1_epi8('0');
    __m128i inside = _mm_loadu_si128((const __m128i *)(hz_last + width));
    __m128i bytes = _mm_loadu_si128((const __m128i *)(last - HZ_LONGEST));
    bytes = _mm_blendv_epi8(_mm_set1_epi8(' '), bytes, inside);
    __m128i offset = _mm_sub_epi8(bytes, zero);
    __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(9)), offset);
    __m128i blank = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
    uint32_t digits = (uint32_t)_mm_movemask_epi8(digit);
    uint32_t blanks = (uint32_t)_mm_movemask_epi8(blank);
    /* all are one or the other; the digits come last, so that the blanks are ones from bit 0 */
    if ((digits | blanks) != 0xffff || (blanks & (blanks + 1)) || digits == 0)
        return 0;
    bytes = _mm_subs_epu8(bytes, zero);         /* a space becomes 0 */
    __m128i twos = _mm_maddubs_epi16(bytes, _mm_set1_epi16(0x010a));
    __m128i fours = _mm_madd_epi16(twos, _mm_set1_epi32(0x00010064));
    __m128i packed = _mm_packus_epi32(fours, fours);
    uint64_t eights = (uint64_t)_mm_cvtsi128_si64(
        _mm_madd_epi16(packed, _mm_set1_epi32(0x00012710)));
    *out = (eights & 0xffffffff) * 100000000 + (eights >> 32);
    return 1;
}

/* How many items, from the first on, are as expected; their numbers, and the position behind.
   An item is expected to be as wide as it was, so that the next needn't wait until this one's
   end is found; where it isn't, its new width is kept. Nothing before `text` or from `end` on
   is read. */
HZ_AVX2 static int hz_items_avx2(const char *text, const char **at, const char *end,
                                 struct hz_item *items, int count, uint64_t *out) {
    const char *p = *at;
    int found = 0;
    for (; found < count; found++) {
        struct hz_item *item = items + found;
        uint32_t width = __atomic_load_n(&item->width, __ATOMIC_RELAXED);
        if (end - p < (ptrdiff_t)(item->size + HZ_KEY)) {
            *at = p;        /* too near the end for so wide a look */
            return found + hz_items_any(text, at, end, item, count - found, out + found);
        }
        __m256i key = _mm256_loadu_si256((const __m256i *)p);
        __m256i wrong = _mm256_and_si256(
            _mm256_xor_si256(key, _mm256_loadu_si256((const __m256i *)item->key)),
            _mm256_loadu_si256((const __m256i *)item->mask));
        if (!_mm256_testz_si256(wrong, wrong)
                || (item->size > HZ_KEY && memcmp(p + HZ_KEY, item->text + HZ_KEY,
                                                  item->size - HZ_KEY)))
            break;
        const char *number = p + item->size;
        const char *last = number + width;      /* at most 16 of the 32 bytes made sure of */
        if (last - text < HZ_LONGEST) {     /* too near the start to look back so far */
            if (!hz_items_any(text, &p, end, item, 1, out + found))
                break;
            continue;
        }
        if (((hz_four(last) ^ item->end) & item->end_mask)
                || !hz_right_aligned(last, width, out + found)) {
            last = hz_find_end(item, number, end);
            if (last == NULL || last == number || last - number > HZ_LONGEST
                    || last - text < HZ_LONGEST
                    || !hz_right_aligned(last, (uint32_t)(last - number), out + found))
                break;
            __atomic_store_n(&item->width, (uint32_t)(last - number), __ATOMIC_RELAXED);
        }
        p = last + item->end_size;
    }
    *at = p;
    return found;
}

/* Past the lines, from one's start on, whose key (what a colon ends) can't be a known one: none
   of those has its first_of(). How many they are. */
HZ_AVX2 static int hz_strangers_avx2(const char **at, const char *end, const uint8_t *firsts) {
    const char *p = *at;
    int lines = 0;
    for (;; lines++) {
        uint32_t colons, ends;
        const char *q = p;
        if (end - q < HZ_KEY)
            break;
        __m256i text = _mm256_loadu_si256((const __m256i *)q);
        colons = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(text, _mm256_set1_epi8(':')));
        ends = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('\n')));
        if (colons == 0 || firsts[hz_first_of(q, __builtin_ctz(colons))])
            break;
        while (ends == 0 && end - q >= 2 * HZ_KEY) {
            q += HZ_KEY;
            ends = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(
                _mm256_loadu_si256((const __m256i *)q), _mm256_set1_epi8('\n')));
        }
        if (ends == 0)
            break;
        p = q + __builtin_ctz(ends) + 1;
    }
    *at = p;
    return lines;
}

__attribute__((constructor)) static void hz_choose(void) {
    __builtin_cpu_init();
    if (getenv("HZSTAT_NO_AVX2"))       /* for the tests: as on a machine without */
        return;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
        hz_numbers = hz_numbers_avx2;
        hz_items = hz_items_avx2;
        hz_strangers = hz_strangers_avx2;
    }
}
#endif
