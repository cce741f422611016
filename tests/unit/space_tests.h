/* SPDX-License-Identifier: MIT */
/* The parts of the tests of spaces. */
#ifndef TEST_SPACE_H
#define TEST_SPACE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tables.h"

#define P KERNEL_PAGE_SIZE

/* The pages that are played with: over two tables of pages, and two entries of the root. */
#define WINDOW 700u
#define BASE   (KERNEL_USER_START + KERNEL_ROOT_SIZE - 300 * P)

static inline uintptr_t address_of(uint32_t page)
{
        return BASE + page * P;
}

/* A number below @p sides; the same ones in each run. */
uint32_t dice(uint32_t sides);

/* space_steps.c */
void steps_with_identifiers(void **state);
void steps_without_identifiers(void **state);
/* space_threads.c */
void threads_with_identifiers(void **state);
void threads_without_identifiers(void **state);

#endif
