/* Many bytes of text at a time, where the text is plain; whatever isn't is left to _scan.pxd. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes of text at once, the first in the lowest byte. */
static inline uint64_t hz_eight(const char *text) {
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* The number in the first `count` (1 to 8) of the eight, which are digits: neighbours are
   joined into pairs, pairs into fours, fours into eight. */
static inline uint64_t hz_number(uint64_t eight, int count) {
    eight = (eight - UINT64_C(0x3030303030303030)) << (64 - 8 * count);
    eight = (eight * 10 + (eight >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    eight = (eight * 100 + (eight >> 16)) & UINT64_C(0x0000ffff0000ffff);
    return (eight * 10000 + (eight >> 32)) & UINT64_C(0xffffffff);
}

#define HZ_BLOCK 64         /* bytes that are looked at together */
#define HZ_LONGEST 16       /* digits of a number that is taken the fast way */

#ifdef __SSE2__
#include <emmintrin.h>
static inline void hz_classify(const char *text, uint64_t *digits, uint64_t *others) {
    *digits = *others = 0;
    for (int i = 0; i < HZ_BLOCK; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(text + i));
        __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(9)), offset);
        __m128i blank = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
        uint64_t known = (uint16_t)_mm_movemask_epi8(_mm_or_si128(digit, blank));
        *digits |= (uint64_t)(uint16_t)_mm_movemask_epi8(digit) << i;
        *others |= (known ^ 0xffff) << i;
    }
}
#endif

/* `count` numbers of at most 16 digits with spaces before them, and a space or newline
   behind the last. 1 and the position behind them, or 0 where the text isn't so plain (or the
   machine has no SSE2): then it is for the careful scanners to say what it is. A block's
   bytes are classed all at once, so that one number needn't wait for the one before. */
static inline int hz_numbers(const char **at, const char *end, uint64_t *out, int count) {
#ifdef __SSE2__
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
            if (size <= 8)
                out[found] = hz_number(hz_eight(number), size);
            else if (size <= HZ_LONGEST)
                out[found] = hz_number(hz_eight(number), size - 8) * 100000000
                             + hz_number(hz_eight(number + size - 8), 8);
            else
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
#else
    return 0;
#endif
}

/* How many of the eight are blank before the first that isn't. */
static inline int hz_blanks(uint64_t eight) {
    uint64_t other = eight ^ (UINT64_C(0x0101010101010101) * ' ');
    return other ? __builtin_ctzll(other) >> 3 : 8;
}

/* The number in a field of `size` (8 to 24) bytes: spaces, and 1 to 8 digits at its end. 1, or
   0 where it is anything else. */
static inline int hz_right_aligned(const char *field, ptrdiff_t size, uint64_t *out) {
    const uint64_t spaces = UINT64_C(0x2020202020202020);
    uint64_t eight = hz_eight(field + size - 8);
    int blank = hz_blanks(eight);
    if (blank == 8)
        return 0;
    eight >>= 8 * blank;
    uint64_t other = ((eight + UINT64_C(0x4646464646464646)) | (eight - UINT64_C(0x3030303030303030))
                      | eight) & UINT64_C(0x8080808080808080);
    if ((other ? __builtin_ctzll(other) >> 3 : 8) != 8 - blank)
        return 0;
    if (size > 16 ? hz_eight(field) != spaces || hz_eight(field + size - 16) != spaces
                  : size > 8 && (hz_eight(field) ^ spaces) << (8 * (16 - size)))
        return 0;
    *out = hz_number(eight, 8 - blank);
    return 1;
}

/* Whether 32 bytes of text are the wanted ones wherever the mask has ones. */
static inline int hz_same(const char *text, const uint64_t wanted[4], const uint64_t mask[4]) {
    uint64_t words[4];
    memcpy(words, text, sizeof words);
    uint64_t different = 0;
    for (int i = 0; i < 4; i++)
        different |= (words[i] ^ wanted[i]) & mask[i];
    return !different;
}
