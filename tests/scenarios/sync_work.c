/* SPDX-License-Identifier: MIT */
/* Deferred work and software timers: nothing lost, nothing twice at once, cancel that waits. */
#include <rota/sync.h>

#include "harness.h"

#define WORKERS 3u
#define PIECES  24u

struct piece {
        struct rota_delayed_work work; /* first */
        struct office *office;
        uint32_t runs;   /* (atomic) */
        uint32_t inside; /* (atomic) */
        uint32_t asked;  /* times that it was queued with success (atomic) */
};

struct office {
        struct rota_workers pool;
        struct piece piece[PIECES];
        struct worker *worker[WORKERS];
        uint32_t twice; /* pieces that were seen to run twice at once (atomic) */
};

static intptr_t work_on(struct worker *self)
{
        return rota_workers_main(self->argument);
}

static void do_piece(struct rota_work *work)
{
        struct piece *piece = (struct piece *)work;

        if (add(piece->inside, 1) != 0)
                add(piece->office->twice, 1);
        if (piece->runs % 3 == 0)
                rota_yield();
        add(piece->runs, 1);
        add(piece->inside, (uint32_t)-1);
}

static struct office *open_office(void)
{
        struct office *office = memory(sizeof(*office));

        for (uint32_t i = 0; i < PIECES; i++) {
                rota_delayed_work_init(&office->piece[i].work, do_piece);
                office->piece[i].office = office;
        }
        for (uint32_t i = 0; i < WORKERS; i++)
                office->worker[i] = worker_start(work_on, &office->pool);
        return office;
}

static void close_office(struct office *office)
{
        check(rota_workers_flush(&office->pool, rota_timeout_forever()) == ROTA_OK);
        rota_workers_stop(&office->pool);
        check(rota_work_queue(&office->pool, &office->piece[0].work.work) == ROTA_ECLOSED);
        for (uint32_t i = 0; i < WORKERS; i++)
                check(worker_end(office->worker[i]) == 0);
        for (uint32_t i = 0; i < PIECES; i++)
                check(get(office->piece[i].runs) == get(office->piece[i].asked));
        check(get(office->twice) == 0);
}

static void ask(struct office *office, struct piece *piece)
{
        int result = rota_work_queue(&office->pool, &piece->work.work);
        check(result == ROTA_OK || result == ROTA_EBUSY);
        if (result == ROTA_OK)
                add(piece->asked, 1);
}

static intptr_t ask_all(struct worker *self)
{
        struct office *office = self->argument;

        for (uint32_t i = 0; i < (run.few ? 50u : 200u); i++) {
                struct piece *piece = &office->piece[(i * 7 + self->number) % PIECES];
                ask(office, piece);
                if (i % 16 == 0)
                        rota_yield();
        }
        return 0;
}

/* Several ask for the same pieces: each success is one run, and none overlaps another of its own. */
static void each_once(void)
{
        struct office *office = open_office();
        struct worker *asks[3];

        for (uint32_t i = 0; i < 3; i++) {
                asks[i] = worker_make(ask_all, office);
                asks[i]->number = i;
                check(rota_start(asks[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 3; i++)
                worker_end(asks[i]);
        close_office(office);
}

static bool ask_by_interrupt(struct rota_soft_timer *timer)
{
        struct office *office = timer->argument;
        ask(office, &office->piece[timer->expiries % PIECES]);
        return timer->expiries < 40;
}

/* From the timer interrupt, and delayed: not before its time. */
static void from_interrupts(void)
{
        struct office *office = open_office();
        struct rota_soft_timer *timer = memory(sizeof(*timer));
        struct piece *late = &office->piece[PIECES - 1];

        timer->argument = office;
        check(rota_soft_timer_start(
                      timer, rota_now() + 50 * ROTA_US, 50 * ROTA_US, ask_by_interrupt) == ROTA_OK);
        until(get(timer->expiries) >= 40);
        rota_soft_timer_stop(timer);
        check(rota_workers_flush(&office->pool, rota_timeout_forever()) == ROTA_OK);

        uint32_t before = get(late->runs);
        uint64_t due = rota_now() + 300 * ROTA_US;
        check(rota_delayed_work_queue(&office->pool, &late->work, due) == ROTA_OK);
        add(late->asked, 1);
        int again = rota_delayed_work_queue(&office->pool, &late->work, due);
        check(again == ROTA_EBUSY || rota_now() >= due);
        if (again == ROTA_OK)
                add(late->asked, 1);
        until(get(late->runs) > before);
        check(rota_now() >= due);
        until(get(late->runs) == get(late->asked));

        /* Taken back before its time: it does not run. */
        struct piece *never = &office->piece[PIECES - 2];
        before = get(never->runs);
        check(rota_delayed_work_queue(&office->pool, &never->work, rota_now() + 3600 * ROTA_S) ==
                ROTA_OK);
        check(rota_delayed_work_cancel(&never->work));
        check(!rota_delayed_work_cancel(&never->work));
        check(get(never->runs) == before);
        close_office(office);
}

static void wait_for_gate(struct rota_work *work)
{
        struct piece *piece = (struct piece *)work;

        add(piece->inside, 1);
        check(rota_work_flush(work, rota_timeout_forever()) == ROTA_EDEADLK);
        check(rota_workers_flush(&piece->office->pool, rota_timeout_forever()) == ROTA_EDEADLK);
        while (!get(piece->office->twice))
                rota_park();
        add(piece->runs, 1);
        add(piece->inside, (uint32_t)-1);
}

/* Cancel that waits: until what runs is over, or until the time-out, and then it is not over. */
static void cancel_waits(void)
{
        struct office *office = open_office();
        struct piece *gated = &office->piece[0];
        struct rota_work *work = &gated->work.work;

        rota_work_init(work, wait_for_gate);
        check(rota_work_cancel_wait(work, rota_timeout_forever()) == ROTA_OK);
        ask(office, gated);
        until(get(gated->inside));
        check(rota_work_cancel_wait(work, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_work_cancel_wait(work, rota_timeout_after(100 * ROTA_US)) == ROTA_ETIMEDOUT);
        check(rota_work_queue(&office->pool, work) == ROTA_OK); /* once more, after this */
        check(rota_work_queue(&office->pool, work) == ROTA_EBUSY);
        check(rota_work_cancel(work));
        check(rota_workers_flush(&office->pool, rota_timeout_none()) == ROTA_EAGAIN);
        struct rota_workers other = {0};
        check(rota_work_queue(&other, work) == ROTA_EBUSY);
        put(office->twice, 1); /* opens the gate */
        for (uint32_t i = 0; i < WORKERS; i++)
                rota_wake(office->worker[i]->handle);
        check(rota_work_cancel_wait(work, rota_timeout_forever()) == ROTA_OK);
        check(get(gated->inside) == 0 && get(gated->runs) == 1);
        put(office->twice, 0);
        close_office(office);
}

/* A worker that is cancelled ends between two pieces of work; the others go on. */
static void worker_cancelled(void)
{
        struct office *office = open_office();

        check(rota_cancel(office->worker[0]->handle) == ROTA_OK);
        check(worker_end(office->worker[0]) == ROTA_ECANCELED);
        for (uint32_t i = 0; i < PIECES; i++)
                ask(office, &office->piece[i]);
        check(rota_workers_flush(&office->pool, rota_timeout_forever()) == ROTA_OK);
        office->worker[0] = worker_start(work_on, &office->pool);
        close_office(office);
}

const struct scenario scenarios_sync_work[] = {
        {.name = "work-each-once", .run = each_once},
        {.name = "work-from-interrupts", .run = from_interrupts},
        {.name = "work-cancel-waits", .run = cancel_waits},
        {.name = "work-worker-cancelled", .run = worker_cancelled},
        {.name = NULL},
};
