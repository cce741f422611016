/* SPDX-License-Identifier: MIT */
/* Cleanup handlers, ends at cancellation points, and what a cancelled owner of a mutex leaves behind. */
#include "harness.h"

struct log {
        uint32_t count;
        uint32_t seen[8]; /* which handlers ran, in order */
        struct rota_mutex mutex;
        struct rota_mutex other;
        uint32_t go; /* (atomic) */
};

struct note {
        struct log *log;
        uint32_t number;
};

static void note(void *argument)
{
        const struct note *n = argument;

        check(rota_current() && n->log->count < 8);
        n->log->seen[n->log->count++] = n->number;
}

static void ran(const struct log *log, uint32_t count, const uint32_t *order)
{
        check(log->count == count);
        for (uint32_t i = 0; i < count; i++)
                check(log->seen[i] == order[i]);
}

static void note_and_exit(void *argument)
{
        note(argument);
        rota_exit(8);
}

/* Pushes three, takes one of them back, and ends by what number says. */
static intptr_t end_somehow(struct worker *self)
{
        struct log *log = self->argument;
        struct note notes[4] = {{log, 1}, {log, 2}, {log, 3}, {log, 4}};
        struct rota_cleanup c[4];

        check(rota_cleanup_pop(true) == ROTA_ESTATE);
        check(rota_cleanup_push(&c[0], note, &notes[0]) == ROTA_OK);
        check(rota_cleanup_push(&c[1], note, &notes[1]) == ROTA_OK);
        check(rota_cleanup_pop(false) == ROTA_OK);
        check(rota_cleanup_push(&c[2], note, &notes[2]) == ROTA_OK);
        check(rota_cleanup_pop(true) == ROTA_OK);
        check(rota_cleanup_push(&c[1], self->number == 2 ? note_and_exit : note, &notes[1]) ==
                ROTA_OK);
        check(rota_cleanup_push(&c[3], note, &notes[3]) == ROTA_OK);
        put(self->flag, 1);
        if (self->number == 3)
                for (;;) {
                        rota_test_cancel();
                        rota_yield();
                }
        if (self->number)
                rota_exit(7);
        for (uint32_t i = 0; i < 2; i++)
                check(rota_cleanup_pop(false) == ROTA_OK);
        check(rota_cleanup_pop(false) == ROTA_OK && rota_cleanup_pop(false) == ROTA_ESTATE);
        return 6;
}

static void orders(void)
{
        static const uint32_t all[] = {3, 4, 2, 1};
        static const intptr_t codes[] = {6, 7, 8, ROTA_ECANCELED};

        for (uint32_t how = 0; how < 4; how++) {
                struct log *log = memory(sizeof(*log));
                struct worker *w = worker_make(end_somehow, log);
                w->number = how;
                check(rota_start(w->handle) == ROTA_OK);
                until(get(w->flag));
                if (how == 3) {
                        moment();
                        check(rota_state(w->handle) != ROTA_TASK_DEAD); /* nobody asked yet */
                        check(rota_cancel(w->handle) == ROTA_OK);
                }
                check(worker_end(w) == codes[how]);
                ran(log, how ? 4 : 1, all);
        }
}

/* ---- Waits and mutexes. ---- */

static void unlock(void *argument)
{
        check(rota_mutex_unlock(argument) == ROTA_OK);
}

/* It may wait, although the thread was cancelled. */
static void lock_other(void *argument)
{
        struct log *log = argument;

        check(rota_cancelled());
        rota_test_cancel(); /* is on its way already */
        check(rota_mutex_lock(&log->other) == ROTA_OK);
        check(rota_mutex_unlock(&log->other) == ROTA_OK);
        check(rota_sleep_for(1000) == ROTA_OK);
        log->count++;
}

static intptr_t sleep_with_mutex(struct worker *self)
{
        struct log *log = self->argument;
        struct rota_cleanup c[2];

        check(rota_mutex_lock(&log->mutex) == ROTA_OK);
        if (self->number) {
                check(rota_cleanup_push(&c[0], unlock, &log->mutex) == ROTA_OK);
                check(rota_cleanup_push(&c[1], lock_other, log) == ROTA_OK);
        }
        put(self->flag, 1);
        while (rota_sleep_for(1000 * ROTA_S) == ROTA_OK)
                ;
        /* A wait was ended; the thread was not, and the mutex is its. */
        check(rota_handle_equal(rota_mutex_owner(&log->mutex), self->handle));
        rota_test_cancel();
        return 0;
}

static void leaves_behind(void)
{
        struct log *log = memory(sizeof(*log));

        for (uint32_t handler = 0; handler < 2; handler++) {
                struct worker *w = worker_make(sleep_with_mutex, log);
                w->number = handler;
                check(rota_mutex_lock(&log->other) == ROTA_OK);
                check(rota_start(w->handle) == ROTA_OK);
                until(get(w->flag) && parked(w->handle));
                check(rota_mutex_try_lock(&log->mutex) == ROTA_EAGAIN);
                check(rota_cancel(w->handle) == ROTA_OK);
                if (handler) { /* it waits for us before it unlocks */
                        until(parked(w->handle));
                        check(rota_mutex_try_lock(&log->mutex) == ROTA_EAGAIN);
                }
                check(rota_mutex_unlock(&log->other) == ROTA_OK);
                check(worker_end(w) == ROTA_ECANCELED);
                check(log->count == handler);
                check(rota_mutex_lock(&log->mutex) == (handler ? ROTA_OK : ROTA_EOWNERDEAD));
                check(rota_mutex_unlock(&log->mutex) == ROTA_OK);
        }
}

/* ---- Where nothing happens. ---- */

static struct rota_timer timer;
static struct rota_cleanup unused;

static void in_interrupt(void *argument)
{
        struct log *log = argument;

        check(rota_cleanup_push(&unused, note, NULL) == ROTA_ECONTEXT);
        check(rota_cleanup_pop(true) == ROTA_ECONTEXT);
        rota_test_cancel();
        put(log->go, 1);
}

static intptr_t hold_off(struct worker *self)
{
        struct log *log = self->argument;

        check(rota_cancel(rota_self()) == ROTA_OK);
        check(!rota_cancel_hold(true));
        rota_test_cancel();
        check(rota_timer_arm(&timer, 1, in_interrupt, log) == ROTA_OK);
        while (!get(log->go))
                check(rota_sleep_for(1000) == ROTA_OK);
        rota_timer_cancel(&timer);
        check(rota_cancel_hold(false));
        rota_guard_begin();
        rota_test_cancel(); /* what a guard protects is not left half done */
        rota_guard_end();
        log->count++;
        rota_test_cancel();
        log->count++;
        return 0;
}

static void held_off(void)
{
        struct log *log = memory(sizeof(*log));

        check(rota_cleanup_push(NULL, note, NULL) == ROTA_EINVAL);
        check(rota_cleanup_push(&unused, NULL, NULL) == ROTA_EINVAL);
        check(worker_end(worker_start(hold_off, log)) == ROTA_ECANCELED);
        check(log->count == 1);
}

const struct scenario scenarios_cleanup[] = {
        {.name = "cleanup-orders", .run = orders},
        {.name = "cleanup-leaves-behind", .run = leaves_behind},
        {.name = "cleanup-held-off", .run = held_off, .flags = MISUSES},
        {.name = NULL},
};
