/* SPDX-License-Identifier: MIT */
/* Damaged input: cut off at every byte, with every bit turned, with other words in it. Each piece
 * lies between two pages that nobody may touch, once at either end, so that a reader that leaves it
 * ends the process, whether a sanitizer looks on or not. */
#ifndef DAMAGE_H
#define DAMAGE_H

#include <stddef.h>
#include <stdint.h>

/* Looks at a piece; returns whether it was found sound. */
typedef int damage_look(uint8_t *bytes, size_t size);

/* Each returns how many of the pieces were found sound; all of them, where @p look is NULL. */
size_t damage_cut(const uint8_t *bytes, size_t size, damage_look *look);
/* Turns every @p step-th bit, one at a time. */
size_t damage_bits(const uint8_t *bytes, size_t size, damage_look *look, size_t step);
/* @p count pieces with some words changed, the sequence being that of @p seed. */
size_t damage_words(
        const uint8_t *bytes, size_t size, damage_look *look, uint64_t seed, size_t count);

#endif
