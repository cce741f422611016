/* SPDX-License-Identifier: MIT */
/* What tasks do, at random. */
#include "acts.h"

const char virtual_name[] = "virtual-random";

void virtual_begin(void)
{
}

void virtual_verify_more(void)
{
        for (uint32_t i = 0; i < VIRTUAL_TASKS_MAX; i++)
                if (acts_untold_end(&v.tasks[i]))
                        acts_gone(&v.tasks[i]);
}

static void came_back(struct rota_task *task, intptr_t code)
{
        acts_gone(acts_came_back(task, code));
}

static const struct rota_kind kind = {.name = "virtual", .begin_turn = NULL};

static void spawn(void)
{
        struct virtual_task *t = acts_task();
        if (t->used || v.draining)
                return;
        struct rota_task_options o = acts_options(t, came_back);
        v.doing = "create";
        int result = rota_task_create(&t->task, &kind, &t->context, &o, &t->handle);
        if (result == ROTA_ENOSPC) {
                t->used = false;
                return;
        }
        acts_expect(result, ROTA_OK, ROTA_OK);
        v.alive++;
        t->code = (intptr_t)virtual_random(1000);
        if (virtual_random(8) == 0) {
                v.doing = "drop";
                if (virtual_random(2))
                        rota_cancel(t->handle);
                acts_expect(rota_drop(t->handle), ROTA_OK, ROTA_OK);
                acts_expect(rota_drop(t->handle), ROTA_ESTALE, ROTA_ESTALE);
                t->used = false;
                v.alive--;
                return;
        }
        acts_start(t);
}

/* Begins a sleep: begin, park; the finish is the task's next operation. */
static void sleep_begin(struct virtual_task *t)
{
        rota_wait_init(&t->wait);
        t->doing = DOING_SLEEP;
        virtual_time_out(&t->wait, v.now + 1 + virtual_random(3000));
        rota_park();
}

static void join_begin(struct virtual_task *t)
{
        struct virtual_task *other = acts_task();
        if (!other->used || !other->started || other == t)
                return;
        rota_wait_init(&t->wait);
        t->joined = other->handle;
        v.doing = "join";
        int result = rota_join_begin(other->handle, &t->wait, true);
        if (result == ROTA_EAGAIN) {
                t->doing = DOING_JOIN;
                if (virtual_random(2))
                        virtual_time_out(&t->wait, v.now + 1 + virtual_random(9000));
                rota_park();
        } else {
                acts_expect(result, ROTA_OK, ROTA_ESTALE);
        }
}

/* The task runs again in the middle of a wait. */
static void go_on(struct virtual_task *t)
{
        if (rota_wait_result(&t->wait) == ROTA_EAGAIN && !v.draining && !rota_cancelled()) {
                v.doing = "park on";
                rota_park();
                return;
        }
        v.doing = "finish";
        rota_timer_cancel(&t->wait.timer);
        if (t->doing == DOING_JOIN)
                rota_join_finish(t->joined, &t->wait);
        t->doing = DOING_NOTHING;
}

static void leave(struct virtual_task *t)
{
        t->dies = true;
        virtual_exit(t);
}

static void disturb(struct virtual_task *other)
{
        struct rota_params params = acts_params();

        switch (virtual_random(6)) {
        case 0:
        case 1:
                v.doing = "wake";
                acts_expect(rota_wake(other->handle), ROTA_OK, ROTA_ESTALE);
                break;
        case 2:
                v.doing = "set_params";
                acts_expect(rota_set_params(other->handle, &params), ROTA_OK, ROTA_ESTALE);
                break;
        case 3:
                v.doing = "set_affinity";
                acts_expect(
                        rota_set_affinity(other->handle, acts_affinity()), ROTA_OK, ROTA_ESTALE);
                break;
        case 4:
                v.doing = "cancel";
                if (virtual_random(10) == 0)
                        acts_expect(rota_cancel(other->handle), ROTA_OK, ROTA_ESTALE);
                break;
        default:
                v.doing = "get_params";
                acts_expect(rota_get_params(other->handle, &params), ROTA_OK, ROTA_ESTALE);
                break;
        }
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();

        if (t->doing == DOING_SLEEP || t->doing == DOING_JOIN) {
                go_on(t);
                return;
        }
        uint32_t dice = virtual_random(100);
        if (v.draining ? dice < 50 : dice < 3) {
                leave(t);
        } else if (dice < 15) {
                spawn();
        } else if (dice < 30) {
                v.doing = "yield";
                acts_expect(rota_yield(), ROTA_OK, ROTA_OK);
        } else if (dice < 45) {
                v.doing = "park";
                rota_park();
        } else if (dice < 53) {
                v.doing = "sleep";
                sleep_begin(t);
        } else if (dice < 57) {
                join_begin(t);
        } else if (dice < 62) {
                v.doing = "hand over";
                rota_hand_over(acts_task()->handle);
        } else if (dice < 65) {
                v.doing = "guard";
                rota_guard_begin();
                disturb(acts_task());
                if (rota_yield() != ROTA_ECONTEXT || rota_current() != &t->task)
                        virtual_fail("a guard did not hold");
                rota_guard_end();
        } else if (dice < 67) {
                v.doing = "hold";
                rota_cancel_hold(virtual_random(2));
        } else if (dice < 69) {
                acts_move_cpu();
        } else if (dice < 71) {
                v.doing = "resched";
                rota_resched();
        } else {
                disturb(acts_task());
        }
}
