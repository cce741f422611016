/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Ending where a thread was asked to: cancellation at defined points, and what is to be put right before
 * (after POSIX's pthread_cleanup_push, with the node on the caller's stack).
 *
 * Nobody is stopped against their will. rota_cancel() sets a flag, which is seen
 *  - by rota_test_cancel(), which ends the thread there;
 *  - by every call that waits, which answers ROTA_ECANCELED instead of waiting (on) and leaves the rest to
 *    its caller: rota_park(), rota_park_until(), rota_hand_over(), rota_sleep_for(), rota_sleep_until(),
 *    rota_join(), rota_join_any(), rota_wait_park(), and all of <rota/sync.h> that take a time-out or wait for
 *    ever. One that need not wait does what it does: a free mutex is locked, cancelled or not;
 *  - by rota_cancelled().
 * Nowhere else: not by rota_yield(), by what tries and does not wait, by what gives back. Under
 * rota_cancel_hold() only rota_cancelled() sees it.
 *
 * A mutex that a cancelled thread has stays its, until it unlocks it, or a cleanup handler does. Where it
 * ends with it, the next one who locks it is told so by ROTA_EOWNERDEAD.
 */
#ifndef ROTA_CLEANUP_H
#define ROTA_CLEANUP_H

#include <rota/thread.h>

ROTA_BEGIN_DECLS

/** A cleanup handler, on the stack of the thread that pushes it. Fields are the core's. */
struct rota_cleanup {
        struct rota_cleanup *next; /**< pushed before */
        void (*run)(void *);       /**< what to do */
        void *argument;            /**< given to it */
};

/** From here to its pop, an end of the calling thread (rota_exit(), rota_test_cancel(), return from its
 * entry) runs @p run first, the latest handler first: in the thread, on its stack, with interrupts as they
 * were; a cancel ends none of its waits. A thread that is ended for its stack runs none.
 * @param cleanup  stays valid and in place until then. @return ROTA_OK; ROTA_EINVAL; ROTA_ECONTEXT: not a
 * thread. Context: task. */
int rota_cleanup_push(struct rota_cleanup *cleanup, void (*run)(void *), void *argument);

/** Takes back the latest handler. @param run  whether to run it now. @return ROTA_OK; ROTA_ESTATE: there is
 * none; ROTA_ECONTEXT. Context: task. */
int rota_cleanup_pop(bool run);

/** Ends the calling thread with ROTA_ECANCELED, where it was asked to end and does not hold that off
 * (rota_cancel_hold()); else returns. Context: task, no guard held; elsewhere it does nothing. */
void rota_test_cancel(void);

ROTA_END_DECLS
#endif
