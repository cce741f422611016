/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A kind of task: how its turns are taken. Threads are one, built in.
 */
#ifndef ROTA_KIND_H
#define ROTA_KIND_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

struct rota_task;

/** How a turn on the home stack ended. */
enum rota_turn {
        ROTA_TURN_YIELDED,   /**< runnable, goes on later */
        ROTA_TURN_PENDING,   /**< parks, unless its token is set */
        ROTA_TURN_ENDED,     /**< done; the exit code is in the task */
        ROTA_TURN_PREEMPTED, /**< ended because another task may have to run: it keeps the rest of its
                                  slice, and goes on at once where no other one is to */
};

/** A kind's table, constant. */
struct rota_kind {
        const char *name; /**< "thread", ... */
        /** Takes a turn on the CPU's home stack, interrupts enabled by the core. NULL for kinds
         * whose every turn is on a context of their own, to which the core switches. A turn may
         * end on another CPU than it began on. */
        enum rota_turn (*begin_turn)(struct rota_task *task);
        /** The task's context is saved and it is off the CPU; interrupts masked, the queue's lock
         * held. NULL: nothing to do. */
        void (*saved)(struct rota_task *task);
        /** The task has ended, just before its exit callback, on the home stack, masked, no lock.
         * NULL: nothing to do. */
        void (*ended)(struct rota_task *task);
};

ROTA_END_DECLS
#endif
