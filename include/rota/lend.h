/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Lending urgency to a task, of whatever kind, that the caller needs something of which is no mutex: its end
 * (rota_join_inherit()), or an answer. As if the task had a mutex and the caller waited for it: over whatever
 * the task itself waits for, the urgency goes on along the chain, and a circle is refused. See <rota/mutex.h>
 * for what urgency is and who inherits.
 */
#ifndef ROTA_LEND_H
#define ROTA_LEND_H

#include <rota/mutex.h>

ROTA_BEGIN_DECLS

/** A task lends to another one, in the caller's memory until it has ended to. Fields are the core's. */
struct rota_lend {
        struct rota_mutex mutex; /**< what the other one has in this */
        struct rota_wait wait;   /**< with which the caller waits for it */
};

/**
 * Begins to lend the running task's urgency, as it is and as it changes, until rota_lend_end() or the other
 * one's end.
 * @param to     a task that has not ended; it may be NEW
 * @param lend   needs no initialisation
 * @param until  a wait of the running task that was begun: once it has a result, what it waited for is no
 *               link of a circle any more; NULL: none
 * @return ROTA_OK; ROTA_ESTALE: there is nobody, or has ended; ROTA_EDEADLK: it is the running task, or waits,
 * directly or over others, for what the running task has; ROTA_EINVAL; ROTA_ECONTEXT. Where it is not ROTA_OK
 * there is nothing to end. Context: task.
 */
int rota_lend_begin(struct rota_handle to, struct rota_lend *lend, struct rota_wait *until);

/** Ends it. By the task that began. Context: task. */
void rota_lend_end(struct rota_lend *lend);

/** As rota_join(), and meanwhile the task counts as at least as urgent as the caller: how a thread blocks on
 * a future task (or on a thread) with priority inheritance. @return likewise; ROTA_EDEADLK: it waits for what
 * the caller has. Context: task. */
int rota_join_inherit(struct rota_handle task, struct rota_timeout timeout, intptr_t *code);

ROTA_END_DECLS
#endif
