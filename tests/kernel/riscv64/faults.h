/* SPDX-License-Identifier: MIT */
/*
 * What riscv64 can do wrong, by the command line's word; each is in `expected` beside this, with what
 * the report says of it.
 */
#ifndef ROTA_TESTS_KERNEL_FAULTS_H
#define ROTA_TESTS_KERNEL_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* A stack pointer so low that the next interrupt's frame does not fit above @p bottom; for ever. */
static inline void fault_room(char *bottom)
{
        __asm__ volatile("mv sp, %0\n1:\tj 1b" : : "r"(bottom + 16));
}

static inline void fault(const char *word, bool (*is)(const char *, const char *))
{
        if (is(word, "page"))
                *(volatile int *)(uintptr_t)0x18 = 1;
        if (is(word, "text")) /* code is not writable, */
                *(volatile int *)(uintptr_t)fault = 1;
        if (is(word, "constant")) { /* constants neither, */
                static const int constant = 1;
                *(volatile int *)(uintptr_t)&constant = 2;
        }
        if (is(word, "data")) { /* and what is writable is not executable */
                static int data[] = {0x00008067 /* ret */};
                ((void (*)(void))(uintptr_t)data)();
        }
        if (is(word, "opcode"))
                __asm__ volatile("unimp");
        if (is(word, "breakpoint"))
                __asm__ volatile("ebreak");
        if (is(word, "jump"))
                ((void (*)(void))(uintptr_t)0x300000000)();
        if (is(word, "nowhere")) {
                uintptr_t sp = 0x300000000;
                __asm__ volatile("mv sp, %0\n\tsd ra, -8(sp)" : : "r"(sp));
        }
        if (is(word, "wild")) { /* a frame that an interrupt tries to push */
                uintptr_t sp = 0x8000000000000000;
                __asm__ volatile("mv sp, %0\n1:\tj 1b" : : "r"(sp));
        }
        if (is(word, "access")) /* of memory that the firmware keeps for itself */
                *(volatile int *)(uintptr_t)0x80000000 = 1;
        if (is(word, "float"))
                __asm__ volatile(".word 0xd2000053"); /* fcvt.d.w ft0, zero */
}

#endif
