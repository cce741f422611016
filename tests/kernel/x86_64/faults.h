/* SPDX-License-Identifier: MIT */
/*
 * What x86_64 can do wrong, by the command line's word; each is in `expected` beside this, with what
 * the report says of it. Another machine gives the same two.
 */
#ifndef ROTA_TESTS_KERNEL_FAULTS_H
#define ROTA_TESTS_KERNEL_FAULTS_H

#include <stdint.h>

/* A stack pointer so low that the next interrupt's frame does not fit above @p bottom; for ever. */
static inline void fault_room(char *bottom)
{
        __asm__ volatile("movq %0, %%rsp\n1:\tjmp 1b" : : "r"(bottom + 16));
}

static inline void fault(const char *word, bool (*is)(const char *, const char *))
{
        if (is(word, "divide"))
                __asm__ volatile("xorl %%edx, %%edx\n\tdivl %%edx" : : "a"(1) : "edx");
        if (is(word, "page"))
                *(volatile int *)(uintptr_t)0x18 = 1;
        if (is(word, "opcode"))
                __asm__ volatile("ud2");
        if (is(word, "jump"))
                ((void (*)(void))(uintptr_t)0x300000000)();
        if (is(word, "nowhere"))
                __asm__ volatile("movq $0x300000000, %rsp\n\tpush %rax");
        if (is(word, "double")) /* no address at all: a stack fault, which finds no stack */
                __asm__ volatile(
                        "movabsq $0x8000000000000000, %rax\n\tmovq %rax, %rsp\n\tpush %rax");
        if (is(word, "float"))
                __asm__ volatile("fld1");
}

#endif
