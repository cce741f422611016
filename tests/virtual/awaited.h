/* SPDX-License-Identifier: MIT */
/* What tasks await, and who waits for whom over that: a brute-force model of the whole graph. */
#ifndef ROTA_TESTS_VIRTUAL_AWAITED_H
#define ROTA_TESTS_VIRTUAL_AWAITED_H

#include "future/await.h"
#include "owners.h"

#define MUTEXES 5u
#define WAITS   3u

/* What a task awaits: a mutex, or another one's end. */
struct awaited {
        struct rota_await_inherit future;
        bool used;
        uint32_t mutex; /* NOBODY: an end */
        uint32_t whose; /* that end */
};

/* The state before an operation by which mutexes change hands. */
struct before {
        struct urgency urgency[TASKS];
        uint32_t waits[TASKS];      /* how many nodes it has in queues */
        bool could[TASKS][MUTEXES]; /* it waited for it still */
        bool back[TASKS][MUTEXES];  /* it would wait for who waits for it */
};

extern struct awaited awaited[TASKS][WAITS];

/* It is in a queue: from its begin until it is served, skipped, or has finished. */
bool awaited_queued(const struct awaited *a);
/* It is a mutex, which it was given, and has not been told. */
bool awaited_served(const struct awaited *a);
/* Does the one wait for the other, over however many? `live`: only over those that wait still. */
bool awaited_reaches(uint32_t from, uint32_t to, bool live);
void awaited_note(struct before *b);
/* Who were served by the operation that has just been: they own what they waited for. Each was the most
 * urgent of those who could be. `several`: mutexes went one after the other, and ways changed meanwhile. */
void awaited_take_served(const struct before *b, bool several);

#endif
