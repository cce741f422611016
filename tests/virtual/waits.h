/* SPDX-License-Identifier: MIT */
/*
 * What the models of primitives share: who waits for which object, in which order, and who of them
 * should have been served with what. A program (permits.c, events.c) says what an operation on an object
 * does to this model, and then does it.
 */
#ifndef ROTA_TESTS_WAITS_H
#define ROTA_TESTS_WAITS_H

#include "sync/queue.h"
#include "virtual.h"

#define WAITERS 8u
#define NOBODY  UINT32_MAX

/* The model of one object's queue. */
struct waits {
        struct rota_wait_queue *queue;
        uint32_t line[WAITERS]; /* those who have begun and not finished, the first first */
        uint32_t count;
};

struct waiter {
        struct waits *at;     /* NULL: it waits for nothing */
        bool should;          /* it has been served */
        intptr_t gets;        /* with this */
        uint32_t wanted, how; /* the program's */
};

extern struct waiter waiters[WAITERS];
/* Of operations that are made in an interrupt, and how many of each outcome there were. */
extern bool in_interrupt;
extern uint64_t seen_served, seen_timed_out, seen_cancelled;

void waits_clear(struct waits *w, struct rota_wait_queue *queue);
/* It waits, and has no result yet. */
bool waits_live(uint32_t i);
/* Who is to be served next, NOBODY where nobody lives. */
uint32_t waits_next(const struct waits *w);
void waits_join(struct waits *w, uint32_t i);
void waits_serve(uint32_t i, intptr_t gets);
/* The queue is as the model has it, and served are those who should be. */
void waits_verify(const struct waits *w);
/* A task whose begin was told to wait does: with a time-out or without. */
void waits_park(struct virtual_task *t);
/* It runs again in the middle of a wait: has it something to finish, or does it go on waiting? */
bool waits_over(struct virtual_task *t);
/* It has finished with `result`: that is right. */
void waits_finished(uint32_t i, int result);
void waits_expect(int result, int wanted);

/* The program's: an operation that nobody waits in, on an object of its choice, from a timer's callback. */
void waits_fire(void);
/* The program's: the current task's end of a wait; its begin; an operation without waiting; it gives up
 * what it must not have when it ends. */
void waits_finish(struct virtual_task *t);
void waits_begin(struct virtual_task *t);
void waits_operate(struct virtual_task *t);
void waits_give_up(struct virtual_task *t);

#endif
