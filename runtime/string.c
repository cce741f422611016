/* SPDX-License-Identifier: MIT */
/* memcpy and its kin, of the kernel and of its programs. The barrier in each loop keeps a compiler from
 * finding out what it is, and calling it by its name. */
#include <program/string.h>

#include <stdint.h>

#define BARRIER() __asm__ volatile("" : : : "memory")

typedef uint64_t __attribute__((may_alias)) word;

static int aligned(const void *a, const void *b)
{
        return (((uintptr_t)a | (uintptr_t)b) & 7) == 0;
}

static void copy_up(char *to, const char *from, size_t size)
{
        if (aligned(to, from)) {
                for (; size >= 32; size -= 32, to += 32, from += 32) {
                        word a = ((const word *)from)[0], b = ((const word *)from)[1];
                        word c = ((const word *)from)[2], d = ((const word *)from)[3];
                        ((word *)to)[0] = a;
                        ((word *)to)[1] = b;
                        ((word *)to)[2] = c;
                        ((word *)to)[3] = d;
                        BARRIER();
                }
                for (; size >= 8; size -= 8, to += 8, from += 8) {
                        *(word *)to = *(const word *)from;
                        BARRIER();
                }
        }
        for (; size > 0; size--) {
                *to++ = *from++;
                BARRIER();
        }
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
        copy_up(to, from, size);
        return to;
}

void *memmove(void *to, const void *from, size_t size)
{
        if ((uintptr_t)to - (uintptr_t)from >= size) {
                copy_up(to, from, size); /* never writes what it has not read */
                return to;
        }
        while (size-- > 0) {
                ((char *)to)[size] = ((const char *)from)[size];
                BARRIER();
        }
        return to;
}

void *memset(void *to, int value, size_t size)
{
        word eight = (unsigned char)value * (word)0x0101010101010101;
        char *at = to;

        for (; size > 0 && !aligned(at, at); size--) {
                *at++ = (char)value;
                BARRIER();
        }
        for (; size >= 64; size -= 64, at += 64) {
                for (unsigned i = 0; i < 8; i++)
                        ((word *)at)[i] = eight;
                BARRIER();
        }
        for (; size > 0; size--) {
                *at++ = (char)value;
                BARRIER();
        }
        return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
        const unsigned char *x = a, *y = b;

        for (size_t i = 0; i < size; i++) {
                if (x[i] != y[i])
                        return x[i] < y[i] ? -1 : 1;
                BARRIER();
        }
        return 0;
}
