/* SPDX-License-Identifier: MIT */
/*
 * What is in channels, and who waits to do what with them, by the model: it says after each operation
 * who must have been served, with which message.
 */
#ifndef ROTA_TESTS_VIRTUAL_CHANNELS_H
#define ROTA_TESTS_VIRTUAL_CHANNELS_H

#include <rota/select.h>

#include "sync/queue.h"
#include "virtual.h"

#define TASKS     8u
#define CHANNELS  4u
#define CAPACITY  3u
#define CASES     4u
#define SIZE      40u
#define BELL      CHANNELS /* a wait queue, beside the channels, and one that its waiters are moved to */
#define BELLS     2u
#define INTERRUPT TASKS /* who sends and receives in interrupts */

enum what { SEND, RECEIVE, RING };

/* One thing that a task waits for, in the order in which they were queued. */
struct entry {
        uint32_t task;
        uint32_t number; /* of the case */
        uint32_t channel;
        enum what what;
        uint64_t message;
};

struct actor {
        struct rota_select_case cases[CASES];
        unsigned char buffers[CASES][SIZE + 1];
        struct rota_wait *wait; /* what it waits on; NULL: it does not */
        uint32_t count;         /* of its cases; 0: no select */
        uint32_t channel;       /* where it is no select */
        bool served;            /* by the model, and with what: */
        int result;
        uint32_t number;
        uint64_t message; /* received */
};

extern struct rota_channel channels[CHANNELS];
extern uint64_t contents[CHANNELS][CAPACITY];
extern uint32_t used[CHANNELS];
extern bool closed[CHANNELS];
extern struct entry entries[TASKS * CASES];
extern uint32_t entry_count;
extern struct actor actors[TASKS + 1];

/* Who is served next of those that wait to do this; NULL: nobody. */
struct entry *model_next(enum what what, uint32_t channel, uint8_t order);
void model_serve(const struct entry *e, int result, uint64_t message);
/* What a send, or a receive, that does not wait should answer, and does to the others. */
int model_send(uint32_t c, uint64_t message);
int model_receive(uint32_t c, uint64_t *message);
/* A task waits for this, too. */
void model_add(uint32_t task, uint32_t number, enum what what, uint32_t c, uint64_t message);
/* It waits for nothing any more. */
void model_forget(uint32_t task);
/* Whom the model served has been, with the right thing; nobody else. */
void model_verify(void);

#endif
