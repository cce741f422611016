/* SPDX-License-Identifier: MIT */
/* Words and their latest values, between memory.c, which keeps them, and operations.c. */
#ifndef ROTA_TESTS_EXPLORE_MEMORY_H
#define ROTA_TESTS_EXPLORE_MEMORY_H

#include "explore.h"

#define WORDS   192u
#define HISTORY VALUES_MAX

struct message {
        uintptr_t value;
        uint32_t clock[CLOCKS]; /* what an acquire of it learns (race.c) */
        uint16_t view[WORDS];
};

struct word {
        volatile void *where;
        size_t size;
        uint32_t execution;
        uint8_t readers, writers; /* bit per actor, over all executions of a program */
        bool shared, grows;
        bool past;               /* a plain write went past the history */
        uint16_t oldest, newest; /* times of what is kept */
        struct message history[HISTORY];
};

uintptr_t memory_fetch(const volatile void *p, size_t size);
void memory_put(volatile void *p, size_t size, uintptr_t value);
/* The word, up to date in this execution; NULL: not of the virtual machine. */
struct word *memory_word(const volatile void *p, size_t size);
/* Its newest value. */
struct message *memory_newest(struct word *word);
/* The value that this CPU's load sees, one of those that it may. */
const struct message *memory_see(struct word *word);
/* This CPU sees the newest value from here on. */
void memory_seen(const struct word *word);
/* An acquire of that value. */
void memory_learn(const struct message *m);
/* A new value of this CPU's; `replaces`: by a read-modify-write. */
void memory_publish(struct word *word, uintptr_t value, bool release, bool replaces);
/* A read-modify-write that is sequentially consistent; a full fence. */
void memory_sc(const struct word *word);
void memory_fence(void);
/* Where all fences meet, as the place of an operation. */
extern const uint8_t memory_fences;

#endif
