/* SPDX-License-Identifier: MIT */
/*
 * Futures and threads at random: polls are preempted, with their home stacks, from a pool that is empty at
 * times; they are pulled, moved, changed and cancelled meanwhile, and woken before, during and after. The
 * oracle: a future is polled once for the first time, once for each batch of wakes, once where it yielded or its
 * turn ended for others, and never else; and no wake is lost. The core's part of a turn is called as it is
 * (dispatch_before_turn, turn_end); what lies between is played here, an operation at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/spare.h"
#include "acts.h"

const char virtual_name[] = "virtual-polls";

/* What is known of a future task beside what there is of any. */
static struct promise {
        bool is;
        bool polling; /* it is in a poll */
        bool due;     /* it is to be polled without a wake: new, or it yielded */
        uint32_t cpu; /* where the poll began */
} promises[VIRTUAL_TASKS_MAX];

/* Over all rounds: what must have happened at all. */
static uint64_t polls, lent, missing, moved, during;

static void judge(void)
{
        printf("polls=%llu preempted=%llu without a spare=%llu ended elsewhere=%llu woken in a "
               "poll=%llu\n",
                (unsigned long long)polls, (unsigned long long)lent, (unsigned long long)missing,
                (unsigned long long)moved, (unsigned long long)during);
        if (!polls || !lent || !missing || !moved || !during) {
                printf("not ok %s: something never happened\n", virtual_name);
                fflush(stdout);
                _exit(1);
        }
}

/* A turn that has not begun: the CPU is at home, where that follows at once. */
static bool masked(const struct rota_cpu *cpu)
{
        const struct promise *p =
                cpu->current ? &promises[number_of(virtual_task_of(cpu->current))] : NULL;
        return p && p->is && !p->polling;
}

void virtual_begin(void)
{
        static bool registered;

        if (!registered && !getenv("ROTA_SEED"))
                atexit(judge);
        registered = true;
        memset(promises, 0, sizeof(promises));
        v.masked = masked;
        uint32_t count = virtual_random(VIRTUAL_SPARES_MAX + 1);
        for (uint32_t i = 0; i < count; i++)
                if (rota_spares_add(&v.rota, v.spares[i], sizeof(v.spares[i])) != ROTA_OK)
                        virtual_fail("rota_spares_add");
}

static void is_gone(struct virtual_task *t)
{
        promises[number_of(t)] = (struct promise){0};
        acts_gone(t);
}

static void verify_promise(const struct virtual_task *t, const struct promise *p)
{
        const struct rota_task *task = &t->task;
        bool has = task_lent(task);
        bool runs = v.cpus[task->cpu].cpu.current == task;

        if (rota_state(t->handle) == ROTA_TASK_PARKED && t->woken)
                virtual_fail("task %u sleeps, and was woken", task->handle.index + 1);
        if (has && !p->polling)
                virtual_fail("task %u has a home stack and is in no poll", task->handle.index + 1);
        if (p->polling && !has && !runs)
                virtual_fail("task %u is in a poll, on no stack", task->handle.index + 1);
        if (has && runs && v.cpus[task->cpu].cpu.on != task->on)
                virtual_fail("task %u runs on another stack", task->handle.index + 1);
}

void virtual_verify_more(void)
{
        for (uint32_t i = 0; i < VIRTUAL_TASKS_MAX; i++) {
                struct virtual_task *t = &v.tasks[i];
                if (acts_untold_end(t))
                        is_gone(t);
                else if (t->used && t->started && !t->dies && promises[i].is)
                        verify_promise(t, &promises[i]);
        }
}

static void came_back(struct rota_task *task, intptr_t code)
{
        struct virtual_task *t = acts_came_back(task, code);
        if (task_lent(task))
                virtual_fail("a task has come back with a home stack");
        is_gone(t);
}

static enum rota_turn never(struct rota_task *task)
{
        (void)task;
        virtual_fail("a turn that the world does not know of");
}

static const struct rota_kind thread = {.name = "thread"};
static const struct rota_kind future = {.name = "future", .begin_turn = never};

static void spawn(void)
{
        struct virtual_task *t = acts_task();
        struct promise *p = &promises[number_of(t)];

        if (t->used || v.draining)
                return;
        struct rota_task_options o = acts_options(t, came_back);
        v.doing = "create";
        *p = (struct promise){.is = virtual_random(4) != 0, .due = true};
        int result = rota_task_create(
                &t->task, p->is ? &future : &thread, p->is ? NULL : &t->context, &o, &t->handle);
        if (result == ROTA_ENOSPC) {
                t->used = false;
                *p = (struct promise){0};
                return;
        }
        acts_expect(result, ROTA_OK, ROTA_OK);
        v.alive++;
        t->code = (intptr_t)virtual_random(1000);
        acts_start(t);
}

static void disturb(struct virtual_task *other)
{
        struct rota_params params = acts_params();

        switch (virtual_random(6)) {
        case 0:
        case 1:
        case 2:
                v.doing = "wake";
                during += other->used && promises[number_of(other)].polling;
                acts_expect(virtual_wake(other), ROTA_OK, ROTA_ESTALE);
                break;
        case 3:
                v.doing = "set_params";
                acts_expect(rota_set_params(other->handle, &params), ROTA_OK, ROTA_ESTALE);
                break;
        case 4:
                v.doing = "set_affinity";
                acts_expect(
                        rota_set_affinity(other->handle, acts_affinity()), ROTA_OK, ROTA_ESTALE);
                break;
        default:
                v.doing = "cancel";
                if (virtual_random(10) == 0)
                        acts_expect(rota_cancel(other->handle), ROTA_OK, ROTA_ESTALE);
                break;
        }
}

/* What threads and polls both do. */
static void act(struct virtual_task *t)
{
        uint32_t dice = virtual_random(100);

        if (dice < 20) {
                spawn();
        } else if (dice < 24) {
                v.doing = "guard";
                rota_guard_begin();
                disturb(acts_task());
                if (rota_current() != &t->task)
                        virtual_fail("a guard did not hold");
                rota_guard_end();
        } else if (dice < 26) {
                v.doing = "hold";
                rota_cancel_hold(virtual_random(2));
        } else if (dice < 29) {
                acts_move_cpu();
        } else if (dice < 35) {
                v.doing = "resched";
                rota_resched();
        } else if (dice < 75) {
                disturb(acts_task());
        } /* else it works, and time passes */
}

static void thread_operation(struct virtual_task *t)
{
        uint32_t dice = virtual_random(100);

        t->woken = false; /* nobody asks */
        if (v.draining ? dice < 50 : dice < 3) {
                t->dies = true;
                virtual_exit(t);
        } else if (dice < 20) {
                v.doing = "yield";
                acts_expect(rota_yield(), ROTA_OK, ROTA_OK);
        } else if (dice < 30) {
                v.doing = "park";
                rota_park();
        } else {
                act(t);
        }
}

/* As turn_take() and the kind's begin_turn. */
static void begin(struct rota_cpu *cpu, struct virtual_task *t, struct promise *p)
{
        uintptr_t *word = &t->task.slot->word;

        if (cpu->need & NEED_BEFORE_TURN) {
                v.doing = "before a turn";
                dispatch_before_turn(cpu);
                return;
        }
        v.doing = "poll";
        if (park_cancelled(&t->task)) {
                t->dies = true;
                t->task.exit_code = t->code;
                turn_end(cpu, &t->task, ROTA_TURN_ENDED);
                return;
        }
        if (*word & WORD_TOKEN)
                rota_atomic_and(word, ~(uintptr_t)WORD_TOKEN);
        if (!p->due && !t->woken)
                virtual_fail("task %u is polled for nothing", t->handle.index + 1);
        polls++;
        p->due = false;
        p->polling = true;
        p->cpu = cpu->index;
        t->woken = false;
}

static void end(struct rota_cpu *cpu, struct virtual_task *t, struct promise *p)
{
        static const enum rota_turn how[] = {ROTA_TURN_PENDING, ROTA_TURN_PENDING,
                ROTA_TURN_PENDING, ROTA_TURN_YIELDED, ROTA_TURN_PREEMPTED};
        uint32_t dice = virtual_random(100);
        enum rota_turn ended = how[dice % 5];

        if (v.draining ? dice < 70 : dice < 6)
                ended = ROTA_TURN_ENDED;
        lent += task_lent(&t->task);
        moved += p->cpu != cpu->index;
        p->polling = false;
        p->due = ended == ROTA_TURN_YIELDED || ended == ROTA_TURN_PREEMPTED;
        t->dies = ended == ROTA_TURN_ENDED;
        t->task.exit_code = t->code;
        v.doing = "a poll's end";
        turn_end(cpu, &t->task, ended);
}

void virtual_operation(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        struct virtual_task *t = virtual_task_of(cpu->current);
        struct promise *p = &promises[number_of(t)];
        uint64_t stuck = cpu->stats.home_stuck;

        if (!p->is) {
                thread_operation(t);
        } else if (!p->polling) {
                begin(cpu, t, p);
        } else if (virtual_random(100) < (v.draining ? 60u : 20u)) {
                end(cpu, t, p);
        } else if (virtual_random(20) == 0) {
                v.doing = "blocks in a poll";
                if (rota_yield() != ROTA_ECONTEXT || rota_park() != ROTA_ECONTEXT ||
                        rota_hand_over(acts_task()->handle) != ROTA_ECONTEXT)
                        virtual_fail("a poll can block");
        } else {
                act(t);
        }
        missing += cpu->stats.home_stuck != stuck;
}
