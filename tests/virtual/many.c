/* SPDX-License-Identifier: MIT */
/*
 * What futures do, at random, beside threads: yields, parks, ends, with callback and without, of tasks
 * that were spawned alone or several at once, and are woken alone or several at once, by polls, threads,
 * timers and from outside. Each is polled once for the first time and at least once after each wake.
 */
#include <rota/future.h>

#include "virtual.h"

const char virtual_name[] = "virtual-many";

struct poller {
        struct rota_future_task task;
        struct rota_future future;
        struct rota_handle handle;
        struct rota_wait wait;
        uint32_t woken;  /* wakes that it was told of, */
        uint32_t seen;   /* and those that a poll came after */
        uint32_t inside; /* its poll runs */
        bool used, tells, dies;
        intptr_t code;
};

#define POLLERS (VIRTUAL_TASKS_MAX / 2)

static struct poller pollers[POLLERS];

void virtual_begin(void)
{
        memset(pollers, 0, sizeof(pollers));
}

static void gone(struct poller *p)
{
        p->used = false;
        v.ended++;
        v.alive--;
        /* The memory is the caller's again: nobody may look at it. */
        memset(&p->task, 0xa5, sizeof(p->task));
}

static void came_back(struct rota_task *task, intptr_t code)
{
        struct poller *p = rota_container((struct rota_future_task *)task, struct poller, task);
        struct rota_cpu *cpu = rota_port_cpu();

        if (!p->used || !p->dies || code != p->code)
                virtual_fail("an exit callback for a future that did not end so");
        if (rota_current() || rota_locked(&cpu->lock))
                virtual_fail("an exit callback while a task runs, or under a lock");
        if (rota_wake(p->handle) != ROTA_ESTALE)
                virtual_fail("a wake of who has ended");
        gone(p);
        if (virtual_random(2)) { /* as a countdown does */
                struct poller *other = &pollers[virtual_random(POLLERS)];
                if (other->used && rota_wake(other->handle) == ROTA_OK)
                        other->woken++;
        }
}

void virtual_verify_more(void)
{
        for (uint32_t i = 0; i < POLLERS; i++) {
                struct poller *p = &pollers[i];
                if (p->used && p->dies && !p->tells && rota_state(p->handle) == ROTA_TASK_FREE)
                        gone(p);
                else if (p->used && !p->dies && rota_state(p->handle) == ROTA_TASK_PARKED &&
                         p->woken != p->seen)
                        virtual_fail("poller %u sleeps, and a wake was lost", i);
        }
        for (uint32_t i = 0; i < v.cpu_count; i++)
                if (v.cpus[i].cpu.polls > 32)
                        virtual_fail("a batch of polls is longer than it may be");
}

static void wake_some(void)
{
        struct rota_handle handles[POLLERS];
        uint32_t n = 1 + virtual_random(POLLERS);
        uint32_t there = 0;

        v.doing = "wake many";
        for (uint32_t i = 0; i < n; i++) {
                struct poller *p = &pollers[virtual_random(POLLERS)];
                handles[i] = p->used ? p->handle : ROTA_HANDLE_NONE;
                bool alive = p->used && rota_state(p->handle) != ROTA_TASK_FREE &&
                             rota_state(p->handle) != ROTA_TASK_DEAD;
                there += alive;
                p->woken += alive;
        }
        if (rota_wake_many(handles, n) != there)
                virtual_fail("it found more or fewer than were there");
}

static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context);

/* It was cancelled. */
static void drop(struct rota_future *future)
{
        struct poller *self = rota_container(future, struct poller, future);

        if (!rota_cancelled())
                virtual_fail("dropped, and not cancelled");
        self->dies = true;
        self->code = ROTA_ECANCELED;
}

static void spawn_some(void)
{
        struct rota_future_task *tasks[POLLERS];
        struct rota_future *futures[POLLERS];
        struct rota_handle handles[POLLERS];
        uint32_t chosen[POLLERS];
        uint32_t n = 0;
        uint32_t most = virtual_random(3) ? 1 + virtual_random(3) : 1 + virtual_random(POLLERS);
        bool tells = virtual_random(2);
        struct rota_task_options o = {.name = "f",
                .params = {.class_index = (uint8_t)virtual_random(v.classes),
                        .priority = (uint16_t)(1 + virtual_random(3)),
                        .flags = virtual_random(2) ? ROTA_PARAMS_FIFO : 0},
                .affinity = virtual_random(4) ? rota_affinity_all()
                                              : rota_affinity_cpu(virtual_random(v.cpu_count)),
                .on_exit = tells ? came_back : NULL,
                .detached = true};

        for (uint32_t i = 0; i < POLLERS && n < most; i++) {
                struct poller *p = &pollers[i];
                if (p->used)
                        continue;
                *p = (struct poller){.tells = tells, .code = (intptr_t)virtual_random(1000)};
                rota_future_init(&p->future, poll, drop);
                chosen[n] = i;
                tasks[n] = &p->task;
                futures[n++] = &p->future;
        }
        if (!n || v.draining)
                return;
        v.doing = "spawn many";
        /* Nobody else runs before this operation is over, but a callback may look. */
        for (uint32_t i = 0; i < n; i++)
                pollers[chosen[i]].used = true;
        int made = rota_spawn_many(tasks, futures, n, &o, handles);
        if (made < 0 && made != ROTA_ENOSPC)
                virtual_fail("%s answered %s", v.doing, rota_error_text(made));
        uint32_t spawned = made < 0 ? 0 : (uint32_t)made;
        for (uint32_t i = 0; i < n; i++) {
                pollers[chosen[i]].used = i < spawned;
                pollers[chosen[i]].handle = i < spawned ? handles[i] : ROTA_HANDLE_NONE;
        }
        v.alive += spawned;
        v.started += spawned;
}

/* An operation of anybody's that does not block. */
static void act(void)
{
        struct poller *other = &pollers[virtual_random(POLLERS)];
        struct rota_params params = {.class_index = (uint8_t)virtual_random(v.classes),
                .priority = (uint16_t)(1 + virtual_random(3))};

        switch (virtual_random(10)) {
        case 0:
        case 1:
        case 2:
        case 3:
                v.doing = "wake";
                if (other->used && rota_wake(other->handle) == ROTA_OK)
                        other->woken++;
                break;
        case 4:
                wake_some();
                break;
        case 5:
        case 6:
                spawn_some();
                break;
        case 7:
                v.doing = "set_params";
                rota_set_params(other->handle, &params);
                break;
        case 8:
                v.doing = "cancel";
                if (other->used && virtual_random(5) == 0)
                        rota_cancel(other->handle);
                break;
        default:
                v.doing = "set_affinity";
                rota_set_affinity(other->handle,
                        virtual_random(3) ? rota_affinity_all()
                                          : rota_affinity_cpu(virtual_random(v.cpu_count)));
                break;
        }
}

static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct poller *self = rota_container(future, struct poller, future);

        v.doing = "poll";
        if (self->inside || rota_current() != &self->task.task ||
                !rota_handle_equal(context->waker, self->task.task.handle))
                virtual_fail("polled twice at once, or by nobody");
        self->inside = 1;
        self->seen = self->woken;
        for (uint32_t n = virtual_random(4); n; n--)
                act();
        self->inside = 0;
        uint32_t dice = virtual_random(100);
        if (v.draining ? dice < 60 : dice < 12) {
                self->dies = true;
                future->value = self->code;
                return ROTA_POLL_READY;
        }
        return dice < 75 ? ROTA_POLL_PENDING : ROTA_POLL_YIELDED;
}

void virtual_operation(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        struct virtual_task *t = rota_container(cpu->current, struct virtual_task, task);

        if (!cpu->current->on) {
                turn_take(cpu, cpu->current);
                return;
        }
        uint32_t dice = virtual_random(100);

        if (v.draining ? dice < 50 : dice < 2) {
                t->dies = true;
                virtual_exit(t);
        } else if (dice < 40) {
                v.doing = "yield";
                rota_yield();
        } else if (dice < 70) {
                v.doing = "park";
                rota_park();
        } else {
                act();
        }
}

void virtual_wake_all(void)
{
        for (uint32_t i = 0; i < POLLERS; i++)
                if (pollers[i].used && rota_wake(pollers[i].handle) == ROTA_OK)
                        pollers[i].woken++;
}
