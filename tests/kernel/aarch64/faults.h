/* SPDX-License-Identifier: MIT */
/*
 * What aarch64 can do wrong, by the command line's word; each is in `expected` beside this, with what
 * the report says of it.
 */
#ifndef ROTA_TESTS_KERNEL_FAULTS_H
#define ROTA_TESTS_KERNEL_FAULTS_H

#include <stdint.h>

extern char kernel_text_start[]; /* the linker script's */

/* A stack pointer so low that the next interrupt's frame does not fit above @p bottom; for ever. */
static inline void fault_room(char *bottom)
{
        __asm__ volatile("mov sp, %0\n1:\tb 1b" : : "r"(bottom + 16));
}

static inline void fault(const char *word, bool (*is)(const char *, const char *))
{
        if (is(word, "page"))
                *(volatile int *)(uintptr_t)0x18 = 1;
        if (is(word, "opcode"))
                __asm__ volatile("udf #0");
        if (is(word, "jump"))
                ((void (*)(void))(uintptr_t)0x300000000)();
        if (is(word, "crooked"))
                ((void (*)(void))(kernel_text_start + 2))();
        if (is(word, "nowhere"))
                __asm__ volatile("mov x9, #0x300000000\n\tmov sp, x9\n\tstr x9, [sp]");
        if (is(word, "double")) /* beyond all tables: an entry must not use it either */
                __asm__ volatile("mov x9, #0x8000000000000000\n\tmov sp, x9\n\tstr x9, [sp]");
        if (is(word, "float"))
                __asm__ volatile(".arch armv8-a+fp\n\tfmov d0, #1.0");
        if (is(word, "register"))
                __asm__ volatile("mrs x0, S3_4_C1_C1_0"); /* HCR_EL2 */
        if (is(word, "alignment")) { /* an exclusive access must be aligned in any memory */
                static uint64_t words[2];
                __asm__ volatile("ldxr x0, [%0]" : : "r"((char *)words + 1) : "x0", "memory");
        }
}

#endif
