/* SPDX-License-Identifier: MIT */
/* Bits in an array of words, not atomic. */
#ifndef ROTA_BASE_BITMAP_H
#define ROTA_BASE_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

#define ROTA_WORD_BITS              ((uint32_t)(sizeof(uintptr_t) * 8))
#define ROTA_BITMAP_WORDS(bits)     (((bits) + ROTA_WORD_BITS - 1) / ROTA_WORD_BITS)
#define ROTA_BITMAP_WORDS_MAX(bits) (((bits) + sizeof(uintptr_t) * 8 - 1) / (sizeof(uintptr_t) * 8))

/* Index of the lowest bit set; word is not zero. */
static inline uint32_t rota_lowest_bit(uintptr_t word)
{
        return (uint32_t)(sizeof(uintptr_t) == sizeof(unsigned long)
                                  ? __builtin_ctzl((unsigned long)word)
                                  : __builtin_ctzll((unsigned long long)word));
}

static inline void rota_bitmap_set(uintptr_t *words, uint32_t bit)
{
        words[bit / ROTA_WORD_BITS] |= (uintptr_t)1 << (bit % ROTA_WORD_BITS);
}

static inline void rota_bitmap_clear(uintptr_t *words, uint32_t bit)
{
        words[bit / ROTA_WORD_BITS] &= ~((uintptr_t)1 << (bit % ROTA_WORD_BITS));
}

static inline bool rota_bitmap_test(const uintptr_t *words, uint32_t bit)
{
        return (words[bit / ROTA_WORD_BITS] >> (bit % ROTA_WORD_BITS)) & 1;
}

/* The lowest bit set among the first `bits`, or `bits` where there is none. */
static inline uint32_t rota_bitmap_first(const uintptr_t *words, uint32_t bits)
{
        for (uint32_t w = 0; w < ROTA_BITMAP_WORDS(bits); w++) {
                if (words[w] != 0)
                        return w * ROTA_WORD_BITS + rota_lowest_bit(words[w]);
        }
        return bits;
}

#endif
