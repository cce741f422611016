/* SPDX-License-Identifier: MIT */
/* The reader-writer lock: exclusion with time-outs and cancels, who goes when, and what each call answers. */
#include "harness.h"

struct book {
        struct rota_rwlock lock;
        uint32_t rounds;
        uint32_t readers; /* inside (atomic) */
        uint32_t writers; /* inside (atomic) */
        uint64_t pages;   /* protected: no atomics */
        uint64_t copies;  /* always as many */
        uint32_t order;   /* who came in (atomic) */
        uint32_t stay;    /* readers stay until as many are inside (atomic) */
        uint32_t leave;   /* who has it goes (atomic) */
};

static struct book *book_make(void)
{
        struct book *b = memory(sizeof(*b));
        rota_rwlock_init(&b->lock, "book");
        return b;
}

static void read_it(struct book *b)
{
        add(b->readers, 1);
        check(get(b->writers) == 0);
        uint64_t pages = b->pages;
        rota_yield();
        check(b->copies == pages);
        add(b->readers, (uint32_t)-1);
}

static void write_it(struct book *b)
{
        check(add(b->writers, 1) == 0);
        b->pages++;
        rota_yield();
        check(get(b->readers) == 0);
        b->copies++;
        check(add(b->writers, (uint32_t)-1) == 1);
}

/* Reads mostly, writes sometimes; waits for ever, for a little, not at all. */
static intptr_t use(struct worker *self)
{
        struct book *b = self->argument;

        for (uint32_t i = 0; i < b->rounds; i++) {
                uint32_t dice = self->number * 7 + i * 13;
                struct rota_timeout timeout = dice % 3   ? rota_timeout_after(dice % 50 * ROTA_US)
                                              : dice % 2 ? rota_timeout_none()
                                                         : rota_timeout_forever();
                bool writes = dice % 4 == 0;
                int result = writes ? rota_rwlock_write_until(&b->lock, timeout)
                                    : rota_rwlock_read_until(&b->lock, timeout);
                if (result == ROTA_ECANCELED)
                        return result;
                if (result == ROTA_OK && writes) {
                        self->count++;
                        write_it(b);
                        if (i % 2) {
                                check(rota_rwlock_downgrade(&b->lock) == ROTA_OK);
                                read_it(b);
                                check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
                        } else {
                                check(rota_rwlock_end_write(&b->lock) == ROTA_OK);
                        }
                } else if (result == ROTA_OK) {
                        read_it(b);
                        check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
                } else {
                        check(result == (dice % 3 ? ROTA_ETIMEDOUT : ROTA_EAGAIN));
                        rota_yield();
                }
        }
        return 0;
}

static void against_time(void)
{
        struct book *b = book_make();
        struct worker *w[8];
        uint64_t written = 0;

        b->rounds = run.all ? 4000 : run.few ? 30 : 120;
        for (uint32_t i = 0; i < 8; i++) {
                w[i] = worker_make(use, b);
                w[i]->number = i;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        rota_cancel(w[3]->handle);
        for (uint32_t i = 0; i < 8; i++) {
                worker_end(w[i]);
                written += w[i]->count;
        }
        check(b->pages == written && b->copies == written);
        check(rota_rwlock_try_write(&b->lock) == ROTA_OK);
        check(rota_rwlock_end_write(&b->lock) == ROTA_OK);
}

/* ---- Who goes when. ---- */

static intptr_t reader(struct worker *self)
{
        struct book *b = self->argument;
        int result = rota_rwlock_read(&b->lock);

        if (result != ROTA_OK)
                return result;
        self->cpu = add(b->order, 1);
        add(b->readers, 1);
        while (get(b->readers) < get(b->stay)) /* all of them are inside at once, or this hangs */
                rota_sleep_for(20 * ROTA_US);
        put(self->flag, 1);
        while (!get(b->leave))
                rota_sleep_for(20 * ROTA_US);
        check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
        return 0;
}

static intptr_t writer(struct worker *self)
{
        struct book *b = self->argument;
        int result = rota_rwlock_write(&b->lock);

        if (result != ROTA_OK)
                return result;
        self->cpu = add(b->order, 1);
        check(rota_rwlock_end_write(&b->lock) == ROTA_OK);
        return 0;
}

/* Starts one that must wait. */
static struct worker *waits(intptr_t (*entry)(struct worker *), struct book *b)
{
        struct worker *w = worker_start(entry, b);
        until(parked(w->handle) && !get(w->flag));
        return w;
}

/* Whoever comes waits behind who waits: a writer behind a reader, readers behind that writer, and another
 * writer behind them. All readers in a row go at once. */
static void in_order(void)
{
        struct book *b = book_make();
        struct worker *w[5];

        check(rota_rwlock_read(&b->lock) == ROTA_OK);
        check(rota_rwlock_try_read(&b->lock) == ROTA_OK);
        check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
        put(b->stay, 3);
        put(b->leave, 1);
        w[0] = waits(writer, b);
        check(rota_rwlock_try_read(&b->lock) == ROTA_EAGAIN); /* though one reads */
        check(rota_rwlock_read_until(&b->lock, rota_timeout_at(1)) == ROTA_ETIMEDOUT);
        for (uint32_t i = 1; i < 4; i++)
                w[i] = waits(reader, b);
        w[4] = waits(writer, b);
        check(get(b->order) == 0);
        check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
        for (uint32_t i = 0; i < 5; i++)
                check(worker_end(w[i]) == 0);
        check(w[0]->cpu == 0 && w[4]->cpu == 4);
}

/* A writer that gives up lets the readers behind it go, who wait only for it. */
static void gives_up(void)
{
        struct book *b = book_make();
        struct worker *w[3];

        for (uint32_t cancel = 0; cancel < 2; cancel++) {
                put(b->stay, 2);
                put(b->readers, 0);
                put(b->leave, 1);
                check(rota_rwlock_read(&b->lock) == ROTA_OK);
                w[0] = waits(writer, b);
                w[1] = waits(reader, b);
                w[2] = waits(reader, b);
                if (cancel) {
                        check(rota_cancel(w[0]->handle) == ROTA_OK);
                } else { /* this one does not, and another one behind does */
                        check(rota_cancel(w[1]->handle) == ROTA_OK);
                        check(worker_end(w[1]) == ROTA_ECANCELED);
                        check(parked(w[0]->handle) && parked(w[2]->handle));
                        w[1] = waits(reader, b);
                        check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
                }
                check(worker_end(w[0]) == (cancel ? ROTA_ECANCELED : 0));
                check(worker_end(w[1]) == 0 && worker_end(w[2]) == 0);
                if (cancel)
                        check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
        }
        check(rota_rwlock_try_write(&b->lock) == ROTA_OK);
        check(rota_rwlock_end_write(&b->lock) == ROTA_OK);
}

/* Who writes goes on to read: the readers that wait first come in, the writer behind them does not. */
static void downgrades(void)
{
        struct book *b = book_make();
        struct worker *w[3];

        check(rota_rwlock_downgrade(&b->lock) == ROTA_EPERM);
        check(rota_rwlock_write(&b->lock) == ROTA_OK);
        put(b->stay, 2);
        w[0] = waits(reader, b);
        w[1] = waits(reader, b);
        w[2] = waits(writer, b);
        check(rota_rwlock_downgrade(&b->lock) == ROTA_OK);
        until(get(w[0]->flag) && get(w[1]->flag));
        check(parked(w[2]->handle));
        check(rota_rwlock_end_write(&b->lock) == ROTA_EPERM);
        check(rota_rwlock_downgrade(&b->lock) == ROTA_EPERM);
        check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
        put(b->leave, 1);
        for (uint32_t i = 0; i < 3; i++)
                check(worker_end(w[i]) == 0);
        check(w[2]->cpu == 2);
}

/* ---- Answers. ---- */

static intptr_t end_foreign(struct worker *self)
{
        struct book *b = self->argument;

        check(rota_rwlock_end_write(&b->lock) == ROTA_EPERM);
        check(rota_rwlock_downgrade(&b->lock) == ROTA_EPERM);
        check(rota_rwlock_end_read(&b->lock) == ROTA_EPERM);
        check(rota_rwlock_try_read(&b->lock) == ROTA_EAGAIN);
        check(rota_rwlock_try_write(&b->lock) == ROTA_EAGAIN);
        check(rota_rwlock_write_until(&b->lock, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_rwlock_write_until(&b->lock, rota_timeout_after(1000)) == ROTA_ETIMEDOUT);
        return 0;
}

static struct rota_timer timer;
static uint32_t rung; /* (atomic) */

static void in_interrupt(void *argument)
{
        struct book *b = argument;

        check(rota_rwlock_try_read(&b->lock) == ROTA_ECONTEXT);
        check(rota_rwlock_try_write(&b->lock) == ROTA_ECONTEXT);
        check(rota_rwlock_read(&b->lock) == ROTA_ECONTEXT);
        check(rota_rwlock_end_read(&b->lock) == ROTA_ECONTEXT);
        check(rota_rwlock_end_write(&b->lock) == ROTA_ECONTEXT);
        put(rung, 1);
}

static void answers(void)
{
        struct book *b = book_make();
        struct rota_wait wait;

        check(rota_rwlock_end_read(&b->lock) == ROTA_EPERM);
        check(rota_rwlock_end_write(&b->lock) == ROTA_EPERM);
        check(rota_rwlock_write(&b->lock) == ROTA_OK);
        check(rota_rwlock_write(&b->lock) == ROTA_EDEADLK);
        check(rota_rwlock_read(&b->lock) == ROTA_EDEADLK);
        check(rota_rwlock_try_read(&b->lock) == ROTA_EDEADLK);
        check(rota_rwlock_end_read(&b->lock) == ROTA_EPERM);
        worker_end(worker_start(end_foreign, b));
        put(rung, 0);
        check(rota_timer_arm(&timer, 1, in_interrupt, b) == ROTA_OK);
        until(get(rung));
        check(rota_rwlock_end_write(&b->lock) == ROTA_OK);
        check(rota_rwlock_end_write(&b->lock) == ROTA_EPERM);

        check(rota_rwlock_read(NULL) == ROTA_EINVAL && rota_rwlock_end_read(NULL) == ROTA_EINVAL);
        check(rota_rwlock_end_write(NULL) == ROTA_EINVAL);
        check(rota_rwlock_read_begin(&b->lock, NULL) == ROTA_EINVAL);
        check(rota_rwlock_write_begin(NULL, &wait) == ROTA_EINVAL);
        check(rota_rwlock_finish(&b->lock, NULL) == ROTA_EINVAL);

        /* Begun, and no park: done at once, taken out again, or served before. */
        check(rota_rwlock_read_begin(&b->lock, &wait) == ROTA_OK);
        check(rota_rwlock_write_begin(&b->lock, &wait) == ROTA_EAGAIN);
        check(rota_rwlock_finish(&b->lock, &wait) == ROTA_EAGAIN);
        check(rota_rwlock_write_begin(&b->lock, &wait) == ROTA_EAGAIN);
        check(rota_rwlock_end_read(&b->lock) == ROTA_OK);
        check(rota_rwlock_finish(&b->lock, &wait) == ROTA_OK);
        check(rota_rwlock_end_write(&b->lock) == ROTA_OK);
}

const struct scenario scenarios_sync_rwlock[] = {
        {.name = "rwlock-against-time", .run = against_time},
        {.name = "rwlock-in-order", .run = in_order},
        {.name = "rwlock-gives-up", .run = gives_up},
        {.name = "rwlock-downgrades", .run = downgrades},
        {.name = "rwlock-answers", .run = answers, .flags = MISUSES},
        {.name = NULL},
};
