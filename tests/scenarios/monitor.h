/* SPDX-License-Identifier: MIT */
/* What the scenarios of condition variables share: a monitor, inside of which one is at a time. */
#ifndef SCENARIOS_MONITOR_H
#define SCENARIOS_MONITOR_H

#include "harness.h"

struct monitor {
        struct rota_mutex mutex;
        struct rota_condition changed;
        struct rota_condition room; /* the buffer's */
        uint32_t slot;              /* of the buffer: a number, 0: empty */
        uint32_t sum;               /* of what was taken */
        uint32_t rest;              /* to be taken */
        uint32_t open;              /* who waits for it may go on */
        uint32_t inside;            /* (atomic) */
        uint32_t ready;             /* waits, or is about to (atomic) */
        struct rota_timer timer;
        uint32_t signals; /* that reached somebody (atomic) */
        uint32_t rung;    /* (atomic) */
        uint32_t stop;    /* (atomic) */
};

static inline struct monitor *monitor_make(uint32_t flags)
{
        struct monitor *m = memory(sizeof(*m));

        rota_mutex_init(&m->mutex, flags, "monitor");
        rota_condition_init(&m->changed, ROTA_WAIT_FIFO, "changed");
        rota_condition_init(&m->room, ROTA_WAIT_URGENCY, "room");
        return m;
}

static inline void enter(struct monitor *m)
{
        check(rota_mutex_lock(&m->mutex) == ROTA_OK);
        check(add(m->inside, 1) == 0);
}

static inline void leave(struct monitor *m)
{
        check(add(m->inside, (uint32_t)-1) == 1);
        check(rota_mutex_unlock(&m->mutex) == ROTA_OK);
}

/* Waits in the monitor: whatever the answer, nobody else is inside. */
static inline int wait_inside(
        struct monitor *m, struct rota_condition *condition, struct rota_timeout timeout)
{
        check(add(m->inside, (uint32_t)-1) == 1);
        int result = rota_condition_wait_until(condition, &m->mutex, timeout);
        check(add(m->inside, 1) == 0);
        return result;
}

#endif
