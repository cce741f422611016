/* SPDX-License-Identifier: MIT */
/* A future of the scenarios', and the task that polls it. */
#ifndef SCENARIOS_FUTURE_H
#define SCENARIOS_FUTURE_H

#include "harness.h"
#include <rota/futures.h>

struct promise {
        struct rota_future future; /* first, so that the two convert */
        struct rota_future_task task;
        struct rota_handle handle;
        enum rota_poll (*step)(struct promise *, struct rota_poll_context *);
        uint32_t number;
        uint32_t polls;  /* (atomic) */
        uint32_t inside; /* polls at this moment (atomic) */
        uint32_t drops;  /* (atomic) */
        uint32_t exits;  /* (atomic) */
        uint32_t wakes;  /* by who wakes it */
        uint32_t count;  /* the scenario's (atomic) */
        uint32_t cpu;    /* the scenario's (atomic) */
        uint32_t flag;   /* the scenario's (atomic) */
};

/* A future task of the setup's default parameters (options: NULL, or what differs), not started. */
struct promise *promise_make(enum rota_poll (*step)(struct promise *, struct rota_poll_context *),
        const struct rota_task_options *options);
/* promise_make() on that CPU only, and rota_start(). */
struct promise *promise_start_on(
        enum rota_poll (*step)(struct promise *, struct rota_poll_context *), uint32_t cpu);
/* Joins it: its exit code. */
intptr_t promise_end(struct promise *promise);

/* Polls that were preempted so far. */
uint64_t polls_lent(void);

/* A poll that counts until it is told by its flag, then is ready with 7. */
enum rota_poll loops(struct promise *promise, struct rota_poll_context *context);
/* Ready with 5 once its flag is set; pending. */
enum rota_poll waits(struct promise *promise, struct rota_poll_context *context);

#endif
