/* SPDX-License-Identifier: MIT */
/* Kernel stacks, from a list of free ones. */
#include "kernel.h"

static char stacks[THREADS][STACK] __attribute__((aligned(16)));
static void *free_stacks;

void memory_init(void)
{
        for (int i = THREADS - 1; i >= 0; i--)
                stack_free(stacks[i]);
}

/* Threads run on one CPU, and nobody comes between. */

char *stack_alloc(void)
{
        void **stack = free_stacks;
        if (stack)
                free_stacks = *stack;
        return (char *)stack;
}

void stack_free(char *stack)
{
        *(void **)(void *)stack = free_stacks;
        free_stacks = stack;
}

void *memcpy(void *to, const void *from, size_t size)
{
        void *end = to;
        __asm__ volatile("rep movsb" : "+D"(end), "+S"(from), "+c"(size) : : "memory");
        return to;
}

void *memset(void *to, int value, size_t size)
{
        void *end = to;
        __asm__ volatile("rep stosb" : "+D"(end), "+c"(size) : "a"(value) : "memory");
        return to;
}
