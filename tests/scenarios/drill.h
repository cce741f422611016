/* SPDX-License-Identifier: MIT */
/* What is done with a leaf future of each object, in every state: not begun, queued, served, timed out; polled
 * and dropped. A thread polls it by hand, so that it knows in which state it is. */
#ifndef SCENARIOS_DRILL_H
#define SCENARIOS_DRILL_H

#include "await.h"

struct drill_kind;

struct drill {
        const struct drill_kind *kind;
        struct rota_await_inherit leaf; /* any of them */
        struct rota_await_condition wait;
        struct rota_semaphore semaphore;
        struct rota_mutex mutex;
        struct rota_completion completion;
        struct rota_events events;
        struct rota_channel channel;
        struct rota_rwlock lock;
        struct rota_barrier barrier;
        struct rota_once once;
        struct rota_pool pool;
        struct rota_wait_queue queue;
        struct rota_condition condition;
        struct rota_select_case cases[2];
        struct worker *holder; /* has what is awaited, until it is told */
        uint32_t told;         /* (atomic) */
        uint32_t links[1];
        uint32_t memory[2];
        uint32_t message; /* received */
        uint32_t sent;
        uint32_t got;
        void *block;
        char blocks[64];
};

struct drill_kind {
        /* The object anew, with nothing to be had; or else the holder, made before, gets it. */
        void (*prepare)(struct drill *);
        intptr_t (*hold)(
                struct drill *); /* the holder's doing: takes it, waits, gives it; or NULL */
        struct rota_future *(*make)(struct drill *, struct rota_timeout);
        void (*serve)(struct drill *); /* NULL: the holder is told */
        /* What served nobody, or was given back, is there, once: takes it. */
        bool (*there)(struct drill *);
        /* It was ready: gives up what it got. NULL: nothing to do. */
        void (*release)(struct drill *);
        intptr_t ready;   /* its value then */
        intptr_t dropped; /* its value after it was served and dropped */
        bool always;      /* with a time-out of none it is not EAGAIN */
};

/* All of it. */
void drill(const struct drill_kind *kind);

/* Steps of it. A poll by hand. */
enum rota_poll drill_poll(struct rota_future *future, uint32_t budget);
/* The holder says that it has it, and waits until it is told. */
void drill_hold(struct drill *d, struct worker *self);
/* The holder has it. */
void drill_take(struct drill *d);
/* Has the object anew, and the holder, where there is one, have it. */
void drill_begin(struct drill *d);
/* Has what is awaited given. */
void drill_serve(struct drill *d);
void drill_end(struct drill *d);

#endif
