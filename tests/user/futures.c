/* SPDX-License-Identifier: MIT */
/* User mode and futures (scenario C1 of SYSTEMS.md): coroutines that drive it, and pages that are fetched by
 * a future while their task waits. Other tests have system calls that are futures. */
#include "user.h"

#include "kernel.h"

extern const char user_exits[], user_six[], user_calls[], user_counts[], user_yields[],
        user_registers[];

/* A page that is not there before somebody wants it, and takes a while to be fetched. */
struct page {
        struct rota_coroutine coroutine;
        struct waiting waiting;
        struct space *space;
        uint64_t first; /* word of it */
        uintptr_t address;
        bool broken; /* it cannot be fetched */
        uint32_t fetched;
};

static ROTA_ASYNC(fetch, struct page, me)
{
        me->address &= ~(uintptr_t)(KERNEL_PAGE_SIZE - 1);
        ROTA_AWAIT(wait_for(&me->waiting, rota_timeout_after(200 * ROTA_US)));
        check(ROTA_AWAITED == ROTA_ETIMEDOUT);
        if (me->broken)
                ROTA_RETURN(ROTA_ECLOSED);
        check(kernel_space_map(&me->space->kernel, me->address, KERNEL_PAGE_SIZE,
                      KERNEL_READ | KERNEL_WRITE) == ROTA_OK);
        check(kernel_copy_to_user(&me->space->kernel, me->address, &me->first, sizeof(me->first)) ==
                ROTA_OK);
        me->fetched++;
}
ROTA_END

/* A task that is a coroutine around user mode. */
struct driver {
        struct rota_coroutine coroutine; /* first */
        struct rota_user_drive drive;
        struct rota_user_context context;
        struct rota_future_task task;
        struct rota_handle handle;
        struct rota_task_stats stats;
        struct user_data *data;
        struct waiting waiting;
        struct page page;
        uint32_t calls, exits, faults, polls; /* (atomic) */
};

/* What needs no wait. */
static uintptr_t answer(const struct rota_trap *trap)
{
        uintptr_t sum = 0;

        if (trap->number != CALL_SIX)
                return trap->number == CALL_NOTHING ? 0 : (uintptr_t)ROTA_EINVAL;
        for (uint32_t i = 0; i < 6; i++)
                sum += trap->args[i];
        return sum;
}

#define trap_of(d) (&(d)->context.trap)

/* The loop of Hermit's design A, without a stack: user mode, its trap, and what that waits for. */
static ROTA_ASYNC(drive, struct driver, me)
{
        for (;;) {
                ROTA_AWAIT(&me->drive.future);
                add(me->polls, 1);
                if (ROTA_AWAITED == ROTA_TRAP_EXIT) {
                        add(me->exits, 1);
                        ROTA_RETURN(ROTA_ECANCELED);
                }
                if (ROTA_AWAITED != ROTA_TRAP_SYSCALL) {
                        check(ROTA_AWAITED == ROTA_TRAP_FAULT);
                        add(me->faults, 1);
                        me->page.address = trap_of(me)->address;
                        ROTA_AWAIT(fetch(&me->page));
                        if (ROTA_AWAITED)
                                ROTA_RETURN(-100 - trap_of(me)->fault);
                        continue;
                }
                add(me->calls, 1);
                me->drive.answer = answer(trap_of(me));
                if (trap_of(me)->number == CALL_EXIT)
                        ROTA_RETURN((intptr_t)trap_of(me)->args[0]);
                if (trap_of(me)->number == CALL_YIELD) {
                        ROTA_YIELD;
                        me->drive.answer = 0;
                } else if (trap_of(me)->number == CALL_SLEEP) {
                        ROTA_AWAIT(
                                wait_for(&me->waiting, rota_timeout_after(trap_of(me)->args[0])));
                        me->drive.answer = (uintptr_t)ROTA_AWAITED;
                } else if (trap_of(me)->number == CALL_EVENT) {
                        ROTA_AWAIT(wait_for(&me->waiting, rota_timeout_forever()));
                        me->drive.answer = (uintptr_t)ROTA_AWAITED;
                } else if (trap_of(me)->number == CALL_JOIN) {
                        ROTA_AWAIT(wait_for_end(
                                &me->waiting, run.programs[trap_of(me)->args[0]]->handle));
                        me->drive.answer = (uintptr_t)ROTA_AWAITED;
                }
        }
}
ROTA_END

static struct driver *driver_make(struct space *space, const char *label, uint32_t cpu)
{
        struct driver *d = memory(sizeof(*d), 64);
        uintptr_t data = space_room(space, &d->data);
        const struct rota_task_options options = {.name = "driver",
                .space = &space->kernel,
                .stats = &d->stats,
                .affinity = cpu == UINT32_MAX ? rota_affinity_all() : rota_affinity_cpu(cpu)};

        rota_user_context_init(&d->context, AT(label), d->data->stack_top, data, NULL);
        rota_user_drive_init(&d->drive, &d->context);
        d->data->flags = 2;
        d->page.space = space;
        check(rota_future_create(&d->task, drive(d), &options, &d->handle) == ROTA_OK);
        return d;
}

static intptr_t driver_end(struct driver *d)
{
        intptr_t code = -1000;

        check(rota_join(d->handle, rota_timeout_forever(), &code) == ROTA_OK);
        return code;
}

/* Calls with arguments, calls that yield, sleep, and wait for another's end; beside user tasks and of
 * one space with them. */
static void driven(void)
{
        static const uint64_t numbers[] = {CALL_SLEEP, CALL_YIELD, CALL_NOTHING};
        static const intptr_t ends[] = {ROTA_ETIMEDOUT, 0, 0};
        struct space space;
        struct driver *six[2], *calls[3];
        uint32_t count = run.policy[0] == 'f' ? 2 : 3; /* there the last would run for ever */

        space_make(&space);
        struct program *p = program_make(&space, user_six, "beside");
        struct program *last = program_make(&space, user_calls, "last");
        last->data->number = CALL_EVENT;
        last->data->stop = 1;
        for (uint32_t i = 0; i < count; i++) {
                calls[i] = driver_make(&space, user_calls, UINT32_MAX);
                calls[i]->data->number = numbers[i];
                calls[i]->data->argument = 100 * ROTA_US;
                check(rota_start(calls[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 2; i++) {
                six[i] = driver_make(&space, user_six, UINT32_MAX);
                check(rota_start(six[i]->handle) == ROTA_OK);
        }
        struct driver *joins = driver_make(&space, user_calls, UINT32_MAX);
        joins->data->number = CALL_JOIN;
        joins->data->argument = 1; /* the last one */
        joins->data->stop = 1;
        check(rota_start(joins->handle) == ROTA_OK);
        program_start(p);
        program_start(last);
        for (uint32_t i = 0; i < 2; i++) {
                check(driver_end(six[i]) == 1000);
                check(six[i]->calls == 1001 && six[i]->faults == 0 && six[i]->exits == 0);
        }
        check(program_end(p) == 1000);
        for (uint32_t i = 0; i < count; i++) {
                until(get(calls[i]->data->count) >= 5);
                put(calls[i]->data->stop, 1);
                check(driver_end(calls[i]) == ends[i]);
                check(calls[i]->calls >= 6);
        }
        until(rota_state(joins->handle) == ROTA_TASK_PARKED &&
                rota_state(last->handle) == ROTA_TASK_PARKED);
        check(rota_wait_complete(&last->waiting.wait, ROTA_ECLOSED));
        check(program_end(last) == ROTA_ECLOSED && driver_end(joins) == ROTA_ECLOSED);
        space_end(&space);
}

/* D1: every register over preemptions in user mode, of coroutines that no stack belongs to; and shares of
 * the time, for who is preempted keeps the rest of its slice. */
static void driven_registers(void)
{
        struct space spaces[3];
        struct driver *d[3];
        /* Who has a CPU of his own is left alone. */
        uint64_t enough = run.cpus >= 3 ? 0 : run.cpus > 1 || run.few ? 50 : 1000, all, least;

        for (uint32_t i = 0; i < 3; i++) {
                space_make(&spaces[i]);
                d[i] = driver_make(&spaces[i], user_registers, UINT32_MAX);
                d[i]->data->seed = 0x1a2b3c4d5e6f7788 * (i + 1);
                d[i]->data->flags = i ? 0x4d5 : 2;
                check(rota_start(d[i]->handle) == ROTA_OK);
        }
        do {
                rota_sleep_for(ROTA_MS);
                all = 0;
                least = UINT64_MAX;
                for (uint32_t i = 0; i < 3; i++) {
                        struct rota_task_stats stats;
                        check(rota_get_stats(d[i]->handle, &stats) == ROTA_OK);
                        all += stats.involuntary;
                        least = stats.involuntary < least ? stats.involuntary : least;
                }
        } while ((run.cpus == 1 ? least : all) < enough && !get(run.failed));
        for (uint32_t i = 0; i < 3; i++)
                until(get(d[i]->data->count) > 0);
        for (uint32_t i = 0; i < 3; i++)
                put(d[i]->data->stop, 1);
        for (uint32_t i = 0; i < 3; i++) {
                check(driver_end(d[i]) == 0);
                check(d[i]->faults == 0 && d[i]->data->count > 0);
                space_end(&spaces[i]);
        }
}

static void driven_shares(void)
{
        struct space space;
        uint64_t ran[2];

        space_make(&space);
        struct program *p = program_make_with(&space, user_counts,
                &(struct rota_task_options){
                        .name = "task", .affinity = rota_affinity_cpu(run.cpus - 1)});
        struct driver *d = driver_make(&space, user_counts, run.cpus - 1);
        program_start(p);
        check(rota_start(d->handle) == ROTA_OK);
        rota_sleep_for(60 * ROTA_MS);
        until(get(p->data->count) > 0 && get(d->data->count) > 0); /* their CPU may be late */
        check(rota_cancel(p->handle) == ROTA_OK && rota_cancel(d->handle) == ROTA_OK);
        check(program_end(p) == ROTA_ECANCELED && driver_end(d) == ROTA_ECANCELED);
        ran[0] = p->stats.run_ns;
        ran[1] = d->stats.run_ns;
        uint64_t more = ran[0] > ran[1] ? ran[0] : ran[1];
        check(run.few || d->stats.involuntary >= 10);
        /* A slice, and what interrupts put on top. */
        if (!run.few && !check(more - (ran[0] ^ ran[1] ^ more) < 1200 * ROTA_US))
                say("# %lu and %lu ns\n", ran[0], ran[1]);
        space_end(&space);
}

/* Cancelled in user mode it is told; in a wait it is dropped, with that; before its first poll likewise. */
static void driven_cancels(void)
{
        struct space space;

        space_make(&space);
        struct driver *loops = driver_make(&space, user_counts, UINT32_MAX);
        check(rota_start(loops->handle) == ROTA_OK);
        until(run.policy[0] == 'f' && run.cpus == 1 ? true : get(loops->data->count) > 0);
        check(rota_cancel(loops->handle) == ROTA_OK);
        check(driver_end(loops) == ROTA_ECANCELED);
        check(loops->exits + (loops->polls == 0) == 1);

        struct driver *waits = driver_make(&space, user_calls, UINT32_MAX);
        waits->data->number = CALL_EVENT;
        check(rota_start(waits->handle) == ROTA_OK);
        until(rota_state(waits->handle) == ROTA_TASK_PARKED);
        check(rota_cancel(waits->handle) == ROTA_OK);
        check(driver_end(waits) == ROTA_ECANCELED);
        check(waits->exits == 0 && waits->data->count == 0);
        check(rota_wait_result(&waits->waiting.wait) == ROTA_ECANCELED);

        struct driver *never = driver_make(&space, user_counts, UINT32_MAX);
        check(rota_cancel(never->handle) == ROTA_OK);
        check(rota_start(never->handle) == ROTA_OK);
        check(driver_end(never) == ROTA_ECANCELED);
        check(never->polls == 0 && never->data->count == 0);
        space_end(&space);
}

/* A fault of a user task, served by a future: its instruction is tried again, or it ends. */
static struct page paged[3];

static enum rota_serve serve_page(struct program *p, const struct rota_trap *trap)
{
        struct page *page = &paged[p->data->seed];

        if (trap->reason == ROTA_TRAP_SYSCALL || trap->reason == ROTA_TRAP_EXIT) {
                p->user.task.exit_code =
                        trap->reason == ROTA_TRAP_EXIT ? -77 : (intptr_t)trap->args[0];
                return ROTA_SERVE_END;
        }
        check(trap->reason == ROTA_TRAP_FAULT && trap->fault == ROTA_FAULT_READ);
        if (!trap->again) {
                page->address = trap->address;
                return rota_user_await(&p->user, fetch(page));
        }
        p->user.task.exit_code = (intptr_t)p->user.value;
        return p->user.value ? ROTA_SERVE_END : ROTA_SERVE_RESUME;
}

static void pages(void)
{
        struct space space;
        struct program *p[3];
        struct driver *d[2];

        space_make(&space);
        for (uint32_t i = 0; i < 3; i++) {
                paged[i] = (struct page){.space = &space, .first = 50 + i, .broken = i == 1};
                p[i] = program_make(&space, user_exits, "paged");
                p[i]->data->seed = i;
                p[i]->served = serve_page;
                rota_user_context_init(p[i]->context, AT(user_exits), p[i]->data->stack_top,
                        USER_HOLE + i * KERNEL_PAGE_SIZE, NULL);
        }
        for (uint32_t i = 0; i < 2; i++) {
                d[i] = driver_make(&space, user_exits, UINT32_MAX);
                d[i]->page.first = 60 + i;
                d[i]->page.broken = i == 1;
                rota_user_context_init(&d[i]->context, AT(user_exits), d[i]->data->stack_top,
                        USER_HOLE + (8 + i) * KERNEL_PAGE_SIZE, NULL);
                check(rota_start(d[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 3; i++)
                program_start(p[i]);
        until(__atomic_load_n(&paged[2].waiting.begun, __ATOMIC_RELAXED));
        rota_cancel(p[2]->handle); /* while it waits for its page, or just after */
        check(program_end(p[0]) == 50 && paged[0].fetched == 1);
        check(program_end(p[1]) == ROTA_ECLOSED && paged[1].fetched == 0);
        intptr_t code = program_end(p[2]);
        check((code == -77 && !paged[2].fetched) || paged[2].fetched);
        check(driver_end(d[0]) == 60 && d[0]->faults == 1 && d[0]->page.fetched == 1);
        check(driver_end(d[1]) == -100 - ROTA_FAULT_READ && d[1]->faults == 1);
        space_end(&space);
}

const struct user_case cases_futures[] = {
        {.name = "driven", .run = driven},
        {.name = "driven-registers", .run = driven_registers, .slice_us = 50, .slices = true},
        {.name = "driven-shares", .run = driven_shares, .slices = true},
        {.name = "driven-cancels", .run = driven_cancels, .slices = true},
        {.name = "pages", .run = pages},
        {.name = NULL},
};
