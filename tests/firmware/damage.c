/* SPDX-License-Identifier: MIT */
#include "damage.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOM_PAGES 4

/* The room between the two pages. */
static uint8_t *room(size_t *size)
{
        static uint8_t *pages;
        size_t page = (size_t)sysconf(_SC_PAGESIZE);

        *size = ROOM_PAGES * page;
        if (!pages) {
                pages = mmap(NULL, *size + 2 * page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (pages == MAP_FAILED || mprotect(pages, page, PROT_NONE) != 0 ||
                        mprotect(pages + page + *size, page, PROT_NONE) != 0)
                        abort();
        }
        return pages + page;
}

/* At the room's beginning or at its end. */
static bool look_at(const uint8_t *bytes, size_t size, bool end, damage_look *look)
{
        size_t have;
        uint8_t *at = room(&have);

        if (size > have)
                abort();
        memset(at, 0xa5, have);
        at += end ? have - size : 0;
        memcpy(at, bytes, size);
        return look ? look(at, size) : true;
}

size_t damage_cut(const uint8_t *bytes, size_t size, damage_look *look)
{
        size_t sound = 0;

        for (size_t left = 0; left < size; left++)
                sound += (size_t)look_at(bytes, left, true, look);
        return sound;
}

size_t damage_bits(const uint8_t *bytes, size_t size, damage_look *look, size_t step)
{
        uint8_t *copy = malloc(size);
        size_t sound = 0;

        if (!copy)
                abort();
        memcpy(copy, bytes, size);
        for (size_t bit = 0; bit < 8 * size; bit += step) {
                copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
                sound += (size_t)look_at(copy, size, bit % 2, look);
                copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        free(copy);
        return sound;
}

static uint32_t draw(uint64_t *seed)
{
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        return (uint32_t)(*seed >> 33);
}

/* One word, of one to eight bytes, becomes what a reader may stumble over, or another of the piece. */
static void change(uint8_t *bytes, size_t size, uint64_t *seed)
{
        static const uint8_t values[][4] = {{0, 0, 0, 0}, {255, 255, 255, 255},
                {127, 255, 255, 255}, {128, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 2}, {0, 0, 0, 3},
                {0, 0, 0, 4}, {0, 0, 0, 9}, {255, 255, 255, 252}, {0, 0, 16, 0}, {1, 0, 0, 0}};
        size_t length = (size_t)1 << draw(seed) % 4, at = draw(seed) % size;
        size_t from = draw(seed) % size;

        at -= draw(seed) % 4 ? at % length : 0;
        for (size_t i = 0; i < length && at + i < size && from + i < size; i++)
                bytes[at + i] = bytes[from + i];
        if (draw(seed) % 2 && at + 4 <= size)
                memcpy(bytes + at, values[draw(seed) % 12], 4);
}

size_t damage_words(
        const uint8_t *bytes, size_t size, damage_look *look, uint64_t seed, size_t count)
{
        uint8_t *copy = malloc(size);
        size_t sound = 0;

        if (!copy)
                abort();
        for (size_t i = 0; i < count; i++) {
                memcpy(copy, bytes, size);
                for (uint32_t changes = 1 + draw(&seed) % 4; changes > 0; changes--)
                        change(copy, size, &seed);
                sound += (size_t)look_at(copy, size, i % 2, look);
        }
        free(copy);
        return sound;
}
